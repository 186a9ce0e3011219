// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/scan.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/exp.hpp>

namespace nabla {
[[nodiscard]] Tensor logcumsumexp(const Tensor& x, int axis);

namespace op {
struct Logcumsumexp : Structured {
  int axis;

  static constexpr OpInfo info{
      .name = "logcumsumexp",
      .formula = "y_k = ln (e^x_0 + ... + e^x_k) along an axis",
      .gradient = "dL/dx_k = e^(x_k - y_k) s_k, s_k = g_k + e^(y_k - y_(k+1)) s_(k+1)",
      .kinks = "x = -inf so far: y = -inf, gradient 0",
      .accuracy = "2 k ulp for element k of the larger of max |x| and 1",
      .source = "the gradient of logsumexp, as a linear recurrence"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const {
    if (!is_floating(x[0].dtype())) detail::throw_not_floating(x[0], info.name);
    return {x[0].shape(), x[0].dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    detail::along_lines(
        axis, y,
        [](const kernels::Lines& lines, const auto* from, auto* to) {
          using T = std::remove_cvref_t<decltype(*to)>;
          detail::scan(lines, false, Total{}, [=](Total& total, std::int64_t at, std::int64_t) {
            total.add(static_cast<double>(from[at]));
            to[at] = static_cast<T>(total.greatest + std::log(total.others));
          });
        },
        x[0]);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const Tensor y = call.output();
    if (!call.create_graph()) return call.add(0, in_one_pass(x, y, call.gradient()));
    // Both differences are 0 or less; infinite numbers that are equal differ by 0.
    const Tensor next = detail::shifted(y, axis, 1);
    const Tensor to_next = exp(where(y == next, 0.0, y - next));
    const Tensor later = linear_recurrence(to_next, call.gradient(), axis, true);
    const Tensor share = exp(where(x == y, 0.0, x - y));
    call.add(0, record(Chain{}, later, where(x == -kInfinity, 0.0, share)));
  }
  static Tensor along(std::span<const Tensor> x, int axis) { return logcumsumexp(x[0], axis); }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = scan_samples(along);
    for (Sample& sample : line_samples(along)) all.push_back(std::move(sample));
    return all;
  }
  static std::vector<ErrorCase> errors() { return line_errors(info.name, along); }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  // A sum of e^x, as e^greatest times the rest.
  struct Total {
    double greatest = -kInfinity;
    double others = 0.0;
    void add(double x) {
      if (x > greatest) {
        others = others * std::exp(greatest - x) + 1.0;
        greatest = x;
      } else {
        others += x == greatest ? 1.0 : std::exp(x - greatest);
      }
    }
  };
  static double ratio(double x, double y) { return x == y ? 1.0 : std::exp(x - y); }

  [[nodiscard]] Tensor in_one_pass(const Tensor& x, const Tensor& y, const Tensor& g) const {
    Tensor dx = detail::make_tensor(x.shape(), x.dtype(), info.name);
    detail::along_lines(
        axis, dx,
        [](const kernels::Lines& lines, const auto* at_x, const auto* at_y, const auto* at_g,
           auto* out) {
          using T = std::remove_cvref_t<decltype(*out)>;
          detail::scan(lines, true, 0.0, [=](double& s, std::int64_t at, std::int64_t behind) {
            const auto total = static_cast<double>(at_y[at]);
            if (s != 0) s *= ratio(total, static_cast<double>(at_y[behind]));
            s += static_cast<double>(at_g[at]);
            const auto number = static_cast<double>(at_x[at]);
            const bool is_empty = s == 0 || number == -kInfinity;
            out[at] = static_cast<T>(is_empty ? 0.0 : s * ratio(number, total));
          });
        },
        x, y, g);
    return dx;
  }
};
}  // namespace op

/// The logarithms of the sums of e^x up to each element along an axis, without overflow.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis; DTypeError on integers
/// Cost      one pass, and one for the gradient
[[nodiscard]] inline Tensor logcumsumexp(const Tensor& x, int axis) {
  return detail::along_axis(x, axis, "logcumsumexp", [&](const Tensor& lines, int normal) {
    op::Logcumsumexp op;
    op.axis = normal;
    return record_structured(op, lines);
  });
}
}  // namespace nabla
