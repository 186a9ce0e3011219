// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// Derivatives of functions, without a word about tapes. The function takes its arguments as a
// `const std::vector<T>&` and is written once for any T: the gradient calls it with Values, second
// derivatives with Values over dual numbers. Each call records on a tape of its own that is gone
// when the function returns or throws; the caller's tape is not touched, and Values of the caller's
// tape that the function uses count as numbers.
// Threads   safe, if the function is
//
//   auto f = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1]); };
//   std::vector<double> at{1.0, 2.0};
//   auto [value, slopes] = value_and_gradient(f, at);
//   Tensor h = hessian(f, at);

namespace nabla {

struct ValueAndGradient {
  double value = 0.0;
  std::vector<double> gradient;
};

namespace detail {

/// Errors    DomainError that names `operation` if there are no arguments
void check_arguments(const char* operation, std::size_t count);
/// Errors    ShapeError unless the direction has as many elements as the point
void check_direction(std::size_t point, std::size_t direction);
/// A float64 matrix of these elements, row by row.
Tensor matrix(std::span<const double> elements, std::size_t rows, std::size_t columns);

/// The sweep of a function's own tape; what tensors it uses on the way keep their gradients.
void sweep_once(Tape& tape, const Value& y);
template <class T>
void sweep_once(basic_tape<T>& tape, const basic_value<T>& y) {
  tape.sweep(y, T(1));
}

/// The value of f and its gradient, in the arithmetic of T. A constant has the gradient zero. What
/// stood on the tape, which is the active one, is forgotten.
template <class T, class F>
std::pair<T, std::vector<T>> differentiate(basic_tape<T>& tape, const F& f, std::span<const T> at) {
  tape.reset();
  const EnableGrad enable_grad;
  const std::vector<basic_value<T>> xs = nabla::variables(at);
  const basic_value<T> y = f(xs);
  if (y.is_active()) sweep_once(tape, y);
  std::vector<T> gradient(xs.size());
  tape.gradients(xs, gradient);
  return {y.value(), std::move(gradient)};
}

/// The results of f as a list, whether it gives one scalar or several.
template <class F>
std::vector<Value> results_of(const F& f, const std::vector<Value>& xs) {
  using Results = std::invoke_result_t<const F&, const std::vector<Value>&>;
  std::vector<Value> ys;
  if constexpr (std::convertible_to<Results, Value>) {
    ys.push_back(f(xs));
  } else {
    for (const auto& y : f(xs)) ys.emplace_back(y);
  }
  return ys;
}

template <class T, class F>
std::pair<T, std::vector<T>> differentiate(const F& f, std::span<const T> at) {
  basic_tape<T> tape;
  return differentiate(tape, f, at);
}

/// The gradient with its change along `direction`: reverse over forward.
template <class F>
std::vector<Dual<double>> differentiate_along(basic_tape<Dual<double>>& tape, const F& f,
                                              std::span<const double> at,
                                              std::span<const double> direction) {
  std::vector<Dual<double>> point;
  point.reserve(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) point.emplace_back(at[i], direction[i]);
  return differentiate(tape, f, std::span<const Dual<double>>(point)).second;
}

}  // namespace detail

/// f and its gradient at a point.
/// Requires  f(const std::vector<Value>&) gives a scalar
/// Errors    DomainError if there are no arguments; whatever f throws
/// Cost      one evaluation and one sweep
template <class F>
[[nodiscard]] ValueAndGradient value_and_gradient(const F& f, std::span<const double> at) {
  detail::check_arguments("value_and_gradient", at.size());
  auto [value, gradient] = detail::differentiate<double>(f, at);
  return {value, std::move(gradient)};
}

/// The gradient of f at a point. As value_and_gradient.
template <class F>
[[nodiscard]] std::vector<double> gradient(const F& f, std::span<const double> at) {
  detail::check_arguments("gradient", at.size());
  return detail::differentiate<double>(f, at).second;
}

/// The product of the Hessian of f with a vector.
/// Requires  f is generic: it is called with values over dual numbers
/// Errors    DomainError if there are no arguments; ShapeError if v has another length
/// Cost      about twice a gradient
template <class F>
[[nodiscard]] std::vector<double> hvp(const F& f, std::span<const double> at,
                                      std::span<const double> v) {
  detail::check_arguments("hvp", at.size());
  detail::check_direction(at.size(), v.size());
  std::vector<double> product;
  product.reserve(at.size());
  basic_tape<Dual<double>> tape;
  for (const Dual<double>& slope : detail::differentiate_along(tape, f, at, v)) {
    product.push_back(slope.tangent());
  }
  return product;
}

/// The Jacobian of a function that gives several scalars (a std::vector, an array, ...) or one.
/// Shapes    n arguments, m results -> (m, n), float64
/// Errors    DomainError if there are no arguments
/// Cost      one evaluation and a sweep for every eight results
template <class F>
[[nodiscard]] Tensor jacobian(const F& f, std::span<const double> at) {
  detail::check_arguments("jacobian", at.size());
  const Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  const std::vector<Value> ys = detail::results_of(f, xs);
  return jacobian(ys, xs);
}

/// The Hessian of f at a point.
/// Shapes    n arguments -> (n, n), float64
/// Requires  f is generic: it is called with values over dual numbers and over Values
/// Errors    DomainError if there are no arguments
/// Cost      n products hvp up to 8 arguments; beyond, the Jacobian of the gradient: less time, and
///           memory for the gradient's own tape
template <class F>
[[nodiscard]] Tensor hessian(const F& f, std::span<const double> at) {
  detail::check_arguments("hessian", at.size());
  const std::size_t n = at.size();
  if (n > detail::kLanes) {
    return jacobian(
        [&f](const std::vector<Value>& x) {
          return detail::differentiate(f, std::span<const Value>(x)).second;
        },
        at);
  }
  basic_tape<Dual<double>> tape;
  std::vector<double> elements(n * n), direction(n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    direction[j] = 1.0;
    const std::vector<Dual<double>> column = detail::differentiate_along(tape, f, at, direction);
    for (std::size_t i = 0; i < n; ++i) elements[i * n + j] = column[i].tangent();
    direction[j] = 0.0;
  }
  return detail::matrix(elements, n, n);
}

}  // namespace nabla
