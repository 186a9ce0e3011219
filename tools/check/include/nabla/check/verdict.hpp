// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

// Verdict: what the checker says about one derivative, one direction, or a whole function. The
// order is that of gravity: a report carries the gravest verdict of its parts.

namespace nabla::check {

enum class Verdict : std::uint8_t {
  pass,                    ///< agrees within the finite difference's own error bound
  kink_accepted,           ///< a kink; the gradient lies between the slopes on its two sides
  infinite_slope,          ///< the slope grows without limit, and the gradient is that infinity
  inconclusive,            ///< the finite difference is too uncertain to say anything
  non_finite_both,         ///< neither the function nor its gradient is finite here
  fail,                    ///< differs by more than the bound
  kink_violates,           ///< a kink; the gradient is outside the slopes on its two sides
  non_finite_analytic,     ///< the gradient is NaN or infinite where the slope is finite
  missing_gradient,        ///< no gradient at all where the slope is not zero
  shape_mismatch,          ///< the gradient has another shape than its input
  dtype_mismatch,          ///< the gradient has another element type than its input
  nondeterministic,        ///< two calls with the same input differ
  input_mutated,           ///< the function changed its input
  not_linear_in_upstream,  ///< the gradient is not linear in the gradient from above
  throws_mismatch          ///< one of value and gradient throws, the other does not
};

/// "pass", "kink accepted", ...
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// True for the verdicts that say the gradient is right.
[[nodiscard]] constexpr bool is_ok(Verdict verdict) { return verdict < Verdict::inconclusive; }
/// True for the verdicts that say neither.
[[nodiscard]] constexpr bool is_inconclusive(Verdict verdict) {
  return verdict == Verdict::inconclusive || verdict == Verdict::non_finite_both;
}
/// True for the verdicts that say something is wrong.
[[nodiscard]] constexpr bool is_failure(Verdict verdict) { return verdict >= Verdict::fail; }

}  // namespace nabla::check
