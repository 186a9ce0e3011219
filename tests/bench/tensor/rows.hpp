// SPDX-License-Identifier: MIT
// What works on the rows of a matrix: softmax and its kin, sums, the bias of a layer. Narrow rows
// are a case of their own: there the cost of a row shows, not that of its elements.
#pragma once

#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

/// What else there is beside the matrix.
enum class Second { none, bias, labels };

template <class L>
struct RowsRow {
  std::string name;
  typename L::Tensor (*value)(const std::vector<typename L::Tensor>&);
  double forward_bytes, backward_bytes;  ///< an element of the matrix
  Second second = Second::none;
};

template <class L>
Function<L> on_rows(const RowsRow<L>& row, std::int64_t n, std::int64_t columns) {
  const auto inputs = [row, n, columns] {
    std::vector<typename L::Tensor> operands{L::randn({n, columns}, L::kFloat32)};
    if (row.second == Second::bias) operands.push_back(L::randn({columns}, L::kFloat32));
    if (row.second == Second::labels) operands.push_back(L::labels(n, columns));
    return operands;
  };
  const auto elements = static_cast<double>(n * columns);
  return {.name = row.name + "_" + std::to_string(n) + "x" + std::to_string(columns),
          .inputs = inputs,
          .value = row.value,
          .forward_bytes = elements * row.forward_bytes,
          .backward_bytes = elements * row.backward_bytes,
          .variables = row.second == Second::bias ? std::size_t{2} : std::size_t{1}};
}

template <class L>
std::vector<Workload> rows_workloads() {
  using Tensor = typename L::Tensor;
  using Operands = const std::vector<Tensor>&;
  const std::vector<RowsRow<L>> rows{
      {"softmax", [](Operands x) -> Tensor { return softmax(x[0], 1); }, 8, 12},
      {"log_softmax", [](Operands x) -> Tensor { return log_softmax(x[0], 1); }, 8, 12},
      {"layer_norm", [](Operands x) -> Tensor { return L::layer_norm(x[0]); }, 8, 12},
      {"logsumexp", [](Operands x) -> Tensor { return L::logsumexp(x[0]); }, 4, 8},
      {"cross_entropy", [](Operands x) -> Tensor { return L::cross_entropy(x[0], x[1]); }, 4, 8,
       Second::labels},
      // The gradient of a sum is a view of the arriving one.
      {"sum", [](Operands x) -> Tensor { return x[0].sum(); }, 4, 0},
      {"sum_axis_0", [](Operands x) -> Tensor { return L::sum(x[0], 0); }, 4, 0},
      {"sum_axis_1", [](Operands x) -> Tensor { return L::sum(x[0], 1); }, 4, 0},
      {"var_axis_1", [](Operands x) -> Tensor { return L::var(x[0], 1); }, 4, 8},
      {"prod_axis_1", [](Operands x) -> Tensor { return L::prod(x[0], 1); }, 4, 8},
      {"argmax_axis_1", [](Operands x) -> Tensor { return L::argmax(x[0], 1); }, 4, 0},
      {"bias_add", [](Operands x) -> Tensor { return x[0] + x[1]; }, 8, 4, Second::bias}};
  std::vector<Workload> list;
  for (const auto& row : rows) {
    append(list, on_rows(row, 1024, 1024));
    append(list, on_rows(row, 256, 10));
    append(list, on_rows(row, 100'000, 10));
  }
  return list;
}

}  // namespace nabla::bench
