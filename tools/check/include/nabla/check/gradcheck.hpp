// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/check/problem.hpp>
#include <nabla/check/report.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// gradcheck: is the gradient that the engine computes the slope of the function? For functions of
// scalars, functions of tensors, and models that hold their parameters. The function is evaluated
// a few times around the point (see difference.hpp); nothing is printed, and what belongs to the
// caller has the same numbers afterwards. The parameters of a model are written to on the way, so that
// a graph recorded from them before counts as overtaken.
//
//   auto f = [](const auto& p) { return p[0] * p[0] * p[1] + sin(p[1]); };
//   check::Report report = check::gradcheck(f, std::vector<double>{1.0, 2.0});
//   report.ok();
//
//   check::gradcheck([](std::span<const Tensor> p) { return matmul(p[0], p[1]); }, {a, b});
//   check::check_gradient([&] { return nn::cross_entropy(net(x), labels); }, net);

namespace nabla::check {

/// A function of scalars with one or several results.
using ValueFunction = std::function<std::vector<Value>(const std::vector<Value>&)>;
/// The gradient of a function at a point, its product with the Hessian, and what can be said about their
/// rounding: for order 2.
struct SecondOrder {
  using Numbers = std::span<const double>;
  std::function<std::vector<double>(Numbers at)> gradient;
  std::function<std::vector<double>(Numbers at, Numbers v)> product;
  std::function<double(Numbers at, Numbers v)> rounding;  ///< of <v, gradient>
  std::function<Value(const std::vector<Value>&)> value;  ///< the function itself
};

namespace detail {
Report check_values(const ValueFunction& f, std::span<const double> at, const Options& options);
Report check_second_order(const SecondOrder& f, std::span<const double> at, const Options& options);
Report check_tensors(const TensorFunction& f, std::span<const Tensor> at, const Options& options);
[[noreturn]] void throw_not_generic();
/// Compares a gradient with the slopes of forward mode, which need no step; `rounding` is asked how far
/// rounding moves one.
void add_forward_mode(Report& report, const std::function<double(std::span<const double>)>& slope,
                      const std::function<double(std::span<const double>)>& rounding,
                      std::span<const double> gradient, const Options& options);
/// How far rounding moves f, recorded at a point.
[[nodiscard]] double rounding_at(const std::function<Value(const std::vector<Value>&)>& f,
                                 std::span<const double> at);

/// A direction that the seed chooses.
[[nodiscard]] std::vector<double> random_direction(std::size_t n, const Options& options);
/// The slope of f along v, a function of any kind of scalar as f is.
template <class F>
auto slope_along(const F& f, std::vector<double> v) {
  return [&f, v = std::move(v)]<class T>(const std::vector<T>& p) {
    std::vector<Dual<T>> xs;
    for (std::size_t i = 0; i < p.size(); ++i) xs.emplace_back(p[i], T(v[i]));
    const Dual<T> y = f(xs);
    return y.tangent();
  };
}

template <class F>
double rounding_of_slope(const F& f, std::span<const double> at, std::span<const double> v) {
  const auto slope = slope_along(f, {v.begin(), v.end()});
  return rounding_at([&](const std::vector<Value>& xs) { return Value(slope(xs)); }, at);
}
template <class F>
SecondOrder second_order(const F& f) {
  using Numbers = std::span<const double>;
  return {[&f](Numbers at) { return gradient(f, at); },
          [&f](Numbers at, Numbers v) { return hvp(f, at, v); },
          [&f](Numbers at, Numbers v) { return rounding_of_slope(f, at, v); },
          [&f](const std::vector<Value>& xs) { return Value(f(xs)); }};
}

/// True if f can be called with any kind of scalar, and gives one.
template <class F>
constexpr bool is_generic() {
  using T = basic_value<Dual<double>>;
  if constexpr (std::invocable<const F&, const std::vector<T>&>) {
    return std::convertible_to<std::invoke_result_t<const F&, const std::vector<T>&>, T>;
  } else {
    return false;
  }
}
}  // namespace detail

/// Checks the gradient of a function of scalars: f(const std::vector<Value>&) gives a scalar or a
/// list of scalars. If it has one result and is generic, for Duals and Values in every nesting,
/// forward mode must agree to 1e-12 and what rounding can do as well; orders 2 and 3 need such an f.
/// Of order 2 the Hessian must be symmetric, order 3 is order 2 of the slope along a random direction.
/// Errors    DomainError if an option is out of range; whatever f throws at the point itself
template <class F, class At>
requires std::convertible_to<const At&, std::span<const double>>
[[nodiscard]] Report gradcheck(const F& f, const At& at, const Options& options = {}) {
  const std::span<const double> point(at);
  if (options.order > 1) {
    if constexpr (detail::is_generic<F>()) {
      if (options.order == 2)
        return detail::check_second_order(detail::second_order(f), point, options);
      const auto slope = detail::slope_along(f, detail::random_direction(point.size(), options));
      return detail::check_second_order(detail::second_order(slope), point, options);
    } else {
      detail::throw_not_generic();
    }
  }
  Report report = detail::check_values(
      [&](const std::vector<Value>& xs) { return nabla::detail::results_of(f, xs); }, point,
      options);
  if constexpr (detail::is_generic<F>()) {
    if (report.ok()) {
      detail::add_forward_mode(
          report, [&](std::span<const double> v) { return jvp(f, point, v).tangent; },
          [&](std::span<const double> v) { return detail::rounding_of_slope(f, point, v); },
          gradient(f, point), options);
    }
  }
  return report;
}
template <class F>
[[nodiscard]] Report gradcheck(const F& f, std::initializer_list<double> at,
                               const Options& options = {}) {
  return gradcheck(f, std::vector<double>(at), options);
}

/// Checks the gradient of a function of tensors: f(std::span<const Tensor>) gives a tensor. The
/// floating inputs are perturbed, each with its own element type; others are passed as they are.
/// A result with several elements is mixed by a random upstream gradient. Order 2 checks the
/// gradient as a function of the inputs and of the upstream gradient, order 3 that of the slope along a
/// random direction. What is recorded in float32 is
/// computed again in float64 for the differences, and float32 must agree with that up to what its
/// rounding can do there; a coarse look at the function itself finds what the record does not show.
/// Errors    DTypeError if no input is floating, or the result is not; whatever f throws
template <class F, class At>
requires std::convertible_to<const At&, std::span<const Tensor>>
[[nodiscard]] Report gradcheck(const F& f, const At& at, const Options& options = {}) {
  return detail::check_tensors(TensorFunction(std::cref(f)), std::span<const Tensor>(at), options);
}
template <class F>
[[nodiscard]] Report gradcheck(const F& f, std::initializer_list<Tensor> at,
                               const Options& options = {}) {
  return gradcheck(f, std::vector<Tensor>(at), options);
}

/// A parameter of a model, and how reports call it.
struct NamedParameter {
  std::string name;  ///< if empty: the tensor's own name, or "parameter 0", ...
  Tensor tensor;
};

/// Checks the gradient of a model: `loss` computes a tensor from parameters that it holds. They are
/// changed in place while the check runs, and are then what they were bit for bit, also if something
/// throws; their .grad is not touched. Order 2 checks the gradient as a function of the parameters,
/// order 3 that of the slope along a random direction.
/// Errors    GraphError if a parameter needs no gradient or is a view with gaps; whatever loss throws
[[nodiscard]] Report check_gradient(const std::function<Tensor()>& loss,
                                    std::span<const NamedParameter> parameters,
                                    const Options& options = {});
[[nodiscard]] Report check_gradient(const std::function<Tensor()>& loss,
                                    std::span<const Tensor> parameters,
                                    const Options& options = {});
/// The same for all parameters of a module, under the names they have there: "0.weight".
template <class Module>
requires requires(const Module& module) {
  module.named_parameters()[0].name;
  module.named_parameters()[0].tensor;
}
[[nodiscard]] Report check_gradient(const std::function<Tensor()>& loss, const Module& module,
                                    const Options& options = {}) {
  std::vector<NamedParameter> parameters;
  for (const auto& [name, tensor] : module.named_parameters()) parameters.push_back({name, tensor});
  return check_gradient(loss, std::span<const NamedParameter>(parameters), options);
}
/// The same for Values: each parameter is assigned a fresh variable before the loss is computed.
[[nodiscard]] Report check_gradient(const std::function<Value()>& loss,
                                    std::span<Value* const> parameters,
                                    const Options& options = {});

}  // namespace nabla::check
