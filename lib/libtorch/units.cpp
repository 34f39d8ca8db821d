#include "lib/libtorch/units.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Mangle.h>
#include <fmt/format.h>

#include "lib/libtorch/types.h"

namespace shapelint::libtorch {
namespace {

// The same in every unit that sees the declaration.
std::string key_of(const clang::FunctionDecl* function) {
  clang::ASTNameGenerator names(function->getASTContext());
  return names.getName(function);
}

std::string key_of(const clang::CXXRecordDecl* record) { return "class " + qualified(record); }

bool is_defined_elsewhere(const clang::CXXMethodDecl* method) {
  return !method->isImplicit() && !method->isDefaulted() && !method->isDeleted() && !method->isPureVirtual() &&
         !method->hasBody() && !method->isDependentContext();
}

}  // namespace

void Units::add_function(const clang::FunctionDecl* function, External place) {
  known_.emplace(key_of(function), std::move(place));
}

void Units::add_record(const clang::CXXRecordDecl* record, External place) {
  known_.emplace(key_of(record), std::move(place));
}

const External* Units::find(const std::string& key) const {
  const auto it = known_.find(key);
  return it != known_.end() ? &it->second : nullptr;
}

const External* Units::function(const clang::FunctionDecl* function, const std::string& header) {
  if (function->getIdentifier() == nullptr || !function->isExternallyVisible()) return nullptr;
  std::string written = function->getNameAsString();
  if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
    written = method->getParent()->getNameAsString() + "::" + written;
  return find_in_sources(key_of(function), written, header);
}

const External* Units::record(const clang::CXXRecordDecl* record, const std::string& header) {
  if (record->getIdentifier() == nullptr) return nullptr;
  const std::string key = key_of(record);
  for (const clang::CXXMethodDecl* method : record->methods()) {
    if (!is_defined_elsewhere(method)) continue;
    const std::string name = record->getNameAsString();
    std::string own = method->getDeclName().getAsString();
    if (llvm::isa<clang::CXXConstructorDecl>(method)) own = name;
    if (const External* found = find_in_sources(key, name + "::" + own, header)) return found;
  }
  return nullptr;
}

const External* Units::find_in_sources(const std::string& key, const std::string& written, const std::string& header) {
  if (const External* known = find(key)) return known;
  if (missing_.contains(key + "\n" + written)) return nullptr;
  if (!project_) project_.emplace(file_);
  for (const std::string& source : project_->sources_of(written, header, file_, kCandidates)) {
    if (tried_.size() >= kMaxUnits) break;
    if (!tried_.insert(source).second) continue;
    std::vector<BundleModule> made = lower_(source, fmt::format("unit {}:", tried_.size()));
    for (BundleModule& module : made) modules_.push_back(std::move(module));
    if (const External* found = find(key)) return found;
  }
  missing_.insert(key + "\n" + written);
  return find(key);
}

}  // namespace shapelint::libtorch
