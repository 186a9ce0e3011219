// SPDX-License-Identifier: MIT
// Functions element by element, losses, and the copy of a transposed matrix: bound by memory if well
// done.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

template <class L>
struct ElementwiseRow {
  std::string name;
  std::size_t operands;
  typename L::Tensor (*value)(const std::vector<typename L::Tensor>&);
  double backward_bytes = 12;  ///< an element: two arrays read, one written
};

template <class L>
Function<L> elementwise(const ElementwiseRow<L>& row, const std::string& suffix, std::int64_t n) {
  const auto inputs = [row, n] {
    std::vector<typename L::Tensor> operands;
    for (std::size_t i = 0; i < row.operands; ++i) operands.push_back(L::randn({n}, L::kFloat32));
    // A logarithm of negative numbers would be NaN, which some kernels take longer for.
    if (row.name == "log") operands[0] = exp(operands[0]);
    return operands;
  };
  const auto count = static_cast<double>(n);
  return {.name = row.name + suffix,
          .inputs = inputs,
          .value = row.value,
          .forward_bytes = 4 * count * static_cast<double>(row.operands + 1),
          .backward_bytes = count * row.backward_bytes,
          .variables = row.operands};
}

// tanh(a x + b), summed. a and b are variables, x is data.
template <class L>
Workload affine_tanh_sum(const std::string& name,
                         typename L::Tensor (*sum_of)(const typename L::Tensor& a,
                                                      const typename L::Tensor& x,
                                                      const typename L::Tensor& b)) {
  constexpr std::int64_t kElements = 1'000'000;
  const auto prepare = [sum_of]() -> std::function<void()> {
    const auto x = L::randn({kElements}, L::kFloat32);
    std::vector<typename L::Tensor> ab{L::variable(L::randn({kElements}, L::kFloat32)),
                                       L::variable(L::randn({kElements}, L::kFloat32))};
    return [sum_of, x, ab]() mutable {
      L::backward(sum_of(ab[0], x, ab[1]));
      L::zero_grad(ab);
    };
  };
  return {.name = name,
          .unit = "us",
          .limit = 704,
          .note = "tanh(a*x+b).sum() forward and backward; limit: one fused loop",
          .prepare = prepare};
}

// The mean loss of a million predictions.
template <class L>
Function<L> loss(const std::string& name,
                 typename L::Tensor (*value)(const std::vector<typename L::Tensor>&)) {
  constexpr std::int64_t kElements = 1'000'000;
  const auto inputs = [] {
    return std::vector{L::randn({kElements}, L::kFloat32),
                       sigmoid(L::randn({kElements}, L::kFloat32))};
  };
  return {.name = name + "_1e6",
          .inputs = inputs,
          .value = value,
          .forward_bytes = 8.0 * kElements,
          .backward_bytes = 12.0 * kElements};
}

// Of a million probabilities, such that are right, and weights.
template <class L>
Function<L> probability_loss(const std::string& name,
                             typename L::Tensor (*value)(const std::vector<typename L::Tensor>&)) {
  Function<L> function = loss<L>(name, value);
  function.inputs = [] {
    std::vector<typename L::Tensor> inputs;
    for (int i = 0; i < 3; ++i) inputs.push_back(sigmoid(L::randn({1'000'000}, L::kFloat32)));
    return inputs;
  };
  return function;
}

template <class L>
std::vector<Workload> elementwise_workloads() {
  using Tensor = typename L::Tensor;
  using Operands = const std::vector<Tensor>&;
  const std::vector<ElementwiseRow<L>> rows{
      {"relu", 1, [](Operands x) -> Tensor { return relu(x[0]); }},
      // The gradient of a sum is the arriving gradient itself.
      {"add", 2, [](Operands x) -> Tensor { return x[0] + x[1]; }, 0},
      {"mul", 2, [](Operands x) -> Tensor { return x[0] * x[1]; }, 20},
      {"exp", 1, [](Operands x) -> Tensor { return exp(x[0]); }},
      {"sigmoid", 1, [](Operands x) -> Tensor { return sigmoid(x[0]); }},
      {"log", 1, [](Operands x) -> Tensor { return log(x[0]); }},
      {"tanh", 1, [](Operands x) -> Tensor { return tanh(x[0]); }},
      {"erf", 1, [](Operands x) -> Tensor { return erf(x[0]); }},
      {"gelu", 1, [](Operands x) -> Tensor { return gelu(x[0]); }},
      {"pow_2", 1, [](Operands x) -> Tensor { return pow(x[0], 2); }},
      {"pow_3", 1, [](Operands x) -> Tensor { return pow(x[0], 3); }}};
  std::vector<Workload> list;
  for (const auto& row : rows) append(list, elementwise(row, "_1e6", 1'000'000));
  const auto append_some = [&](const auto& names, const std::string& suffix, std::int64_t n) {
    for (auto row : rows) {
      if (std::ranges::find(names, row.name) == names.end()) continue;
      row.backward_bytes = 0;
      append(list, elementwise(row, suffix, n));
    }
  };
  append_some(std::array{"relu", "add", "mul", "exp", "sigmoid", "log", "tanh", "gelu"}, "_1e7",
              10'000'000);
  // No multiples of any vector.
  for (const std::int64_t n : {10, 511, 1000})
    append_some(std::array{"exp", "tanh", "gelu"}, "_" + std::to_string(n), n);
  append(list, Function<L>{.name = "copy_1e6",
                           .inputs = [] { return std::vector{L::randn({1'000'000}, L::kFloat32)}; },
                           .value = [](Operands x) { return x[0].clone(); },
                           .forward_bytes = 8e6});
  const auto with_mask = [] {
    std::vector<Tensor> operands{L::randn({1'000'000}, L::kFloat32),
                                 L::randn({1'000'000}, L::kFloat32)};
    operands.push_back(operands[0] > 0);
    operands.push_back(operands[1] > 0);
    return operands;
  };
  append(list, Function<L>{.name = "where_1e6",
                           .inputs = with_mask,
                           .value = [](Operands x) -> Tensor { return where(x[2], x[0], x[1]); },
                           .forward_bytes = 13e6,
                           .backward_bytes = 18e6,
                           .variables = 2});
  append(list, Function<L>{.name = "logical_and_1e6",
                           .inputs = with_mask,
                           .value = [](Operands x) -> Tensor { return logical_and(x[2], x[3]); },
                           .forward_bytes = 3e6});
  append(list, Function<L>{.name = "isfinite_1e6",
                           .inputs = with_mask,
                           .value = [](Operands x) -> Tensor { return isfinite(x[0]); },
                           .forward_bytes = 5e6});
  append(list, Function<L>{.name = "sum_of_mask_1e6",
                           .inputs = with_mask,
                           .value = [](Operands x) -> Tensor { return x[2].sum(); },
                           .forward_bytes = 1e6});
  const auto of_integers = [&](const char* name, Tensor (*value)(Operands)) {
    append(list, Function<L>{.name = name,
                             .inputs = [] { return std::vector{L::indices({1'000'000}, 1'000)}; },
                             .value = value,
                             .forward_bytes = 8e6});
  };
  of_integers("sum_of_integers_1e6", [](Operands x) -> Tensor { return x[0].sum(); });
  of_integers("max_of_integers_1e6", [](Operands x) -> Tensor { return x[0].max(); });
  of_integers("argmax_of_integers_1e6", [](Operands x) -> Tensor { return L::argmax(x[0], 0); });
  list.push_back(affine_tanh_sum<L>(
      "affine_tanh_sum_1e6", [](const Tensor& a, const Tensor& x, const Tensor& b) -> Tensor {
        return tanh(a * x + b).sum();
      }));
  list.push_back(affine_tanh_sum<L>("affine_tanh_sum_fused_1e6", &L::affine_tanh_sum));
  append(list, Function<L>{.name = "gate_fused_1e6",
                           .inputs =
                               [] {
                                 return std::vector{L::randn({1'000'000}, L::kFloat32),
                                                    L::randn({1'000'000}, L::kFloat32)};
                               },
                           .value = [](Operands x) -> Tensor { return L::gate(x[0], x[1]); },
                           .forward_bytes = 12e6,
                           .backward_bytes = 20e6,
                           .variables = 2});
  append(list, loss<L>("mse", [](Operands x) -> Tensor { return L::mse(x[0], x[1]); }));
  append(list, loss<L>("huber", [](Operands x) -> Tensor { return L::huber(x[0], x[1]); }));
  append(list, loss<L>("bce_with_logits",
                       [](Operands x) -> Tensor { return L::bce_with_logits(x[0], x[1]); }));
  append(list, probability_loss<L>("kl_divergence", [](Operands x) -> Tensor {
           return L::kl_divergence(x[0], x[1]);
         }));
  append(list, probability_loss<L>("weighted_bce", [](Operands x) -> Tensor {
           return L::weighted_bce(x[0], x[1], x[2]);
         }));
  const auto matrix = [] { return std::vector{L::randn({1024, 1024}, L::kFloat32)}; };
  append(list, Function<L>{.name = "transpose_copy_1024",
                           .inputs = matrix,
                           .value = [](Operands x) { return x[0].transpose(0, 1).contiguous(); },
                           .forward_bytes = 8.0 * 1024 * 1024});
  return list;
}

}  // namespace nabla::bench
