// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <nabla/kernels/line_gradients.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/permute.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {

Shape Reduction::left_of(const Shape& x, bool keep) const {
  std::array<std::int64_t, kMaxRank> sizes;
  std::size_t rank = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool gone = ((mask >> axis) & 1u) != 0;
    if (!gone || keep) sizes[rank++] = gone ? 1 : x[axis];
  }
  return Shape(std::span<const std::int64_t>(sizes.data(), rank));
}

std::int64_t Reduction::count_in(const Shape& x) const {
  std::int64_t count = 1;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (((mask >> axis) & 1u) != 0) count *= x[axis];
  return count;
}

Tensor Reduction::spread(const BackwardCall& call, double factor) const {
  constexpr std::int64_t kFew = 64;
  const Tensor x = call.input(0);
  const Tensor& g = call.gradient();
  if (call.create_graph() || x.numel() > kFew)
    return stretch(factor == 1.0 ? g : g * factor, x.shape());
  Tensor dx = detail::make_tensor_like(x, call.info().name);
  const detail::Node &from = *g.node(), &to = *dx.node();
  Strides steps{};
  for (int axis = 0, next = 0; axis < to.rank; ++axis) {
    const bool gone = ((mask >> axis) & 1u) != 0;
    if (!gone) steps[static_cast<std::size_t>(axis)] = from.strides()[next];
    if (!gone || keepdim) ++next;
  }
  const auto loop = kernels::make_loop<1>(to.rank, to.sizes(), {steps.data()});
  visit_floating(to.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const numbers = elements<T>(g);
    T* into = elements<T>(dx);
    kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
      for (std::int64_t i = 0; i < n; ++i)
        *into++ = numbers[offset[0] + i * step[0]] * static_cast<T>(factor);
    });
  });
  return dx;
}

namespace detail {

bool are_few(const Tensor& x, const Reduction& reduction) {
  constexpr std::int64_t kFew = 16;
  const std::int64_t n = x.numel();
  return n > 0 && n <= kFew && reduction.mask == (1u << x.rank()) - 1;
}

LineOrder line_order(const Shape& shape, std::uint32_t mask) {
  LineOrder order{{}, {1, 1, 1}};
  Shape arranged = shape;
  // Reduced axes sink until they are neighbours.
  const auto is_reduced = [&mask](int axis) { return ((mask >> axis) & 1u) != 0; };
  const auto are_neighbours = [&mask] {
    const std::uint32_t from_first = mask >> std::countr_zero(mask | (1u << 31));
    return (from_first & (from_first + 1)) == 0;
  };
  while (!are_neighbours()) {
    for (int axis = 0; axis + 1 < shape.rank(); ++axis) {
      if (!is_reduced(axis) || is_reduced(axis + 1)) continue;
      order.swaps.push_back(axis);
      const std::int64_t size = arranged[axis];
      arranged = arranged.with(axis, arranged[axis + 1]).with(axis + 1, size);
      mask ^= 3u << axis;
    }
  }
  bool is_behind = false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    std::int64_t& part = is_reduced(axis) ? order.lines.n
                         : is_behind      ? order.lines.inner
                                          : order.lines.outer;
    is_behind = is_behind || is_reduced(axis);
    part *= arranged[axis];
  }
  return order;
}

Tensor in_line_order(Tensor x, const LineOrder& order) {
  for (const int axis : order.swaps) x = x.transpose(axis, axis + 1);
  return x;
}

Tensor out_of_line_order(Tensor x, const LineOrder& order) {
  for (auto axis = order.swaps.rbegin(); axis != order.swaps.rend(); ++axis)
    x = x.transpose(*axis, *axis + 1);
  return x;
}

DenseLines dense_lines(const Tensor& x, std::uint32_t mask) {
  const NoGrad no_grad;
  if (!x.is_contiguous()) {
    // Axes in the order that they have in memory, if those that stay are in their own.
    std::array<int, kMaxRank> all;
    const std::span<int> axes = std::span(all).first(static_cast<std::size_t>(x.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    const auto is_reduced = [mask](int axis) { return ((mask >> axis) & 1u) != 0; };
    std::ranges::stable_sort(axes, std::greater<>(), [steps = x.strides()](int axis) {
      return steps[static_cast<std::size_t>(axis)];
    });
    const Tensor in_memory = permute(x, axes);
    std::vector<int> kept(axes.begin(), axes.end());
    std::erase_if(kept, is_reduced);
    if (in_memory.is_contiguous() && std::ranges::is_sorted(kept)) {
      std::uint32_t moved = 0;
      for (std::size_t to = 0; to < axes.size(); ++to)
        if (is_reduced(axes[to])) moved |= 1u << to;
      return dense_lines(in_memory, moved);
    }
  }
  const LineOrder order = line_order(x.shape(), mask);
  return {contiguous(in_line_order(x, order)), order.lines};
}

}  // namespace detail

Result Reduction::floating_result(const Tensor& x, std::string_view op) const {
  if (!is_floating(x.dtype())) detail::throw_not_floating(x, op);
  return {left_of(x.shape()), x.dtype()};
}

Result Reduction::nonempty_result(const Tensor& x, std::string_view op) const {
  if (count_in(x.shape()) == 0) {
    throw ShapeError("[" + std::string(op) + "] no elements: got " + to_string(x.shape()) +
                     ", need at least one along the reduced axes");
  }
  return {left_of(x.shape()), x.dtype()};
}

Tensor shared_at_ties(const BackwardCall& call, const Reduction& reduction) {
  const Tensor x = call.input(0);
  if (!call.create_graph()) {
    const NoGrad no_grad;
    const Tensor y = contiguous(call.output());
    return detail::gradient_along_lines(
        x, reduction.mask, call.gradient(),
        [&y]<class T>(const kernels::Lines& lines, const T* from, const T* g, T* to) {
          kernels::shares_at_ties(lines, from, static_cast<const T*>(elements<T>(y)), g, to);
        });
  }
  const Tensor is_extreme = x == reduction.stretch(call.output(), x.shape());
  op::Sum count{};
  count.mask = reduction.mask;
  count.keepdim = reduction.keepdim;
  const Tensor ties = record_structured(count, is_extreme).to(x.dtype());
  // A NaN result has no ties; every element is masked then.
  return where(is_extreme, reduction.stretch(call.gradient() / ties, x.shape()), 0.0);
}

std::vector<Sample> reduction_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call) {
  const auto bound = [&call](const Axes& axes, bool keepdim) {
    return [call, axes, keepdim](std::span<const Tensor> x) { return call(x, axes, keepdim); };
  };
  return {{"all axes", {sample_tensor({2, 3})}, bound({}, false)},
          {"axis 0", {sample_tensor({2, 3})}, bound(0, false)},
          {"last axis, keepdim", {sample_tensor({2, 3})}, bound(-1, true)},
          {"axes 0 and 2", {sample_tensor({2, 3, 2})}, bound({0, 2}, false)},
          {"transposed view", {sample_tensor({3, 2}).transpose()}, bound(1, false)},
          {"no lines", {sample_tensor({0, 3})}, bound(-1, false)},
          {"a number", {sample_tensor({})}, bound({}, false)},
          {"a number along its axis", {sample_tensor({})}, bound(-1, true)}};
}

std::vector<Sample> extreme_samples(
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call) {
  std::vector<Sample> samples = reduction_samples(call);
  const Tensor x = tensor({{1.0, 1.0, 0.5}, {2.0, -1.0, -1.0}, {0.25, 0.25, 0.25}}, float64);
  samples.push_back(
      {"ties", {x}, [call](std::span<const Tensor> at) { return call(at, -1, false); }, false});
  return samples;
}

std::vector<ErrorCase> reduction_errors(
    std::string_view op,
    const std::function<Tensor(std::span<const Tensor>, const Axes&, bool)>& call,
    std::vector<ErrorCase> more) {
  const std::string name = "[" + std::string(op) + "] ";
  const auto refused = [&call](const Axes& axes) {
    return
        [call, axes, x = zeros({2, 3})] { static_cast<void>(call(std::span(&x, 1), axes, false)); };
  };
  more.push_back({"no such axis", refused(2), name + "no such axis: got 2"});
  more.push_back({"an axis twice", refused({0, -2}),
                  name + "axis -2 is named twice: got (0, -2), need each axis once"});
  return more;
}

}  // namespace nabla
