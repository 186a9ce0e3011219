// SPDX-License-Identifier: MIT
// The other end of a Child: a program that measures a case on request.
#pragma once

#include <string>
#include <vector>

#include "bench/tensor/workload.hpp"

namespace nabla::bench {

/// For each line on standard input, runs as many calls of the workload as take `round_seconds`, and
/// prints the seconds of one; the first round is longer, it finds out how many calls that are. A
/// workload whose figure is no time prints its figure.
/// Errors    std::runtime_error if there is no workload of that name
void serve(const std::vector<Workload>& workloads, const std::string& name, double round_seconds);

}  // namespace nabla::bench
