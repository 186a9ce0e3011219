// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/sqrt.hpp>

namespace nabla {
[[nodiscard]] Tensor norm(const Tensor& x, int order = 2, const Axes& axes = {},
                          bool keepdim = false);

namespace op {
struct Norm : Reduction {
  int order;  ///< 0, 1 or 2

  static constexpr OpInfo info{
      .name = "norm",
      .formula = "y = sqrt sum x^2 (order 2), sum |x| (order 1), number of x != 0 (order 0)",
      .gradient = "dL/dx = g x / y (order 2), g sign x (order 1), 0 (order 0)",
      .kinks = "order 2 at the zero vector: 0; order 1 at x = 0: 0; order 0: 0 everywhere",
      .source = "minimum-norm subgradient"};
  static void check_order(int order) {
    if (order < 0 || order > 2)
      throw DomainError("[norm] got order " + std::to_string(order) + ", need 0, 1 or 2");
  }
  Result shape(Inputs x) const { return floating_result(x[0], info.name); }
  void forward(Inputs x, Tensor& y) const {
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const std::vector<double> scales =
          order == 2 ? largest<T>(x[0], y.numel()) : std::vector<double>();
      std::vector<double> totals(static_cast<std::size_t>(y.numel()), 0.0);
      detail::reduce_rows<T>(x[0], *this,
                             [&](const T* row, std::int64_t first, std::int64_t n,
                                 std::int64_t step, std::int64_t out_step) {
                               for (std::int64_t i = 0; i < n; ++i) {
                                 const auto to = static_cast<std::size_t>(first + i * out_step);
                                 totals[to] +=
                                     term(std::abs(static_cast<double>(row[i * step])), scales, to);
                               }
                             });
      T* out = elements<T>(y);
      for (std::size_t i = 0; i < totals.size(); ++i)
        out[i] = static_cast<T>(order == 2 ? scales[i] * std::sqrt(totals[i]) : totals[i]);
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    if (order == 0) return call.add(0, zeros_like(x));
    const Tensor g = stretch(call.gradient(), x.shape());
    if (order == 1) return call.add(0, g * where(x > 0, 1, where(x < 0, -1, 0)));
    const Tensor y = stretch(call.output(), x.shape());
    // Dividing by 1 where the norm is 0 keeps NaN out of the branch that is not taken.
    call.add(0, record(Chain{}, g, where(y == 0, 0.0, x / where(y == 0, 1.0, y))));
  }
  template <class X>
  static auto of(const X& x) {
    return norm(x);
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all;
    for (const int order : {2, 1, 0}) {
      for (Sample sample :
           reduction_samples([order](std::span<const Tensor> x, const Axes&axes, bool keepdim) {
             return norm(x[0], order, axes, keepdim);
           })) {
        sample.description = "order " + std::to_string(order) + ", " + sample.description;
        all.push_back(std::move(sample));
      }
    }
    return all;
  }
  static std::vector<ErrorCase> errors() {
    const auto over = [](std::span<const Tensor> x, const Axes& axes, bool keepdim) {
      return norm(x[0], 2, axes, keepdim);
    };
    return reduction_errors(info.name, over,
                            {{"another order", [] { static_cast<void>(norm(zeros({3}), 3)); },
                              "[norm] got order 3, need 0, 1 or 2"}});
  }

 private:
  // Dividing by the largest element keeps the squares from overflowing and from underflowing.
  template <class T>
  std::vector<double> largest(const Tensor& x, std::int64_t count) const {
    std::vector<double> scales(static_cast<std::size_t>(count), 0.0);
    detail::reduce_rows<T>(x, *this,
                           [&](const T* row, std::int64_t first, std::int64_t n, std::int64_t step,
                               std::int64_t out_step) {
                             for (std::int64_t i = 0; i < n; ++i) {
                               double& scale =
                                   scales[static_cast<std::size_t>(first + i * out_step)];
                               const double size = std::abs(static_cast<double>(row[i * step]));
                               if (size > scale || size != size) scale = size;
                             }
                           });
    return scales;
  }
  [[nodiscard]] double term(double size, const std::vector<double>& scales, std::size_t i) const {
    if (order == 0) return size != 0 ? 1.0 : 0.0;
    if (order == 1) return size;
    // inf / inf is 1 here: the norm of a vector with an infinite element is infinite.
    const double part = size == scales[i] ? (scales[i] == 0 ? 0.0 : 1.0) : size / scales[i];
    return part * part;
  }
};
}  // namespace op

/// The norm of the elements over axes: order 2 is the Euclidean or Frobenius norm, 1 the sum of
/// absolute values, 0 the number of elements that are not 0. No overflow on the way.
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
/// Errors    DomainError on another order; DTypeError on integers
[[nodiscard]] inline Tensor norm(const Tensor& x, int order, const Axes& axes, bool keepdim) {
  op::Norm::check_order(order);
  auto op = reduction_over<op::Norm>(x, axes, keepdim);
  op.order = order;
  return record_structured(op, x);
}

/// The norm of a list of numbers, as of a tensor.
/// Errors    DomainError on another order
template <ScalarList X>
[[nodiscard]] NumberOf<X> norm(const X& x, int order = 2) {
  using std::abs, std::sqrt;
  op::Norm::check_order(order);
  if (order == 1) return detail::sum_of(x, [](const auto& element) { return abs(element); });
  double scale = 0.0;
  double count = 0.0;
  for (const auto& element : x) {
    const auto size = std::abs(detail::plain(element));
    if (size != 0) ++count;
    if (std::isfinite(size)) scale = std::max<double>(scale, size);
  }
  if (order == 0 || count == 0) return NumberOf<X>(count);
  if (scale == 0) scale = 1.0;
  return scale * sqrt(detail::sum_of(x, [&](const auto& element) {
           const NumberOf<X> part(element / scale);
           return part * part;
         }));
}
}  // namespace nabla
