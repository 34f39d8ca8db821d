// What a framework module offers, by the names that users write: what it defines and what it imports from the modules
// that define it, as `keras.losses` offers `ctc` of `keras.label_losses`.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/trace/library.h"

namespace shapelint {

/// A function, class or constant under a name that a module offers.
struct Export {
  std::string name;                 ///< in the module that was asked
  const LoadedModule* definer;      ///< where it is defined
  const TopLevelChunk* definition;  ///< there; of a constant its assignment
};

/// Follows imports between framework modules. Nothing is run; modules and what only other packages define are no
/// exports.
class Exports {
 public:
  explicit Exports(Library& library) : library_(library) {}

  /// The public names of a module, sorted; empty for a module that there is none of.
  std::vector<Export> of(std::string_view module);

 private:
  using Place = std::pair<const LoadedModule*, const TopLevelChunk*>;
  Place find(const LoadedModule& module, std::string_view name);
  Place find_imported(const LoadedModule& module, std::size_t chunk, std::string_view name);
  void collect_names(const LoadedModule& module, std::set<std::string, std::less<>>& names);

  Library& library_;
  std::set<std::pair<std::string, std::string>, std::less<>> open_;  ///< questions that are being answered
  std::set<std::string, std::less<>> collecting_;
};

}  // namespace shapelint
