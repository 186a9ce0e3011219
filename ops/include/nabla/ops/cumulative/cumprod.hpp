// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
#include <nabla/ops/family/scan.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor cumprod(const Tensor& x, int axis, bool reverse = false,
                             bool exclusive = false);

namespace op {
struct Cumprod : Structured {
  int axis;
  bool reverse, exclusive;

  static constexpr OpInfo info{
      .name = "cumprod",
      .formula = "y_k = x_0 ... x_k along an axis (without x_k if exclusive)",
      .gradient = "dL/dx_k = x_0 ... x_(k-1) s_k, s_k = g_k + x_(k+1) s_(k+1)",
      .kinks = "exact at zeros: nothing is divided",
      .accuracy = "k roundings for element k, in double",
      .source = "product rule, as a linear recurrence"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    detail::accumulate(x[0], axis, reverse, exclusive, 1, std::multiplies<>{}, y);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const Tensor& g = call.gradient();
    if (!call.create_graph()) return call.add(0, in_one_pass(x, call.output(), g));
    const auto behind = [this](const Tensor& t) { return detail::shifted(t, axis, 1, reverse); };
    if (exclusive) {
      const Tensor later = behind(linear_recurrence(x, g, axis, !reverse));
      return call.add(0, record(Chain{}, later, call.output()));
    }
    const Tensor later = linear_recurrence(behind(x), g, axis, !reverse);
    call.add(0, record(Chain{}, later, cumprod(x, axis, reverse, true)));
  }
  static Tensor along(std::span<const Tensor> x, int axis) { return cumprod(x[0], axis); }
  static Tensor of_later_ones(std::span<const Tensor> x, int axis) {
    return cumprod(x[0], axis, true, true);
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = scan_samples(along);
    for (Sample& sample : scan_samples(of_later_ones)) {
      sample.description += ", reverse and exclusive";
      all.push_back(std::move(sample));
    }
    return all;
  }
  static std::vector<ErrorCase> errors() {
    return {{"no such axis", [] { static_cast<void>(cumprod(zeros({2}), 1)); },
             "[cumprod] no such axis: got 1"}};
  }

 private:
  // Against the direction of the products: s is carried, and y holds what came before.
  [[nodiscard]] Tensor in_one_pass(const Tensor& x, const Tensor& y, const Tensor& g) const {
    Tensor dx = detail::make_tensor(x.shape(), x.dtype(), info.name);
    detail::along_lines(
        axis, dx,
        [this](const kernels::Lines& lines, const auto* at_x, const auto* at_y, const auto* at_g,
               auto* out) {
          exclusive ? carry_behind(lines, at_x, at_y, at_g, out)
                    : carry_on(lines, at_x, at_y, at_g, out);
        },
        x, y, g);
    return dx;
  }
  static double chain(double g, double slope) { return g == 0 ? 0.0 : g * slope; }
  template <class T>
  void carry_on(const kernels::Lines& lines, const T* x, const T* y, const T* g, T* dx) const {
    detail::scan(lines, !reverse, 0.0, [=](double& s, std::int64_t at, std::int64_t behind) {
      if (behind >= 0) dx[behind] = static_cast<T>(chain(s, static_cast<double>(y[at])));
      const double from_behind = behind < 0 ? 0.0 : chain(s, static_cast<double>(x[behind]));
      s = static_cast<double>(g[at]) + from_behind;
      dx[at] = static_cast<T>(s);  // stays if no element comes before this one
    });
  }
  template <class T>
  void carry_behind(const kernels::Lines& lines, const T* x, const T* y, const T* g, T* dx) const {
    detail::scan(lines, !reverse, 0.0, [=](double& s, std::int64_t at, std::int64_t) {
      dx[at] = static_cast<T>(chain(s, static_cast<double>(y[at])));
      s = static_cast<double>(g[at]) + chain(s, static_cast<double>(x[at]));
    });
  }
};
}  // namespace op

/// The products of the elements up to each one along an axis, or from each one on (`reverse`), with
/// that element or without it (`exclusive`). Booleans count as int64; float32 accumulates in double.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis
/// Cost      one pass, and one for the gradient
[[nodiscard]] inline Tensor cumprod(const Tensor& x, int axis, bool reverse, bool exclusive) {
  op::Cumprod op;
  op.axis = normal_axis(axis, detail::defined(x, "cumprod").rank(), "cumprod");
  op.reverse = reverse;
  op.exclusive = exclusive;
  return record_structured(op, x.dtype() == boolean ? to(x, int64) : x);
}
}  // namespace nabla
