// Statements, one by one; branches.cpp, assigning.cpp and exceptions.cpp have those that need more than a few lines.
#include <functional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

void Run::exec_block(const ast::Block& block) {
  for (const ast::StmtId id : block) {
    if (flow_ != Flow::normal) return;
    exec(id);
  }
}

// "`pred` is (10,), `target` is (10, 1)", of the tensors that an expression names.
std::string Run::shapes_named_in(ast::ExprId id) {
  std::set<std::string> seen;
  std::string out;
  const std::function<void(ast::ExprId)> visit = [&](ast::ExprId part) {
    const ast::Expr& expr = here().module->expr(part);
    // Names of their own.
    if (std::holds_alternative<ast::Comprehension>(expr.node) || std::holds_alternative<ast::Lambda>(expr.node)) return;
    const auto* name = std::get_if<ast::Name>(&expr.node);
    if (name != nullptr && seen.insert(name->id).second) {
      const Value value = eval(part);
      const auto* t = value.as<TensorV>();
      if (t != nullptr && tensor(t->id).shape && !tensor(t->id).is_number)
        out += fmt::format("{}`{}` is {}", out.empty() ? "" : ", ", name->id,
                           shapelint::show(*tensor(t->id).shape, *dims_));
    }
    ast::for_each_child(*here().module, expr, visit);
  };
  visit(id);
  return out;
}

void Run::exec(ast::StmtId id) {
  const ast::Stmt& stmt = here().module->stmt(id);
  if (!spend(stmt.span)) return;
  if (input_->probe) probe_statement();
  ++recursion_;
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, ast::ExprStmt>) {
          eval(node.value);
        } else if constexpr (std::is_same_v<T, ast::Assign>) {
          const Value value = eval(node.value);
          const Span value_span = here().module->expr(node.value).span;
          for (const ast::ExprId target : node.targets) assign(target, value, &value_span);
        } else if constexpr (std::is_same_v<T, ast::AugmentedAssign>) {
          const Value left = eval(node.target);
          const Value right = eval(node.value);
          // `a += b` in place gives the same elements as `a + b`; a list grows in place.
          constexpr std::string_view kInPlace[] = {"__iadd__", "__isub__", "__imul__", "__itruediv__"};
          if (left.template as<ObjectV>() != nullptr && static_cast<std::size_t>(node.op) < std::size(kInPlace)) {
            const auto method = special_method(*this, left, kInPlace[static_cast<std::size_t>(node.op)], stmt.span);
            if (method) return assign(node.target, call_with(*this, *method, {right}, stmt.span));
          }
          if (left.as<ListV>() != nullptr && node.op == ast::BinaryOp::add) {
            call_member(left, "extend", CallArguments{.positional = {right}, .spans = {stmt.span}}, stmt.span);
            return;
          }
          const Value value = binary(node.op, left, right, stmt.span, here().module->expr(node.target).span,
                                     here().module->expr(node.value).span);
          if (const auto* t = value.template as<TensorV>(); t != nullptr && !here().in_framework && !halted()) {
            trace_.exprs.push_back({stmt.span, here().frame, t->id});
          }
          // `x[mask] += v` writes a part of x, whatever `x[mask]` is.
          const bool part = std::holds_alternative<ast::Subscript>(here().module->expr(node.target).node);
          if (!part && write_in_place(left, value, stmt.span)) return;
          const Span value_span = here().module->expr(node.value).span;
          assign(node.target, value, &value_span);
        } else if constexpr (std::is_same_v<T, ast::AnnotatedAssign>) {
          if (node.value.valid()) assign(node.target, eval(node.value));
        } else if constexpr (std::is_same_v<T, ast::Return>) {
          here().result = eval(node.value);
          here().result_span = node.value.valid() ? here().module->expr(node.value).span : stmt.span;
          if (!halted()) flow_ = Flow::returned;
        } else if constexpr (std::is_same_v<T, ast::If>) {
          exec_if(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::For>) {
          exec_for(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::While>) {
          exec_while(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::Break>) {
          flow_ = Flow::break_loop;
        } else if constexpr (std::is_same_v<T, ast::Continue>) {
          flow_ = Flow::continue_loop;
        } else if constexpr (std::is_same_v<T, ast::Assert>) {
          const Value condition = eval(node.condition);
          if (halted()) return;
          const Tri t = truth(condition);
          if (t == Tri::no && claims_nothing_is_counted(node.condition)) return;
          if (t == Tri::no) {
            // An assertion about sizes that cannot hold contradicts the code; one about values is a check of input.
            const std::string_view text = library_->sources().text(here().module->expr(node.condition).span);
            // Where a tensor is does not matter here, and code that asks for a graphics card gets one.
            if (text.find("is_cuda") != std::string_view::npos) return;
            const bool about_shapes =
                text.find("shape") != std::string_view::npos || text.find("dim") != std::string_view::npos;
            if (about_shapes && !here().in_framework && !input_->concrete && joins_ == 0) {
              const std::string shapes = shapes_named_in(node.condition);
              trace_.contract_breaks.push_back(
                  {"assert", fmt::format("`{}` cannot hold{}", text, shapes.empty() ? " for any sizes" : ": " + shapes),
                   stmt.span, here().frame});
            }
            raise(stmt.span, "AssertionError");
          } else if (t == Tri::unknown) learn(claim_of(condition), true);
        } else if constexpr (std::is_same_v<T, ast::Raise>) {
          std::string text = "an exception is raised";
          if (node.exception.valid()) {
            const ast::Expr& exception = here().module->expr(node.exception);
            if (const auto* made = std::get_if<ast::Call>(&exception.node);
                made != nullptr && !made->arguments.empty()) {
              text = show(eval(made->arguments[0].value));
            } else {
              text = std::string(library_->sources().text(exception.span));
            }
          }
          raise(stmt.span, std::move(text));
          if (raised_ && node.exception.valid()) raised_->types = exception_types(node.exception);
        } else if constexpr (std::is_same_v<T, ast::FunctionDef>) {
          define_function(node.function);
        } else if constexpr (std::is_same_v<T, ast::ClassDef>) {
          bind(here().module->class_of(node.class_id).name, define_class(node.class_id));
        } else if constexpr (std::is_same_v<T, ast::Import>) {
          exec_import(node);
        } else if constexpr (std::is_same_v<T, ast::ImportFrom>) {
          exec_import_from(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::Global>) {
          for (const std::string& name : node.names) here().outer_names[name] = true;
        } else if constexpr (std::is_same_v<T, ast::Nonlocal>) {
          for (const std::string& name : node.names) here().outer_names[name] = false;
        } else if constexpr (std::is_same_v<T, ast::Delete>) {
          for (const ast::ExprId target : node.targets) remove(target);
        } else if constexpr (std::is_same_v<T, ast::With>) {
          for (const ast::WithItem& item : node.items) {
            Value context = eval(item.context);
            if (!item.target.valid()) continue;
            Value entered = context;
            if (context.template as<ObjectV>() != nullptr) {
              const auto enter = find_attribute(context, "__enter__", stmt.span);
              if (enter && !enter->is_unknown()) entered = call(*enter, {}, stmt.span, stmt.span);
            }
            assign(item.target, std::move(entered));
          }
          exec_block(node.body);
        } else if constexpr (std::is_same_v<T, ast::Try>) {
          exec_try(node);
        } else if constexpr (std::is_same_v<T, ast::UnknownStmt>) {
          note_unknown(stmt.span, node.reason);
        } else {
          static_assert(std::is_same_v<T, ast::Pass>);
        }
      },
      stmt.node);
  --recursion_;
  if (input_->probe) probe_statement();
}

}  // namespace shapelint
