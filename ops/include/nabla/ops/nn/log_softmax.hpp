// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/logsumexp.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
[[nodiscard]] Tensor log_softmax(const Tensor& x, int axis = -1);

namespace op {
struct LogSoftmax : Structured {
  static constexpr bool for_lists = true;
  int axis;

  static constexpr OpInfo info{
      .name = "log_softmax",
      .formula = "y = x - ln sum e^x",
      .gradient = "dL/dx = g - e^y sum of g",
      .kinks = "all x = -inf: y = NaN, gradient NaN, in this line alone",
      .accuracy = "error <= 4 eps max(1, |y|), summed in double",
      .source = "Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41(4)",
      .instead = "a - logsumexp(a, b)"};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::along_lines(
        axis, y, [](const auto&... arguments) { kernels::log_softmax(arguments...); }, x[0]);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const Tensor y = call.output();
    if (call.create_graph()) return call.add(0, g - record(Chain{}, g.sum(axis, true), exp(y)));
    Tensor dx = detail::make_tensor(y.shape(), y.dtype(), info.name);
    detail::along_lines(
        axis, dx, [](const auto&... arguments) { kernels::log_softmax_gradient(arguments...); }, y,
        g);
    call.add(0, dx);
  }
  static Tensor along(std::span<const Tensor> x, int axis) { return log_softmax(x[0], axis); }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = line_samples(along);
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    // What is masked is -inf, and NaN in a row of nothing else: it is left out again.
    const Tensor mask = tensor({{1, 0, 1}, {0, 0, 0}, {0, 1, 0}}, boolean);
    const auto masked = [=](int which) {
      return [=](std::span<const Tensor> x) {
        const Tensor y = log_softmax(where(mask, x[0], kNone), which);
        return where(mask, y, 0.0);
      };
    };
    all.push_back({"masked elements, and a whole row", {sample_tensor({3, 3})}, masked(1)});
    all.push_back({"masked elements along columns", {sample_tensor({3, 3})}, masked(0)});
    return all;
  }
  static std::vector<ErrorCase> errors() { return line_errors(info.name, along); }
};
}  // namespace op

/// The logarithm of softmax along an axis, without overflow. A line that is -inf everywhere has no
/// distribution: NaN, as is its gradient; the other lines are not touched. (softmax gives 0 there.)
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis; DTypeError on integers
[[nodiscard]] inline Tensor log_softmax(const Tensor& x, int axis) {
  return detail::along_axis(x, axis, "log_softmax", [&](const Tensor& lines, int normal) {
    op::LogSoftmax op;
    op.axis = normal;
    return record_structured(op, lines);
  });
}

/// The logarithm of softmax of a list of numbers, without overflow.
/// Errors    ShapeError if there are none
template <ScalarList X>
[[nodiscard]] std::vector<NumberOf<X>> log_softmax(const X& x) {
  const NumberOf<X> shift = detail::shift_of(x, "log_softmax");
  const NumberOf<X> log_total = detail::log_of_total(x, shift);
  std::vector<NumberOf<X>> y(std::ranges::begin(x), std::ranges::end(x));
  for (auto& element : y) element = element - shift - log_total;
  return y;
}
}  // namespace nabla
