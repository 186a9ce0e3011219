// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <type_traits>
#include <utility>

#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/parameter.hpp>
#include <nabla/ops/ternary/where.hpp>

namespace nabla {
namespace op {
struct NanToNum : Unary<NanToNum> {
  static constexpr OpInfo info{
      .name = "nan_to_num",
      .formula = "y = x, but nan, posinf or neginf where x is NaN, inf or -inf",
      .gradient = "dy/dx = 1 where x is finite, else 0",
      .kinks = "x not finite: slope 0",
      .accuracy = "exact",
      .source = "definition"};
  static constexpr bool cheap = true;
  static constexpr bool masks = true;
  static constexpr DType least_dtype = int64;
  static constexpr OpParameter parameters[]{
      {.name = "nan", .value = 0},
      {.name = "posinf", .value = std::numeric_limits<double>::max()},
      {.name = "neginf", .value = std::numeric_limits<double>::lowest()}};
  double nan = parameters[0].value;
  double posinf = parameters[1].value;
  double neginf = parameters[2].value;
  static constexpr NanToNum with(double nan, double posinf, double neginf) {
    NanToNum op;
    op.nan = nan;
    op.posinf = posinf;
    op.neginf = neginf;
    return op;
  }
  template <class T>
  [[gnu::always_inline]] constexpr T value(const T& x) const {
    return choose(
        x != x, limited<T>(nan),
        choose(x > most<T>(), limited<T>(posinf), choose(x < -most<T>(), limited<T>(neginf), x)));
  }
  static constexpr std::int64_t value(std::int64_t x) { return x; }
  template <class T>
  [[gnu::always_inline]] constexpr T slope(const T& x, const T& /*y*/) const {
    return where(x - x == 0, T(1), T(0));
  }

 private:
  // The usual replacements are the ends of float64; a float32 has its own.
  template <class T>
  static constexpr double most() {
    constexpr bool single = std::is_same_v<T, float> || std::is_same_v<T, kernels::Lane<float>>;
    return single ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  }
  template <class T>
  static constexpr T limited(double number) {
    // On a Lane, because std::clamp would be a branch in the loop.
    using Number = kernels::Lane<double>;
    const Number end = most<T>(), x = number;
    return T(choose(x > end, end, choose(x < -end, -end, x)).number());
  }
};
}  // namespace op

/// x with NaN and infinities replaced by numbers; by default 0 and the greatest there are.
template <AnyNumber X>
[[nodiscard]] constexpr auto nan_to_num(X&& x, double nan = op::NanToNum{}.nan,
                                        double posinf = op::NanToNum{}.posinf,
                                        double neginf = op::NanToNum{}.neginf) {
  return record(op::NanToNum::with(nan, posinf, neginf), std::forward<X>(x));
}
}  // namespace nabla
