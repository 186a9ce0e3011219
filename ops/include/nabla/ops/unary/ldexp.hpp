// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>

namespace nabla {
namespace op {
struct Ldexp : Unary<Ldexp> {
  static constexpr OpInfo info{.name = "ldexp",
                               .formula = "y = x 2^n",
                               .gradient = "dy/dx = 2^n",
                               .accuracy = "exact",
                               .source = "definition"};
  static constexpr OpParameter parameters[]{{.name = "n", .value = 1, .whole = true}};
  int exponent = static_cast<int>(parameters[0].value);
  static Ldexp with(int exponent) {
    Ldexp op;
    op.exponent = exponent;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    using std::ldexp;
    return ldexp(x, exponent);
  }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& /*x*/, const T& /*y*/) const {
    return T(power_of_two(exponent));
  }

 private:
  // Written into the bits of a double, normal or not; 0 and infinite beyond the range.
  static constexpr double power_of_two(int n) {
    if (n < -1074) return 0;
    if (n < -1022) return std::bit_cast<double>(std::uint64_t{1} << (n + 1074));
    if (n > 1023) return std::numeric_limits<double>::infinity();
    return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
  }
};
}  // namespace op

/// x times 2 to the power `exponent`, exact but at the ends of the range.
template <Active X>
[[nodiscard]] constexpr auto ldexp(X&& x, int exponent) {
  return record(op::Ldexp::with(exponent), std::forward<X>(x));
}
/// The same, by its other names in <cmath>.
template <Active X>
[[nodiscard]] constexpr auto scalbn(const X& x, int exponent) {
  return ldexp(detail::defined(x, "scalbn"), exponent);
}
template <Active X>
[[nodiscard]] constexpr auto scalbln(const X& x, long exponent) {
  constexpr long kFar = 1L << 20;  // farther than any number goes
  return ldexp(detail::defined(x, "scalbln"), static_cast<int>(std::clamp(exponent, -kFar, kFar)));
}
/// m of x = m 2^exponent, 1/2 <= |m| < 1, or x where that is 0, infinite or NaN.
template <ScalarOperand X>
[[nodiscard]] ValueOf<X> frexp(const X& x, int* exponent) {
  const ValueOf<X> number(x);
  *exponent = 0;
  static_cast<void>(std::frexp(detail::plain(number), exponent));
  detail::tell_exponent(number);
  return ldexp(number, -*exponent);
}
}  // namespace nabla
