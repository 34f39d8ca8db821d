#include "lib/libtorch/types.h"

#include <llvm/ADT/StringSet.h>

namespace shapelint::libtorch {
namespace {

const clang::NamespaceDecl* outermost(const clang::Decl* decl) {
  const clang::NamespaceDecl* found = nullptr;
  for (const clang::DeclContext* at = decl->getDeclContext(); at != nullptr; at = at->getParent()) {
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(at)) found = space;
  }
  return found;
}

Kind framework_kind(const clang::CXXRecordDecl* record) {
  const llvm::StringRef name = record->getName();
  static const llvm::StringMap<Kind> kKinds = {
      {"Tensor", Kind::tensor},
      {"TensorBase", Kind::tensor},
      {"OptionalTensorRef", Kind::tensor},
      {"Scalar", Kind::scalar},
      {"SymInt", Kind::scalar},
      {"TypeMeta", Kind::dtype},
      {"Device", Kind::device},
      {"Generator", Kind::device},
      {"Storage", Kind::device},
      {"TensorOptions", Kind::tensor_options},
      {"optional", Kind::optional},
      {"OptionalArrayRef", Kind::optional},
      {"ArrayRef", Kind::list},
      {"IListRef", Kind::list},
      {"SmallVector", Kind::list},
      {"ExpandingArray", Kind::list},
      {"ExpandingArrayWithOptionalElem", Kind::list},
      {"List", Kind::list},
      {"TensorDataContainer", Kind::list},
      {"Dict", Kind::map},
      {"OrderedDict", Kind::map},
      {"string_view", Kind::string},
      {"basic_string_view", Kind::string},
      {"Slice", Kind::slice},
      {"TensorIndex", Kind::index},
      {"EllipsisIndexType", Kind::index},
      {"nullopt_t", Kind::optional},
      {"variant", Kind::optional},
      {"intrusive_ptr", Kind::pointer},
      {"function_ref", Kind::callable},
      {"NoGradGuard", Kind::guard},
      {"AutoGradMode", Kind::guard},
      {"InferenceMode", Kind::guard},
      {"AutoNonVariableTypeMode", Kind::guard},
      {"DeviceGuard", Kind::guard},
      {"CUDAGuard", Kind::guard},
      {"AnyModule", Kind::holder},
  };
  if (const auto it = kKinds.find(name); it != kKinds.end()) return it->second;
  if (qualified(record).find("::enumtype::") != std::string::npos) return Kind::token;
  if (derives_from(record, "ModuleHolder") || name == "ModuleHolder") return Kind::holder;
  if (name.ends_with("Options")) return Kind::options;
  if (name == "Module" || name == "Cloneable" || derives_from(record, "Module")) return Kind::module;
  return Kind::other;
}

Kind std_kind(const clang::CXXRecordDecl* record) {
  static const llvm::StringMap<Kind> kKinds = {
      {"optional", Kind::optional},
      {"nullopt_t", Kind::optional},
      {"variant", Kind::optional},
      {"any", Kind::optional},
      {"vector", Kind::list},
      {"initializer_list", Kind::list},
      {"array", Kind::list},
      {"deque", Kind::list},
      {"list", Kind::list},
      {"span", Kind::list},
      {"set", Kind::list},
      {"tuple", Kind::tuple},
      {"pair", Kind::tuple},
      {"map", Kind::map},
      {"unordered_map", Kind::map},
      {"basic_string", Kind::string},
      {"basic_string_view", Kind::string},
      {"shared_ptr", Kind::pointer},
      {"unique_ptr", Kind::pointer},
      {"__shared_ptr", Kind::pointer},
      {"__shared_ptr_access", Kind::pointer},
      {"reference_wrapper", Kind::pointer},
      {"function", Kind::callable},
      {"basic_ostream", Kind::stream},
      {"basic_ostringstream", Kind::stream},
      {"basic_stringstream", Kind::stream},
      {"basic_ofstream", Kind::stream},
      {"lock_guard", Kind::guard},
      {"unique_lock", Kind::guard},
  };
  const auto it = kKinds.find(record->getName());
  return it != kKinds.end() ? it->second : Kind::other;
}

}  // namespace

std::string qualified(const clang::NamedDecl* decl) {
  std::string name = decl->getDeclName().getAsString();
  for (const clang::DeclContext* at = decl->getDeclContext(); at != nullptr; at = at->getParent()) {
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(at)) {
      if (!space->isInline() && !space->isAnonymousNamespace()) name = space->getNameAsString() + "::" + name;
    } else if (const auto* around = llvm::dyn_cast<clang::NamedDecl>(at)) {
      const std::string outer = around->getDeclName().getAsString();
      if (!outer.empty()) name = outer + "::" + name;
    }
  }
  return name;
}

bool is_framework(const clang::Decl* decl) {
  const clang::NamespaceDecl* space = outermost(decl);
  return space != nullptr && (space->getName() == "torch" || space->getName() == "at" || space->getName() == "c10" ||
                              space->getName() == "caffe2");
}

bool is_std(const clang::Decl* decl) {
  const clang::NamespaceDecl* space = outermost(decl);
  return space != nullptr && (space->getName() == "std" || space->getName() == "__gnu_cxx");
}

const clang::CXXRecordDecl* record_of(clang::QualType type) {
  if (type.isNull()) return nullptr;
  return type.getNonReferenceType()->getAsCXXRecordDecl();
}

bool derives_from(const clang::CXXRecordDecl* record, llvm::StringRef name) {
  if (record == nullptr || !record->hasDefinition()) return false;
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* one = base.getType()->getAsCXXRecordDecl();
    if (one == nullptr) continue;
    if (one->getName() == name || derives_from(one, name)) return true;
  }
  return false;
}

const clang::CXXRecordDecl* held_by(const clang::CXXRecordDecl* holder) {
  if (holder == nullptr || !holder->hasDefinition()) return nullptr;
  if (const auto* made = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(holder);
      made != nullptr && made->getName() == "ModuleHolder" && made->getTemplateArgs().size() > 0 &&
      made->getTemplateArgs()[0].getKind() == clang::TemplateArgument::Type) {
    return made->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
  }
  for (const clang::CXXBaseSpecifier& base : holder->bases()) {
    if (const auto* found = held_by(base.getType()->getAsCXXRecordDecl())) return found;
  }
  return nullptr;
}

clang::QualType element_of(clang::QualType type) {
  if (type.isNull()) return {};
  type = type.getNonReferenceType();
  if (type->isPointerType()) return type->getPointeeType();
  if (type->isArrayType()) return type->castAsArrayTypeUnsafe()->getElementType();
  const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (made == nullptr || made->getTemplateArgs().size() == 0) return {};
  for (const clang::TemplateArgument& argument : made->getTemplateArgs().asArray()) {
    if (argument.getKind() == clang::TemplateArgument::Type) return argument.getAsType();
  }
  return {};
}

std::vector<clang::QualType> types_in(const clang::ClassTemplateSpecializationDecl* made) {
  std::vector<clang::QualType> out;
  for (const clang::TemplateArgument& argument : made->getTemplateArgs().asArray()) {
    if (argument.getKind() == clang::TemplateArgument::Type) out.push_back(argument.getAsType());
    if (argument.getKind() != clang::TemplateArgument::Pack) continue;
    for (const clang::TemplateArgument& one : argument.pack_elements()) {
      if (one.getKind() == clang::TemplateArgument::Type) out.push_back(one.getAsType());
    }
  }
  return out;
}

bool is_optimizer(const clang::CXXRecordDecl* record) {
  return record != nullptr && is_framework(record) &&
         (record->getName() == "Optimizer" || derives_from(record, "Optimizer"));
}

bool is_iterator(const clang::CXXRecordDecl* record) {
  return record != nullptr && record->getIdentifier() != nullptr && record->getName().contains("iterator");
}

bool is_ignored_framework(const clang::CXXRecordDecl* record) {
  const llvm::StringRef name = record->getName();
  return name == "InputArchive" || name == "OutputArchive" || name == "OptimizerParamGroup" ||
         name.ends_with("LRScheduler") || name == "StepLR" || name == "CUDAStream" || name == "RecordFunction";
}

Kind kind_of(clang::QualType type) {
  if (type.isNull()) return Kind::other;
  type = type.getNonReferenceType().getUnqualifiedType();
  if (type->isBooleanType()) return Kind::boolean;
  if (const auto* made = type->getAs<clang::EnumType>()) {
    const clang::EnumDecl* decl = made->getDecl();
    if (is_framework(decl)) {
      if (decl->getName() == "ScalarType") return Kind::dtype;
      if (decl->getName() == "EllipsisIndexType") return Kind::index;
      if (decl->getName() == "DeviceType" || decl->getName() == "Layout" || decl->getName() == "MemoryFormat")
        return Kind::device;
    }
    return Kind::enumeration;
  }
  if (type->isIntegerType()) return Kind::integer;
  if (type->isRealFloatingType()) return Kind::floating;
  if (type->isFunctionPointerType() || type->isFunctionType()) return Kind::callable;
  if (type->isPointerType()) {
    return type->getPointeeType()->isCharType() ? Kind::string : Kind::pointer;
  }
  if (type->isArrayType()) {
    const auto* array = type->castAsArrayTypeUnsafe();
    return array->getElementType()->isCharType() ? Kind::string : Kind::list;
  }
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (record == nullptr) return Kind::other;
  if (record->isLambda()) return Kind::callable;
  if (record->getIdentifier() == nullptr) return Kind::record;
  if (is_framework(record)) return framework_kind(record);
  if (is_std(record)) return std_kind(record);
  if (held_by(record) != nullptr) return Kind::holder;
  return Kind::record;
}

}  // namespace shapelint::libtorch
