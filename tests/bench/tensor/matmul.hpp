// SPDX-License-Identifier: MIT
// The product of two square matrices, forward and backward: 6 n^3 operations.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

template <class L>
Workload matmul_workload(std::int64_t n, bool is_double) {
  const auto prepare = [n, is_double]() -> std::function<void()> {
    const auto dtype = is_double ? L::kFloat64 : L::kFloat32;
    std::vector<typename L::Tensor> ab{L::variable(L::randn({n, n}, dtype)),
                                       L::variable(L::randn({n, n}, dtype))};
    return [ab, seed = L::ones_like(ab[0])]() mutable {
      L::backward(matmul(ab[0], ab[1]), seed);
      L::zero_grad(ab);
    };
  };
  const double operations = 6 * std::pow(static_cast<double>(n), 3);
  return {.name = "matmul_" + std::to_string(n) + (is_double ? "_float64" : ""),
          .unit = "us",
          .limit = operations / (is_double ? kFloat64PerSecond : kFloat32PerSecond) * 1e6,
          .note = "forward and backward; limit: peak of the core",
          .prepare = prepare};
}

template <class L>
std::vector<Workload> matmul_workloads() {
  std::vector<Workload> list;
  for (const std::int64_t n : {16, 64, 256, 1024}) list.push_back(matmul_workload<L>(n, false));
  list.push_back(matmul_workload<L>(256, true));
  return list;
}

}  // namespace nabla::bench
