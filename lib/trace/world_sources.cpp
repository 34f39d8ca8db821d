// What is stated about shapes: on the command line, in annotations, in docstrings and comments.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/support/words.h"
#include "lib/trace/builtins.h"
#include "lib/trace/docstring_entries.h"
#include "lib/trace/object_fields.h"
#include "lib/trace/shape_text.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

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

// The last string of `Float["B N"]` or `Float[Tensor, "B N"]`.
std::optional<std::string> annotated_text(const ast::Module& program, ast::ExprId index) {
  const auto* items = std::get_if<ast::TupleExpr>(&program.expr(index).node);
  const ast::ExprId last = items != nullptr && !items->items.empty() ? items->items.back() : index;
  const auto* text = std::get_if<ast::StringLiteral>(&program.expr(last).node);
  return text == nullptr ? std::nullopt : std::optional(text->value);
}

}  // namespace

DType default_dtype(std::string_view name) {
  // `action_probs`, `label_weight`: about an index, and none.
  for (const std::string_view word : {"prob", "logit", "log", "weight", "mask", "score", "value", "mean", "std", "emb",
                                      "feat", "smooth", "loss", "onehot", "one_hot"}) {
    if (name.find(word) != std::string_view::npos) return DType::float32;
  }
  for (const std::string_view word : {"label", "index", "indices", "idx", "action", "class_id", "ids"}) {
    if (name.find(word) != std::string_view::npos) return DType::int64;
  }
  return DType::float32;
}

// The shape of a spec; a variadic part becomes one axis in front (the batch) or behind.
Shape WorldBuilder::concrete(const ShapeSpec& spec, const std::string& parameter) {
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

void WorldBuilder::state(const std::string& name, const ShapeList& list, ShapeSource from, Span place,
                         std::optional<DType> dtype) {
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
    if (known->from != ShapeSource::command_line && known->from != ShapeSource::config && known->shape && made.shape &&
        from <= ShapeSource::comment && contradicts(*known->shape, *made.shape)) {
      world_.contradictions.push_back({fmt::format("`{}` is {} here and {} in the {}", name, show(*made.shape, dims_),
                                                   show(*known->shape, dims_), shapelint::name(known->from)),
                                       place, known->place});
    }
    return;
  }
  world_.parameters.push_back(std::move(made));
}

bool WorldBuilder::contradicts(const Shape& a, const Shape& b) const {
  // `[B x G]` is a shape of two axes, or the product of two sizes, as `(batch_size * num_groups,)` spells it out.
  const auto is_product = [&](const Shape& one, const Shape& other) {
    return one.size() == 1 && other.size() > 1 && dims_.symbols(one[0]).size() == other.size();
  };
  if (is_product(a, b) || is_product(b, a)) return false;
  if (a.size() != b.size()) return true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (dims_.same(a[i], b[i]) == Tri::no) return true;
  }
  return false;
}

std::optional<WorldError> WorldBuilder::read_command_line() {
  for (const auto& [name, text] : options_.shapes) {
    const auto list = parse_shapes(text, dims_, lookup());
    if (!list)
      return WorldError{fmt::format("--shape {}=\"{}\": {} (at column {})", name, text, list.error().message,
                                    list.error().offset + 1)};
    std::optional<DType> dtype;
    if (const auto it = options_.dtypes.find(name); it != options_.dtypes.end()) dtype = parse_dtype(it->second);
    state(name, *list, options_.configured.contains(name) ? ShapeSource::config : ShapeSource::command_line, {}, dtype);
  }
  return std::nullopt;
}

// `--arg num_classes=C`: a name that nothing else has is a size.
void WorldBuilder::read_sizes_in_values() {
  for (const auto* values : {&options_.args, &options_.init}) {
    for (const auto& [parameter, text] : *values) {
      const ast::Module& value = library_.expression(text);
      for (const ast::Expr& expr : value.exprs) {
        const auto* name = std::get_if<ast::Name>(&expr.node);
        const bool is_named = name != nullptr && !name->id.starts_with('_') && find_builtin(name->id) == nullptr &&
                              !is_framework_package(name->id) && !target_.module->index.statements.contains(name->id);
        if (is_named) symbol(name->id);
      }
    }
  }
}

void WorldBuilder::read_annotations() {
  if (function_ == nullptr) return;
  for (const ast::Param& param : function_->params) {
    if (!param.annotation.valid()) continue;
    annotation(param.name, param.annotation, param.span);
    for (const auto& [field, stated] : fields_of_object(program(), param).tensors)
      if (stated.valid()) field_annotation(param.name + "." + field, stated, param.span);
  }
}

void WorldBuilder::read_return() {
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

// torchtyping's `TensorType["batch", 3, "n"]`: one item per axis, `-1` for any size, a dtype anywhere.
std::optional<std::string> WorldBuilder::annotated_axes(ast::ExprId index) const {
  const auto* tuple = std::get_if<ast::TupleExpr>(&program().expr(index).node);
  std::string out;
  for (const ast::ExprId item : tuple != nullptr ? tuple->items : std::vector<ast::ExprId>{index}) {
    const auto& node = program().expr(item).node;
    std::string axis;
    if (const auto* name = std::get_if<ast::StringLiteral>(&node)) axis = name->value;
    else if (const auto* size = std::get_if<ast::IntLiteral>(&node)) axis = std::to_string(size->value);
    else if (std::holds_alternative<ast::Unary>(node)) axis = "_";
    else if (std::holds_alternative<ast::EllipsisLiteral>(node)) axis = "...";
    else if (std::holds_alternative<ast::Attribute>(node) || std::holds_alternative<ast::Name>(node)) continue;
    else return std::nullopt;
    if (axis.empty() || axis.find(' ') != std::string::npos) return std::nullopt;
    // Any text is a name for torchtyping: `"self.n_dim"`.
    if (axis != "..." && !std::ranges::all_of(axis, is_word)) axis = "_";
    out += (out.empty() ? "" : " ") + axis;
  }
  return out;
}

// Who states shapes on the command line and leaves `weight=None` out has said that it stays None.
bool WorldBuilder::is_left_out(const std::string& name) const {
  if (options_.shapes.empty() || options_.shapes.contains(name) || function_ == nullptr) return false;
  const auto param = std::ranges::find(function_->params, name, &ast::Param::name);
  return param != function_->params.end() && param->fallback.valid() &&
         std::holds_alternative<ast::NoneLiteral>(program().expr(param->fallback).node);
}

// Who states a shape on the command line or in the configuration need not know the symbols of the texts.
bool WorldBuilder::is_replaced(const std::string& name) const { return options_.shapes.contains(name); }

void WorldBuilder::annotation(const std::string& name, ast::ExprId id, const Span& place) {
  if (is_left_out(name) || is_replaced(name)) return;
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
  const bool per_axis = kind == "TensorType";
  const auto dtype = per_axis ? DType::float32 : annotated_dtype(kind);
  if (!dtype) return;
  const auto text = per_axis ? annotated_axes(sub->index) : annotated_text(program(), sub->index);
  if (!text) return;
  const auto spec = parse_annotation(*text, dims_, lookup());
  if (!spec) {
    annotation_errors_.push_back(
        {fmt::format("the shape of `{}` does not parse: {}", name, spec.error().message), place, place});
    return;
  }
  ShapeList list;
  list.shapes.push_back(*spec);
  state(name, list, ShapeSource::annotation, place, dtype);
}

// What the declaration of a C++ field states, wherever its class stands.
void WorldBuilder::field_annotation(const std::string& name, ast::ExprId stated, const Span& place) {
  const std::string* comment = comment_of_field(program(), stated);
  if (comment == nullptr) return annotation(name, stated, place);
  const auto text = shape_at_start(*comment);
  if (!text) return;
  if (const auto list = parse_shapes(*text, dims_, lookup())) state(name, *list, ShapeSource::comment, place, {});
}

// One item of a shape that is asserted: a number, a size that the function has a name for, `x.shape[0]`.
std::optional<std::string> WorldBuilder::asserted_size(ast::ExprId item) const {
  const auto& node = program().expr(item).node;
  if (const auto* number = std::get_if<ast::IntLiteral>(&node)) return std::to_string(number->value);
  if (const auto* name = std::get_if<ast::Name>(&node)) {
    const auto param = std::ranges::find(function_->params, name->id, &ast::Param::name);
    const bool has_value = param != function_->params.end() && param->fallback.valid();
    // A constant of the module is a number, and another one than its name.
    return has_value || target_.module->index.statements.contains(name->id) ? std::nullopt : std::optional(name->id);
  }
  const auto* sub = std::get_if<ast::Subscript>(&node);
  const auto* attribute = sub != nullptr ? std::get_if<ast::Attribute>(&program().expr(sub->value).node) : nullptr;
  const auto* axis = sub != nullptr ? std::get_if<ast::IntLiteral>(&program().expr(sub->index).node) : nullptr;
  if (attribute != nullptr && attribute->name == "shape" && axis != nullptr && axis->value == 0) return "B";
  return std::nullopt;
}

// `assert pred.shape == (batch, 1)`.
void WorldBuilder::read_assertions() {
  if (function_ == nullptr) return;
  for (const ast::Stmt& stmt : program().stmts) {
    if (!function_->span.contains(stmt.span)) continue;
    const auto asserted = asserted_shape(program(), stmt);
    if (!asserted) continue;
    const std::string name(asserted->name);
    if (std::ranges::find(function_->params, name, &ast::Param::name) == function_->params.end() || is_left_out(name))
      continue;
    std::string text;
    const bool known = std::ranges::all_of(asserted->sizes->items, [&](ast::ExprId item) {
      const auto size = asserted_size(item);
      text += (text.empty() ? "" : " ") + size.value_or("");
      return size.has_value();
    });
    if (!known) continue;
    const auto list = parse_shapes(text, dims_, lookup());
    if (list) state(name, *list, ShapeSource::assertion, stmt.span, std::nullopt);
  }
}

namespace {
// How many sizes the function takes a parameter's shape apart into, `b, n, _ = x.shape`, as it was handed over.
std::optional<std::size_t> unpacked_rank(const ast::Module& program, const ast::Function& function,
                                         const std::string& name) {
  const auto is_it = [&](ast::ExprId id) {
    const auto* node = std::get_if<ast::Name>(&program.expr(id).node);
    return node != nullptr && node->id == name;
  };
  std::optional<std::size_t> rank;
  std::uint32_t at = 0;
  std::uint32_t changed = 0xFFFFFFFFU;
  for (const ast::Stmt& stmt : program.stmts) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || !function.span.contains(stmt.span)) continue;
    for (const ast::ExprId target : assign->targets) {
      if (is_it(target)) changed = std::min(changed, stmt.span.begin);
    }
    ast::ExprId value = assign->value;
    const auto* call = std::get_if<ast::Call>(&program.expr(value).node);
    if (call != nullptr && call->arguments.empty()) value = call->function;
    const auto* attribute = std::get_if<ast::Attribute>(&program.expr(value).node);
    const auto* sizes = std::get_if<ast::TupleExpr>(&program.expr(assign->targets.front()).node);
    if (attribute == nullptr || sizes == nullptr || !is_it(attribute->value) ||
        attribute->name != (call != nullptr ? "size" : "shape") || (rank && at < stmt.span.begin))
      continue;
    const bool plain = std::ranges::none_of(
        sizes->items, [&](ast::ExprId item) { return std::holds_alternative<ast::Starred>(program.expr(item).node); });
    if (!plain) continue;
    rank = sizes->items.size();
    at = stmt.span.begin;
  }
  return rank && at < changed ? rank : std::nullopt;
}
}  // namespace

void WorldBuilder::read_texts() {
  if (function_ == nullptr) return;
  std::vector<std::string> names;
  for (const ast::Param& param : function_->params) names.push_back(param.name);
  // `reduction="mean"`, of which a docstring says what comes back with it.
  const auto has_plain_default = [&](const std::string& name) {
    const auto param = std::ranges::find(function_->params, name, &ast::Param::name);
    if (param == function_->params.end() || !param->fallback.valid()) return false;
    const auto& node = program().expr(param->fallback).node;
    return std::holds_alternative<ast::StringLiteral>(node) || std::holds_alternative<ast::BoolLiteral>(node);
  };
  const auto take = [&](const std::string& name, const std::string& shape, ShapeSource from, const Span& place) {
    if (std::ranges::find(names, name) == names.end() || options_.args.contains(name) || is_left_out(name) ||
        is_replaced(name) || has_plain_default(name))
      return;
    // `axis = (1, 2, 3)`, `labels = (0, 1, 1)` are values: in prose, plain numbers are a shape only when all are sizes
    // that one would choose, and the name is that of a tensor.
    const bool symbolic =
        std::ranges::any_of(shape, [](char c) { return std::isalpha(static_cast<unsigned char>(c)); });
    const std::string padded = " " + shape + " ";
    const bool sizes = padded.find(" 0 ") == std::string::npos && padded.find(" 1 ") == std::string::npos;
    if (!symbolic && (!sizes || role_at(name) == Role::other)) return;
    if (padded.find(" * ") != std::string::npos) return;  // `(*)`: of any shape
    const auto list = parse_shapes(shape, dims_, lookup());
    if (!list) return;
    // Prose that the code contradicts (a slip of the pen, another argument's line) says nothing.
    if (from == ShapeSource::docstring && !list->is_list) {
      const auto rank = unpacked_rank(program(), *function_, name);
      const Shape said = concrete(list->shapes[0], name);
      if (rank && *rank != said.size()) return;
    }
    state(name, *list, from, place, std::nullopt);
  };
  const auto prose = [&](std::string_view text, const Span& place) {
    for (const auto& [name, shape] : shapes_in_text(text)) take(name, shape, ShapeSource::docstring, place);
    for (const auto& [name, shape] : shapes_in_docstring(text, names)) take(name, shape, ShapeSource::docstring, place);
  };
  std::vector<std::pair<std::string, Span>> docstrings{
      {without_examples(function_->docstring), function_->docstring_span}};
  if (target_.class_id) {
    const ast::Class& c = target_.module->program->class_of(*target_.class_id);
    docstrings.emplace_back(without_examples(c.docstring), c.docstring_span);
  }
  if (home_ != nullptr) {  // the class that an inherited method stands in
    for (const ast::Class& c : program().classes)
      if (c.span.contains(function_->span)) docstrings.emplace_back(without_examples(c.docstring), c.docstring_span);
  }
  for (const auto& [text, place] : docstrings) prose(text, place);
  const SourceFile& file = library_.sources().file(home().source);
  const auto& comments = program().comments;
  auto at =
      std::ranges::lower_bound(comments, function_->span.begin, {}, [](const ast::Comment& c) { return c.span.begin; });
  // Behind the first statement a name may be another tensor.
  std::uint32_t first_statement = function_->span.end;
  for (const ast::StmtId id : function_->body) {
    const Span& span = program().stmt(id).span;
    if (!span.contains(function_->docstring_span)) first_statement = std::min(first_statement, span.begin);
  }
  for (; at != comments.end() && at->span.end <= function_->span.end; ++at) {
    for (const auto& [name, shape] : shapes_in_text(file.text(at->span)))
      take(name, shape, ShapeSource::comment, at->span);
    if (at->span.begin < first_statement) {
      for (const auto& [name, shape] : shapes_in_sentences(file.text(at->span), names, {}))
        take(name, shape, ShapeSource::comment, at->span);
    }
    const bool is_cxx = target_.module->dialect == Dialect::cxx;
    for (const auto& [name, shape] : shapes_behind(file, *function_, *at, is_cxx))
      take(name, shape, ShapeSource::comment, at->span);
  }
  // Sentences say it least clearly: what is stated in another way stays.
  std::vector<std::string> required;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    const bool is_one = param.kind != ast::Param::Kind::star && param.kind != ast::Param::Kind::double_star;
    if (is_one && !param.fallback.valid() && !is_plain_number(param)) required.push_back(param.name);
  }
  for (const auto& [text, place] : docstrings) {
    for (const auto& [name, shape] : shapes_in_sentences(text, names, required)) {
      if (find(name) == nullptr) take(name, shape, ShapeSource::docstring, place);
    }
  }
  // What a method without words of its own takes the place of.
  if (const ast::Function* replaced = documented_base()) {
    const std::string text = without_examples(replaced->docstring);
    for (const auto& shapes :
         {shapes_in_text(text), shapes_in_docstring(text, names), shapes_in_sentences(text, names, required)}) {
      for (const auto& [name, shape] : shapes)
        if (find(name) == nullptr) take(name, shape, ShapeSource::docstring, replaced->docstring_span);
    }
  }
  // An heir may take other shapes than the method that it inherits.
  for (const auto& [text, place] : docstrings)
    if (home_ == nullptr) read_likeness(text, names, place);
  take_likeness(ShapeSource::docstring);
}

// What comes back depends on these.
bool WorldBuilder::has_option_for_result() const {
  static constexpr std::string_view kOptions[] = {"reduction", "reduce",   "size_average", "average",
                                                  "keepdim",   "keepdims", "aggregate",    "reduce_mean"};
  const auto is_option = [](const std::string& name) {
    return std::ranges::find(kOptions, name) != std::end(kOptions);
  };
  return std::ranges::any_of(function_->params, is_option, &ast::Param::name) ||
         (target_.class_id && std::ranges::any_of(init_names(), is_option));
}

// `Returns: a tensor of shape (B,)`, in sizes that the parameters have.
void WorldBuilder::read_result_text() {
  if (function_ == nullptr || home_ != nullptr || world_.declared_return || has_option_for_result()) return;
  const auto text = shape_of_result(function_->docstring);
  if (!text) return;
  std::string name;
  for (const char c : *text + " ") {
    if (is_word(c)) {
      name += c;
      continue;
    }
    if (!name.empty() && begins_name(name[0]) && !world_.symbols.contains(name)) return;
    name.clear();
  }
  const auto list = parse_shapes(*text, dims_, lookup());
  if (!list || list->is_list) return;
  world_.declared_return = concrete(list->shapes[0], "->");
  world_.declared_return_span = function_->docstring_span;
  world_.declared_in_prose = true;
}

void WorldBuilder::read_likeness(std::string_view text, const std::vector<std::string>& names, const Span& place) {
  for (const auto& [name, other] : likeness_in_docstring(text, names)) {
    const bool is_free = !options_.args.contains(name) && !is_left_out(name) && !is_replaced(name);
    if (is_free && std::ranges::find(alike_, name, &Alike::name) == alike_.end())
      alike_.push_back({name, other, place});
  }
}

// `mask: same shape as target`: one has the shape of the other, if that has one. A guess gives way.
void WorldBuilder::take_likeness(ShapeSource from) {
  for (std::size_t round = 0; round < alike_.size(); ++round) {
    for (const Alike& alike : alike_) {
      const WorldParameter* other = find(alike.other);
      if (other == nullptr || !other->shape) continue;
      const std::optional<Shape> shape = other->shape;
      WorldParameter* known = find(alike.name);
      const auto param = std::ranges::find(function_->params, alike.name, &ast::Param::name);
      const bool is_given = is_stated(from) || (param != function_->params.end() && !param->fallback.valid());
      if (known == nullptr && is_given)
        world_.parameters.push_back({.name = alike.name,
                                     .shape = shape,
                                     .dtype = default_dtype(alike.name),
                                     .from = from,
                                     .place = alike.place});
      else if (known != nullptr && !is_stated(known->from) && known->shape) known->shape = shape;
    }
  }
}

// The next method of the function's name with a docstring, along the first bases in its module.
const ast::Function* WorldBuilder::documented_base() const {
  if (!is_bound() || !function_->docstring.empty()) return nullptr;
  const auto holds = [&](const ast::Class& c) {
    return std::ranges::any_of(c.body, [&](ast::StmtId id) {
      const auto* def = std::get_if<ast::FunctionDef>(&program().stmt(id).node);
      return def != nullptr && &program().function(def->function) == function_;
    });
  };
  auto type = std::ranges::find_if(program().classes, holds);
  for (int hops = 0; hops < 8 && type != program().classes.end() && !type->bases.empty(); ++hops) {
    type = std::ranges::find(program().classes, ast::last_name(program(), type->bases[0].value), &ast::Class::name);
    if (type == program().classes.end()) break;
    const auto method = ast::own_method(program(), *type, function_->name);
    if (method && !program().function(*method).docstring.empty()) return &program().function(*method);
  }
  return nullptr;
}

}  // namespace shapelint
