// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// The reverse sweep over tensors. It takes the nodes behind the roots in the reverse of the order
// in which they were computed, each once, when all its uses are done, so it costs what lies between
// the roots and the leaves and nothing else. Scalars that were stacked into a tensor, or taken out
// of one, are part of the same sweep. If a rule throws, no `.grad` has changed.
//
//   backward(loss);                                   // fills .grad of the variables, accumulating
//   auto [gw, gc] = grad(loss, wrt(w, c));            // leaves .grad alone
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
  bool allow_unused = false;  ///< an x that y does not depend on gives an undefined tensor
};

/// d y / d x for each x, without touching any `.grad`.
/// Errors    as backward; GraphError if y does not depend on some x, unless allow_unused
[[nodiscard]] std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs,
                                       const GradOptions& options = {});
[[nodiscard]] std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs,
                                       const Tensor& seed, const GradOptions& options = {});

/// d y / d x for each x, which may be intermediate values too, without touching any gradient.
/// Errors    GraphError if y or some x has no history
[[nodiscard]] std::vector<double> grad(const Value& y, std::span<const Value> xs);

/// The same across the bridge of scalars and tensors: d y / d x for tensors behind a Value, and for
/// variables on the tape behind a Tensor. The history stays.
/// Errors    as grad of two tensors, of two Values
[[nodiscard]] std::vector<Tensor> grad(const Value& y, std::span<const Tensor> xs,
                                       const GradOptions& options = {});
[[nodiscard]] std::vector<double> grad(const Tensor& y, std::span<const Value> xs);

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
template <class Gradient, std::size_t... I>
auto to_tuple(std::vector<Gradient>&& gradients, std::index_sequence<I...>) {
  return std::make_tuple(std::move(gradients[I])...);
}
}  // namespace detail

/// The same as a tuple: auto [gw, gc] = grad(loss, wrt(w, c)); y and the x are Tensors or Values.
template <class Y, std::same_as<Tensor>... Xs>
requires(std::same_as<Y, Tensor> || std::same_as<Y, Value>)
    [[nodiscard]] auto grad(const Y& y, const Wrt<Xs...>& variables,
                            const GradOptions& options = {}) {
  return std::apply(
      [&](const Xs&... xs) {
        const Tensor list[] = {xs...};
        return detail::to_tuple(grad(y, std::span<const Tensor>(list), options),
                                std::index_sequence_for<Xs...>{});
      },
      variables.xs);
}
template <class Y, std::same_as<Value>... Xs>
requires(std::same_as<Y, Tensor> || std::same_as<Y, Value>)
    [[nodiscard]] auto grad(const Y& y, const Wrt<Xs...>& variables) {
  return std::apply(
      [&](const Xs&... xs) {
        const Value list[] = {xs...};
        return detail::to_tuple(grad(y, std::span<const Value>(list)),
                                std::index_sequence_for<Xs...>{});
      },
      variables.xs);
}

template <class Op, class... Es, class... Xs>
requires std::same_as<ValueOf<Expression<Op, Es...>>, Value>
[[nodiscard]] auto grad(const Expression<Op, Es...>& y, const Wrt<Xs...>& variables) {
  return grad(Value(y), variables);
}

}  // namespace nabla
