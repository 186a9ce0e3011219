// SPDX-License-Identifier: MIT
// What a library costs a program before it has done anything.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

inline constexpr const char* kLoadCase = "tensor/load";

/// The greatest resident memory of this process so far, in MB; 0 where the system does not tell.
inline double peak_resident_megabytes() {
  std::ifstream status("/proc/self/status");
  double kibibytes = 0;
  for (std::string word; status >> word;)
    if (word == "VmHWM:") status >> kibibytes;
  return kibibytes * 1024 / 1e6;
}

/// For a program of its own: adds two tensors, tells the memory.
template <class L>
std::vector<Workload> load_workloads() {
  const auto add = [] {
    const auto x = L::from({1, 2, 3, 4}, {4});
    keep(x + x);
    return peak_resident_megabytes();
  };
  return {{.name = "load", .unit = "MB", .limit = {}, .note = {}, .prepare = {}, .count = add}};
}

}  // namespace nabla::bench
