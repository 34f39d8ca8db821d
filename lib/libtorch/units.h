// What other sources of the project define. A call of a function that a header declares and another source defines is
// followed into that source: it is found by its text, compiled like the file itself, and lowered as a whole. Private to
// lib/libtorch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <clang/AST/DeclCXX.h>

#include "lib/language/bundle.h"
#include "lib/libtorch/project.h"

namespace shapelint::libtorch {

/// A definition in a module of another unit.
struct External {
  std::string module;
  std::string name;
  std::uint64_t changes = 0;     ///< bit i: it may assign to its parameter i, a reference
  std::uint64_t hands_back = 0;  ///< bit i: it puts what its parameter i is in the end into a cell
};

class Units {
 public:
  /// Lowers one source into modules, telling this object what it defines; `prefix` begins the modules' names.
  using LowerSource = std::function<std::vector<BundleModule>(const std::string& source, const std::string& prefix)>;

  Units(std::string file, LowerSource lower) : file_(std::move(file)), lower_(std::move(lower)) {}

  /// The definition of a function without a body here; `header` declares it. Null when none is found.
  const External* function(const clang::FunctionDecl* function, const std::string& header);
  /// A class some of whose methods are defined elsewhere, as it is there with them.
  const External* record(const clang::CXXRecordDecl* record, const std::string& header);

  void add_function(const clang::FunctionDecl* function, External place);
  void add_record(const clang::CXXRecordDecl* record, External place);
  std::vector<BundleModule> take() { return std::move(modules_); }

 private:
  static constexpr std::size_t kMaxUnits = 24;   ///< of one run
  static constexpr std::size_t kCandidates = 3;  ///< for one name

  const External* find(const std::string& key) const;
  const External* find_in_sources(const std::string& key, const std::string& written, const std::string& header);

  std::string file_;
  LowerSource lower_;
  std::optional<Project> project_;  ///< made when it is first asked for
  std::map<std::string, External> known_;
  std::set<std::string> missing_;
  std::set<std::string> tried_;
  std::vector<BundleModule> modules_;
};

}  // namespace shapelint::libtorch
