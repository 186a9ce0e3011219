// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include <nabla/kernels/scaled_product.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
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
          "gradients, too, while all products that they come from are within 2^2044 of each other",
      .source = "product rule, as a linear recurrence"};
  static constexpr std::uint32_t saves = 1 | kSavesOutput;  // x
  Result shape(Inputs x) const { return {x[0].shape(), x[0].dtype()}; }
  void forward(Inputs x, Tensor& y) const {
    const auto times = []<class A, class B>(A a, B b) {
      if constexpr (std::is_floating_point_v<A>) return kernels::kept(a * static_cast<double>(b));
      return a * b;
    };
    detail::accumulate(x[0], axis, reverse, exclusive, 1, times, y);
    if (is_floating(y.dtype())) accumulate_scaled(x[0], y);
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    const auto is_far = [](auto number) { return !std::isnormal(number); };
    const Tensor dx = gradient(x, call.output(), call.gradient(), call.create_graph());
    const bool is_usual =
        !detail::any_element(call.output(), is_far) && !detail::any_element(dx, is_far);
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
    const Tensor dparts =
        gradient(parts, cumprod(parts, axis, reverse, exclusive), g, call.create_graph());
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

  // Lines whose last product is 0, infinite or NaN are looked at again.
  void accumulate_scaled(const Tensor& x, Tensor& y) const {
    detail::along_lines(
        axis, y,
        [this](const kernels::Lines& lines, const auto* from, auto* to) {
          const auto [outer, n, inner] = lines;
          const std::int64_t first = reverse ? (n - 1) * inner : 0, last = (n - 1) * inner - first;
          for (std::int64_t o = 0; o < outer; ++o) {
            for (std::int64_t i = 0; i < inner; ++i) {
              const std::int64_t line = o * n * inner + i;
              if (kernels::is_kept(static_cast<double>(to[line + last]))) continue;
              scale_line(n, reverse ? -inner : inner, from + line + first, to + line + first);
            }
          }
        },
        x);
  }
  // The products of a line that left the range at a factor that is neither 0 nor infinite nor NaN.
  template <class T>
  void scale_line(std::int64_t n, std::int64_t step, const T* x, T* y) const {
    const auto is_genuine = [](T factor) { return factor != 0 && std::isfinite(factor); };
    std::int64_t k = 0;
    while (k < n && kernels::is_kept(static_cast<double>(y[k * step]))) ++k;
    const std::int64_t factor = exclusive ? k - 1 : k;
    if (k == n || !is_genuine(x[factor * step])) return;  // 0 and NaN stay as they are
    kernels::ScaledProduct product;
    for (k = 0; k < n; ++k) {
      if (exclusive) y[k * step] = static_cast<T>(product.value());
      product *= static_cast<double>(x[k * step]);
      if (!exclusive) y[k * step] = static_cast<T>(product.value());
    }
  }

  [[nodiscard]] Tensor gradient(const Tensor& x, const Tensor& y, const Tensor& g,
                                bool create_graph) const {
    if (!create_graph) return in_one_pass(x, y, g);
    const auto behind = [this](const Tensor& t) { return detail::shifted(t, axis, 1, reverse); };
    if (exclusive) {
      const Tensor later = behind(linear_recurrence(x, g, axis, !reverse));
      return record(Chain{}, later, y);
    }
    const Tensor later = linear_recurrence(behind(x), g, axis, !reverse);
    return record(Chain{}, later, cumprod(x, axis, reverse, true));
  }

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
/// Cost      one pass, and one for the gradient; where a product or gradient is 0, denormal or infinite, some
///           more on one thread, and a second gradient in units if products left the range
[[nodiscard]] inline Tensor cumprod(const Tensor& x, int axis, bool reverse, bool exclusive) {
  op::Cumprod op;
  op.axis = normal_axis(axis, detail::defined(x, "cumprod").rank(), "cumprod");
  op.reverse = reverse;
  op.exclusive = exclusive;
  return record_structured(op, x.dtype() == boolean ? to(x, int64) : x);
}
}  // namespace nabla
