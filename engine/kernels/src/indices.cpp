// SPDX-License-Identifier: MIT
#include <nabla/kernels/indices.hpp>
#include <nabla/kernels/isa.hpp>

namespace nabla::kernels {
namespace {

// The first bit is set if one of the indices is negative or leaves less than 0 below the last one.
std::uint64_t faults_of(std::int64_t index, std::uint64_t last) {
  const auto bits = static_cast<std::uint64_t>(index);
  return bits | (last - bits);
}

struct Faults {
  static std::uint64_t run(const std::int64_t* indices, std::int64_t n, std::uint64_t last) {
    std::uint64_t faults = 0;
    for (std::int64_t i = 0; i < n; ++i) faults |= faults_of(indices[i], last);
    return faults;
  }
};
constexpr auto kFaults =
    PerIsa<std::uint64_t(const std::int64_t*, std::int64_t, std::uint64_t)>::of<Faults>();

}  // namespace

bool are_below(const std::int64_t* indices, std::int64_t n, std::int64_t step, std::int64_t size) {
  const auto last = static_cast<std::uint64_t>(size - 1);
  if (step == 1) return kFaults(indices, n, last) >> 63 == 0;
  std::uint64_t faults = 0;
  for (std::int64_t i = 0; i < n; ++i) faults |= faults_of(indices[i * step], last);
  return faults >> 63 == 0;
}

}  // namespace nabla::kernels
