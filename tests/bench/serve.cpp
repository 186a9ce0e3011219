// SPDX-License-Identifier: MIT
#include "bench/serve.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "bench/bench.hpp"

namespace nabla::bench {
namespace {

std::function<double()> round_of(const Workload& workload, double round_seconds) {
  if (workload.count) return workload.count;
  return [work = workload.prepare(), calls = 0L, round_seconds]() mutable {
    if (calls == 0) calls = calls_for(work, round_seconds);
    return seconds_of(work, calls) / static_cast<double>(calls);
  };
}

}  // namespace

void serve(const std::vector<Workload>& workloads, const std::string& name, double round_seconds) {
  const auto found = std::ranges::find(workloads, name, &Workload::name);
  if (found == workloads.end()) throw std::runtime_error("no workload is named " + name);
  const auto round = round_of(*found, round_seconds);
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%.17g\n", round());
    std::fflush(stdout);
  }
}

}  // namespace nabla::bench
