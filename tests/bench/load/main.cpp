// SPDX-License-Identifier: MIT
// nabla_bench_load: adds two tensors, and tells its greatest memory for each line on standard input.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <vector>

#include <nabla/nabla.hpp>

#include "bench/serve.hpp"
#include "bench/tensor/load.hpp"

namespace nabla::bench {
namespace {

struct Nabla {
  static Tensor from(const std::vector<float>& numbers, const Sizes& shape) {
    return from_span(std::span<const float>(numbers), Shape(shape));
  }
};

}  // namespace
}  // namespace nabla::bench

int main() {
  using namespace nabla::bench;
  try {
    serve(load_workloads<Nabla>(), "load", 0);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nabla_bench_load: %s\n", error.what());
  }
  return 2;
}
