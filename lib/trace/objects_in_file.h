// Which objects a file makes, by its text: the one class that fits what is done with a parameter, and what somebody
// hands over for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"
#include "lib/support/source.h"
#include "lib/trace/inherited.h"

namespace shapelint {

/// What a function does with a parameter that is no tensor: `model(x)` (an empty name), `agent.act(x)`.
struct UseOfObject {
  std::string_view method;
  std::size_t positional = 0;
  bool takes_more = false;  ///< keywords, or stars
};

std::vector<UseOfObject> uses_of(const ast::Module& program, const std::vector<std::uint32_t>& exprs,
                                 std::string_view name);
/// What every module of a framework has.
bool is_method_of_module(std::string_view name);
/// What is called and is no model: losses and metrics, and functions by their names.
bool names_other_callable(std::string_view name);

/// The classes at top level of a module, and which of them are there to be called or used as objects.
class ClassesOf {
 public:
  explicit ClassesOf(const ast::Module& program);
  /// The one class that a parameter of that name may be an object of, by what is done with it.
  const ast::Class* only_fit(std::string_view name, const std::vector<UseOfObject>& uses, const ast::Class* own) const;

 private:
  const ast::Function* method(const ast::Class& type, std::string_view name, int depth = 0) const;
  bool is_module(const ast::Class& type, int depth = 0) const;
  static bool takes(const ast::Function& f, const UseOfObject& use);
  bool fits(const ast::Class& type, const std::vector<UseOfObject>& uses) const;
  bool is_part(const ast::Class& type) const;

  const ast::Module& program_;
  std::map<std::string_view, const ast::Class*> by_name_;
};

/// How a program makes what it hands over, written so that it means the same at the top level of the module.
class Making {
 public:
  /// `size_of(maker, place, keyword)`: what stands for an argument that cannot be written so.
  using Fill = std::function<std::optional<std::string>(const FoundMaker&, std::size_t, std::string_view)>;
  using FindMaker = std::function<std::optional<FoundMaker>(std::string_view)>;

  Making(const SourceMap& sources, const LoadedModule& module, FindMaker find, Fill fill);
  /// What `f`, whose parameter `name` is asked for, is given for it somewhere in the file.
  std::optional<std::string> handed_to(const ast::Function& f, bool is_method, const std::string& name, int depth = 0);

 private:
  struct Assigned {
    Span place;
    ast::ExprId value;  ///< none: by a loop, or as a part of more
  };

  void take_import(std::string_view module, std::string name);
  void take_assign(const ast::Stmt& stmt, ast::ExprId target, ast::ExprId value);
  std::optional<ast::ExprId> value_of(const std::string& name, const Span& read) const;
  std::string_view root_of(ast::ExprId id) const;
  std::string source(ast::ExprId id) const;
  std::optional<std::string> object(ast::ExprId id, int depth);
  std::optional<std::string> made(const ast::Call& call, int depth);
  std::optional<std::string> arguments_of(const ast::Call& call, int depth, const FoundMaker* maker);
  bool assigned_in(const ast::Function& f, const std::string& name) const;
  std::optional<std::string> written(ast::ExprId id, int depth);
  std::optional<std::string> items(const std::vector<ast::ExprId>& items, char open, char close, int depth);
  bool function_has(const Span& span, const std::string& name) const;

  const SourceMap& sources_;
  const ast::Module& program_;
  FindMaker find_;
  Fill fill_;
  std::set<std::string, std::less<>> top_, of_framework_, of_program_;
  std::map<std::string, std::vector<Assigned>, std::less<>> assigned_;
};

}  // namespace shapelint
