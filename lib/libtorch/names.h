// LibTorch's names in Python. Private to lib/libtorch.
#pragma once

#include <string>

#include <llvm/ADT/StringRef.h>

namespace shapelint::libtorch {

/// `at::mse_loss` is `torch.nn.functional.mse_loss`, `torch::linalg_norm` is `torch.linalg.norm`: the path at which
/// Python has the same function.
std::string python_path(const std::string& qualified);
/// "kFloat", "Float" -> "float32"; empty when unknown.
std::string python_dtype(llvm::StringRef name);
/// "kBatchMean" -> "batchmean".
std::string python_token(llvm::StringRef name);
/// "none", "mean", "sum" for at::Reduction's numbers; empty for others.
std::string reduction_name(std::int64_t number);
/// Parameters that Python takes by keyword only.
bool is_keyword_only(llvm::StringRef parameter);

}  // namespace shapelint::libtorch
