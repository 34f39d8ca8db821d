// tree-sitter's tree, copied in one walk into the flat form of cst.h. The only file that knows tree-sitter.
#include "lib/language/cst.h"

#include <tree_sitter/api.h>

#include <array>
#include <string_view>
#include <utility>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace shapelint::cst {
namespace {

constexpr std::string_view kKindNames[] = {"",
                                           "ERROR",
                                           "true",
                                           "false",
                                           "float",
#define SHAPELINT_CST_NAME(name) #name,
                                           SHAPELINT_CST_KINDS(SHAPELINT_CST_NAME)};
constexpr std::string_view kFieldNames[] = {"", "operator", SHAPELINT_CST_FIELDS(SHAPELINT_CST_NAME)};
#undef SHAPELINT_CST_NAME

enum class Use : std::uint8_t { node, leaf, drop, comment };

struct Symbol {
  Kind kind = Kind::token;
  Use use = Use::node;
};

// What each of the grammar's symbols and fields means here; the grammar numbers them differently in each release.
struct Tables {
  std::vector<Symbol> symbols;
  std::vector<Field> fields;
  Tables() {
    const TSLanguage* language = tree_sitter_python();
    symbols.resize(ts_language_symbol_count(language));
    for (std::uint32_t i = 0; i < symbols.size(); ++i) {
      const auto symbol = static_cast<TSSymbol>(i);
      symbols[i] = classify(ts_language_symbol_name(language, symbol),
                            ts_language_symbol_type(language, symbol) == TSSymbolTypeRegular);
    }
    fields.resize(ts_language_field_count(language) + 1);
    for (std::uint32_t i = 1; i < fields.size(); ++i) {
      const std::string_view name = ts_language_field_name_for_id(language, static_cast<TSFieldId>(i));
      for (std::size_t f = 1; f < std::size(kFieldNames); ++f)
        if (kFieldNames[f] == name) fields[i] = static_cast<Field>(f);
    }
  }

  static Symbol classify(std::string_view name, bool named) {
    if (!named) {
      static constexpr std::string_view kDropped[] = {"(", ")", "[", "]", "{", "}", ".", ";"};
      for (std::string_view dropped : kDropped)
        if (name == dropped) return {Kind::token, Use::drop};
      return {Kind::token, Use::leaf};
    }
    if (name == "comment") return {Kind::token, Use::comment};
    if (name == "line_continuation") return {Kind::token, Use::drop};
    for (std::size_t k = 2; k < std::size(kKindNames); ++k)
      if (kKindNames[k] == name) return {static_cast<Kind>(k), name == "string_content" ? Use::leaf : Use::node};
    return {Kind::error, Use::node};
  }
};

const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

// Walks the tree once, without recursion.
class Copier {
 public:
  Copier(Tree& out, std::uint32_t base) : out_(out), base_(base), tables_(tables()) {}

  void run(TSNode root, std::size_t bytes) {
    out_.has_error = ts_node_has_error(root);
    out_.nodes.reserve(bytes / 3 + 8);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool descend = visit(cursor);
    while (true) {
      if (descend && ts_tree_cursor_goto_first_child(&cursor)) {
        parents_.push_back(current_);
        last_child_.push_back(kNoNode);
      } else {
        while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
          if (!ts_tree_cursor_goto_parent(&cursor) || parents_.empty()) {
            ts_tree_cursor_delete(&cursor);
            return;
          }
          parents_.pop_back();
          last_child_.pop_back();
        }
      }
      descend = visit(cursor);
    }
  }

 private:
  bool visit(const TSTreeCursor& cursor) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const TSSymbol symbol = ts_node_symbol(node);
    const Symbol what = symbol < tables_.symbols.size() ? tables_.symbols[symbol] : Symbol{Kind::error, Use::node};
    const std::uint32_t begin = base_ + ts_node_start_byte(node);
    const std::uint32_t end = base_ + ts_node_end_byte(node);
    if (out_.has_error) note_error(node, what, begin, end);
    if (what.use == Use::comment) {
      out_.comments.push_back({begin, end});
      return false;
    }
    if (what.use == Use::drop) return false;
    current_ = static_cast<NodeIndex>(out_.nodes.size());
    if (!parents_.empty()) {
      if (last_child_.back() == kNoNode) out_.nodes[parents_.back()].has_children = true;
      else out_.nodes[last_child_.back()].next = current_;
      last_child_.back() = current_;
    }
    const TSFieldId field = ts_tree_cursor_current_field_id(&cursor);
    out_.nodes.push_back({begin, end, kNoNode, what.kind, tables_.fields[field], false});
    return what.use == Use::node;
  }

  void note_error(TSNode node, Symbol what, std::uint32_t begin, std::uint32_t end) {
    if (found_error_) return;
    const bool missing = ts_node_is_missing(node);
    if (!missing && what.kind != Kind::error) return;
    found_error_ = true;
    out_.error = {begin, end};
    if (missing) out_.expected = ts_node_type(node);
  }

  Tree& out_;
  std::uint32_t base_;
  const Tables& tables_;
  NodeIndex current_ = 0;
  std::vector<NodeIndex> parents_;
  std::vector<NodeIndex> last_child_;
  bool found_error_ = false;
};

}  // namespace

NodeIndex Tree::child(NodeIndex i, Field field) const {
  NodeIndex c = first_child(i);
  while (c != kNoNode && nodes[c].field != field) c = nodes[c].next;
  return c;
}

NodeIndex Tree::child(NodeIndex i, Kind kind) const {
  NodeIndex c = first_child(i);
  while (c != kNoNode && nodes[c].kind != kind) c = nodes[c].next;
  return c;
}

struct Parser::State {
  TSParser* parser = nullptr;
};

Parser::Parser() : state_(std::make_unique<State>()) {
  state_->parser = ts_parser_new();
  ts_parser_set_language(state_->parser, tree_sitter_python());
}

Parser::~Parser() { ts_parser_delete(state_->parser); }

Tree Parser::parse(std::string_view text, std::uint32_t base, bool stop_at_error) {
  Tree out;
  const auto read = [](void* payload, std::uint32_t at, TSPoint, std::uint32_t* bytes) -> const char* {
    const std::string_view& all = *static_cast<std::string_view*>(payload);
    *bytes = at < all.size() ? static_cast<std::uint32_t>(all.size()) - at : 0;
    return *bytes > 0 ? all.data() + at : "";
  };
  TSInput input{};
  input.payload = &text;
  input.read = read;
  input.encoding = TSInputEncodingUTF8;
  TSParseOptions options{};
  if (stop_at_error) options.progress_callback = [](TSParseState* state) { return state->has_error; };
  TSTree* tree = ts_parser_parse_with_options(state_->parser, nullptr, input, options);
  if (tree == nullptr) {
    ts_parser_reset(state_->parser);
    out.has_error = true;
    out.error = {base, base};
    return out;
  }
  Copier(out, base).run(ts_tree_root_node(tree), text.size());
  ts_tree_delete(tree);
  return out;
}

}  // namespace shapelint::cst
