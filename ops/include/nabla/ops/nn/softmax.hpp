// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <nabla/engine/error.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
/// What becomes of a line of -inf alone, in which all is masked.
enum class MaskedLine { zero, error };

[[nodiscard]] Tensor softmax(const Tensor& x, int axis = -1, MaskedLine masked = MaskedLine::zero);

namespace op {
struct Softmax : Structured {
  static constexpr bool for_lists = true;
  int axis;

  static constexpr OpInfo info{
      .name = "softmax",
      .formula = "y = e^x / sum e^x",
      .gradient = "dL/dx = y (g - sum of g y)",
      .kinks =
          "all x = -inf: y = 0, gradient 0, or an error if asked for (log_softmax: NaN, which a "
          "NanGuard names); an x = inf: y = NaN, in this line alone",
      .accuracy = "<= 4 + (max x - x) / 2 ulp, summed in double",
      .source = "Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41(4)",
      .instead = "exp(a - logsumexp(a, b))"};
  static constexpr std::uint32_t saves = kSavesOutput;
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::along_lines(
        axis, y, [](const auto&... arguments) { kernels::softmax(arguments...); }, x[0]);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor& g = call.gradient();
    const Tensor y = call.output();
    if (call.create_graph()) {
      const Tensor total = record(Chain{}, g, y).sum(axis, true);
      return call.add(0, record(Chain{}, g - total, y));
    }
    Tensor dx = detail::make_tensor_like(y, info.name);
    detail::along_lines(
        axis, dx, [](const auto&... arguments) { kernels::softmax_gradient(arguments...); }, y, g);
    call.add(0, std::move(dx));
  }
  static Tensor along(std::span<const Tensor> x, int axis) { return softmax(x[0], axis); }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = line_samples(along);
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    const Tensor mask = tensor({{1, 0, 1}, {0, 0, 0}, {0, 1, 0}}, boolean);
    all.push_back({"masked elements, and a whole row",
                   {sample_tensor({3, 3})},
                   [=](std::span<const Tensor> x) { return softmax(where(mask, x[0], kNone)); }});
    all.push_back({"masked elements, and a whole column",
                   {sample_tensor({3, 3})},
                   [=](std::span<const Tensor> x) {
                     return softmax(where(mask.transpose(), x[0], kNone), 0);
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() { return line_errors(info.name, along); }
};
}  // namespace op

namespace detail {
/// Errors    DomainError if there is a line of -inf alone
inline void refuse_masked_lines(const Tensor& lines, int axis) {
  const Tensor is_masked = all(lines.detach() == -std::numeric_limits<double>::infinity(), {axis});
  if (lines.size(axis) == 0 || !any(is_masked)) return;
  const auto count = static_cast<std::int64_t>(sum(to(is_masked, float64)).item());
  throw DomainError("[softmax] got " + std::to_string(count) + " of " +
                    std::to_string(is_masked.numel()) + " lines along axis " +
                    std::to_string(axis) +
                    " that are -inf alone, need an element in each that is not masked");
}
}  // namespace detail

/// e^x / sum e^x along an axis, without overflow: positive numbers that add up to 1. A line of -inf alone
/// gives 0, or MaskedLine::error.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis; DTypeError on integers; DomainError if asked for
[[nodiscard]] inline Tensor softmax(const Tensor& x, int axis, MaskedLine masked) {
  return detail::along_axis(x, axis, "softmax", [&](const Tensor& lines, int normal) {
    if (masked == MaskedLine::error) detail::refuse_masked_lines(lines, normal);
    op::Softmax op;
    op.axis = normal;
    return record_structured(op, lines);
  });
}

/// e^x / sum e^x of a list of numbers, without overflow.
/// Errors    ShapeError if there are none
template <ScalarList X>
[[nodiscard]] std::vector<NumberOf<X>> softmax(const X& x) {
  using std::exp;
  std::vector<NumberOf<X>> y(std::ranges::begin(x), std::ranges::end(x));
  const NumberOf<X>& greatest = detail::first_of(x, "softmax", std::greater<>{});
  const bool is_masked = greatest == -std::numeric_limits<double>::infinity();
  const NumberOf<X> shift(stop_gradient(greatest));
  for (auto& element : y)
    element = is_masked ? NumberOf<X>(0.0) : NumberOf<X>(exp(element - shift));
  if (is_masked) return y;
  const NumberOf<X> total = sum(y);
  for (auto& element : y) element = element / total;
  return y;
}
}  // namespace nabla
