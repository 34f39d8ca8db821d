// What a C++ type is to the program. Private to lib/libtorch.
#pragma once

#include <string>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/Type.h>

namespace shapelint::libtorch {

enum class Kind {
  tensor,  ///< at::Tensor and its base
  scalar,  ///< c10::Scalar, SymInt: a number in a box
  integer,
  floating,
  boolean,
  enumeration,     ///< of the user's
  dtype,           ///< ScalarType, TypeMeta
  device,          ///< devices, layouts, memory formats, generators: of no use to shapes
  token,           ///< torch::kMean and the like: a text in Python
  options,         ///< MSELossOptions, ...: keyword arguments in Python
  tensor_options,  ///< dtype, device, ... of a new tensor
  optional,        ///< the value or None
  list,            ///< vector, ArrayRef, initializer_list, array, ...
  tuple,           ///< tuple and pair
  map,
  string,
  slice,
  index,     ///< TensorIndex and its special values
  holder,    ///< torch::nn::Linear, TORCH_MODULE: a shared module
  module,    ///< torch::nn::LinearImpl, Module
  pointer,   ///< shared_ptr, unique_ptr, T*
  callable,  ///< lambdas, std::function, function pointers
  stream,
  guard,   ///< NoGradGuard and kin: nothing of it shows in values
  record,  ///< a class of the user's
  other
};

/// `a::b::C`, without inline and unnamed namespaces and without template arguments.
std::string qualified(const clang::NamedDecl* decl);
/// In torch, at, c10, caffe2, or a namespace below.
bool is_framework(const clang::Decl* decl);
bool is_std(const clang::Decl* decl);

/// References and const do not matter.
Kind kind_of(clang::QualType type);
/// The class of a type, through references, sugar and elaborated names; null when there is none.
const clang::CXXRecordDecl* record_of(clang::QualType type);
/// The class that a ModuleHolder (or a class derived from one) holds; null for others.
const clang::CXXRecordDecl* held_by(const clang::CXXRecordDecl* holder);
/// What a template class holds: `T` of `vector<T>`, `optional<T>`, `T*`; null type for others.
clang::QualType element_of(clang::QualType type);
/// All types among the arguments of a template class, packs spread out.
std::vector<clang::QualType> types_in(const clang::ClassTemplateSpecializationDecl* made);
/// torch::optim's, whatever it is called.
bool is_optimizer(const clang::CXXRecordDecl* record);
/// Archives, schedulers, timers, ...: nothing that they do shows in a tensor of the program.
bool is_ignored_framework(const clang::CXXRecordDecl* record);
/// A class of iterators, `__normal_iterator` and the like.
bool is_iterator(const clang::CXXRecordDecl* record);
bool derives_from(const clang::CXXRecordDecl* record, llvm::StringRef name);

}  // namespace shapelint::libtorch
