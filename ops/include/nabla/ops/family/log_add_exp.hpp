// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/log1p_exp.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/sigmoid.hpp>

// The logarithm of a sum of two powers, to a base that an op says by its natural logarithm:
// `static constexpr double ln_base`.

namespace nabla {

template <class Self>
struct LogAddExp : Binary<Self> {
  template <class T>
  [[gnu::always_inline]] static constexpr T value(const T& a, const T& b) {
    using std::abs;
    const T greater = choose(a > b, a, b);
    const T size = abs(a - b);
    const T y = greater + detail::log1p_exp(T(T(-Self::ln_base) * size)) / T(Self::ln_base);
    return choose(size == size, y, choose(a == b, a, a + b));  // equal infinities, NaN
  }
  // These are long: GCC calls them for each number unless it is told not to.
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_a(const T& a, const T& b, const T& /*y*/) {
    return share(a, b);
  }
  template <class T>
  [[gnu::always_inline]] static constexpr T slope_b(const T& a, const T& b, const T& /*y*/) {
    return share(b, a);
  }

 private:
  // Of infinite operands that are equal the difference is NaN.
  template <class T>
  [[gnu::always_inline]] static constexpr T share(const T& x, const T& z) {
    const T d = x - z;
    return where(d == d, sigmoid(T(Self::ln_base) * d),
                 where(x == z, where(x > 0, T(0.5), T(0)), d));
  }
};

}  // namespace nabla
