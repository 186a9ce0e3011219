// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <nabla/engine/custom.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/value.hpp>

// The solution of x = f(x, p) as a function of p, found by iteration, of which nothing is recorded:
// by the implicit function theorem its derivatives are known from f at the solution alone.
//
//   dx/dp = (1 - df/dx)^-1 df/dp       g^T dx/dp = w^T df/dp,   w = g + (df/dx)^T w
//
// The adjoint w is a fixed point too, of an iteration that converges as fast as that for x. (For the
// solution of a linear system, `solve` of tensors has its own rule; Values go there by `stack`.)
//
//   auto kepler = [](const auto& x, const auto& p) { return std::vector{p[0] + p[1] * sin(x[0])}; };
//   std::vector<Value> anomaly = fixed_point(kepler, {0.0}, std::vector{mean, eccentricity});
//
// Source    Christianson 1994, "Reverse accumulation and attractive fixed points"

namespace nabla {

struct FixedPointOptions {
  double tolerance = 1e-14;  ///< largest change in the last step, over 1 + the largest number
  std::size_t iterations = 1'000;
};

namespace detail {
/// True if the step from one list to the other is as small as the options want it, and all is finite.
/// Errors    ShapeError unless both are of one length
bool has_converged(const std::vector<double>& from, const std::vector<double>& to,
                   const FixedPointOptions& options);
/// These numbers over a power of two, in which the largest is about 1. The scale is 1 if that is 0 or
/// not finite.
struct ScaledNumbers {
  std::vector<double> numbers;
  double scale;
};
ScaledNumbers scaled(std::span<const double> numbers);
[[noreturn]] void throw_not_converged(const char* what, const std::vector<double>& x,
                                      const FixedPointOptions& options);

/// x = step(x), from `x` on.
template <class Step>
std::vector<double> iterate(const char* what, const Step& step, std::vector<double> x,
                            const FixedPointOptions& options) {
  for (std::size_t i = 0; i < options.iterations; ++i) {
    std::vector<double> next = step(x);
    const bool is_last = has_converged(x, next, options);
    x = std::move(next);
    if (is_last) return x;
  }
  throw_not_converged(what, x, options);
}
}  // namespace detail

/// x with x = f(x, p), from `start` on, with its gradients by p.
/// Requires  f is generic, f(x, p) with lists of doubles or of Values gives a std::vector of them as long
///           as x; it may be copied, and is called from sweeps; near the solution it brings points closer
///           together. First derivatives only, as custom of scalars
/// Errors    DomainError if the iteration does not converge to finite numbers, here or from a sweep; ShapeError if f gives
///           a list of another length than start; whatever f throws
/// Cost      an evaluation an iteration; in a sweep, one recorded and swept an iteration
template <class F>
[[nodiscard]] std::vector<Value> fixed_point(const F& f, const std::vector<double>& start,
                                             std::span<const Value> p,
                                             const FixedPointOptions& options = {}) {
  const std::size_t n = start.size();
  const auto forward = [f, start, options](std::span<const double> numbers) {
    const std::vector<double> parameters(numbers.begin(), numbers.end());
    return detail::iterate(
        "x", [&](const std::vector<double>& x) { return f(x, parameters); }, start, options);
  };
  const auto backward = [f, n, options](const CustomScalarsCall& call) {
    std::vector<double> at(call.results.begin(), call.results.end());
    at.insert(at.end(), call.inputs.begin(), call.inputs.end());
    const auto joint = [&f, n](const std::vector<Value>& v) {
      const auto middle = v.begin() + static_cast<std::ptrdiff_t>(n);
      return f(std::vector<Value>(v.begin(), middle), std::vector<Value>(middle, v.end()));
    };
    // The equation for w is linear: scaled, whether it has converged does not depend on the loss's unit.
    const auto [gradient, scale] = detail::scaled(call.gradient);
    std::vector<double> slopes;  // w^T df/d(x, p)
    detail::iterate(
        "the adjoint",
        [&, &gradient = gradient](const std::vector<double>& w) {
          slopes = vjp(joint, at, w).gradient;
          std::vector<double> next = gradient;
          for (std::size_t i = 0; i < n; ++i) next[i] += slopes[i];
          return next;
        },
        gradient, options);
    slopes.erase(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(n));
    for (double& slope : slopes) slope *= scale;
    return slopes;
  };
  return custom(CustomScalars{.name = "fixed_point",
                              .forward = forward,
                              .backward = backward,
                              .formula = "x = f(x, p)",
                              .gradient = "dx/dp = (1 - df/dx)^-1 df/dp"},
                p);
}

}  // namespace nabla
