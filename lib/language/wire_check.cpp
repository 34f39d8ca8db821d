// The program as a graph of ids must be a forest.
#include "lib/language/wire_check.h"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "lib/language/fields.h"

namespace shapelint {
namespace {

// All nodes in one numbering: expressions, statements, functions, classes.
class Graph {
 public:
  explicit Graph(const ast::Module& m)
      : stmts_(m.exprs.size()),
        functions_(stmts_ + m.stmts.size()),
        classes_(functions_ + m.functions.size()),
        uses_(classes_ + m.classes.size(), 0),
        module_(m) {}

  std::string check() {
    for (std::size_t i = 0; i < uses_.size(); ++i) children_of(i, [&](std::size_t child) { ++uses_[child]; });
    for (ast::StmtId s : module_.body) ++uses_[stmts_ + s.index];
    for (std::size_t i = 0; i < uses_.size(); ++i)
      if (uses_[i] > 1) return fmt::format("{}: used more than once", name(i));
    // Each node has one user at most, so what is not reached from above is a cycle.
    for (ast::StmtId s : module_.body) uses_[stmts_ + s.index] = 0;
    std::vector<std::size_t> level, below;
    for (std::size_t i = 0; i < uses_.size(); ++i)
      if (uses_[i] == 0) level.push_back(i);
    std::size_t reached = level.size();
    for (int height = 0; !level.empty(); ++height) {
      if (height > kMaxWireHeight) return "program: nested too deeply";
      below.clear();
      for (std::size_t i : level) children_of(i, [&](std::size_t child) { below.push_back(child); });
      reached += below.size();
      if (reached > uses_.size()) break;
      level.swap(below);
    }
    return reached == uses_.size() ? std::string() : "program: a node contains itself";
  }

 private:
  std::string name(std::size_t i) const {
    if (i < stmts_) return fmt::format("exprs[{}]", i);
    if (i < functions_) return fmt::format("stmts[{}]", i - stmts_);
    if (i < classes_) return fmt::format("functions[{}]", i - functions_);
    return fmt::format("classes[{}]", i - classes_);
  }
  std::size_t number(ast::ExprId id) const { return id.index; }
  std::size_t number(ast::StmtId id) const { return stmts_ + id.index; }
  std::size_t number(ast::FunctionId id) const { return functions_ + id.index; }
  std::size_t number(ast::ClassId id) const { return classes_ + id.index; }

  template <class Report>
  struct Ids {
    const Graph& graph;
    Report& report;
    template <class Id>
    void id(const char*, const Id& id) {
      if (id.valid()) report(graph.number(id));
    }
    template <class Id>
    void optional(const char* name, const Id& one) {
      id(name, one);
    }
    template <class Id>
    void ids(const char* name, const std::vector<Id>& all) {
      for (const Id& one : all) id(name, one);
    }
    template <class Id>
    void optional_ids(const char* name, const std::vector<Id>& all) {
      ids(name, all);
    }
    template <class T>
    void value(const char*, const T&) {}
    template <class T>
    void parts(const char*, const std::vector<T>& all) {
      for (const T& one : all) ast::visit_fields(one, *this);
    }
  };

  template <class Report>
  void children_of(std::size_t i, Report report) const {
    Ids<Report> ids{*this, report};
    const auto visit = [&](const auto& n) { ast::visit_fields(n, ids); };
    if (i < stmts_) std::visit(visit, module_.exprs[i].node);
    else if (i < functions_) std::visit(visit, module_.stmts[i - stmts_].node);
    else if (i < classes_) visit(module_.functions[i - functions_]);
    else visit(module_.classes[i - classes_]);
  }

  std::size_t stmts_, functions_, classes_;
  std::vector<std::uint32_t> uses_;
  const ast::Module& module_;
};

}  // namespace

std::string check_tree(const ast::Module& module) { return Graph(module).check(); }

bool cbor_is_tame(std::string_view bytes) {
  constexpr std::size_t kMaxDepth = 32;
  constexpr std::uint64_t kMaxKeys = 64;
  std::vector<std::uint64_t> left;  // items still to come, per open array or object
  std::size_t p = 0;
  bool started = false;
  while (!started || !left.empty()) {
    started = true;
    if (!left.empty()) {
      if (left.back() == 0) {
        left.pop_back();
        if (left.empty()) break;
        continue;
      }
      --left.back();
    }
    if (p >= bytes.size()) return false;
    const auto head = static_cast<unsigned char>(bytes[p++]);
    const unsigned major = head >> 5, info = head & 31U;
    if (info > 27) return false;
    const std::size_t extra = info < 24 ? 0 : std::size_t{1} << (info - 24);
    if (bytes.size() - p < extra) return false;
    std::uint64_t length = info < 24 ? info : 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8 | static_cast<unsigned char>(bytes[p + i]);
    p += extra;
    if (major == 2 || major == 6) return false;
    if (major == 3) {
      if (bytes.size() - p < length) return false;
      p += static_cast<std::size_t>(length);
    }
    if (major == 4 || major == 5) {
      if (major == 5 && length > kMaxKeys) return false;
      if (length > bytes.size() - p || left.size() >= kMaxDepth) return false;
      left.push_back(major == 5 ? 2 * length : length);
    }
    while (!left.empty() && left.back() == 0) left.pop_back();
    if (left.empty()) break;
  }
  return p == bytes.size();
}

}  // namespace shapelint
