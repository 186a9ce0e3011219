// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/kernels/lane.hpp>

// Special functions of plain numbers that <cmath> lacks and that slopes need. Pure functions, safe
// on all threads. The ops of the same names apply them to Values and Tensors.
//
//   digamma(1.0) == -0.5772156649015329;   polygamma(1, 1.0) == 1.6449340668482264

namespace nabla {

inline constexpr int kMaxPolygammaOrder = 30;

/// ln |Gamma(x)|, as std::lgamma, which must not run on two threads at once: it leaves the sign of
/// Gamma(x) in a global variable.
[[nodiscard]] double log_gamma(double x);

/// The logarithmic derivative of the gamma function, psi(x) = Gamma'(x) / Gamma(x); NaN at the
/// poles 0, -1, -2, ...
/// Accuracy  relative error <= 12 eps for x > 0, also beside the zero at 1.46; for x < 0 the error
///           is <= 8 eps (|psi(1 - x)| + |pi cot(pi x)|)
/// Cost      a logarithm and at most ten divisions for x > 0
/// Source    DLMF 5.11.2 (asymptotic series), 5.5.2 (recurrence), 5.5.4 (reflection)
[[nodiscard]] double digamma(double x);

/// The derivative of digamma of that order; NaN at the poles, and for orders outside
/// 0, ..., kMaxPolygammaOrder and the three more that derivatives of these lead to.
/// Accuracy  relative error <= 8 eps for x > 0; for x < 0 the error is <= (8 + order) eps times the
///           sum of the two terms of the reflection
/// Source    DLMF 5.15.1 (a sum of powers), 2.10.1 (its rest), 5.15.6 (reflection)
[[nodiscard]] double polygamma(int order, double x);

/// The number whose erf is y; infinite at -1 and 1, NaN outside.
/// Accuracy  relative error <= 4 eps
/// Source    Winitzki 2008 (first estimate), three steps of Halley's method
[[nodiscard]] double inverse_erf(double y);

template <class T>
[[nodiscard]] kernels::Lane<T> digamma(kernels::Lane<T> x) {
  return digamma(static_cast<double>(x));
}
template <class T>
[[nodiscard]] kernels::Lane<T> polygamma(int order, kernels::Lane<T> x) {
  return polygamma(order, static_cast<double>(x));
}

namespace detail {
/// Errors    DomainError that tells the orders there are, always
[[noreturn]] void throw_polygamma_order(int order);
}  // namespace detail

}  // namespace nabla
