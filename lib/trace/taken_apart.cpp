#include "lib/trace/taken_apart.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

constexpr std::size_t kMostParts = 8;

// Functions that give the elements of their first argument, one by one: `tqdm(loader)`, `logger.log_every(loader, 10)`.
bool goes_through(std::string_view name) {
  static constexpr std::string_view kNames[] = {"enumerate", "islice",       "iter", "log_every",
                                                "next",      "progress_bar", "tqdm", "track"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

class Places {
 public:
  Places(const ast::Module& program, const ast::Function& function) : program_(program) {
    for (const ast::Stmt& stmt : program.stmts)
      if (function.span.contains(stmt.span)) own_.push_back(&stmt);
  }

  std::map<std::string_view, TakenApart> find() {
    for (const ast::Stmt* stmt : own_)
      if (const auto* loop = std::get_if<ast::For>(&stmt->node)) take_loop(*loop);
    for (const ast::Stmt* stmt : own_) {
      const auto* assign = std::get_if<ast::Assign>(&stmt->node);
      if (assign == nullptr || assign->targets.size() != 1) continue;
      const auto source = elements_of(assign->value);
      if (!source) continue;
      const bool is_element = elements_.contains(source->name);
      take(is_element ? elements_.at(source->name) : source->name, assign->targets[0], is_element || source->is_next);
    }
    for (const std::string_view name : unclear_) found_.erase(name);
    return std::move(found_);
  }

 private:
  // What is gone through: a variable, with or without a function around it.
  struct Source {
    std::string_view name;
    bool is_counted = false;  ///< `enumerate(x)`: each element comes behind its number
    bool is_next = false;     ///< `next(iter(x))`: one element
  };

  std::optional<Source> elements_of(ast::ExprId id) const {
    const auto& node = program_.expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      const auto made = wrapped_.find(name->id);
      return made != wrapped_.end() ? made->second : Source{.name = name->id};
    }
    const auto* call = std::get_if<ast::Call>(&node);
    if (call == nullptr || call->arguments.empty()) return std::nullopt;
    const std::string_view callee = ast::last_name(program_, call->function);
    if (!goes_through(callee)) return std::nullopt;
    auto out = elements_of(call->arguments[0].value);
    if (out && callee == "enumerate") out->is_counted = true;
    if (out && callee == "next") out->is_next = true;
    return out;
  }

  void take_loop(const ast::For& loop) {
    // `bar = tqdm(loader)` before the loop over it.
    if (const auto* name = std::get_if<ast::Name>(&program_.expr(loop.iterable).node)) {
      for (const ast::Stmt* stmt : own_) {
        const auto* assign = std::get_if<ast::Assign>(&stmt->node);
        if (assign == nullptr || assign->targets.size() != 1 ||
            ast::last_name(program_, assign->targets[0]) != name->id)
          continue;
        if (const auto made = elements_of(assign->value); made && made->name != name->id)
          wrapped_.emplace(name->id, *made);
      }
    }
    const auto source = elements_of(loop.iterable);
    if (!source || source->is_next) return;
    ast::ExprId element = loop.target;
    if (source->is_counted) {
      const auto* both = std::get_if<ast::TupleExpr>(&program_.expr(loop.target).node);
      if (both == nullptr || both->items.size() != 2) return;
      element = both->items[1];
    }
    if (const auto* name = std::get_if<ast::Name>(&program_.expr(element).node))
      elements_.emplace(name->id, source->name);
    else take(source->name, element, true);
  }

  void take(std::string_view name, ast::ExprId target, bool in_rows) {
    TakenApart made{.parts = {}, .in_rows = in_rows};
    const auto& node = program_.expr(target).node;
    if (!std::holds_alternative<ast::TupleExpr>(node) && !std::holds_alternative<ast::ListExpr>(node)) return;
    if (!collect(target, "", made.parts) || made.parts.empty()) return void(unclear_.insert(name));
    const auto [known, is_new] = found_.emplace(name, made);
    if (!is_new && (known->second.in_rows != in_rows || known->second.parts.size() != made.parts.size()))
      unclear_.insert(name);
  }

  bool collect(ast::ExprId id, const std::string& place, std::vector<TakenApart::Part>& out) const {
    const auto& node = program_.expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      out.push_back({place, name->id});
      return out.size() <= kMostParts;
    }
    const auto* tuple = std::get_if<ast::TupleExpr>(&node);
    const auto* list = std::get_if<ast::ListExpr>(&node);
    if (tuple == nullptr && list == nullptr) return false;
    const std::vector<ast::ExprId>& items = tuple != nullptr ? tuple->items : list->items;
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!collect(items[i], fmt::format("{}{}{}", place, place.empty() ? "" : ".", i), out)) return false;
    return true;
  }

  const ast::Module& program_;
  std::vector<const ast::Stmt*> own_;                      ///< of the function
  std::map<std::string_view, Source> wrapped_;             ///< variables by which something else is gone through
  std::map<std::string_view, std::string_view> elements_;  ///< variables of loops -> what they are elements of
  std::map<std::string_view, TakenApart> found_;
  std::set<std::string_view> unclear_;
};

}  // namespace

std::map<std::string_view, TakenApart> taken_apart(const ast::Module& program, const ast::Function& function) {
  return Places(program, function).find();
}

}  // namespace shapelint
