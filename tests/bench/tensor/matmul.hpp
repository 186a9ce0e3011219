// SPDX-License-Identifier: MIT
// Products of square matrices, one or a batch of them, forward and backward: 6 n^3 operations each.
#pragma once

#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

template <class L>
Workload matmul_workload(const std::string& name, const Sizes& shape, bool is_double = false) {
  const auto prepare = [shape, is_double]() -> std::function<void()> {
    const auto dtype = is_double ? L::kFloat64 : L::kFloat32;
    std::vector<typename L::Tensor> ab{L::variable(L::randn(shape, dtype)),
                                       L::variable(L::randn(shape, dtype))};
    return [ab, seed = L::ones_like(ab[0])]() mutable {
      L::backward(matmul(ab[0], ab[1]), seed);
      L::zero_grad(ab);
    };
  };
  double operations = 6.0 * static_cast<double>(shape.back());
  for (const std::int64_t size : shape) operations *= static_cast<double>(size);
  return {.name = name,
          .unit = "us",
          .limit = operations / (is_double ? kFloat64PerSecond : kFloat32PerSecond) * 1e6,
          .note = "forward and backward; limit: peak of the core",
          .prepare = prepare};
}

template <class L>
std::vector<Workload> matmul_workloads() {
  std::vector<Workload> list;
  for (const std::int64_t n : {16, 64, 256, 1024})
    list.push_back(matmul_workload<L>("matmul_" + std::to_string(n), {n, n}));
  list.push_back(matmul_workload<L>("matmul_256_float64", {256, 256}, true));
  list.push_back(matmul_workload<L>("matmul_batch_32x64", {32, 64, 64}));
  return list;
}

}  // namespace nabla::bench
