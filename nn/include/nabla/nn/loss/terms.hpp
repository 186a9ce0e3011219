// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include <nabla/ops/ops.hpp>

// What one prediction p and its target t add to a loss, written once: on Tensors for all elements at
// a time, on scalars for one; and what a parameter w adds to a regularizer.

namespace nabla::nn::detail {

/// Errors    DomainError that names `loss` and the option unless `good`
void check_option(std::string_view loss, bool good, std::string_view option, double got,
                  std::string_view needed);

/// An expression as the number it turns into, so that it is recorded once however often it is used.
template <class X>
[[nodiscard]] ValueOf<X> recorded(const X& x) {
  return x;
}

inline constexpr auto absolute_error = [](const auto& p, const auto& t) { return abs(p - t); };
inline constexpr auto squared_error = [](const auto& p, const auto& t) { return square(p - t); };

// With c the difference d limited to [-delta, delta], c (d - c/2) is d^2/2 inside and
// delta (|d| - delta/2) outside, and does not overflow before the loss does.
inline constexpr auto huber_error = [](double delta) {
  check_option("huber", delta > 0.0, "delta", delta, "more than 0");
  return [delta](const auto& p, const auto& t) {
    const auto d = recorded(p - t);
    const auto c = recorded(clamp(d, -delta, delta));
    return recorded(c * (d - 0.5 * c));
  };
};
inline constexpr auto smooth_absolute_error = [](double beta) {
  check_option("smooth_l1", beta >= 0.0, "beta", beta, "at least 0");
  return [beta](const auto& p, const auto& t) {
    const auto d = recorded(p - t);
    if (beta == 0.0) return recorded(abs(d));
    const auto c = recorded(clamp(d, -beta, beta));
    return recorded(c / beta * (d - 0.5 * c));
  };
};
// Each of the two forms of ln cosh d is exact to a few ulp where it is taken.
inline constexpr auto log_cosh_error = [](const auto& p, const auto& t) {
  const auto d = recorded(p - t);
  const auto size = recorded(abs(d));
  return recorded(where(size < 1.0, 0.5 * log1p(square(sinh(d))),
                        size + log1p(exp(-2.0 * size)) - std::numbers::ln2));
};

inline constexpr double kLeastLog = -100.0;
/// log x, kept at -100 or above.
inline constexpr auto bounded_log = [](const auto& x) { return clamp_min(log(x), kLeastLog); };
/// For an outcome of which `yes` is the part that is 1 and `no` the part that is 0.
inline constexpr auto binary_error_of_parts = [](const auto& p, const auto& yes, const auto& no) {
  return -(yes * bounded_log(p) + no * bounded_log(1.0 - p));
};
inline constexpr auto binary_error = [](const auto& p, const auto& t) {
  return binary_error_of_parts(p, t, 1.0 - t);
};
inline constexpr auto binary_error_of_logit = [](const auto& z, const auto& t) {
  return nabla::bce_with_logits(z, t);
};
inline constexpr auto margin_error = [](const auto& s, const auto& t) { return relu(1.0 - t * s); };
inline constexpr auto soft_margin_error = [](const auto& s, const auto& t) {
  return softplus(-(t * s));
};

inline constexpr auto magnitude = [](const auto& w) { return abs(w); };
inline constexpr auto squared = [](const auto& w) { return square(w); };

/// p f where p is not 0, else exactly 0 with gradient 0, also where f is infinite.
inline constexpr auto weighted = [](const auto& p, const auto& f) {
  return where(p != 0.0, p * f, 0.0);
};
inline constexpr auto surprise = [](const auto& p) { return -weighted(p, log(p)); };
inline constexpr auto divergence = [](const auto& p, const auto& q) {
  using std::log;  // of a plain number
  return weighted(p, log(p) - log(q));
};
inline constexpr auto crossed_surprise = [](const auto& p, const auto& q) {
  using std::log;
  return -weighted(p, log(q));
};

}  // namespace nabla::nn::detail
