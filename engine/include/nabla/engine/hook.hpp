// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include <nabla/engine/tensor.hpp>

// A hook sees the gradient of a tensor in each sweep, when it is complete, and may put another in its
// place: to look at it, to clip it, to reverse it.
//
//   const GradientHook hook(h, [](const Tensor& g) { return g * 0.5; });
//
// Threads   of the thread that made it, as its tensor is

namespace nabla {

/// While it lives, sweeps of this thread call f with the gradient of x. What f returns is what goes on
/// to the operands of x, or into x.grad(); an undefined tensor leaves the gradient as it is. Several
/// hooks of one tensor run in the order in which they were made. Snapshots of a graph sweep too; forward
/// mode (jvp) has no gradients, and asks no hook.
/// Errors    GraphError if x needs no gradient; from a sweep, ShapeError unless what f returns is like
///           the gradient; whatever f throws
class [[nodiscard]] GradientHook {
 public:
  GradientHook(const Tensor& x, std::function<Tensor(const Tensor& gradient)> f);
  ~GradientHook();
  GradientHook(const GradientHook&) = delete;
  GradientHook& operator=(const GradientHook&) = delete;

 private:
  Tensor x_;
  std::uint64_t id_;
};

namespace detail {
/// What the hooks of a node make of its gradient.
/// Requires  node.has(kHooked)
[[nodiscard]] Tensor hooked(const Node& node, Tensor gradient);
}  // namespace detail

}  // namespace nabla
