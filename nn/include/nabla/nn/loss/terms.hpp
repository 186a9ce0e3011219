// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

#include <nabla/ops/ops.hpp>

// What one prediction p and its target t add to a loss, written once: on Tensors for all elements at
// a time, on scalars for one; and what a parameter w adds to a regularizer. Most are elementwise ops of
// their own (nabla/ops/loss), one pass over the memory.

namespace nabla::nn::detail {

/// Errors    DomainError that names `loss` and the option unless `good`
void check_option(std::string_view loss, bool good, std::string_view option, double got,
                  std::string_view needed);

template <class Op>
inline constexpr auto term = [](const auto& p, const auto& t) { return record(Op{}, p, t); };
inline void check_huber(double delta) {
  check_option("huber", delta > 0.0, "delta", delta, "more than 0");
}
inline constexpr auto huber_term = [](double delta) {
  check_huber(delta);
  return [delta](const auto& p, const auto& t) { return huber_error(p, t, delta); };
};
inline constexpr auto binary_term = [](const auto& p, const auto& t) {
  return binary_error(p, t, 1.0 - t);
};

inline constexpr auto magnitude = [](const auto& w) { return abs(w); };
inline constexpr auto squared = [](const auto& w) { return square(w); };

/// What a probability p adds to -sum p ln q, exactly 0 with gradient 0 where it is 0.
inline constexpr auto crossed_surprise = [](const auto& p, const auto& q) {
  return -record(op::Xlogy{}, p, q);
};
inline constexpr auto surprise = [](const auto& p) { return crossed_surprise(p, p); };

}  // namespace nabla::nn::detail
