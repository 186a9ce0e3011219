// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <initializer_list>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// The reverse sweep over tensors. It takes the nodes behind the roots in the reverse of the order
// in which they were computed, each once, when all its uses are done, so it costs what lies between
// the roots and the leaves and nothing else. Scalars that were stacked into a tensor, or taken out
// of one, are part of the same sweep. If a rule throws, no `.grad` has changed.
//
//   backward(loss);                                   // fills .grad of the variables, accumulating
//   auto [gw, gc] = grad(loss, wrt(w, c));            // leaves .grad alone; Tensors or Values
//   auto [gw] = grad(loss, wrt(w), {.create_graph = true});   // can be differentiated again

namespace nabla {

/// Adds d y / d x to x.grad() for each variable x behind y.
/// Errors    GraphError if y does not depend on a variable, has more than one element (give a
///           seed), or its history was freed by an earlier sweep (retain_graph keeps it) or
///           changed in place
void backward(const Tensor& y, const BackwardOptions& options = {});
/// The same with the gradient of the result given: adds seed^T (d y / d x).
/// Errors    ShapeError unless the seed has the shape of y
void backward(const Tensor& y, const Tensor& seed, const BackwardOptions& options = {});

struct GradOptions {
  bool retain_graph = false;
  bool create_graph = false;  ///< implies retain_graph
  bool allow_unused = false;  ///< an x that y does not depend on gives an undefined tensor, or 0
};

namespace detail {
/// What to differentiate by, and what comes of it.
using Variable = std::variant<const Tensor*, const Value*>;
using Gradient = std::variant<Tensor, double>;
template <class X>
using GradientOf = std::conditional_t<std::same_as<X, Tensor>, Tensor, double>;

[[nodiscard]] std::vector<Gradient> gradients(const Tensor& y, std::span<const Variable> xs,
                                              const GradOptions& options);
[[nodiscard]] std::vector<Gradient> gradients(const Tensor& y, std::span<const Variable> xs,
                                              const Tensor& seed, const GradOptions& options);
[[nodiscard]] std::vector<Gradient> gradients(const Value& y, std::span<const Variable> xs,
                                              const GradOptions& options);
}  // namespace detail

/// d y / d x for each x, without touching any gradient. Both y and the x may be Tensors or Values,
/// and each x a variable or something computed. A tensor's history is given back, unless
/// retain_graph; where Values take part, it stays.
/// Errors    as backward; GraphError if some x has no history, or y does not depend on it, unless
///           allow_unused; if y is a Value and create_graph is asked for
[[nodiscard]] std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs,
                                       const GradOptions& options = {});
[[nodiscard]] std::vector<double> grad(const Tensor& y, std::span<const Value> xs,
                                       const GradOptions& options = {});
[[nodiscard]] std::vector<Tensor> grad(const Value& y, std::span<const Tensor> xs,
                                       const GradOptions& options = {});
[[nodiscard]] std::vector<double> grad(const Value& y, std::span<const Value> xs,
                                       const GradOptions& options = {});
/// The same with the gradient of the result given.
/// Errors    also ShapeError unless the seed has the shape of y
[[nodiscard]] std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs,
                                       const Tensor& seed, const GradOptions& options = {});

/// d y / d x for each y and each x, which may be intermediate values too, without touching any
/// gradient.
/// Shapes    m ys, n xs -> (m, n), float64
/// Errors    GraphError if some x has no history, or something is stale
/// Cost      a sweep for every eight ys; with tensors on the way, for every one
[[nodiscard]] Tensor jacobian(std::span<const Value> ys, std::span<const Value> xs);

/// The variables to differentiate by, as many as you name.
template <class... Xs>
struct Wrt {
  std::tuple<const Xs&...> xs;
};
template <class... Xs>
[[nodiscard]] Wrt<Xs...> wrt(const Xs&... xs) {
  return {std::tie(xs...)};
}

namespace detail {
/// gradients(list of the variables), as a tuple.
template <class... Xs, class F>
[[nodiscard]] auto as_tuple(const Wrt<Xs...>& variables, F&& gradients) {
  return std::apply(
      [&](const Xs&... xs) {
        const std::array<Variable, sizeof...(Xs)> list{&xs...};
        std::vector<Gradient> results = gradients(std::span<const Variable>(list));
        auto next = results.begin();
        return std::tuple{std::get<GradientOf<Xs>>(std::move(*next++))...};
      },
      variables.xs);
}
}  // namespace detail

/// The same as a tuple: auto [gw, ga] = grad(loss, wrt(w, a)), a Tensor for each Tensor and a number
/// for each Value.
template <class Y, class... Xs>
requires((std::same_as<Y, Tensor> ||
          std::same_as<Y, Value>)&&((std::same_as<Xs, Tensor> || std::same_as<Xs, Value>)&&...))
    [[nodiscard]] auto grad(const Y& y, const Wrt<Xs...>& variables,
                            const GradOptions& options = {}) {
  return detail::as_tuple(variables, [&](std::span<const detail::Variable> xs) {
    return detail::gradients(y, xs, options);
  });
}
/// The same with the gradient of the result given: auto [gw] = grad(y, wrt(w), seed).
/// Errors    also ShapeError unless the seed has the shape of y
template <class... Xs>
requires((std::same_as<Xs, Tensor> || std::same_as<Xs, Value>)&&...)
    [[nodiscard]] auto grad(const Tensor& y, const Wrt<Xs...>& variables, const Tensor& seed,
                            const GradOptions& options = {}) {
  return detail::as_tuple(variables, [&](std::span<const detail::Variable> xs) {
    return detail::gradients(y, xs, seed, options);
  });
}

template <class Op, class... Es, class... Xs>
requires std::same_as<ValueOf<Expression<Op, Es...>>, Value>
[[nodiscard]] auto grad(const Expression<Op, Es...>& y, const Wrt<Xs...>& variables,
                        const GradOptions& options = {}) {
  return grad(Value(y), variables, options);
}

}  // namespace nabla
