// SPDX-License-Identifier: MIT
// More of what picks elements and puts them elsewhere, by index tensors and by masks: bound by memory,
// or by latency where the places jump about.
#pragma once

#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/lines.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

template <class L>
std::vector<Workload> index_workloads() {
  using Tensor = typename L::Tensor;
  using Operands = const std::vector<Tensor>&;
  const Sizes square{1024, 1024}, million{1'000'000}, table{10'000, 64}, words{16'384},
      rows_of_words{16'384, 64};
  constexpr double kSquare = 1024.0 * 1024.0, kMillion = 1e6, kTable = 10'000.0 * 64,
                   kRows = 16'384.0 * 64;
  const std::vector<LinesRow<L>> rows{
      {"scatter_axis_1_1024x1024",
       {square, square},
       square,
       1024,
       [](Operands x) -> Tensor { return scatter(x[0], 1, x[2], x[1]); },
       20 * kSquare,
       20 * kSquare},
      {"scatter_axis_0_1024x1024",
       {square, square},
       square,
       1024,
       [](Operands x) -> Tensor { return scatter(x[0], 0, x[2], x[1]); },
       20 * kSquare,
       20 * kSquare},
      {"scatter_add_axis_0_1024x1024",
       {square, square},
       square,
       1024,
       [](Operands x) -> Tensor { return L::scatter_add(x[0], 0, x[2], x[1]); },
       20 * kSquare,
       16 * kSquare},
      {"index_put_16384_of_10000x64",
       {table, rows_of_words},
       words,
       10'000,
       [](Operands x) -> Tensor { return L::index_put(x[0], {x[2]}, x[1], false); },
       8 * kTable + 4 * kRows,
       8 * kTable + 4 * kRows},
      {"index_put_1e6",
       {million, million},
       million,
       1'000'000,
       [](Operands x) -> Tensor { return L::index_put(x[0], {x[2]}, x[1], false); },
       20 * kMillion,
       20 * kMillion},
      {"index_put_accumulate_16384_of_10000x64",
       {table, rows_of_words},
       words,
       10'000,
       [](Operands x) -> Tensor { return L::index_put(x[0], {x[2]}, x[1], true); },
       8 * kTable + 4 * kRows,
       8 * kRows},
      {"index_add_16384_of_10000x64",
       {table, rows_of_words},
       words,
       10'000,
       [](Operands x) -> Tensor { return index_add(x[0], 0, x[2], x[1]); },
       8 * kTable + 4 * kRows,
       8 * kRows},
      {"take_1e6_of_1024x1024",
       {square},
       million,
       1024 * 1024,
       [](Operands x) -> Tensor { return take(x[0], x[1]); },
       16 * kMillion,
       16 * kMillion},
      {"masked_select_1024x1024",
       {square},
       {},
       0,
       [](Operands x) -> Tensor { return masked_select(x[0], x[0] > 0.5); },
       5 * kSquare,
       5 * kSquare},
      {"masked_scatter_1024x1024",
       {square, square},
       {},
       0,
       [](Operands x) -> Tensor { return masked_scatter(x[0], x[0] > 0.5, x[1]); },
       12 * kSquare,
       12 * kSquare}};
  std::vector<Workload> list;
  for (const auto& row : rows) append(list, on_lines(row));
  return list;
}

}  // namespace nabla::bench
