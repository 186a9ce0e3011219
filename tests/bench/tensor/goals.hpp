// SPDX-License-Identifier: MIT
// What the tensor cases are to reach.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace nabla::bench {

struct TensorGoal {
  std::optional<double>
      figure;  ///< not to be exceeded on one core of an Intel Xeon, Emerald Rapids
  std::optional<double> torch = {};  ///< how many times ours libtorch is to take at least
};

/// Where a case has none, both are empty.
inline TensorGoal goal_of(std::string_view name) {
  struct Row {
    std::string_view name;
    TensorGoal goal;
  };
  constexpr std::array kRows{Row{"chain_1e6_of_scale", {150, 35}},
                             Row{"chain_1e6_of_tanh", {150, 35}},
                             Row{"chain_1e6_of_scale_memory", {200, 4}},
                             Row{"chain_1e6_of_tanh_memory", {200, 4}},
                             Row{"relu_1e6", {290, 1}},
                             Row{"add_1e6", {420, 1}},
                             Row{"mul_1e6", {420, 1}},
                             Row{"copy_1e6", {290, 1}},
                             Row{"exp_1e6", {300, 1.1}},
                             Row{"sigmoid_1e6", {310, 1.4}},
                             Row{"log_1e6", {340, 1.7}},
                             Row{"gelu_1e6", {340, 1.7}},
                             Row{"tanh_1e6", {320, 5}},
                             Row{"relu_1e7", {3500}},
                             Row{"add_1e7", {3500}},
                             Row{"exp_1e7", {3500}},
                             Row{"log_1e7", {3500}},
                             Row{"sigmoid_1e7", {3500}},
                             Row{"tanh_1e7", {3500}},
                             Row{"gelu_1e7", {3500}},
                             Row{"affine_tanh_sum_1e6", {1500, 2.5}},
                             Row{"affine_tanh_sum_fused_1e6", {800, 4.7}},
                             Row{"matmul_16", {1.0, 12}},
                             Row{"matmul_64", {13, 2}},
                             Row{"matmul_256", {620, 1.15}},
                             Row{"matmul_1024", {40500, 1.05}},
                             Row{"matmul_256_float64", {1450, 1.1}},
                             Row{"mlp_sgd_1", {40, 3.5}},
                             Row{"mlp_sgd_32", {125, 2.5}},
                             Row{"mlp_sgd_256", {800, 1.4}},
                             Row{"mlp_adam_1", {85, 4.7}},
                             Row{"mlp_adam_32", {175, 3.2}},
                             Row{"mlp_adam_256", {850, 1.7}},
                             Row{"moons_relu", {12, 17}},
                             Row{"moons_tanh", {12, 17}},
                             Row{"softmax_1024x1024", {450, 1.4}},
                             Row{"softmax_256x10", {4, 7}},
                             Row{"softmax_100000x10", {1500, 7}},
                             Row{"layer_norm_1024x1024", {330, 1.8}},
                             Row{"layer_norm_100000x10", {950, 7}},
                             Row{"layer_norm_100000x10_backward", {2000, 8}},
                             Row{"logsumexp_1024x1024", {420, 2.4}},
                             Row{"cross_entropy_1024x1024", {{}, 2}},
                             Row{"transpose_copy_1024", {440, 2.2}},
                             Row{"load_time", {10, 45}},
                             Row{"load_memory", {10, 15}}};
  name.remove_prefix(std::string_view("tensor/").size());
  const auto row = std::ranges::find(kRows, name, &Row::name);
  if (row != kRows.end()) return row->goal;
  if (name.starts_with("bytes_per_")) return {128, 5};
  if (name.starts_with("allocations_per_") || name.ends_with("_allocations")) return {0};
  if (name.starts_with("tiny_") && name.find("_256") == name.npos)
    return name.ends_with("_with_backward") ? TensorGoal{110, 25} : TensorGoal{50, 20};
  return {};
}

/// By how much two threads are to beat one where there is enough to do.
inline std::optional<double> goal_of_two_threads(std::string_view name) {
  for (const std::string_view large : {"_1e6", "_1e7", "_1024x1024", "matmul"})
    if (name.find(large) != name.npos) return 1.8;
  return std::nullopt;
}

}  // namespace nabla::bench
