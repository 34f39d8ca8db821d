// The syntax tree of one text as the grammar sees it, flat and free of tree-sitter's types: nodes in preorder with the
// index of the next sibling. Brackets, dots and comments are left out, so that children are what the lowering wants to
// see. Private to lib/language.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint::cst {

/// The grammar's node names that the lowering knows; X(name) stands for the node `name`.
// clang-format off: the tool finds no layout that it would keep
#define SHAPELINT_CST_KINDS(X) \
  X(module) X(expression_statement) X(assignment) X(augmented_assignment) X(return_statement) X(pass_statement) \
  X(break_statement) X(continue_statement) X(assert_statement) X(raise_statement) X(delete_statement) \
  X(global_statement) X(nonlocal_statement) X(import_statement) X(import_from_statement) X(future_import_statement) \
  X(relative_import) X(import_prefix) X(dotted_name) X(aliased_import) X(wildcard_import) X(print_statement) \
  X(exec_statement) X(type_alias_statement) X(if_statement) X(elif_clause) X(else_clause) X(for_statement) \
  X(while_statement) X(try_statement) X(except_clause) X(finally_clause) X(with_statement) X(with_clause) \
  X(with_item) X(function_definition) X(class_definition) X(decorated_definition) X(decorator) X(block) \
  X(match_statement) X(case_clause) X(case_pattern) X(union_pattern) X(class_pattern) X(splat_pattern) \
  X(dict_pattern) X(complex_pattern) X(keyword_pattern) X(parameters) X(lambda_parameters) X(typed_parameter) \
  X(default_parameter) X(typed_default_parameter) X(keyword_separator) X(positional_separator) \
  X(list_splat_pattern) X(dictionary_splat_pattern) X(tuple_pattern) X(list_pattern) X(pattern_list) X(type) \
  X(type_parameter) X(generic_type) X(union_type) X(constrained_type) X(member_type) X(splat_type) X(argument_list) \
  X(keyword_argument) X(list_splat) X(dictionary_splat) X(expression_list) X(parenthesized_expression) \
  X(named_expression) X(not_operator) X(boolean_operator) X(binary_operator) X(unary_operator) \
  X(comparison_operator) X(conditional_expression) X(attribute) X(subscript) X(slice) X(call) X(lambda) X(list) \
  X(set) X(tuple) X(dictionary) X(pair) X(list_comprehension) X(set_comprehension) X(dictionary_comprehension) \
  X(generator_expression) X(for_in_clause) X(if_clause) X(await) X(yield) X(as_pattern) X(as_pattern_target) \
  X(identifier) X(integer) X(ellipsis) X(none) X(string) X(concatenated_string) X(string_start) X(string_content) \
  X(string_end) X(interpolation) X(format_specifier) X(format_expression) X(type_conversion)
// clang-format on

#define SHAPELINT_CST_ENUMERATOR(name) name##_k,
enum class Kind : std::uint8_t {
  token,  ///< a keyword, operator, comma or colon: known by its text
  error,  ///< text that does not parse, or a named node that the lowering does not know
  true_k,
  false_k,
  float_k,
  SHAPELINT_CST_KINDS(SHAPELINT_CST_ENUMERATOR)
};
#undef SHAPELINT_CST_ENUMERATOR

// clang-format off: the tool finds no layout that it would keep
#define SHAPELINT_CST_FIELDS(X) \
  X(alias) X(alternative) X(argument) X(arguments) X(attribute) X(body) X(cause) X(code) X(condition) \
  X(consequence) X(definition) X(expression) X(function) X(guard) X(key) X(left) X(module_name) X(name) X(object) \
  X(operators) X(parameters) X(return_type) X(right) X(subject) X(subscript) X(superclasses) X(type) X(value)
// clang-format on
#define SHAPELINT_CST_ENUMERATOR(name) name##_f,
enum class Field : std::uint8_t { none, operator_f, SHAPELINT_CST_FIELDS(SHAPELINT_CST_ENUMERATOR) };
#undef SHAPELINT_CST_ENUMERATOR

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xFFFFFFFFU;

struct Node {
  std::uint32_t begin = 0, end = 0;  ///< bytes from the file's start
  NodeIndex next = kNoNode;          ///< next sibling
  Kind kind = Kind::token;
  Field field = Field::none;
  bool has_children = false;
};

struct ByteRange {
  std::uint32_t begin = 0, end = 0;
};

class Tree {
 public:
  std::vector<Node> nodes;  ///< nodes[0] is the module
  std::vector<ByteRange> comments;
  bool has_error = false;
  ByteRange error;       ///< the first place that does not parse
  std::string expected;  ///< what is missing there, when the grammar knows it

  const Node& operator[](NodeIndex i) const { return nodes[i]; }
  NodeIndex first_child(NodeIndex i) const { return nodes[i].has_children ? i + 1 : kNoNode; }
  NodeIndex child(NodeIndex i, Field field) const;
  NodeIndex child(NodeIndex i, Kind kind) const;
  /// The first child that is no token.
  NodeIndex first_named(NodeIndex i) const { return skip_tokens(first_child(i)); }
  NodeIndex next_named(NodeIndex i) const { return skip_tokens(nodes[i].next); }

 private:
  NodeIndex skip_tokens(NodeIndex i) const {
    while (i != kNoNode && nodes[i].kind == Kind::token) i = nodes[i].next;
    return i;
  }
};

/// The grammar's parser, reusable. Uses no stack that grows with the text.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  /// Parses `text`; places in the tree are counted `base` bytes further. `stop_at_error` saves the search for a way to
  /// go on: then a tree with an error has no nodes.
  Tree parse(std::string_view text, std::uint32_t base, bool stop_at_error = false);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shapelint::cst
