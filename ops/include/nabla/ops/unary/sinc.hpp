// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/cos.hpp>
#include <nabla/ops/unary/round.hpp>
#include <nabla/ops/unary/sin.hpp>

namespace nabla {
namespace op {
struct Sinc : Unary<Sinc> {
  static constexpr OpInfo info{.name = "sinc",
                               .formula = "y = sin(pi x) / (pi x), 1 at x = 0",
                               .gradient = "dy/dx = (cos(pi x) - y) / x",
                               .kinks = "x = 0: slope 0, as in the limit",
                               .accuracy = "error <= 2 eps",
                               .source = "Woodward & Davies 1952",
                               .samples = {{-2.5, 2.5}},
                               .singular = {0.0}};
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& x) {
    using std::sin;
    const T y = T(sin(angle(x))) / (T(kPi) * x);
    return choose(x == 0, T(1), y);
  }
  // GCC calls this for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& x, const T& y) {
    using std::cos;
    // The difference vanishes with x. Near 0 its series: -2 u / 3! + 4 u^3 / 5! - ..., u = pi x.
    const T u = T(kPi) * x;
    const T z = u * u;
    return where(z < 1, slope_series<0>(z) * u * T(kPi),
                 (T(cos(angle(x))) - y) / where(x == 0, T(1), x));
  }

  static std::vector<Sample> samples() {
    std::vector<Sample> all = detail::elementwise_samples(
        info, arity, [](std::span<const Tensor> x) { return record(Sinc{}, x[0]); });
    // The period is a power of two: far out, a difference steps from wave to wave.
    std::erase_if(all, [](const Sample& sample) { return sample.description == "+-100000000"; });
    return all;
  }

 private:
  // pi x, less whole turns: at most pi in size.
  template <class T>
  [[gnu::always_inline]] static constexpr auto angle(const T& x) {
    const T y = T(kPi) * principal(x);
    if constexpr (kernels::is_lane<T>) {
      return kernels::UsualLane<typename T::Number>(y);
    } else {
      return y;
    }
  }
  static constexpr double kPi = std::numbers::pi;
  static constexpr auto kSlopeSeries = [] {
    std::array<double, 9> c{};
    double factorial = 1;  // of 2 k + 3
    for (std::size_t k = 0; k < c.size(); ++k) {
      const auto n = static_cast<double>(2 * k + 2);
      factorial *= n * (n + 1);
      c[k] = (k % 2 == 0 ? -n : n) / factorial;
    }
    return c;
  }();
  // Coefficient K and those of higher powers of z. (A loop would keep GCC from making vectors of Lanes.)
  template <std::size_t K, class T>
  [[gnu::always_inline]] static constexpr T slope_series(const T& z) {
    if constexpr (K + 1 == kSlopeSeries.size()) {
      return T(kSlopeSeries[K]);
    } else {
      return T(slope_series<K + 1>(z) * z + T(kSlopeSeries[K]));
    }
  }
  // x but for a multiple of the period 2, which is exact, while pi x is not; 0 if x is infinite.
  template <class T>
  [[gnu::always_inline]] static constexpr T principal(const T& x) {
    using std::abs, std::round;
    return where(abs(x) == std::numeric_limits<double>::infinity(), T(0),
                 x - 2 * round(T(0.5) * x));
  }
};
}  // namespace op

/// sin(pi x) / (pi x), the Fourier transform of a box.
template <AnyNumber X>
[[nodiscard]] constexpr auto sinc(X&& x) {
  return record(op::Sinc{}, std::forward<X>(x));
}
}  // namespace nabla
