// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include <nabla/kernels/softmax.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/nn/softmax.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/log.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla {
[[nodiscard]] Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

namespace op {
struct Logsumexp : Reduction {
  static constexpr OpInfo info{
      .name = "logsumexp",
      .formula = "y = ln sum e^x",
      .gradient = "dL/dx = g e^(x - y)",
      .kinks =
          "all x = -inf, or none: y = -inf, gradient 0; x = inf: y = inf, its gradient g, shared "
          "evenly at a tie",
      .accuracy = "<= 2 ulp of the larger of max |x| and 1, summed in double",
      .source = "Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41(4)"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    if (y.numel() == 0) return;
    const detail::DenseLines dense = detail::dense_lines(x[0], mask);
    Tensor greatest = detail::make_tensor(y.shape(), y.dtype(), info.name);
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* shift = elements<T>(greatest);
      T* out = elements<T>(y);
      kernels::log_sum_exp(dense.lines, static_cast<const T*>(elements<T>(dense.elements)),
                           elements<T>(greatest), out);
      for (std::int64_t i = 0; i < y.numel(); ++i) out[i] += shift[i];
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    Tensor x = call.input(0);
    if (detail::any_element(call.output(), [](auto y) { return y == kInfinity; })) {
      // Beside infinite numbers all others are nothing.
      const Tensor shares = where(x == kInfinity, 0.0, -kInfinity);
      x = where(stretch(call.output() == kInfinity, x.shape()), shares, x);
    }
    call.add(0, record(Chain{}, stretch(call.gradient(), x.shape()), softmax_of(x)));
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return logsumexp(x[0], axes, keepdim);
  }
  template <class X>
  static auto of(const X& x) {
    return logsumexp(x);
  }
  static std::vector<Sample> samples() { return reduction_samples(over); }
  static std::vector<ErrorCase> errors() { return reduction_errors(info.name, over); }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // e^(x - y). Softmax divides by the sum, which takes out the rounding of y.
  [[nodiscard]] Tensor softmax_of(const Tensor& x) const {
    const detail::LineOrder order = detail::line_order(x.shape(), mask);
    const Tensor arranged = detail::in_line_order(x, order);
    const auto [outer, n, inner] = order.lines;
    const Tensor share = softmax(arranged.reshape({outer, n, inner}), 1);
    return detail::out_of_line_order(share.reshape(arranged.shape()), order);
  }
};
}  // namespace op

/// ln sum e^x over axes, without overflow; of nothing, -inf.
/// Errors    DTypeError on integers
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] inline Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  return record_structured(reduction_over<op::Logsumexp>(x, axes, keepdim), x);
}

namespace detail {
/// What is taken off before e^x: the greatest number, held, 0 where that is infinite or NaN.
/// Errors    ShapeError that names `op` if there are no elements
template <ScalarList X>
[[nodiscard]] NumberOf<X> shift_of(const X& x, std::string_view op) {
  using std::isfinite;
  const NumberOf<X>& greatest = first_of(x, op, std::greater<>{});
  return isfinite(greatest) ? NumberOf<X>(stop_gradient(greatest)) : NumberOf<X>(0.0);
}
/// ln sum e^(x - shift).
template <ScalarList X>
[[nodiscard]] NumberOf<X> log_of_total(const X& x, const NumberOf<X>& shift) {
  using std::exp, std::log;
  return log(sum_of(x, [&](const auto& element) { return exp(element - shift); }));
}
}  // namespace detail

/// ln sum e^x of a list of numbers, without overflow; of nothing, -inf.
template <ScalarList X>
[[nodiscard]] NumberOf<X> logsumexp(const X& x) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (std::ranges::empty(x)) return NumberOf<X>(-kInfinity);
  const NumberOf<X>& greatest = detail::first_of(x, "logsumexp", std::greater<>{});
  if (greatest == -kInfinity) return detail::constant_of(x, -kInfinity);
  if (greatest == kInfinity) return detail::average_of_ties(x, greatest);
  const NumberOf<X> shift(stop_gradient(greatest));
  return detail::log_of_total(x, shift) + shift;
}
}  // namespace nabla
