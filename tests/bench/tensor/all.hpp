// SPDX-License-Identifier: MIT
// All workloads of the tensor benchmarks, for a library L (see workload.hpp).
#pragma once

#include <iterator>
#include <vector>

#include "bench/tensor/elementwise.hpp"
#include "bench/tensor/index.hpp"
#include "bench/tensor/lines.hpp"
#include "bench/tensor/load.hpp"
#include "bench/tensor/matmul.hpp"
#include "bench/tensor/network.hpp"
#include "bench/tensor/rows.hpp"
#include "bench/tensor/tiny.hpp"

namespace nabla::bench {

template <class L>
std::vector<Workload> tensor_workloads() {
  std::vector<Workload> all;
  for (auto list :
       {tiny_workloads<L>(), elementwise_workloads<L>(), rows_workloads<L>(), lines_workloads<L>(),
        index_workloads<L>(), matmul_workloads<L>(), network_workloads<L>(), load_workloads<L>()})
    all.insert(all.end(), std::make_move_iterator(list.begin()),
               std::make_move_iterator(list.end()));
  for (Workload& workload : all) workload.name = "tensor/" + workload.name;
  return all;
}

}  // namespace nabla::bench
