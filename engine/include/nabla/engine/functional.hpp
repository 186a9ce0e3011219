// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
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

// Derivatives of functions, without a word about tapes, for scalars and for tensors:
//
//   value_and_gradient, gradient   of a function with one number as its result
//   vjp   v^T J, what a sweep computes; jvp   J v, forward mode; jacobian   J itself
//   hvp   the Hessian times v; hessian
//
// Each call records on a tape of its own that is gone when the function returns or throws; the
// caller's tape is not touched, and Values of the caller's tape that the function uses count as
// numbers, its Tensors too. But derivatives of tensors nest: what gradient, vjp and hvp give inside a
// function of tensors that is being differentiated here depends on the arguments of that; where jvp,
// jacobian and hessian would, they refuse. Results may share elements with arguments (the value of
// f(x) = x is x).
// Threads   safe, if the function is
//
// A function of scalars takes its arguments as a `const std::vector<T>&` and is written once for any
// T: the gradient calls it with Values, jvp with dual numbers, second derivatives with Values over
// dual numbers.
//
//   auto f = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1]); };
//   std::vector<double> at{1.0, 2.0};
//   auto [value, slopes] = value_and_gradient(f, at);
//   Tensor h = hessian(f, at);
//
// A function of tensors takes one Tensor, or a list of them as `std::span<const Tensor>`; its
// derivatives are then a Tensor, or a list.
//
//   Tensor g = gradient([&](const Tensor& x) { return matmul(a, x).square().sum(); }, x);
//   auto f = [](std::span<const Tensor> p) { return tanh(matmul(p[0], p[1])); };
//   auto [value, tangent] = jvp(f, std::vector{w, x}, std::vector{dw, dx});

namespace nabla {

template <class Value, class Gradient>
struct ValueAndGradient {
  Value value;
  Gradient gradient;
};
template <class Value>
struct ValueAndTangent {
  Value value;
  Value tangent;
};

namespace detail {

/// Errors    DomainError that names `operation` if there are no arguments
void check_arguments(const char* operation, std::size_t count);
/// Errors    ShapeError that names `operation` unless what is called `what` has so many elements
void check_length(const char* operation, const char* what, std::size_t got, std::size_t need);
/// A float64 matrix of these elements, row by row.
Tensor matrix(std::span<const double> elements, std::size_t rows, std::size_t columns);

/// The sweep of a function's own tape; what tensors it uses on the way keep their gradients.
void sweep_once(Tape& tape, const Value& y);
template <class T>
void sweep_once(basic_tape<T>& tape, const basic_value<T>& y) {
  tape.sweep(y, T(1));
}
/// The same for several results, of which each has its gradient given.
void sweep_once(Tape& tape, std::span<const Value> ys, std::span<const double> upstream);

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
[[nodiscard]] ValueAndGradient<double, std::vector<double>> value_and_gradient(
    const F& f, std::span<const double> at) {
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

/// The values of f, which gives one scalar or a list of them, and the gradient of <upstream, f>:
/// upstream^T J.
/// Errors    DomainError if there are no arguments; ShapeError unless upstream has a number a result
/// Cost      one evaluation and one sweep
template <class F>
[[nodiscard]] ValueAndGradient<std::vector<double>, std::vector<double>> vjp(
    const F& f, std::span<const double> at, std::span<const double> upstream) {
  detail::check_arguments("vjp", at.size());
  Tape tape;
  const EnableGrad enable_grad;
  const std::vector<Value> xs = nabla::variables(at);
  const std::vector<Value> ys = detail::results_of(f, xs);
  detail::check_length("vjp", "upstream", upstream.size(), ys.size());
  ValueAndGradient<std::vector<double>, std::vector<double>> result;
  for (const Value& y : ys) result.value.push_back(y.value());
  result.gradient.resize(at.size());
  detail::sweep_once(tape, ys, upstream);
  tape.gradients(xs, result.gradient);
  return result;
}

/// The values of f, which gives one scalar or a list of them, and their change along `direction`: J v,
/// computed forward beside the values, without a tape.
/// Requires  f is generic: it is called with dual numbers
/// Errors    DomainError if there are no arguments; ShapeError unless the direction has a number an
///           argument
/// Cost      about two evaluations
template <class F>
[[nodiscard]] auto jvp(const F& f, std::span<const double> at, std::span<const double> direction) {
  detail::check_arguments("jvp", at.size());
  detail::check_length("jvp", "direction", direction.size(), at.size());
  std::vector<Dual<double>> xs;
  xs.reserve(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) xs.emplace_back(at[i], direction[i]);
  using Results = std::invoke_result_t<const F&, const std::vector<Dual<double>>&>;
  if constexpr (std::convertible_to<Results, Dual<double>>) {
    const Dual<double> y = f(xs);
    return ValueAndTangent<double>{y.value(), y.tangent()};
  } else {
    ValueAndTangent<std::vector<double>> result;
    for (const Dual<double> y : f(xs)) {
      result.value.push_back(y.value());
      result.tangent.push_back(y.tangent());
    }
    return result;
  }
}

/// The product of the Hessian of f with a vector.
/// Requires  f is generic: it is called with values over dual numbers
/// Errors    DomainError if there are no arguments; ShapeError if v has another length
/// Cost      about twice a gradient
template <class F>
[[nodiscard]] std::vector<double> hvp(const F& f, std::span<const double> at,
                                      std::span<const double> v) {
  detail::check_arguments("hvp", at.size());
  detail::check_length("hvp", "direction", v.size(), at.size());
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

// --- functions of tensors ---------------------------------------------------------------------

/// A function of tensors. Its result may have any shape.
using TensorFunction = std::function<Tensor(std::span<const Tensor>)>;

namespace detail {
using TensorList = std::vector<Tensor>;

/// While it lives, this thread computes a function of these variables in order to differentiate it.
class Differentiating {
 public:
  explicit Differentiating(std::span<const Tensor> xs);
  ~Differentiating();
  Differentiating(const Differentiating&) = delete;
  Differentiating& operator=(const Differentiating&) = delete;

  /// True if a node is such a variable, or was recorded since and needs a gradient.
  [[nodiscard]] static bool reaches(const Node& node);

 private:
  std::span<const Tensor> xs_;
  std::uint64_t since_;
  const Differentiating* outer_;
};

/// What derivatives of f at a point are computed from: f of fresh variables, recorded.
/// Errors    as each of the functions below, which `operation` names
[[nodiscard]] ValueAndGradient<Tensor, TensorList> tensor_vjp(const char* operation,
                                                              const TensorFunction& f,
                                                              std::span<const Tensor> at,
                                                              const Tensor* upstream);
[[nodiscard]] ValueAndTangent<Tensor> tensor_jvp(const TensorFunction& f,
                                                 std::span<const Tensor> at,
                                                 std::span<const Tensor> directions);
[[nodiscard]] TensorList tensor_jacobian(const TensorFunction& f, std::span<const Tensor> at);
[[nodiscard]] TensorList tensor_hvp(const TensorFunction& f, std::span<const Tensor> at,
                                    std::span<const Tensor> directions);
[[nodiscard]] std::vector<TensorList> tensor_hessian(const TensorFunction& f,
                                                     std::span<const Tensor> at);

/// A function of one tensor as one of a list.
template <class F>
TensorFunction listed(const F& f) {
  return [&f](std::span<const Tensor> xs) -> Tensor { return f(xs[0]); };
}
}  // namespace detail

/// f, whose result has one element, and its gradient by each argument.
/// Shapes    each gradient as its argument; zeros for one that f does not use
/// Errors    DomainError if there are no arguments; DTypeError unless each is floating; ShapeError if
///           the result has another number of elements; whatever f throws
/// Cost      one evaluation and one sweep
template <class F>
[[nodiscard]] ValueAndGradient<Tensor, std::vector<Tensor>> value_and_gradient(
    const F& f, std::span<const Tensor> at) {
  return detail::tensor_vjp("value_and_gradient", std::cref(f), at, nullptr);
}
template <class F>
[[nodiscard]] ValueAndGradient<Tensor, Tensor> value_and_gradient(const F& f, const Tensor& at) {
  auto [value, gradient] =
      detail::tensor_vjp("value_and_gradient", detail::listed(f), {&at, 1}, nullptr);
  return {value, gradient[0]};
}

/// The gradient of f by each argument. As value_and_gradient.
template <class F>
[[nodiscard]] std::vector<Tensor> gradient(const F& f, std::span<const Tensor> at) {
  return detail::tensor_vjp("gradient", std::cref(f), at, nullptr).gradient;
}
template <class F>
[[nodiscard]] Tensor gradient(const F& f, const Tensor& at) {
  return detail::tensor_vjp("gradient", detail::listed(f), {&at, 1}, nullptr).gradient[0];
}

/// f, whose result may have any shape, and the gradient of <upstream, f> by each argument.
/// Errors    as value_and_gradient; ShapeError unless upstream is as the result
template <class F>
[[nodiscard]] ValueAndGradient<Tensor, std::vector<Tensor>> vjp(const F& f,
                                                                std::span<const Tensor> at,
                                                                const Tensor& upstream) {
  return detail::tensor_vjp("vjp", std::cref(f), at, &upstream);
}
template <class F>
[[nodiscard]] ValueAndGradient<Tensor, Tensor> vjp(const F& f, const Tensor& at,
                                                   const Tensor& upstream) {
  auto [value, gradient] = detail::tensor_vjp("vjp", detail::listed(f), {&at, 1}, &upstream);
  return {value, gradient[0]};
}

/// f and its change along directions, one for each argument: forward mode. Elementwise ops pass
/// tangents on by their slopes, others by the transpose of what they do in a sweep.
/// Errors    DomainError, DTypeError as value_and_gradient; ShapeError unless each direction is as its
///           argument; GraphError if f leads through Values, or inside another derivative (see above)
/// Cost      2 to 3 evaluations where ops are elementwise, 3 to 6 where not
template <class F>
[[nodiscard]] ValueAndTangent<Tensor> jvp(const F& f, std::span<const Tensor> at,
                                          std::span<const Tensor> directions) {
  return detail::tensor_jvp(std::cref(f), at, directions);
}
template <class F>
[[nodiscard]] ValueAndTangent<Tensor> jvp(const F& f, const Tensor& at, const Tensor& direction) {
  return detail::tensor_jvp(detail::listed(f), {&at, 1}, {&direction, 1});
}

/// The derivative of each element of the result by each element of each argument.
/// Shapes    (axes of the result, axes of the argument) for each argument
/// Errors    DomainError, DTypeError as value_and_gradient
/// Cost      one evaluation, and a sweep for each element of the result
template <class F>
[[nodiscard]] std::vector<Tensor> jacobian(const F& f, std::span<const Tensor> at) {
  return detail::tensor_jacobian(std::cref(f), at);
}
template <class F>
[[nodiscard]] Tensor jacobian(const F& f, const Tensor& at) {
  return detail::tensor_jacobian(detail::listed(f), {&at, 1})[0];
}

/// The Hessian of f, whose result has one element, times directions, one for each argument.
/// Shapes    each product as its argument
/// Errors    as value_and_gradient; ShapeError unless each direction is as its argument
/// Cost      a recorded sweep and a sweep over both
template <class F>
[[nodiscard]] std::vector<Tensor> hvp(const F& f, std::span<const Tensor> at,
                                      std::span<const Tensor> directions) {
  return detail::tensor_hvp(std::cref(f), at, directions);
}
template <class F>
[[nodiscard]] Tensor hvp(const F& f, const Tensor& at, const Tensor& direction) {
  return detail::tensor_hvp(detail::listed(f), {&at, 1}, {&direction, 1})[0];
}

/// The second derivatives of f, whose result has one element: [i][k] is by arguments i and k.
/// Shapes    (axes of argument i, axes of argument k)
/// Errors    as value_and_gradient
/// Cost      a recorded sweep, and a sweep over both for each element of the arguments
template <class F>
[[nodiscard]] std::vector<std::vector<Tensor>> hessian(const F& f, std::span<const Tensor> at) {
  return detail::tensor_hessian(std::cref(f), at);
}
template <class F>
[[nodiscard]] Tensor hessian(const F& f, const Tensor& at) {
  return detail::tensor_hessian(detail::listed(f), {&at, 1})[0][0];
}

}  // namespace nabla
