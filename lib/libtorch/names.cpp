#include "lib/libtorch/names.h"

#include <algorithm>
#include <array>

#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>

namespace shapelint::libtorch {
namespace {

// Functions of `at::` that Python has in torch.nn.functional alone, or there with a reduction by name.
constexpr std::array<llvm::StringLiteral, 66> kFunctional = {"mse_loss",
                                                             "l1_loss",
                                                             "smooth_l1_loss",
                                                             "huber_loss",
                                                             "soft_margin_loss",
                                                             "multilabel_margin_loss",
                                                             "multi_margin_loss",
                                                             "nll_loss",
                                                             "binary_cross_entropy",
                                                             "binary_cross_entropy_with_logits",
                                                             "kl_div",
                                                             "cosine_embedding_loss",
                                                             "hinge_embedding_loss",
                                                             "margin_ranking_loss",
                                                             "triplet_margin_loss",
                                                             "poisson_nll_loss",
                                                             "ctc_loss",
                                                             "gaussian_nll_loss",
                                                             "gelu",
                                                             "elu",
                                                             "leaky_relu",
                                                             "softplus",
                                                             "hardtanh",
                                                             "hardsigmoid",
                                                             "hardswish",
                                                             "silu",
                                                             "mish",
                                                             "glu",
                                                             "one_hot",
                                                             "pad",
                                                             "avg_pool2d",
                                                             "avg_pool3d",
                                                             "max_pool2d",
                                                             "max_pool1d",
                                                             "max_pool3d",
                                                             "avg_pool1d",
                                                             "adaptive_avg_pool2d",
                                                             "adaptive_avg_pool1d",
                                                             "adaptive_avg_pool3d",
                                                             "adaptive_max_pool2d",
                                                             "adaptive_max_pool1d",
                                                             "fold",
                                                             "unfold",
                                                             "grid_sample",
                                                             "softmin",
                                                             "normalize",
                                                             "cross_entropy",
                                                             "relu6",
                                                             "celu",
                                                             "selu",
                                                             "softsign",
                                                             "tanhshrink",
                                                             "logsigmoid",
                                                             "multilabel_soft_margin_loss",
                                                             "batch_norm",
                                                             "layer_norm",
                                                             "group_norm",
                                                             "instance_norm",
                                                             "embedding",
                                                             "linear",
                                                             "interpolate",
                                                             "cosine_similarity",
                                                             "pairwise_distance",
                                                             "pixel_shuffle",
                                                             "hardshrink",
                                                             "softshrink"};

const llvm::StringMap<std::string>& renamed() {
  static const llvm::StringMap<std::string> kNames = {
      {"cross_entropy_loss", "torch.nn.functional.cross_entropy"},
      {"nll_loss_nd", "torch.nn.functional.nll_loss"},
      {"nll_loss2d", "torch.nn.functional.nll_loss"},
      {"log_sigmoid", "torch.nn.functional.logsigmoid"},
      {"constant_pad_nd", "torch.nn.functional.pad"},
      {"max_pool2d_with_indices", "torch.nn.functional.max_pool2d"},
      {"_softmax", "torch.softmax"},
      {"_log_softmax", "torch.log_softmax"},
      {"norm_except_dim", "torch.norm"},
  };
  return kNames;
}

}  // namespace

std::string python_path(const std::string& qualified) {
  llvm::StringRef name(qualified);
  bool functional = false;
  for (const char* prefix : {"torch::nn::functional::detail::", "torch::nn::functional::"}) {
    if (name.consume_front(prefix)) functional = true;
  }
  if (functional) return "torch.nn.functional." + name.str();
  for (const char* prefix : {"torch::", "at::", "c10::"}) {
    if (!name.consume_front(prefix)) continue;
    break;
  }
  name.consume_front("native::");
  if (const auto it = renamed().find(name); it != renamed().end()) return it->second;
  for (const char* package : {"linalg", "special", "fft"}) {
    llvm::StringRef rest = name;
    if (rest.consume_front(std::string(package) + "_") || rest.consume_front(std::string(package) + "::"))
      return std::string("torch.") + package + "." + rest.str();
  }
  if (std::find(kFunctional.begin(), kFunctional.end(), name) != kFunctional.end())
    return "torch.nn.functional." + name.str();
  std::string dotted = "torch." + name.str();
  for (std::size_t at = dotted.find("::"); at != std::string::npos; at = dotted.find("::")) dotted.replace(at, 2, ".");
  return dotted;
}

std::string python_dtype(llvm::StringRef name) {
  name.consume_front("k");
  static const llvm::StringMap<std::string> kNames = {{"Byte", "uint8"},
                                                      {"Char", "int8"},
                                                      {"Short", "int16"},
                                                      {"Int", "int32"},
                                                      {"Long", "int64"},
                                                      {"Half", "float16"},
                                                      {"Float", "float32"},
                                                      {"Double", "float64"},
                                                      {"Bool", "bool"},
                                                      {"BFloat16", "bfloat16"},
                                                      {"UInt8", "uint8"},
                                                      {"Int8", "int8"},
                                                      {"Int16", "int16"},
                                                      {"Int32", "int32"},
                                                      {"Int64", "int64"},
                                                      {"Float16", "float16"},
                                                      {"Float32", "float32"},
                                                      {"Float64", "float64"},
                                                      {"ComplexFloat", "complex64"},
                                                      {"ComplexDouble", "complex128"}};
  const auto it = kNames.find(name);
  return it != kNames.end() ? it->second : "";
}

std::string python_token(llvm::StringRef name) {
  name.consume_front("k");
  return name.lower();
}

std::string reduction_name(std::int64_t number) {
  switch (number) {
    case 0: return "none";
    case 1: return "mean";
    case 2: return "sum";
    default: return "";
  }
}

bool is_keyword_only(llvm::StringRef parameter) {
  constexpr std::array<llvm::StringLiteral, 11> kNames = {"alpha",     "beta",    "dtype",         "rounding_mode",
                                                          "unbiased",  "keepdim", "memory_format", "correction",
                                                          "generator", "out",     "driver"};
  return std::find(kNames.begin(), kNames.end(), parameter) != kNames.end();
}

}  // namespace shapelint::libtorch
