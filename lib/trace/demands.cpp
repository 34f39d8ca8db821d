#include "lib/trace/demands.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <variant>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

constexpr int kMaxDepth = 3;  // of functions that look at the parameters for others

// What one side of a comparison says of a parameter.
struct RankOf {
  std::string name;
};
struct ShapeOf {
  std::string name;
};
struct DTypeOf {
  std::string name;
};
using Term = std::variant<std::int64_t, DType, RankOf, ShapeOf, DTypeOf, AxisOf>;

class Reader {
 public:
  // `known`: what the function's names stand for, in the names of the caller's parameters.
  Reader(const ast::Module& program, std::map<std::string, std::string> known, int depth, Demands& out)
      : program_(program), known_(std::move(known)), depth_(depth), out_(out) {}

  // Behind a place where the function may have returned, nothing holds for every way.
  void read(const ast::Block& body) {
    for (const ast::StmtId id : body) {
      const ast::Stmt& stmt = program_.stmt(id);
      statement(stmt);
      has_left_ = has_left_ || may_return(stmt);
      if (has_left_) return;
    }
  }

 private:
  const ast::Expr& expr(ast::ExprId id) const { return program_.expr(id); }

  // ---- what expressions stand for

  // `x`, `outputs.logits`, `batch["logits"]`: the parameter or the part of one.
  std::optional<std::string> parameter(ast::ExprId id) const {
    const auto& node = expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      const auto it = known_.find(name->id);
      return it != known_.end() ? std::optional(it->second) : std::nullopt;
    }
    if (const auto* part = std::get_if<ast::Attribute>(&node)) {
      const auto whole = parameter(part->value);
      return whole ? std::optional(*whole + "." + part->name) : std::nullopt;
    }
    const auto* part = std::get_if<ast::Subscript>(&node);
    const auto* key = part != nullptr ? std::get_if<ast::StringLiteral>(&expr(part->index).node) : nullptr;
    const auto whole = key != nullptr ? parameter(part->value) : std::nullopt;
    return whole ? std::optional(*whole + "." + key->value) : std::nullopt;
  }

  std::optional<std::int64_t> number(ast::ExprId id) const {
    const auto& node = expr(id).node;
    if (const auto* literal = std::get_if<ast::IntLiteral>(&node)) return literal->value;
    const auto* sign = std::get_if<ast::Unary>(&node);
    if (sign == nullptr || sign->op != ast::UnaryOp::negative) return std::nullopt;
    const auto of = number(sign->operand);
    return of ? std::optional(-*of) : std::nullopt;
  }

  template <class Made>
  std::optional<Term> about(ast::ExprId id) const {
    const auto name = parameter(id);
    return name ? std::optional<Term>(Made{*name}) : std::nullopt;
  }

  std::optional<Term> axis_of(const std::optional<Term>& shape, ast::ExprId axis) const {
    const auto* of = shape ? std::get_if<ShapeOf>(&*shape) : nullptr;
    const auto at = number(axis);
    return of != nullptr && at ? std::optional<Term>(AxisOf{of->name, *at}) : std::nullopt;
  }

  std::optional<Term> rank_of(const std::optional<Term>& shape) const {
    const auto* of = shape ? std::get_if<ShapeOf>(&*shape) : nullptr;
    return of != nullptr ? std::optional<Term>(RankOf{of->name}) : std::nullopt;
  }

  std::optional<Term> call(const ast::Call& called) const {
    const auto* member = std::get_if<ast::Attribute>(&expr(called.function).node);
    const std::string_view name = ast::last_name(program_, called.function);
    if (member != nullptr && called.arguments.empty()) {
      if (name == "dim" || name == "ndimension") return about<RankOf>(member->value);
      if (name == "size" || name == "get_shape") return about<ShapeOf>(member->value);
    }
    if (called.arguments.size() != 1) return std::nullopt;
    const ast::ExprId only = called.arguments[0].value;
    if (member != nullptr && name == "size") return axis_of(about<ShapeOf>(member->value), only);
    if (name == "len") return rank_of(term(only));
    if (name == "list" || name == "tuple" || name == "Size") return term(only);
    if (member != nullptr && (name == "rank" || name == "ndim")) return about<RankOf>(only);  // `tf.rank(x)`
    return std::nullopt;
  }

  std::optional<Term> term(ast::ExprId id) const {
    const auto& node = expr(id).node;
    if (const auto value = number(id)) return *value;
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      const auto it = locals_.find(name->id);
      return it != locals_.end() ? std::optional(it->second) : std::nullopt;
    }
    if (const auto* called = std::get_if<ast::Call>(&node)) return call(*called);
    if (const auto* part = std::get_if<ast::Subscript>(&node)) return axis_of(term(part->value), part->index);
    const auto* part = std::get_if<ast::Attribute>(&node);
    if (part == nullptr) return std::nullopt;
    if (part->name == "ndim") return about<RankOf>(part->value);
    if (part->name == "shape") return about<ShapeOf>(part->value);
    if (part->name == "dtype") return about<DTypeOf>(part->value);
    if (part->name == "ndims" || part->name == "rank") return rank_of(term(part->value));
    return dtype(part->name);
  }

  static std::optional<Term> dtype(std::string_view name) {
    const auto known = parse_dtype(name);
    return known ? std::optional<Term>(*known) : std::nullopt;
  }

  // ---- what must hold

  void demand_rank(const std::string& name, std::int64_t rank) {
    if (rank >= 0 && rank <= 8) out_.ranks.try_emplace(name, static_cast<int>(rank));
  }

  // Hands the two sides to `take` where they are such, whichever comes first.
  template <class A, class B, class Take>
  static void when(const Term& a, const Term& b, const Take& take) {
    if (std::holds_alternative<A>(a) && std::holds_alternative<B>(b)) take(std::get<A>(a), std::get<B>(b));
    else if (std::holds_alternative<A>(b) && std::holds_alternative<B>(a)) take(std::get<A>(b), std::get<B>(a));
  }

  void demand_equal(const Term& a, const Term& b) {
    when<RankOf, std::int64_t>(a, b, [&](const auto& of, std::int64_t value) { demand_rank(of.name, value); });
    when<RankOf, RankOf>(a, b, [&](const auto& x, const auto& y) { out_.same_rank.emplace_back(x.name, y.name); });
    when<ShapeOf, ShapeOf>(a, b, [&](const auto& x, const auto& y) { out_.same_shape.emplace_back(x.name, y.name); });
    when<AxisOf, AxisOf>(a, b, [&](const auto& x, const auto& y) { out_.same_size.emplace_back(x, y); });
    when<AxisOf, std::int64_t>(a, b, [&](const auto& of, std::int64_t value) {
      if (value > 0) out_.sizes.emplace_back(of, value);
    });
    when<DTypeOf, DType>(a, b, [&](const auto& of, DType value) { out_.dtypes.try_emplace(of.name, value); });
  }

  void compare(ast::ExprId left, ast::ExprId right) {
    const auto a = term(left);
    const auto b = term(right);
    if (a && b) return demand_equal(*a, *b);
    // `x.shape == (n, 4)` has two axes, whatever `n` is.
    const auto& items = expr(a ? right : left).node;
    const auto* shape = a ? std::get_if<ShapeOf>(&*a) : b ? std::get_if<ShapeOf>(&*b) : nullptr;
    const auto* sizes = std::get_if<ast::TupleExpr>(&items);
    if (shape != nullptr && sizes != nullptr) take_apart(*shape, sizes->items);
  }

  // A shape that is equal to, or taken apart into, so many sizes.
  void take_apart(const ShapeOf& shape, const std::vector<ast::ExprId>& sizes) {
    const auto is_star = [&](ast::ExprId id) { return std::holds_alternative<ast::Starred>(expr(id).node); };
    if (std::ranges::any_of(sizes, is_star)) return;
    demand_rank(shape.name, static_cast<std::int64_t>(sizes.size()));
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (const auto size = term(sizes[i])) demand_equal(AxisOf{shape.name, static_cast<std::int64_t>(i)}, *size);
    }
  }

  void demand(ast::ExprId condition, bool wanted) {
    const auto& node = expr(condition).node;
    if (const auto* negated = std::get_if<ast::Unary>(&node);
        negated != nullptr && negated->op == ast::UnaryOp::logical_not)
      return demand(negated->operand, !wanted);
    if (const auto* all = std::get_if<ast::Logical>(&node)) {
      if (all->is_and != wanted) return;
      for (const ast::ExprId one : all->operands) demand(one, wanted);
      return;
    }
    const auto* compared = std::get_if<ast::Compare>(&node);
    if (compared == nullptr || (!wanted && compared->ops.size() != 1)) return;
    const ast::CompareOp equal = wanted ? ast::CompareOp::equal : ast::CompareOp::not_equal;
    for (std::size_t i = 0; i < compared->ops.size(); ++i) {
      if (compared->ops[i] == equal) compare(compared->operands[i], compared->operands[i + 1]);
    }
  }

  // ---- statements

  void statement(const ast::Stmt& stmt) {
    if (const auto* asserted = std::get_if<ast::Assert>(&stmt.node)) return demand(asserted->condition, true);
    if (const auto* branch = std::get_if<ast::If>(&stmt.node); branch != nullptr && gives_up(*branch))
      return demand(branch->condition, false);
    if (const auto* within = std::get_if<ast::With>(&stmt.node)) return read(within->body);
    if (const auto* called = std::get_if<ast::ExprStmt>(&stmt.node)) return follow(called->value);
    if (const auto* made = std::get_if<ast::Assign>(&stmt.node); made != nullptr && made->targets.size() == 1)
      return assign(made->targets[0], made->value);
    forget_in(stmt);
  }

  bool may_return(const ast::Stmt& stmt) const {
    bool found = std::holds_alternative<ast::Return>(stmt.node);
    ast::for_each_block(stmt, [&](const ast::Block& block) {
      for (const ast::StmtId id : block) found = found || may_return(program_.stmt(id));
    });
    return found;
  }

  // `if ...: raise`
  bool gives_up(const ast::If& branch) const {
    return branch.otherwise.empty() && !branch.then.empty() &&
           std::holds_alternative<ast::Raise>(program_.stmt(branch.then.back()).node);
  }

  void assign(ast::ExprId target, ast::ExprId value) {
    if (const auto* name = std::get_if<ast::Name>(&expr(target).node)) {
      const auto kept = same_shape(value);
      const auto size = kept ? std::nullopt : term(value);
      forget(name->id);
      if (kept) known_[name->id] = *kept;
      else if (size) locals_.emplace(name->id, *size);
      return;
    }
    const auto* names = std::get_if<ast::TupleExpr>(&expr(target).node);
    if (names == nullptr) return;
    const auto whole = term(value);
    const auto* shape = whole ? std::get_if<ShapeOf>(&*whole) : nullptr;
    for (const ast::ExprId id : names->items) forget_target(id);
    if (shape == nullptr) return;
    take_apart(*shape, names->items);
    for (std::size_t i = 0; i < names->items.size(); ++i) {
      const auto* name = std::get_if<ast::Name>(&expr(names->items[i]).node);
      if (name == nullptr) return;
      if (name->id != "_") locals_.insert_or_assign(name->id, AxisOf{shape->name, static_cast<std::int64_t>(i)});
    }
  }

  // `x.float()`, `x.to(device)`, `x.contiguous()`: another tensor of the same shape.
  std::optional<std::string> same_shape(ast::ExprId value) const {
    if (const auto name = parameter(value)) return name;
    const auto* called = std::get_if<ast::Call>(&expr(value).node);
    const auto* member = called != nullptr ? std::get_if<ast::Attribute>(&expr(called->function).node) : nullptr;
    if (member == nullptr) return std::nullopt;
    static constexpr std::string_view kKeep[] = {"float", "double", "half",       "long",    "to",    "type", "cuda",
                                                 "cpu",   "detach", "contiguous", "type_as", "clone", "bool", "int"};
    if (std::ranges::find(kKeep, member->name) == std::end(kKeep)) return std::nullopt;
    return same_shape(member->value);
  }

  void forget(const std::string& name) {
    known_.erase(name);
    locals_.erase(name);
  }

  void forget_target(ast::ExprId target) {
    const auto& node = expr(target).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) return forget(name->id);
    ast::for_each_child(program_, expr(target), [&](ast::ExprId child) { forget_target(child); });
  }

  // What a statement may change is not known any more.
  void forget_in(const ast::Stmt& stmt) {
    if (const auto* made = std::get_if<ast::Assign>(&stmt.node))
      for (const ast::ExprId target : made->targets) forget_target(target);
    if (const auto* made = std::get_if<ast::AugmentedAssign>(&stmt.node)) forget_target(made->target);
    if (const auto* made = std::get_if<ast::AnnotatedAssign>(&stmt.node)) forget_target(made->target);
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) forget_target(loop->target);
    ast::for_each_block(stmt, [&](const ast::Block& block) {
      for (const ast::StmtId id : block) forget_in(program_.stmt(id));
    });
  }

  // `check_shapes(pred, target)`, `self._check(pred, target)`
  void follow(ast::ExprId value) {
    const auto* called = std::get_if<ast::Call>(&expr(value).node);
    if (called == nullptr || depth_ >= kMaxDepth) return;
    const auto is_parameter = [&](const ast::Argument& argument) { return parameter(argument.value).has_value(); };
    if (std::ranges::none_of(called->arguments, is_parameter)) return;
    const std::string_view name = ast::last_name(program_, called->function);
    const auto found = std::ranges::find(program_.functions, name, &ast::Function::name);
    if (found == program_.functions.end() || std::ranges::count(program_.functions, name, &ast::Function::name) != 1)
      return;
    std::map<std::string, std::string> known;
    const bool is_bound = !found->params.empty() && (found->params[0].name == "self" || found->params[0].name == "cls");
    std::size_t place = is_bound ? 1 : 0;
    for (const ast::Argument& argument : called->arguments) {
      const auto given = parameter(argument.value);
      if (argument.kind == ast::Argument::Kind::keyword) {
        if (given) known[argument.name] = *given;
      } else if (argument.kind == ast::Argument::Kind::positional && place < found->params.size()) {
        if (given) known[found->params[place].name] = *given;
        ++place;
      } else {
        return;
      }
    }
    Reader(program_, std::move(known), depth_ + 1, out_).read(found->body);
  }

  const ast::Module& program_;
  std::map<std::string, std::string> known_;
  std::map<std::string, Term> locals_;
  int depth_;
  bool has_left_ = false;
  Demands& out_;
};

}  // namespace

bool Demands::is_about(const std::string& name) const {
  const auto in_pair = [&](const auto& pair) { return pair.first.name == name || pair.second.name == name; };
  return ranks.contains(name) || std::ranges::any_of(same_size, in_pair) ||
         std::ranges::any_of(sizes, [&](const auto& size) { return size.first.name == name; });
}

Demands demands_of(const ast::Module& program, const ast::Function& function) {
  Demands out;
  std::map<std::string, std::string> known;
  for (const ast::Param& param : function.params) known[param.name] = param.name;
  Reader(program, std::move(known), 0, out).read(function.body);
  return out;
}

}  // namespace shapelint
