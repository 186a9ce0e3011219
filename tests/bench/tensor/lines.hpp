// SPDX-License-Identifier: MIT
// What runs along the lines of an axis one number after the other (cumulative sums, sorting), and
// what picks elements and puts them elsewhere: bound by memory, by latency or by comparing.
#pragma once

#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

template <class L>
struct LinesRow {
  std::string name;
  std::vector<Sizes> operands;  ///< of float32
  Sizes index;                  ///< of int64, the last operand; none if empty
  std::int64_t below;           ///< what its elements are less than
  typename L::Tensor (*value)(const std::vector<typename L::Tensor>&);
  double forward_bytes, backward_bytes;
};

template <class L>
Function<L> on_lines(const LinesRow<L>& row) {
  const auto inputs = [row] {
    std::vector<typename L::Tensor> operands;
    for (const Sizes& shape : row.operands) operands.push_back(L::randn(shape, L::kFloat32));
    if (!row.index.empty()) operands.push_back(L::indices(row.index, row.below));
    return operands;
  };
  return {.name = row.name,
          .inputs = inputs,
          .value = row.value,
          .forward_bytes = row.forward_bytes,
          .backward_bytes = row.backward_bytes,
          .variables = row.operands.size()};
}

template <class L>
std::vector<Workload> lines_workloads() {
  using Tensor = typename L::Tensor;
  using Operands = const std::vector<Tensor>&;
  const Sizes square{1024, 1024}, narrow{100'000, 10}, table{10'000, 64}, words{16'384};
  constexpr double kSquare = 1024.0 * 1024.0, kNarrow = 1e6, kRows = 16'384.0 * 64;
  const std::vector<LinesRow<L>> rows{
      {"norm_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::norm(x[0]); },
       4 * kSquare,
       8 * kSquare},
      {"dot_1e6",
       {Sizes{1'000'000}, Sizes{1'000'000}},
       {},
       0,
       [](Operands x) -> Tensor { return dot(x[0], x[1]); },
       8e6,
       16e6},
      {"outer_1024x1024",
       {Sizes{1024}, Sizes{1024}},
       {},
       0,
       [](Operands x) -> Tensor { return outer(x[0], x[1]); },
       4 * kSquare,
       8 * kSquare},
      {"times_column_1024x1024",
       {square, Sizes{1024, 1}},
       {},
       0,
       [](Operands x) -> Tensor { return x[0] * x[1]; },
       8 * kSquare,
       16 * kSquare},
      {"times_column_100000x10",
       {narrow, Sizes{100'000, 1}},
       {},
       0,
       [](Operands x) -> Tensor { return x[0] * x[1]; },
       8 * kNarrow,
       16 * kNarrow},
      {"trace_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return trace(x[0]); },
       4 * 1024,
       4 * kSquare},
      {"sum_of_transposed_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::sum(x[0].transpose(0, 1), 1); },
       4 * kSquare,
       4 * kSquare},
      {"cumsum_axis_0_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return cumsum(x[0], 0); },
       8 * kSquare,
       8 * kSquare},
      {"cumsum_axis_1_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return cumsum(x[0], 1); },
       8 * kSquare,
       8 * kSquare},
      {"cumsum_axis_1_100000x10",
       {narrow},
       {},
       0,
       [](Operands x) -> Tensor { return cumsum(x[0], 1); },
       8 * kNarrow,
       8 * kNarrow},
      {"cumprod_axis_1_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return cumprod(x[0], 1); },
       8 * kSquare,
       16 * kSquare},
      {"cumprod_axis_0_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return cumprod(x[0], 0); },
       8 * kSquare,
       16 * kSquare},
      {"logcumsumexp_axis_1_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return logcumsumexp(x[0], 1); },
       8 * kSquare,
       16 * kSquare},
      {"cummax_axis_1_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::cummax(x[0], 1); },
       16 * kSquare,
       16 * kSquare},
      {"cummin_axis_1_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::cummin(x[0], 1); },
       16 * kSquare,
       16 * kSquare},
      {"sort_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::sort(x[0], 1); },
       16 * kSquare,
       16 * kSquare},
      {"topk_10_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::topk(x[0], 10, 1); },
       4 * kSquare,
       4 * kSquare},
      {"gather_axis_1_1024x1024",
       {square},
       square,
       1024,
       [](Operands x) -> Tensor { return L::gather(x[0], 1, x[1]); },
       16 * kSquare,
       16 * kSquare},
      {"gather_axis_0_1024x1024",
       {square},
       square,
       1024,
       [](Operands x) -> Tensor { return L::gather(x[0], 0, x[1]); },
       16 * kSquare,
       16 * kSquare},
      {"scatter_add_axis_1_1024x1024",
       {square, square},
       square,
       1024,
       [](Operands x) -> Tensor { return L::scatter_add(x[0], 1, x[2], x[1]); },
       20 * kSquare,
       16 * kSquare},
      {"index_select_16384_of_10000x64",
       {table},
       words,
       10'000,
       [](Operands x) -> Tensor { return L::index_select(x[0], 0, x[1]); },
       8 * kRows,
       8 * kRows},
      {"embedding_16384_of_10000x64",
       {table},
       words,
       10'000,
       [](Operands x) -> Tensor { return L::embedding(x[0], x[1]); },
       8 * kRows,
       8 * kRows},
      {"masked_fill_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return masked_fill(x[0], x[0] > 0.5, -1.0); },
       8 * kSquare,
       8 * kSquare},
      {"flip_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::flip(x[0], 1); },
       8 * kSquare,
       8 * kSquare},
      {"roll_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::roll(x[0], 5, 1); },
       8 * kSquare,
       8 * kSquare},
      {"pad_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return L::pad(x[0], 3); },
       8 * kSquare,
       8 * kSquare},
      {"tril_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return tril(x[0]); },
       8 * kSquare,
       8 * kSquare}};
  std::vector<Workload> list;
  for (const auto& row : rows) append(list, on_lines(row));
  return list;
}

}  // namespace nabla::bench
