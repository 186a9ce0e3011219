// SPDX-License-Identifier: MIT
#include <atomic>

#include <nabla/kernels/finite.hpp>
#include <nabla/kernels/isa.hpp>

#include "bundle.hpp"

namespace nabla::kernels {
namespace {

// x * 0 is 0, or NaN where x is not finite, and NaN stays in a sum.
template <class T>
struct AllFinite {
  static bool run(const T* x, std::int64_t n) {
    const Rows<1> row{n};
    Numbers<Rows<1>, T> sums{};
    row.for_each([&](std::int64_t i, std::int64_t l, std::int64_t) {
      sums[static_cast<std::size_t>(l)] += x[i] * T(0);
    });
    join(row, sums, [](T a, T b) { return a + b; });
    return sums[0] == 0;
  }
};

}  // namespace

template <std::floating_point T>
bool all_finite(const T* x, std::int64_t n) {
  static constexpr auto kernel = PerIsa<bool(const T*, std::int64_t)>::template of<AllFinite<T>>();
  std::atomic<bool> finite = true;
  for_elements(n, [&](std::int64_t first, std::int64_t last) {
    if (finite && !kernel(x + first, last - first)) finite = false;
  });
  return finite;
}

template bool all_finite(const float*, std::int64_t);
template bool all_finite(const double*, std::int64_t);

}  // namespace nabla::kernels
