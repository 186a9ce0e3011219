// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/scaled_product.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
#include <nabla/ops/family/axis.hpp>
#include <nabla/ops/family/product.hpp>
#include <nabla/ops/family/reduction.hpp>
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
      .accuracy =
          "k roundings for element k, in double, whatever range the products before it have; "
          "gradients, too, those that are recorded while all products that they come from are "
          "within 2^2044 of each other",
      .source = "product rule, as a linear recurrence"};
  static constexpr std::uint32_t saves = 1;  // x
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    if (is_floating(y.dtype())) return multiply(x[0], y);
    detail::accumulate(x[0], axis, reverse, exclusive, 1, std::multiplies<>{}, y);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    if (!call.create_graph()) return call.add(0, in_one_pass(x, call.gradient()));
    const Tensor before = cumprod(x, axis, reverse, true);
    const Tensor dx = gradient(x, before, call.gradient());
    const auto is_far = [](auto number) { return !std::isnormal(number); };
    const bool is_usual = !detail::any_element(before, is_far) && !detail::any_element(dx, is_far);
    if (is_usual || detail::products_fit_along(x, axis)) return call.add(0, dx);
    const Tensor wide = to(x, float64);
    const detail::ExponentsAlong units = detail::unit_exponents_along(wide, axis, reverse);
    const Tensor sums = exclusive ? units.sums - units.own : units.sums;
    const auto [middle, farthest] = detail::middle_along(sums, call.gradient(), axis);
    if (farthest > kMost) return call.add(0, dx);
    // Of the products in units, whose own units come in with what arrives: measured from the middle of
    // a line, they are in range.
    const Tensor parts = wide / detail::powers_of_two(units.own);
    const Tensor g =
        record(Chain{}, to(call.gradient(), float64), detail::powers_of_two(sums - middle));
    const Tensor dparts = gradient(parts, cumprod(parts, axis, reverse, true), g);
    call.add(0, to(detail::times_powers_of_two(dparts, middle - units.own), x.dtype()));
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
  static constexpr double kMost = 1022;

  // What is multiplied along a line, and whether digits were lost on the way; products with 0 are exact.
  struct Carried {
    double number, lost = 0;  // a number as well, so that both are of one kind in lanes

    void times(double x) {
      const double product = number * x;
      if (std::fabs(product) < std::numeric_limits<double>::min() && number != 0 && x != 0)
        lost = 1;
      number = product;
    }
    // True if nothing has left the range: what is infinite or NaN stays so.
    [[nodiscard]] bool is_exact() const { return lost == 0 && std::isfinite(number); }
  };

  void multiply(const Tensor& x, Tensor& y) const {
    detail::along_lines(
        axis, y,
        [this](const kernels::Lines& lines, const auto* from, auto* to) {
          detail::for_each_walk(lines, [=, this](const auto& walk) {
            multiply_lines(reverse ? walk.backward() : walk, from, to);
          });
        },
        x);
  }
  template <class Walk, class T>
  void multiply_lines(const Walk& walk, const T* x, T* y) const {
    auto products = walk.states(Carried{1});
    walk.run(products, [=, this](Carried& product, std::int64_t j, std::int64_t l) {
      const std::int64_t at = walk.place(j, l);
      if (exclusive) y[at] = static_cast<T>(product.number);
      product.times(static_cast<double>(x[at]));
      if (!exclusive) y[at] = static_cast<T>(product.number);
    });
    walk.for_each_line([&](std::int64_t l) {
      if (!products[static_cast<std::size_t>(l)].is_exact()) multiply_scaled(walk, l, x, y);
    });
  }
  template <class Walk, class T>
  void multiply_scaled(const Walk& walk, std::int64_t l, const T* x, T* y) const {
    kernels::ScaledProduct product;
    for (std::int64_t j = 0; j < walk.n; ++j) {
      const std::int64_t at = walk.place(j, l);
      if (exclusive) y[at] = static_cast<T>(product.value());
      product *= static_cast<double>(x[at]);
      if (!exclusive) y[at] = static_cast<T>(product.value());
    }
  }

  // Recorded; `before` are the products without each element.
  [[nodiscard]] Tensor gradient(const Tensor& x, const Tensor& before, const Tensor& g) const {
    const auto behind = [this](const Tensor& t) { return detail::shifted(t, axis, 1, reverse); };
    const Tensor later = exclusive ? behind(linear_recurrence(x, g, axis, !reverse))
                                   : linear_recurrence(behind(x), g, axis, !reverse);
    return record(Chain{}, later, before);
  }

  // Against the direction of the products s is carried: what arrives at element k and behind it, of
  // which x_k is taken out.
  [[nodiscard]] Tensor in_one_pass(const Tensor& x, const Tensor& g) const {
    Tensor dx = detail::make_tensor(x.shape(), x.dtype(), info.name);
    detail::along_lines(
        axis, dx,
        [this](const kernels::Lines& lines, const auto* from, const auto* arrives, auto* to) {
          detail::for_each_walk(lines, [=, this](const auto& walk) {
            carry(reverse ? walk.backward() : walk, from, arrives, to);
          });
        },
        x, g);
    return dx;
  }
  template <class Walk, class T>
  void carry(const Walk& walk, const T* x, const T* g, T* dx) const {
    std::vector<double, kernels::Allocator<double>> all_before(
        static_cast<std::size_t>(walk.n * walk.width));
    double* before = all_before.data();
    auto products = walk.states(Carried{1});
    walk.run(products, [=](Carried& product, std::int64_t j, std::int64_t l) {
      before[j * walk.width + l] = product.number;
      product.times(static_cast<double>(x[walk.place(j, l)]));
    });
    const Walk back = walk.backward();
    auto sums = back.states(Carried{0});
    back.run(sums, [=, this](Carried& s, std::int64_t j, std::int64_t l) {
      const std::int64_t at = back.place(j, l);
      if (!exclusive) s.number += static_cast<double>(g[at]);
      const double slope = before[(back.n - 1 - j) * back.width + l];
      dx[at] = static_cast<T>(s.number == 0 ? 0.0 : s.number * slope);
      if (s.number != 0) s.times(static_cast<double>(x[at]));
      if (exclusive) s.number += static_cast<double>(g[at]);
    });
    walk.for_each_line([&](std::int64_t l) {
      const auto k = static_cast<std::size_t>(l);
      if (!products[k].is_exact() || !sums[k].is_exact()) carry_scaled(walk, l, x, g, dx);
    });
  }
  template <class Walk, class T>
  void carry_scaled(const Walk& walk, std::int64_t l, const T* x, const T* g, T* dx) const {
    std::vector<kernels::ScaledProduct> before(static_cast<std::size_t>(walk.n));
    for (std::int64_t j = 1; j < walk.n; ++j) {
      kernels::ScaledProduct& product = before[static_cast<std::size_t>(j)];
      product = before[static_cast<std::size_t>(j - 1)];
      product *= static_cast<double>(x[walk.place(j - 1, l)]);
    }
    kernels::ScaledProduct s;
    s *= 0.0;
    for (std::int64_t j = walk.n - 1; j >= 0; --j) {
      const std::int64_t at = walk.place(j, l);
      if (!exclusive) s += static_cast<double>(g[at]);
      kernels::ScaledProduct slope = before[static_cast<std::size_t>(j)];
      slope *= s;
      dx[at] = static_cast<T>(s.is_zero() ? 0.0 : slope.value());
      if (!s.is_zero()) s *= static_cast<double>(x[at]);
      if (exclusive) s += static_cast<double>(g[at]);
    }
  }
};
}  // namespace op

/// The products of the elements up to each one along an axis, or from each one on (`reverse`), with
/// that element or without it (`exclusive`). Booleans count as int64; float32 accumulates in double.
/// Shapes    unchanged
/// Errors    ShapeError if there is no such axis
/// Cost      one pass, and two for the gradient, which holds products of as many lines as one thread walks
///           together; lines that leave the range are walked again with mantissa and exponent apart
[[nodiscard]] inline Tensor cumprod(const Tensor& x, int axis, bool reverse, bool exclusive) {
  return detail::along_axis(x, axis, "cumprod", [&](const Tensor& lines, int normal) {
    op::Cumprod op;
    op.axis = normal;
    op.reverse = reverse;
    op.exclusive = exclusive;
    return record_structured(op, lines.dtype() == boolean ? to(lines, int64) : lines);
  });
}
}  // namespace nabla
