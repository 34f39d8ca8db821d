// The wire form: every node is an object with its `kind`, its `span` as `[begin, end]` and the fields of fields.h; an
// id is a number, an absent one null. Reading trusts nothing: ids in range, each node used once, no cycles, bounded
// height, valid UTF-8, bounded nesting of the CBOR itself.
#include "lib/language/wire.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/language/fields.h"
#include "lib/language/wire_check.h"

namespace shapelint {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kWireVersion = 1;

// ---- writing

Json span_json(const Span& span) { return Json::array({span.begin, span.end}); }

template <class T>
Json value_json(const T& x) {
  if constexpr (std::is_same_v<T, Span>) {
    return span_json(x);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(ast::EnumNames<T>::kNames[static_cast<std::size_t>(x)]);
  } else if constexpr (std::is_same_v<T, double>) {
    // JSON has no infinity; no literal gives a NaN.
    if (!std::isfinite(x)) return "inf";
    return x;
  } else {
    return x;
  }
}

struct Writer {
  Json& out;

  template <class Id>
  static Json id_json(Id id) {
    return id.valid() ? Json(id.index) : Json(nullptr);
  }
  template <class Id>
  void id(const char* name, const Id& id) {
    out[name] = id_json(id);
  }
  template <class Id>
  void optional(const char* name, const Id& id) {
    out[name] = id_json(id);
  }
  template <class Id>
  void ids(const char* name, const std::vector<Id>& all) {
    Json& list = out[name] = Json::array();
    for (Id one : all) list.push_back(id_json(one));
  }
  template <class Id>
  void optional_ids(const char* name, const std::vector<Id>& all) {
    ids(name, all);
  }
  template <class T>
  void value(const char* name, const T& x) {
    out[name] = value_json(x);
  }
  template <class T>
  void value(const char* name, const std::vector<T>& all) {
    Json& list = out[name] = Json::array();
    for (const T& x : all) list.push_back(value_json(x));
  }
  template <class T>
  void parts(const char* name, const std::vector<T>& all) {
    Json& list = out[name] = Json::array();
    for (const T& x : all) {
      Json one = Json::object();
      ast::visit_fields(x, Writer{one});
      list.push_back(std::move(one));
    }
  }
};

template <class Node>
Json node_json(const Node& node) {
  Json out = Json::object();
  std::visit(
      [&](const auto& n) {
        out["kind"] = std::string(ast::kKind<std::decay_t<decltype(n)>>);
        out["span"] = span_json(node.span);
        ast::visit_fields(n, Writer{out});
      },
      node.node);
  return out;
}

// ---- reading

struct Sizes {
  std::size_t exprs = 0, stmts = 0, functions = 0, classes = 0;
  std::size_t of(ast::ExprId) const { return exprs; }
  std::size_t of(ast::StmtId) const { return stmts; }
  std::size_t of(ast::FunctionId) const { return functions; }
  std::size_t of(ast::ClassId) const { return classes; }
};

// Keeps the first thing that is wrong and its path; after that every read is a no-op.
struct Context {
  SourceId source;
  Sizes sizes;
  std::string error;
  bool ok() const { return error.empty(); }
  void fail(const std::string& path, std::string_view message) {
    if (ok()) error = fmt::format("{}: {}", path, message);
  }
};

struct Reader {
  const Json& in;
  Context& context;
  std::string path;

  const Json* field(const char* name) {
    if (!context.ok()) return nullptr;
    if (!in.is_object()) {
      context.fail(path, "expected an object");
      return nullptr;
    }
    const auto found = in.find(name);
    if (found == in.end()) {
      context.fail(path, fmt::format("`{}` is missing", name));
      return nullptr;
    }
    return &*found;
  }
  std::string at(const char* name) const { return path + "." + name; }

  bool number(const Json& json, std::uint64_t most, std::uint64_t& out) {
    if (!json.is_number_integer()) return false;
    if (json.is_number_unsigned()) {
      out = json.get<std::uint64_t>();
      return out <= most;
    }
    const auto negative = json.get<std::int64_t>();
    out = static_cast<std::uint64_t>(negative);
    return negative >= 0 && out <= most;
  }

  template <class Id>
  void read_id(const Json& json, bool may_be_absent, Id& out, const char* name) {
    if (json.is_null() && may_be_absent) {
      out = {};
      return;
    }
    std::uint64_t index = 0;
    if (context.sizes.of(out) == 0 || !number(json, context.sizes.of(out) - 1, index))
      context.fail(at(name), "expected the index of an existing node");
    else out.index = static_cast<std::uint32_t>(index);
  }

  template <class Id>
  void id(const char* name, Id& out) {
    if (const Json* json = field(name)) read_id(*json, false, out, name);
  }
  template <class Id>
  void optional(const char* name, Id& out) {
    if (const Json* json = field(name)) read_id(*json, true, out, name);
  }
  template <class Id>
  void read_ids(const char* name, std::vector<Id>& out, bool may_be_absent) {
    const Json* json = array(name);
    if (json == nullptr) return;
    for (const Json& one : *json) {
      Id next;
      read_id(one, may_be_absent, next, name);
      out.push_back(next);
    }
  }
  template <class Id>
  void ids(const char* name, std::vector<Id>& out) {
    read_ids(name, out, false);
  }
  template <class Id>
  void optional_ids(const char* name, std::vector<Id>& out) {
    read_ids(name, out, true);
  }

  const Json* array(const char* name) {
    const Json* json = field(name);
    if (json != nullptr && !json->is_array()) {
      context.fail(at(name), "expected an array");
      return nullptr;
    }
    return json;
  }

  template <class T>
  void read_value(const char* name, const Json& json, T& out) {
    if constexpr (std::is_same_v<T, Span>) {
      std::uint64_t begin = 0, end = 0;
      constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
      if (!json.is_array() || json.size() != 2 || !number(json[0], kMost, begin) || !number(json[1], kMost, end) ||
          end < begin)
        return context.fail(at(name), "expected [begin, end]");
      out = {context.source, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    } else if constexpr (std::is_enum_v<T>) {
      const auto* text = json.get_ptr<const std::string*>();
      const auto& names = ast::EnumNames<T>::kNames;
      for (std::size_t i = 0; text != nullptr && i < std::size(names); ++i)
        if (names[i] == *text) {
          out = static_cast<T>(i);
          return;
        }
      context.fail(at(name), "not a known value");
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return context.fail(at(name), "expected true or false");
      out = json.get<bool>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (json.is_number()) out = json.get<double>();
      else if (json.is_string() && json == "inf") out = std::numeric_limits<double>::infinity();
      else context.fail(at(name), "expected a number");
    } else if constexpr (std::is_integral_v<T>) {
      constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
      const bool fits = json.is_number_unsigned()
                            ? json.get<std::uint64_t>() <= kMost
                            : json.is_number_integer() && json.get<std::int64_t>() >= std::numeric_limits<T>::min();
      if (!fits) return context.fail(at(name), "expected an integer");
      out = static_cast<T>(json.get<std::int64_t>());
    } else {
      const auto* text = json.get_ptr<const std::string*>();
      if (text == nullptr || first_invalid_utf8(*text) != std::string_view::npos)
        return context.fail(at(name), "expected a string in UTF-8");
      out = *text;
    }
  }
  template <class T>
  void value(const char* name, T& out) {
    if (const Json* json = field(name)) read_value(name, *json, out);
  }
  template <class T>
  void value(const char* name, std::vector<T>& out) {
    const Json* json = array(name);
    if (json == nullptr) return;
    for (const Json& one : *json) {
      T next{};
      read_value(name, one, next);
      out.push_back(std::move(next));
    }
  }
  template <class T>
  void parts(const char* name, std::vector<T>& out) {
    const Json* json = array(name);
    if (json == nullptr) return;
    for (std::size_t i = 0; i < json->size() && context.ok(); ++i) {
      out.emplace_back();
      ast::visit_fields(out.back(), Reader{(*json)[i], context, fmt::format("{}.{}[{}]", path, name, i)});
    }
  }
};

// Sets `out` to the alternative of the variant whose kind is `kind`.
template <class Variant, std::size_t I = 0>
bool make_kind(std::string_view kind, Variant& out) {
  if constexpr (I == std::variant_size_v<Variant>) {
    return false;
  } else {
    using T = std::variant_alternative_t<I, Variant>;
    static_assert(!ast::kKind<T>.empty());
    if (ast::kKind<T> != kind) return make_kind<Variant, I + 1>(kind, out);
    out.template emplace<I>();
    return true;
  }
}

// What a node promises beyond the types of its fields.
std::string_view broken_promise(const decltype(ast::Expr::node)& node) {
  if (const auto* compare = std::get_if<ast::Compare>(&node))
    if (compare->ops.empty() || compare->operands.size() != compare->ops.size() + 1)
      return "operands do not fit the operators";
  if (const auto* logical = std::get_if<ast::Logical>(&node))
    if (logical->operands.empty()) return "no operands";
  if (const auto* dict = std::get_if<ast::DictExpr>(&node))
    if (dict->keys.size() != dict->values.size()) return "as many keys as values expected";
  if (const auto* comprehension = std::get_if<ast::Comprehension>(&node)) {
    if (comprehension->clauses.empty()) return "no clauses";
    if ((comprehension->kind == ast::ComprehensionKind::dict) != comprehension->value.valid())
      return "a value belongs to a dict";
  }
  return {};
}
std::string_view broken_promise(const decltype(ast::Stmt::node)& node) {
  if (const auto* assign = std::get_if<ast::Assign>(&node))
    if (assign->targets.empty()) return "no targets";
  if (const auto* import = std::get_if<ast::ImportFrom>(&node))
    if (import->level < 0) return "negative level";
  return {};
}

template <class Node>
void read_nodes(const Json& list, const char* name, Context& context, std::vector<Node>& out) {
  out.resize(list.size());
  for (std::size_t i = 0; i < list.size() && context.ok(); ++i) {
    Reader reader{list[i], context, fmt::format("{}[{}]", name, i)};
    std::string kind;
    reader.value("kind", kind);
    reader.value("span", out[i].span);
    if (!context.ok()) return;
    if (!make_kind(kind, out[i].node))
      return context.fail(reader.path, fmt::format("unknown kind `{}`", kind.substr(0, 40)));
    std::visit([&](auto& n) { ast::visit_fields(n, reader); }, out[i].node);
    if (const std::string_view broken = broken_promise(out[i].node); !broken.empty()) context.fail(reader.path, broken);
  }
}

}  // namespace

nlohmann::ordered_json to_json(const ast::Module& module) {
  Json out = Json::object();
  out["version"] = kWireVersion;
  out["name"] = module.name;
  out["docstring"] = module.docstring;
  Writer writer{out};
  writer.ids("body", module.body);
  Json& exprs = out["exprs"] = Json::array();
  for (const ast::Expr& e : module.exprs) exprs.push_back(node_json(e));
  Json& stmts = out["stmts"] = Json::array();
  for (const ast::Stmt& s : module.stmts) stmts.push_back(node_json(s));
  Writer{out}.parts("functions", module.functions);
  Writer{out}.parts("classes", module.classes);
  Writer{out}.parts("comments", module.comments);
  Writer{out}.parts("issues", module.issues);
  return out;
}

Result<ast::Module, WireError> from_json(const nlohmann::ordered_json& json, SourceId source) {
  Context context{source, {}, {}};
  Reader top{json, context, "program"};
  ast::Module out;
  out.source = source;
  int version = 0;
  top.value("version", version);
  if (context.ok() && version != kWireVersion)
    context.fail("program.version", fmt::format("expected {}", kWireVersion));
  top.value("name", out.name);
  top.value("docstring", out.docstring);
  const Json* exprs = top.array("exprs");
  const Json* stmts = top.array("stmts");
  const Json* functions = top.array("functions");
  const Json* classes = top.array("classes");
  if (exprs == nullptr || stmts == nullptr || functions == nullptr || classes == nullptr)
    return WireError{context.error};
  context.sizes = {exprs->size(), stmts->size(), functions->size(), classes->size()};
  read_nodes(*exprs, "exprs", context, out.exprs);
  read_nodes(*stmts, "stmts", context, out.stmts);
  top.parts("functions", out.functions);
  top.parts("classes", out.classes);
  top.parts("comments", out.comments);
  top.parts("issues", out.issues);
  top.ids("body", out.body);
  if (context.ok()) context.error = check_tree(out);
  if (!context.ok()) return WireError{context.error};
  return out;
}

std::string to_cbor(const ast::Module& module) {
  std::string out;
  Json::to_cbor(to_json(module), nlohmann::detail::output_adapter<char, std::string>(out));
  return out;
}

Result<ast::Module, WireError> from_cbor(std::string_view bytes, SourceId source) {
  if (!cbor_is_tame(bytes)) return WireError{"program: not CBOR of the expected form"};
  const Json json = Json::from_cbor(bytes.begin(), bytes.end(), true, false);
  if (json.is_discarded()) return WireError{"program: not CBOR"};
  return from_json(json, source);
}

}  // namespace shapelint
