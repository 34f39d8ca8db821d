#include "lib/trace/annotated_tensors.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

using Found = std::optional<AnnotatedTensors>;

constexpr std::size_t kInnerList = 2;  ///< tensors in a list within a list

bool names_a_tensor(std::string_view name) {
  return name == "Tensor" || name == "torch.Tensor" || name == "FloatTensor" || name == "LongTensor";
}

bool is_plain(const Found& found) { return found && !found->in_list && found->parts == 0; }

// `Tuple[Tensor, Tensor]`, `Tuple[Tensor, ...]`
Found in_tuple(const ast::Module& program, const std::vector<ast::ExprId>& items) {
  const bool is_open = items.size() == 2 && std::holds_alternative<ast::EllipsisLiteral>(program.expr(items[1]).node);
  const auto is_tensor = [&](ast::ExprId id) { return is_plain(annotated_tensors(program, id)); };
  if (is_open && is_tensor(items[0])) return AnnotatedTensors{.in_list = true};
  if (items.empty() || !std::ranges::all_of(items, is_tensor)) return std::nullopt;
  return AnnotatedTensors{.parts = items.size()};
}

// Of lists, what one of the items is says the rest.
Found in_list(const Found& item) {
  if (!item) return std::nullopt;
  if (!item->in_list) return AnnotatedTensors{.in_list = true, .parts = item->parts};
  if (item->parts > 0) return std::nullopt;
  return AnnotatedTensors{.in_list = true, .parts = kInnerList};
}

}  // namespace

std::optional<AnnotatedTensors> annotated_tensors(const ast::Module& program, ast::ExprId annotation) {
  if (!annotation.valid()) return std::nullopt;
  const auto& node = program.expr(annotation).node;
  if (const auto* text = std::get_if<ast::StringLiteral>(&node))
    return names_a_tensor(text->value) ? Found(AnnotatedTensors{}) : std::nullopt;
  if (const auto* either = std::get_if<ast::Binary>(&node)) {
    const Found left = annotated_tensors(program, either->left);
    return left ? left : annotated_tensors(program, either->right);
  }
  const auto* sub = std::get_if<ast::Subscript>(&node);
  if (sub == nullptr)
    return names_a_tensor(ast::last_name(program, annotation)) ? Found(AnnotatedTensors{}) : std::nullopt;
  const std::string_view head = ast::last_name(program, sub->value);
  const auto* tuple = std::get_if<ast::TupleExpr>(&program.expr(sub->index).node);
  const std::vector<ast::ExprId> items = tuple != nullptr ? tuple->items : std::vector{sub->index};
  if (head == "Optional" || head == "Annotated") return annotated_tensors(program, items.front());
  if (head == "Tuple" || head == "tuple") return in_tuple(program, items);
  if (head == "List" || head == "list" || head == "Sequence" || head == "Iterable")
    return in_list(annotated_tensors(program, items.front()));
  if (head != "Union") return std::nullopt;
  for (const ast::ExprId item : items) {
    if (const Found one = annotated_tensors(program, item)) return one;
  }
  return std::nullopt;
}

}  // namespace shapelint
