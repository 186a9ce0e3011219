// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/ops.hpp>

// What one prediction p and its target t add to a loss, written once: on Tensors for all elements at
// a time, on scalars for one; and what a parameter w adds to a regularizer.

namespace nabla::nn::detail {

inline constexpr auto absolute_error = [](const auto& p, const auto& t) { return abs(p - t); };
inline constexpr auto squared_error = [](const auto& p, const auto& t) { return square(p - t); };

inline constexpr double kLeastLog = -100.0;
/// log x, kept at -100 or above.
inline constexpr auto bounded_log = [](const auto& x) { return clamp_min(log(x), kLeastLog); };
inline constexpr auto binary_error = [](const auto& p, const auto& t) {
  return -(t * bounded_log(p) + (1.0 - t) * bounded_log(1.0 - p));
};
inline constexpr auto binary_error_of_logit = [](const auto& z, const auto& t) {
  return nabla::bce_with_logits(z, t);
};
inline constexpr auto margin_error = [](const auto& s, const auto& t) { return relu(1.0 - t * s); };

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
