// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/scan.hpp>

namespace nabla {
[[nodiscard]] Tensor linear_recurrence(const Tensor& a, const Tensor& x, int axis,
                                       bool reverse = false);

namespace op {
// The other cumulative ops take their gradients from here.
struct LinearRecurrence : Structured {
  int axis;
  bool reverse;

  static constexpr OpInfo info{.name = "linear_recurrence",
                               .formula = "y_k = a_k y_(k-1) + x_k along an axis, y_(-1) = 0",
                               .gradient =
                                   "u_k = g_k + a_(k+1) u_(k+1), dL/dx = u, "
                                   "dL/da_k = u_k y_(k-1)",
                               .kinks = "y_(k-1) = 0 with a_k infinite or NaN: a_k y_(k-1) = 0",
                               .accuracy = "k roundings for element k, in double",
                               .source = "Blelloch 1990, \"Prefix sums and their applications\""};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // a
  Result shape(Inputs x) const {
    if (x[0].shape() != x[1].shape()) {
      throw ShapeError("[linear_recurrence] a is " + to_string(x[0].shape()) + ", x is " +
                       to_string(x[1].shape()) + ", need equal shapes");
    }
    detail::check_same_floating(x[0], x[1], info.name);
    return {x[1].shape(), x[1].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::along_lines(
        axis, y,
        [this](const kernels::Lines& lines, const auto* a, const auto* from, auto* to) {
          using T = std::remove_cvref_t<decltype(*to)>;
          detail::scan(lines, reverse, 0.0, [=](double& carry, std::int64_t at, std::int64_t) {
            const double before = carry == 0 ? 0.0 : static_cast<double>(a[at]) * carry;
            carry = before + static_cast<double>(from[at]);
            to[at] = static_cast<T>(carry);
          });
        },
        x[0], x[1]);
  }
  void backward(BackwardCall& call) const {
    const Tensor a = call.input(0);
    const Tensor u =
        linear_recurrence(detail::shifted(a, axis, 1, reverse), call.gradient(), axis, !reverse);
    if (call.wants(0))
      call.add(0, detail::masked_product(u, detail::shifted(call.output(), axis, -1, reverse)));
    if (call.wants(1)) call.add(1, u);
  }
  static Tensor of_one(std::span<const Tensor> x, int axis) {
    return linear_recurrence(x[0], x[0] * x[0] - 1, axis);
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = scan_samples(of_one);
    all.push_back(
        {"two operands, reverse",
         {sample_tensor({2, 3}), sample_tensor({2, 3}, -2, 2, 5)},
         [](std::span<const Tensor> x) { return linear_recurrence(x[0], x[1], -1, true); }});
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return {
        {"other shapes", [] { static_cast<void>(linear_recurrence(zeros({2}), zeros({3}), 0)); },
         "[linear_recurrence] a is (2,), x is (3,), need equal shapes"},
        {"integers", [] { static_cast<void>(linear_recurrence(arange(2), arange(2), 0)); },
         "[linear_recurrence] a is int64, b is int64, need the same floating type"},
        {"no such axis", [] { static_cast<void>(linear_recurrence(zeros({2}), zeros({2}), 1)); },
         "[linear_recurrence] no such axis: got 1"}};
  }
};
}  // namespace op

/// y_k = a_k y_(k-1) + x_k along an axis, from the last to the first if `reverse`: a filter, a
/// moving average, a discounted return. What stands before the first element is 0.
/// Shapes    a and x equal -> unchanged
/// Errors    ShapeError on other shapes, or if there is no such axis; DTypeError unless both are the
///           same floating type
/// Cost      one pass
[[nodiscard]] inline Tensor linear_recurrence(const Tensor& a, const Tensor& x, int axis,
                                              bool reverse) {
  return detail::along_axis(x, axis, "linear_recurrence", [&](const Tensor& lines, int normal) {
    op::LinearRecurrence op;
    op.axis = normal;
    op.reverse = reverse;
    return record_structured(op, detail::line_beside(x, detail::defined(a, "linear_recurrence")),
                             lines);
  });
}
}  // namespace nabla
