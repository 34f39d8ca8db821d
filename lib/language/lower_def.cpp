// Functions, classes, parameters and decorators.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/language/lower.h"

namespace shapelint {
using namespace ast;

namespace {

// Decorators by their last name whose meaning for shapes is known (mostly: none). Others may replace the function by
// anything, which a loss file must not do.
constexpr std::string_view kLossDecorators[] = {"property",
                                                "setter",
                                                "staticmethod",
                                                "classmethod",
                                                "dataclass",
                                                "abstractmethod",
                                                "override",
                                                "final",
                                                "cache",
                                                "lru_cache",
                                                "function",
                                                "jit",
                                                "script",
                                                "no_grad",
                                                "jaxtyped",
                                                "typechecked",
                                                "beartype",
                                                "typecheck",
                                                "register_keras_serializable",
                                                "wraps",
                                                "overload"};

std::string_view decorator_name(const Module& module, ExprId id) {
  const Expr* e = &module.expr(id);
  if (const auto* c = std::get_if<Call>(&e->node)) e = &module.expr(c->function);
  if (const auto* a = std::get_if<Attribute>(&e->node)) return a->name;
  if (const auto* n = std::get_if<Name>(&e->node)) return n->id;
  return {};
}

}  // namespace

std::vector<ExprId> Lowering::decorators(N n) {
  std::vector<ExprId> out;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (kind(c) != K::decorator_k) continue;
    const ExprId id = expr(named(c));
    const std::string_view name = decorator_name(module_, id);
    if (std::find(std::begin(kLossDecorators), std::end(kLossDecorators), name) == std::end(kLossDecorators))
      outside(span(c), name.empty() ? "decorator of this form" : fmt::format("decorator `{}`", name));
    out.push_back(id);
  }
  return out;
}

StmtId Lowering::definition(N n, N decorated) {
  std::vector<ExprId> all;
  if (decorated != kNone) all = decorators(decorated);
  const Span where = span(decorated != kNone ? decorated : n);
  return kind(n) == K::class_definition_k ? class_def(n, where, std::move(all)) : function(n, where, std::move(all));
}

StmtId Lowering::function(N n, Span where, std::vector<ExprId> decorators) {
  Function out;
  const N name = child(n, F::name_f);
  out.name = text(name);
  out.name_span = span(name);
  out.decorators = std::move(decorators);
  out.is_async = has_token(n, "async");
  if (out.is_async) outside(span(node(n).begin, node(n).begin + 5), "`async`");
  if (const N types = child(n, K::type_parameter_k); types != kNone) outside(span(types), "type parameters");
  out.params = params(child(n, F::parameters_f));
  out.returns = optional_expr(child(n, F::return_type_f));
  bool generator = false;
  bool* const outer = std::exchange(generator_, &generator);
  out.body = suite(n, "def");
  generator_ = outer;
  out.is_generator = generator;
  find_docstring(out.body, out.docstring, &out.docstring_span);
  out.span = span(node(n).begin, end_of(out.body, node(n).end));
  where.end = out.span.end;
  const FunctionId id{static_cast<std::uint32_t>(module_.functions.size())};
  module_.functions.push_back(std::move(out));
  return add_stmt(where, FunctionDef{id});
}

std::vector<Param> Lowering::params(N n) {
  std::vector<Param> out;
  bool keyword_only = false;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (kind(c) == K::keyword_separator_k) {
      keyword_only = true;
      continue;
    }
    if (kind(c) == K::positional_separator_k) {
      for (Param& p : out)
        if (p.kind == Param::Kind::normal) p.kind = Param::Kind::positional_only;
      continue;
    }
    Param param;
    param.span = span(c);
    N target = c;
    if (kind(c) == K::typed_parameter_k) target = named(c);
    if (kind(c) == K::default_parameter_k || kind(c) == K::typed_default_parameter_k) target = child(c, F::name_f);
    param.annotation = optional_expr(child(c, F::type_f));
    if (target != c) param.fallback = optional_expr(child(c, F::value_f));
    if (kind(target) == K::list_splat_pattern_k) {
      param.kind = Param::Kind::star;
      keyword_only = true;
      target = named(target);
    } else if (kind(target) == K::dictionary_splat_pattern_k) {
      param.kind = Param::Kind::double_star;
      target = named(target);
    } else if (keyword_only) {
      param.kind = Param::Kind::keyword_only;
    }
    if (kind(target) == K::identifier_k) param.name = text(target);
    else issue(param.span, "a parameter must be a name", true);
    param.name_span = span(target);
    out.push_back(std::move(param));
  }
  return out;
}

StmtId Lowering::class_def(N n, Span where, std::vector<ExprId> decorators) {
  Class out;
  const N name = child(n, F::name_f);
  out.name = text(name);
  out.name_span = span(name);
  out.decorators = std::move(decorators);
  if (const N types = child(n, K::type_parameter_k); types != kNone) outside(span(types), "type parameters");
  if (const N bases = child(n, F::superclasses_f); bases != kNone) out.bases = arguments(bases);
  for (const Argument& base : out.bases)
    if (base.kind != Argument::Kind::positional) outside(base.span, "class arguments other than bases");
  // A generator is a function: what a class body yields belongs to nobody.
  bool* const outer = std::exchange(generator_, nullptr);
  const N body = child(n, K::block_k);
  out.body = block(body);
  if (out.body.empty() && !header_only_)
    issue(span(node(n).end, node(n).end), "expected an indented block after `class`", true);
  generator_ = outer;
  find_docstring(out.body, out.docstring, &out.docstring_span);
  out.span = span(node(n).begin, end_of(out.body, node(n).end));
  where.end = out.span.end;
  const ClassId id{static_cast<std::uint32_t>(module_.classes.size())};
  module_.classes.push_back(std::move(out));
  return add_stmt(where, ClassDef{id});
}

// ---- a class of which some methods do not parse

std::optional<StmtId> Lowering::lower_class_header(const cst::Tree& tree) {
  tree_ = &tree;
  std::optional<StmtId> out;
  const N top = named(0);
  const N definition_node = kind(top) == K::decorated_definition_k ? child(top, F::definition_f) : top;
  header_only_ = true;
  if (!tree.has_error && kind(definition_node) == K::class_definition_k && next_named(top) == kNone)
    out = definition(definition_node, definition_node == top ? kNone : top);
  header_only_ = false;
  tree_ = nullptr;
  return out;
}

void Lowering::finish_class(StmtId stmt, Block body, std::uint32_t end) {
  Stmt& statement = module_.stmts[stmt.index];
  const auto* found = std::get_if<ClassDef>(&statement.node);
  if (found == nullptr) return;
  Class& out = module_.classes[found->class_id.index];
  out.body = std::move(body);
  find_docstring(out.body, out.docstring, &out.docstring_span);
  out.span.end = statement.span.end = end_of(out.body, end);
}

}  // namespace shapelint
