// `try`, and which handler catches what was raised.
#include <algorithm>
#include <utility>

#include "lib/trace/builtins.h"
#include "lib/trace/run.h"

namespace shapelint {

// The names of an exception's class and of that one's bases, from the expression after `raise`.
std::vector<std::string> Run::exception_types(ast::ExprId exception) {
  const auto* made = std::get_if<ast::Call>(&here().module->expr(exception).node);
  const ast::ExprId type = made != nullptr ? made->function : exception;
  std::vector<std::string> out;
  const auto& node = here().module->expr(type).node;
  if (const auto* attr = std::get_if<ast::Attribute>(&node)) out.push_back(attr->name);
  const auto* name = std::get_if<ast::Name>(&node);
  if (name == nullptr) return out;
  out.push_back(name->id);
  const Flow flow = std::exchange(flow_, Flow::normal);
  const Value value = lookup(name->id, here().module->expr(type).span);
  flow_ = flow;
  const auto* known = value.as<ClassV>();
  bool unknown_base = false;
  if (known == nullptr) return value.as<BuiltinV>() != nullptr ? out : std::vector<std::string>{};
  for (const HeapId cell : linear_bases(known->cell, unknown_base)) {
    out.push_back(heap().read<ClassData>(cell).name);
    for (const Value& base : heap().read<ClassData>(cell).bases)
      if (const auto* type_name = base.as<BuiltinV>()) out.emplace_back(type_name->builtin->name);
  }
  return unknown_base ? std::vector<std::string>{} : out;
}

namespace {

// The base of each builtin exception, as far as handlers tell them apart.
constexpr std::pair<std::string_view, std::string_view> kExceptionBases[] = {
    {"ModuleNotFoundError", "ImportError"},   {"KeyError", "LookupError"},          {"IndexError", "LookupError"},
    {"ZeroDivisionError", "ArithmeticError"}, {"OverflowError", "ArithmeticError"}, {"FileNotFoundError", "OSError"},
    {"NotImplementedError", "RuntimeError"},  {"RecursionError", "RuntimeError"},   {"UnicodeError", "ValueError"},
};

std::string_view last_name(const ast::Module& module, ast::ExprId id) {
  const auto& node = module.expr(id).node;
  if (const auto* attr = std::get_if<ast::Attribute>(&node)) return attr->name;
  if (const auto* name = std::get_if<ast::Name>(&node)) return name->id;
  return {};
}

std::vector<std::string_view> handled_types(const ast::Module& module, const ast::Handler& handler) {
  if (const auto* several = std::get_if<ast::TupleExpr>(&module.expr(handler.type).node)) {
    std::vector<std::string_view> out;
    for (const ast::ExprId item : several->items) out.push_back(last_name(module, item));
    return out;
  }
  return {last_name(module, handler.type)};
}

// Does a handler catch what was raised? What is not known is caught by the first that might.
bool catches(const ast::Module& module, const ast::Handler& handler, const std::vector<std::string>& raised) {
  if (!handler.type.valid() || raised.empty()) return true;
  for (const std::string_view type : handled_types(module, handler)) {
    if (type == "Exception" || type == "BaseException" || type.empty()) return true;
    for (std::string_view name : raised) {
      for (int level = 0; level < 4; ++level) {
        if (name == type) return true;
        const auto* base =
            std::ranges::find(kExceptionBases, name, &std::pair<std::string_view, std::string_view>::first);
        if (base == std::end(kExceptionBases)) break;
        name = base->second;
      }
    }
  }
  return false;
}

bool expects_missing_modules(const ast::Module& module, const ast::Try& node) {
  return std::ranges::any_of(
      node.handlers, [&](const ast::Handler& handler) { return catches(module, handler, {"ModuleNotFoundError"}); });
}

}  // namespace

void Run::exec_try(const ast::Try& node) {
  const std::size_t conflicts = trace_.conflicts.size();
  const ast::Module& module = *here().module;
  const bool guards = expects_missing_modules(module, node);
  here().import_guards += guards ? 1 : 0;
  exec_block(node.body);
  here().import_guards -= guards ? 1 : 0;
  if ((flow_ == Flow::raised || trace_.conflicts.size() > conflicts) && !node.handlers.empty() &&
      flow_ != Flow::stopped) {
    // The code expects this to fail: what failed is no finding, and the handler goes on.
    trace_.conflicts.resize(conflicts);
    if (flow_ == Flow::raised) {
      const std::vector<std::string> types = raised_ ? raised_->types : std::vector<std::string>{};
      const bool missing = raised_ && raised_->message.starts_with("ModuleNotFoundError");
      const auto handler =
          std::ranges::find_if(node.handlers, [&](const ast::Handler& h) { return catches(module, h, types); });
      if (handler != node.handlers.end()) {
        flow_ = Flow::normal;
        raised_.reset();
        if (!handler->name.empty()) bind(handler->name, make_unknown("the exception that was caught"));
        exec_block(handler->body);
        if (flow_ == Flow::raised && missing) {
          // Without the package there is nothing to run; with it, what it gives is not known.
          flow_ = Flow::normal;
          raised_.reset();
          exec_block(node.body);
        }
      }
    }
  } else if (flow_ == Flow::normal) {
    exec_block(node.otherwise);
  }
  if (flow_ == Flow::stopped) return;
  const Flow flow = flow_;
  const std::optional<Raised> raised = raised_;
  flow_ = Flow::normal;
  exec_block(node.finally);
  if (flow_ != Flow::normal) return;
  flow_ = flow;
  raised_ = raised;
}

}  // namespace shapelint
