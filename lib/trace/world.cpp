#include "lib/trace/world.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lib/shape/jaxtyping.h"

namespace shapelint {
namespace {

// Names that count samples when nobody says which one does.
constexpr std::string_view kBatchNames[] = {"B", "batch", "b", "bs", "batch_size"};

bool is_identifier_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

DType default_dtype(std::string_view name) {
  for (const std::string_view word : {"label", "index", "indices", "idx", "action", "class_id", "ids"}) {
    if (name.find(word) != std::string_view::npos) return DType::int64;
  }
  return DType::float32;
}

// jaxtyping's dtype names that say more than "float".
std::optional<DType> annotated_dtype(std::string_view name) {
  if (name == "Int" || name == "Integer" || name == "Int64" || name == "UInt" || name == "Long") return DType::int64;
  if (name == "Int32") return DType::int32;
  if (name == "Bool") return DType::boolean;
  if (name == "Float64" || name == "Double") return DType::float64;
  if (name == "Float16") return DType::float16;
  if (name == "BFloat16") return DType::bfloat16;
  if (name == "Float" || name == "Float32" || name == "Num" || name == "Shaped" || name == "Inexact" || name == "Real")
    return DType::float32;
  return std::nullopt;
}

class Builder {
 public:
  Builder(Library& library, DimTable& dims, const Target& target, const WorldOptions& options)
      : library_(library), dims_(dims), target_(target), options_(options) {}

  Result<World, WorldError> build() {
    world_.convention = convention_of(*target_.module, target_);
    function_ = called_function();
    world_.called_by_framework = world_.convention == Convention::keras && required_parameters() == 2;
    // A whole file is checked with the same options for every loss in it: not each has every name.
    if (options_.single_target) {
      if (auto error = unknown_names()) return *error;
    }
    if (auto error = read_command_line()) return *error;
    read_annotations();
    read_return();
    read_texts();
    choose_batch();
    if (auto error = read_data()) return *error;
    // Ranks that nobody states start low and rise when the code's own indexing needs more.
    std::map<std::string, int> ranks;
    for (int round = 0; round < 6; ++round) {
      fill(ranks);
      if (!needs_guess_ || !raise_ranks(ranks)) break;
    }
    if (auto error = finish()) return *error;
    return std::move(world_);
  }

 private:
  const ast::Module& program() const { return *target_.module->program; }

  // The function whose parameters the caller fills.
  const ast::Function* called_function() const {
    if (target_.function) return &program().function(*target_.function);
    for (const char* name : {"forward", "call", "__call__"}) {
      for (const ast::StmtId id : program().class_of(*target_.class_id).body) {
        const auto* def = std::get_if<ast::FunctionDef>(&program().stmt(id).node);
        if (def != nullptr && program().function(def->function).name == name) return &program().function(def->function);
      }
    }
    return nullptr;
  }

  // Parameters that a caller must fill.
  std::size_t required_parameters() const {
    if (function_ == nullptr) return 0;
    std::size_t count = 0;
    for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
      const ast::Param& param = function_->params[i];
      const bool takes_one = param.kind != ast::Param::Kind::star && param.kind != ast::Param::Kind::double_star;
      count += takes_one && !param.fallback.valid() ? 1 : 0;
    }
    return count;
  }

  bool is_bound() const { return function_ != nullptr && target_.class_id.has_value(); }

  Dim symbol(std::string_view name) {
    const auto it = world_.symbols.find(name);
    if (it != world_.symbols.end()) return dims_.symbol(it->second);
    const SymbolId id = dims_.declare(std::string(name));
    world_.symbols.emplace(std::string(name), id);
    return dims_.symbol(id);
  }
  SymbolLookup lookup() {
    return [this](std::string_view name) { return symbol(name); };
  }

  // The shape of a spec; a variadic part becomes one axis in front (the batch) or behind.
  Shape concrete(const ShapeSpec& spec, const std::string& parameter) {
    Shape out;
    for (std::size_t i = 0; i < spec.axes.size(); ++i) {
      const ShapeSpec::Axis& axis = spec.axes[i];
      if (axis.broadcastable && std::ranges::find(world_.broadcastable, parameter) == world_.broadcastable.end()) {
        world_.broadcastable.push_back(parameter);
      }
      if (axis.variadic) {
        out.push_back(i == 0 ? symbol(axis.name.empty() || axis.name == "..." ? "B" : axis.name)
                             : symbol(parameter + "_rest"));
      } else if (axis.anonymous) {
        out.push_back(dims_.fresh("?" + parameter));
      } else {
        out.push_back(axis.dim);
      }
    }
    return out;
  }

  WorldParameter* find(const std::string& name) {
    for (WorldParameter& p : world_.parameters) {
      if (p.name == name) return &p;
    }
    return nullptr;
  }

  void state(const std::string& name, const ShapeList& list, ShapeSource from, Span place, std::optional<DType> dtype) {
    WorldParameter made{.name = name, .from = from, .place = place};
    made.dtype = dtype.value_or(default_dtype(name));
    if (list.is_list) {
      for (const ShapeSpec& spec : list.shapes) made.shapes.push_back(concrete(spec, name));
      is_list_.insert(name);
    } else {
      made.shape = concrete(list.shapes[0], name);
    }
    if (WorldParameter* known = find(name)) {
      // The stronger source came first. Two places in the code that disagree are a finding of their own.
      if (known->from != ShapeSource::command_line && known->from != ShapeSource::config && known->shape &&
          made.shape && from <= ShapeSource::comment && contradicts(*known->shape, *made.shape)) {
        world_.contradictions.push_back({fmt::format("`{}` is {} here and {} in the {}", name, show(*made.shape, dims_),
                                                     show(*known->shape, dims_), shapelint::name(known->from)),
                                         place, known->place});
      }
      return;
    }
    world_.parameters.push_back(std::move(made));
  }

  bool contradicts(const Shape& a, const Shape& b) const {
    if (a.size() != b.size()) return true;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (dims_.same(a[i], b[i]) == Tri::no) return true;
    }
    return false;
  }

  std::optional<WorldError> read_command_line() {
    for (const auto& [name, text] : options_.shapes) {
      const auto list = parse_shapes(text, dims_, lookup());
      if (!list)
        return WorldError{fmt::format("--shape {}=\"{}\": {} (at column {})", name, text, list.error().message,
                                      list.error().offset + 1)};
      std::optional<DType> dtype;
      if (const auto it = options_.dtypes.find(name); it != options_.dtypes.end()) dtype = parse_dtype(it->second);
      state(name, *list, ShapeSource::command_line, {}, dtype);
    }
    return std::nullopt;
  }

  void read_annotations() {
    if (function_ == nullptr) return;
    for (const ast::Param& param : function_->params) {
      if (!param.annotation.valid()) continue;
      annotation(param.name, param.annotation, param.span);
    }
  }

  void read_return() {
    if (function_ == nullptr || !function_->returns.valid()) return;
    // The same grammar as for a parameter, under a name that no parameter can have.
    annotation("->", function_->returns, program().expr(function_->returns).span);
    for (std::size_t i = 0; i < world_.parameters.size(); ++i) {
      if (world_.parameters[i].name != "->") continue;
      world_.declared_return = world_.parameters[i].shape;
      world_.declared_return_span = world_.parameters[i].place;
      world_.parameters.erase(world_.parameters.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void annotation(const std::string& name, ast::ExprId id, const Span& place) {
    // `Float["B N"]`, `Float[Tensor, "B N"]`, also quoted or in `Optional[...]`.
    const ast::Expr& expr = program().expr(id);
    const auto* sub = std::get_if<ast::Subscript>(&expr.node);
    if (sub == nullptr) return;
    const auto head = [&](ast::ExprId e) -> std::string {
      const auto& node = program().expr(e).node;
      if (const auto* n = std::get_if<ast::Name>(&node)) return n->id;
      if (const auto* a = std::get_if<ast::Attribute>(&node)) return a->name;
      return "";
    };
    const std::string kind = head(sub->value);
    if (kind == "Optional" || kind == "Annotated") {
      const auto* items = std::get_if<ast::TupleExpr>(&program().expr(sub->index).node);
      annotation(name, items != nullptr && !items->items.empty() ? items->items[0] : sub->index, place);
      return;
    }
    const auto dtype = annotated_dtype(kind);
    if (!dtype) return;
    const ast::StringLiteral* text = std::get_if<ast::StringLiteral>(&program().expr(sub->index).node);
    if (const auto* items = std::get_if<ast::TupleExpr>(&program().expr(sub->index).node);
        items != nullptr && !items->items.empty()) {
      text = std::get_if<ast::StringLiteral>(&program().expr(items->items.back()).node);
    }
    if (text == nullptr) return;
    const auto spec = parse_shape(text->value, dims_, lookup());
    if (!spec) {
      annotation_errors_.push_back(
          {fmt::format("the shape of `{}` does not parse: {}", name, spec.error().message), place, place});
      return;
    }
    ShapeList list;
    list.shapes.push_back(*spec);
    state(name, list, ShapeSource::annotation, place, dtype);
  }

  void read_texts() {
    if (function_ == nullptr) return;
    std::set<std::string, std::less<>> names;
    for (const ast::Param& param : function_->params) names.insert(param.name);
    const auto take = [&](std::string_view text, ShapeSource from, const Span& place) {
      for (const auto& [name, shape] : shapes_in_text(text)) {
        if (!names.contains(name) || options_.args.contains(name)) continue;
        // `axis = (1, 2, 3)` is a value; only what is sure to be a tensor is given in plain numbers.
        const bool symbolic = std::ranges::any_of(shape, [](char c) { return is_identifier_start(c); });
        if (!symbolic && role_at(name) == Role::other) continue;
        const auto list = parse_shapes(shape, dims_, lookup());
        if (list) state(name, *list, from, place, std::nullopt);
      }
    };
    if (!function_->docstring.empty()) take(function_->docstring, ShapeSource::docstring, function_->docstring_span);
    if (target_.class_id) {
      const ast::Class& c = program().class_of(*target_.class_id);
      if (!c.docstring.empty()) take(c.docstring, ShapeSource::docstring, c.docstring_span);
    }
    const SourceFile& file = library_.sources().file(target_.module->source);
    for (const ast::Comment& comment : program().comments) {
      if (!function_->span.contains(comment.span)) continue;
      const std::string_view text = file.text(comment.span);
      take(text, ShapeSource::comment, comment.span);
      // `pred,  # (B, C)` behind a parameter.
      for (const ast::Param& param : function_->params) {
        const Position end = file.position(param.span.end);
        const Position at = file.position(comment.span.begin);
        if (end.line != at.line) continue;
        const std::string_view body = text.substr(std::min<std::size_t>(text.size(), text.find_first_not_of("# \t")));
        if (!body.starts_with("(") && !body.starts_with("[")) continue;
        take(param.name + ": " + std::string(body), ShapeSource::comment, comment.span);
      }
    }
  }

  void choose_batch() {
    const auto axis_count = [&](std::string_view name) {
      const auto it = world_.symbols.find(name);
      if (it == world_.symbols.end()) return 0;
      int count = 0;
      for (const WorldParameter& p : world_.parameters) {
        for (const Shape& shape : p.shape ? std::vector<Shape>{*p.shape} : p.shapes) {
          for (const Dim dim : shape) {
            if (dims_.as_symbol(dim) == it->second) {
              ++count;
              break;
            }
          }
        }
      }
      return count;
    };
    if (options_.batch) {
      world_.input.batch = *dims_.as_symbol(symbol(*options_.batch));
      return;
    }
    for (const std::string_view name : kBatchNames) {
      if (axis_count(name) > 0 || (axis_count(name) == 0 && world_.symbols.contains(name))) {
        world_.input.batch = world_.symbols.find(name)->second;
        return;
      }
    }
    if (axis_count("N") >= 2) {
      world_.input.batch = world_.symbols.find("N")->second;
      return;
    }
    for (const WorldParameter& p : world_.parameters) {
      const Role role = role_of(p.name);
      if (role != Role::prediction && role != Role::target && role_at(p.name) == Role::other) continue;
      if (!p.shape || p.shape->empty()) continue;
      if (const auto s = dims_.as_symbol((*p.shape)[0])) {
        world_.input.batch = *s;
      } else if (const auto size = dims_.constant((*p.shape)[0])) {
        // A number on the batch axis: the symbol stands for it, and is that size in numbers.
        const Dim batch = symbol("B");
        world_.input.batch = *dims_.as_symbol(batch);
        world_.input.sizes[*world_.input.batch] = *size;
        for (WorldParameter& q : world_.parameters) {
          if (q.shape && !q.shape->empty() && dims_.constant((*q.shape)[0]) == size) (*q.shape)[0] = batch;
        }
      } else {
        continue;
      }
      return;
    }
    world_.input.batch = *dims_.as_symbol(symbol("B"));
  }

  Dim batch() { return dims_.symbol(*world_.input.batch); }

  // Sample data: sizes of symbols from stated shapes, or shapes from the data.
  std::optional<WorldError> read_data() {
    for (const auto& [name, array] : options_.data) {
      WorldParameter* p = find(name);
      if (p == nullptr || !p->shape) continue;
      if (p->shape->size() != array->shape.size()) {
        return WorldError{fmt::format("the data of `{}` has rank {}, its shape {} has rank {}", name,
                                      array->shape.size(), show(*p->shape, dims_), p->shape->size())};
      }
      for (std::size_t axis = 0; axis < array->shape.size(); ++axis) {
        if (auto error = solve((*p->shape)[axis], array->shape[axis], name)) return error;
      }
    }
    return std::nullopt;
  }

  // Learns a symbol's size from one linear equation; other dims are checked at the end.
  std::optional<WorldError> solve(Dim dim, std::int64_t size, const std::string& name) {
    const std::vector<SymbolId> symbols = dims_.symbols(dim);
    Sizes known = world_.input.sizes;
    std::optional<SymbolId> open;
    for (const SymbolId s : symbols) {
      if (known.contains(s)) continue;
      if (open) return std::nullopt;
      open = s;
    }
    if (!open) {
      const auto value = dims_.evaluate(dim, known);
      if (value && *value != size) {
        return WorldError{
            fmt::format("the data of `{}` has size {} where `{}` is {}", name, size, dims_.print(dim), *value)};
      }
      return std::nullopt;
    }
    for (std::int64_t candidate = 0; candidate <= size; ++candidate) {
      known[*open] = candidate;
      const auto value = dims_.evaluate(dim, known);
      if (value && *value == size) {
        world_.input.sizes[*open] = candidate;
        return std::nullopt;
      }
      if (candidate > 100'000) break;
    }
    return WorldError{fmt::format("the data of `{}` has size {}, which `{}` cannot be", name, size, dims_.print(dim))};
  }

  // What a parameter is, by its place in a framework's convention or else by its name.
  Role role_at(const std::string& name) const {
    if (function_ == nullptr) return role_of(name);
    if (world_.convention == Convention::keras) {
      std::size_t position = 0;
      for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
        const ast::Param& param = function_->params[i];
        if (param.kind != ast::Param::Kind::normal && param.kind != ast::Param::Kind::positional_only) continue;
        if (param.name == name && position < 2 && !param.fallback.valid())
          return position == 0 ? Role::target : Role::prediction;
        ++position;
      }
    }
    return role_of(name);
  }

  static Shape of_rank(DimTable& dims, Builder& self, int rank) {
    Shape out;
    if (rank == 0) return out;
    out.push_back(self.batch());
    static constexpr std::string_view kNames[][4] = {{"N"}, {"T", "N"}, {"H", "W", "C"}, {"D1", "H", "W", "C"}};
    for (int i = 1; i < rank; ++i) {
      if (rank - 2 < 4) out.push_back(self.fresh_axis(kNames[rank - 2][i - 1]));
      else out.push_back(self.fresh_axis(fmt::format("D{}", i)));
    }
    (void)dims;
    return out;
  }

  // A size of the convention; a name that the code uses for something else gets a prime.
  Dim fresh_axis(std::string_view name) {
    std::string unique(name);
    while (stated_symbols_.contains(unique)) unique += "_";
    return symbol(unique);
  }

  void fill(const std::map<std::string, int>& ranks) {
    if (stated_.empty() && !filled_) {
      stated_ = world_.parameters;
      for (const auto& [name, id] : world_.symbols) {
        if (id != *world_.input.batch) stated_symbols_.insert(name);
      }
      filled_ = true;
    }
    world_.parameters = stated_;
    needs_guess_ = false;
    if (function_ == nullptr) return bindings();
    for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
      const ast::Param& param = function_->params[i];
      if (find(param.name) != nullptr || options_.args.contains(param.name)) continue;
      if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) continue;
      bool dotted = false;
      for (const WorldParameter& p : stated_) dotted = dotted || p.name.starts_with(param.name + ".");
      if (dotted) continue;
      if (const auto it = options_.data.find(param.name); it != options_.data.end()) {
        // Data says its rank; alike sizes on alike axes are one symbol.
        WorldParameter made{.name = param.name, .dtype = it->second->dtype, .from = ShapeSource::command_line};
        Shape shape = of_rank(dims_, *this, it->second->rank());
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
          const auto s = *dims_.as_symbol(shape[axis]);
          const auto known = world_.input.sizes.find(s);
          if (known == world_.input.sizes.end()) world_.input.sizes[s] = it->second->shape[axis];
          else if (known->second != it->second->shape[axis]) shape[axis] = dims_.number(it->second->shape[axis]);
        }
        made.shape = std::move(shape);
        world_.parameters.push_back(std::move(made));
        continue;
      }
      if (param.fallback.valid()) continue;
      const Role role = role_at(param.name);
      if (role == Role::other || is_plain_number(param)) continue;
      const bool pair = role == Role::target || role == Role::prediction;
      const bool by_convention = world_.convention == Convention::keras && pair;
      int rank = pair ? 2 : 1;
      if (const auto it = ranks.find(param.name); it != ranks.end()) rank = it->second;
      WorldParameter made{.name = param.name,
                          .shape = of_rank(dims_, *this, rank),
                          .dtype = by_convention ? DType::float32 : default_dtype(param.name),
                          .from = by_convention ? ShapeSource::convention : ShapeSource::inferred,
                          .place = param.span};
      // Without a convention, a guess is made only where a loss is certain to be given a batch.
      if (!by_convention && world_.convention == Convention::none) continue;
      world_.parameters.push_back(std::move(made));
      needs_guess_ = true;
    }
    bindings();
  }

  bool is_plain_number(const ast::Param& param) const {
    if (!param.annotation.valid()) return false;
    const auto* name = std::get_if<ast::Name>(&program().expr(param.annotation).node);
    return name != nullptr && (name->id == "float" || name->id == "int" || name->id == "bool" || name->id == "str");
  }

  void bindings() {
    TraceInput& input = world_.input;
    input.parameters.clear();
    input.init.clear();
    input.versions = options_.versions;
    input.budget = options_.budget;
    for (const WorldParameter& p : world_.parameters) {
      Binding b{.name = p.name,
                .is_tensor = true,
                .shape = p.shape,
                .is_list = is_list_.contains(p.name),
                .shapes = p.shapes,
                .dtype = p.dtype};
      if (const auto it = options_.dtypes.find(p.name); it != options_.dtypes.end())
        b.dtype = parse_dtype(it->second).value_or(p.dtype);
      bool init = false;
      if (target_.class_id) init = is_init_param(p.name) && !is_call_param(p.name);
      (init ? input.init : input.parameters).push_back(std::move(b));
    }
    for (const auto& [name, text] : options_.args) input.parameters.push_back(Binding{.name = name, .literal = text});
    for (const auto& [name, text] : options_.init) input.init.push_back(Binding{.name = name, .literal = text});
    if (function_ != nullptr) {
      for (const ast::Param& param : function_->params) {
        // A number of unknown value: `gamma: float` without a default.
        if (!param.fallback.valid() && is_plain_number(param) && !options_.args.contains(param.name) &&
            find(param.name) == nullptr) {
          const auto& kind = std::get<ast::Name>(program().expr(param.annotation).node).id;
          if (kind == "float") {
            input.parameters.push_back(Binding{
                .name = param.name, .is_tensor = true, .shape = Shape{}, .dtype = DType::float64, .is_number = true});
          } else if (kind == "int") {
            // Its name is the symbol's name: an option may use it, and messages show it.
            input.parameters.push_back(Binding{.name = param.name, .literal = param.name});
            symbol(param.name);
          }
        }
      }
    }
    input.symbols.clear();
    for (const auto& [name, id] : world_.symbols) input.symbols.emplace(name, dims_.symbol(id));
  }

  bool is_call_param(const std::string& name) const {
    return function_ != nullptr &&
           std::ranges::any_of(function_->params, [&](const ast::Param& p) { return p.name == name; });
  }
  bool is_init_param(const std::string& name) const {
    const std::vector<std::string> names = init_names();
    return std::ranges::find(names, name) != names.end();
  }

  // A trial run: too many indices, a wrong unpacking or an axis out of range on a guessed parameter asks for more axes.
  bool raise_ranks(std::map<std::string, int>& ranks) {
    TraceInput trial = world_.input;
    trial.budget.steps = std::min<std::uint64_t>(trial.budget.steps, 50'000);
    trial.budget.forks = 0;
    Tracer tracer(library_, dims_);
    const Paths paths = tracer.run(target_, trial);
    for (const Trace& trace : paths.traces) {
      for (const Conflict& c : trace.conflicts) {
        if (c.label != "index.C2" && c.label != "unpack.C1" && c.label != "axis.C1") continue;
        if (!c.operands.empty() && raise_rank_behind(trace, c.operands[0], ranks)) return true;
      }
      for (const Step& step : trace.steps) {
        if (eats_batch_after_reductions(trace, step) && raise_rank_behind(trace, step.operands[0], ranks)) return true;
      }
    }
    return false;
  }

  // `mean(mean(x, axis=-1), axis=-1)`, `mean(squeeze(x, -1), axis=-1)`: whoever writes this has more axes than two.
  bool eats_batch_after_reductions(const Trace& trace, const Step& step) const {
    if (step.op == nullptr || step.op->role != OpRole::reduction || !step.axis || *step.axis >= 0 ||
        step.operands.empty())
      return false;
    const auto& shape = trace.tensor(step.operands[0]).shape;
    if (!shape || shape->size() != 1 || !dims_.mentions((*shape)[0], *world_.input.batch)) return false;
    TensorId at = step.operands[0];
    for (int hops = 0; hops < 256; ++hops) {
      const Step& made = trace.step_of(at);
      if (made.op == nullptr || made.operands.empty()) return false;
      const auto& before = trace.tensor(made.operands[0]).shape;
      const auto& after = trace.tensor(at).shape;
      if (before && after && before->size() > after->size()) {
        return made.op->role == OpRole::reduction || !made.assumed.empty();
      }
      at = made.operands[0];
    }
    return false;
  }

  bool raise_rank_behind(const Trace& trace, TensorId at, std::map<std::string, int>& ranks) {
    for (int hops = 0; hops < 256; ++hops) {
      const Step& step = trace.step_of(at);
      if (step.kind == StepKind::parameter || step.operands.empty()) break;
      at = step.operands[0];
    }
    const Step& step = trace.step_of(at);
    if (step.kind != StepKind::parameter) return false;
    const WorldParameter* p = find(step.parameter);
    if (p == nullptr || is_stated(p->from) || !p->shape || p->shape->size() >= 5) return false;
    const std::size_t rank = p->shape->size() + 1;
    // Target and prediction of a convention have one rank.
    for (const WorldParameter& q : world_.parameters) {
      if (q.from == p->from && q.shape && q.shape->size() + 1 == rank) ranks[q.name] = static_cast<int>(rank);
    }
    return true;
  }

  // `--shape foo=...` for a function that has no `foo` is a slip that would be silently ignored.
  std::optional<WorldError> unknown_names() const {
    if (function_ == nullptr) return std::nullopt;
    std::vector<std::string> names;
    for (const ast::Param& p : function_->params) names.push_back(p.name);
    std::vector<std::string> init;
    if (target_.class_id) init = init_names();
    const auto text = library_.sources().file(target_.module->source).text();
    const auto check = [&](const auto& stated, std::string_view option, bool is_init) -> std::optional<WorldError> {
      for (const auto& [name, value] : stated) {
        const std::string head = name.substr(0, name.find('.'));
        if (std::ranges::find(names, head) != names.end() || std::ranges::find(init, head) != init.end() ||
            head == "self")
          continue;
        // A closure's variable, a framework's argument (`sample_weight`), or an inherited constructor: any name of the
        // text.
        if (text.find(head) != std::string_view::npos || head == "sample_weight" || (is_init && target_.class_id))
          continue;
        std::string known;
        for (const std::string& n : is_init ? init : names) known += (known.empty() ? "" : ", ") + n;
        return WorldError{fmt::format("{} {}: `{}` has no parameter of that name{}", option, name, target_.qualname,
                                      known.empty() ? "" : fmt::format(" (there are: {})", known))};
      }
      return std::nullopt;
    };
    if (auto error = check(options_.shapes, "--shape", false)) return error;
    if (auto error = check(options_.args, "--arg", false)) return error;
    return check(options_.init, "--init", true);
  }

  std::vector<std::string> init_names() const {
    std::vector<std::string> names;
    for (const ast::StmtId id : program().class_of(*target_.class_id).body) {
      const auto* def = std::get_if<ast::FunctionDef>(&program().stmt(id).node);
      if (def == nullptr || program().function(def->function).name != "__init__") continue;
      for (const ast::Param& p : program().function(def->function).params) names.push_back(p.name);
    }
    return names;
  }

  std::optional<WorldError> finish() {
    for (const auto& [name, size] : options_.sizes) {
      const auto it = world_.symbols.find(name);
      if (it == world_.symbols.end()) {
        std::string known;
        for (const auto& [symbol_name, id] : world_.symbols) known += (known.empty() ? "" : ", ") + symbol_name;
        return WorldError{fmt::format("--size {}={}: no shape has a symbol `{}`{}", name, size, name,
                                      known.empty() ? "" : fmt::format(" (there are: {})", known))};
      }
      world_.input.sizes[it->second] = size;
    }
    for (const auto& [name, dtype] : options_.dtypes) {
      if (!parse_dtype(dtype))
        return WorldError{
            fmt::format("--dtype {}={}: no such dtype (float32, float64, int32, int64, bool, ...)", name, dtype)};
    }
    world_.stated = !world_.parameters.empty();
    for (const WorldParameter& p : world_.parameters) world_.stated = world_.stated && is_stated(p.from);
    world_.contradictions.insert(world_.contradictions.end(), annotation_errors_.begin(), annotation_errors_.end());
    return std::nullopt;
  }

  Library& library_;
  DimTable& dims_;
  const Target& target_;
  const WorldOptions& options_;
  const ast::Function* function_ = nullptr;
  World world_;
  std::vector<WorldParameter> stated_;
  std::set<std::string> stated_symbols_;
  std::set<std::string> is_list_;
  std::vector<World::Contradiction> annotation_errors_;
  bool needs_guess_ = false;
  bool filled_ = false;
};

}  // namespace

std::string_view name(ShapeSource source) {
  switch (source) {
    case ShapeSource::command_line: return "command-line";
    case ShapeSource::config: return "config";
    case ShapeSource::annotation: return "annotation";
    case ShapeSource::assertion: return "assertion";
    case ShapeSource::docstring: return "docstring";
    case ShapeSource::comment: return "comment";
    case ShapeSource::convention: return "convention";
    case ShapeSource::inferred: return "inferred";
  }
  return "inferred";
}

Result<World, WorldError> build_world(Library& library, DimTable& dims, const Target& target,
                                      const WorldOptions& options) {
  return Builder(library, dims, target, options).build();
}

std::vector<std::pair<std::string, std::string>> shapes_in_text(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  std::vector<std::string> names;
  std::size_t i = 0;
  const auto skip = [&] {
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t' || text[i] == '`')) ++i;
  };
  while (i < text.size()) {
    if (!is_identifier_start(text[i]) || (i > 0 && is_identifier(text[i - 1]))) {
      if (text[i] != ',' && text[i] != ' ' && text[i] != '`') names.clear();
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && (is_identifier(text[i]) || text[i] == '.')) ++i;
    names.emplace_back(text.substr(begin, i - begin));
    skip();
    if (i < text.size() && text[i] == ',') continue;
    if (i >= text.size() || (text[i] != ':' && text[i] != '=')) {
      names.clear();
      continue;
    }
    ++i;
    skip();
    if (i >= text.size() || (text[i] != '(' && text[i] != '[')) {
      names.clear();
      continue;
    }
    const char close = text[i] == '(' ? ')' : ']';
    const std::size_t open = ++i;
    while (i < text.size() && text[i] != close && text[i] != '\n' && text[i] != '(' && text[i] != '[') ++i;
    if (i >= text.size() || text[i] != close) {
      names.clear();
      continue;
    }
    // Sizes between commas; words with blanks, decimals and intervals are prose.
    std::string spelled;
    bool usable = true;
    std::string_view inside = text.substr(open, i - open);
    while (!inside.empty()) {
      const std::size_t comma = std::min(inside.find(','), inside.size());
      std::string_view item = inside.substr(0, comma);
      inside.remove_prefix(std::min(comma + 1, inside.size()));
      while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
      while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
      if (item.empty()) continue;
      std::string compact;
      for (const char c : item) {
        if (c != ' ') compact += c;
      }
      const bool words =
          item.find(' ') != std::string_view::npos && item.find_first_of("+-*/") == std::string_view::npos;
      usable =
          usable && !words && compact.find_first_of(".'\"=<>:{}") == std::string::npos && !compact.starts_with('-');
      spelled += (spelled.empty() ? "" : " ") + compact;
    }
    if (usable) {
      for (const std::string& name : names) out.emplace_back(name, spelled);
    }
    names.clear();
  }
  return out;
}

}  // namespace shapelint
