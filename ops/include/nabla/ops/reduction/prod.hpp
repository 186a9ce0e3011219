// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <nabla/kernels/line_gradients.hpp>
#include <nabla/kernels/scaled_product.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/cumulative/cumprod.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/product.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

namespace op {
struct Prod : Reduction {
  static constexpr OpInfo info{.name = "prod",
                               .formula = "y = product of x",
                               .gradient = "dL/dx_k = g (product of the others)",
                               .kinks = "one zero: only that element has a gradient; two: none has",
                               .accuracy =
                                   "n - 1 roundings in double, and one, whatever range "
                                   "products of some of the x have",
                               .source = "product rule, with the products before and behind"};
  static constexpr std::uint32_t saves = 1;  // x
  Result shape(Inputs x) const {
    const DType dtype = x[0].dtype();
    return {left_of(x[0].shape()), dtype == boolean ? int64 : dtype};
  }
  void forward(Inputs x, Tensor& y) const {
    visit_dtype(x[0].dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto totals = products<T>(x[0]);
      visit_dtype(y.dtype(), [&](auto into) {
        using Y = decltype(into);
        std::ranges::transform(totals, elements<Y>(y), [](auto t) { return static_cast<Y>(t); });
      });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    if (!call.create_graph()) {
      return call.add(0, detail::gradient_along_lines(
                             x, mask, call.gradient(),
                             [](const kernels::Lines& lines, const auto* from, const auto* g,
                                auto* to) { kernels::products_of_others(lines, from, g, to); }));
    }
    call.add(0, record(Chain{}, stretch(call.gradient(), x.shape()), product_of_others(x)));
  }
  static Tensor over(std::span<const Tensor> x, const Axes& axes, bool keepdim) {
    return prod(x[0], axes, keepdim);
  }
  template <class X>
  static auto of(const X& x) {
    return prod(x);
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = reduction_samples(over);
    const Tensor x = tensor({{0.5, -1.5, 2.0}, {0.5, 0.0, 2.0}, {0.0, 1.5, 0.0}}, float64);
    all.push_back(
        {"no zero, one, two", {x}, [](std::span<const Tensor> at) { return prod(at[0], 1); }});
    all.push_back({"no elements", {sample_tensor({2, 0})}, [](std::span<const Tensor> at) {
                     return prod(at[0], 1);
                   }});
    return all;
  }
  static std::vector<ErrorCase> errors() { return reduction_errors(info.name, over); }

 private:
  template <class T>
  [[nodiscard]] detail::Totals<kernels::Total<T>> products(const Tensor& x) const {
    const auto count = static_cast<std::size_t>(left_of(x.shape()).numel());
    detail::Totals<kernels::Total<T>> totals(count, 1);
    if (x.numel() == 0) return totals;
    const detail::DenseLines dense = detail::dense_lines(x, mask);
    kernels::product(dense.lines, static_cast<const T*>(elements<T>(dense.elements)),
                     totals.data());
    return totals;
  }
  [[nodiscard]] Tensor product_of_others(const Tensor& x) const {
    const detail::LineOrder order = detail::line_order(x.shape(), mask);
    const Tensor arranged = detail::in_line_order(x, order);
    const auto [outer, n, inner] = order.lines;
    // In double, as the product itself: a part of it may leave the range of float32.
    const Tensor lines = to(arranged.reshape({outer, n, inner}), float64);
    return detail::out_of_line_order(
        to(products_of_others(lines), x.dtype()).reshape(arranged.shape()), order);
  }
  [[nodiscard]] static Tensor products_of_others(const Tensor& lines) {
    const auto plain = [](const Tensor& x) {
      return cumprod(x, 1, false, true) * cumprod(x, 1, true, true);
    };
    if (detail::products_fit_along(lines, 1)) return plain(lines);
    const detail::ExponentsAlong units = detail::unit_exponents_along(lines, 1, false);
    const Tensor total = units.sums.slice(1, lines.size(1) - 1, lines.size(1));
    return detail::times_powers_of_two(plain(lines / detail::powers_of_two(units.own)),
                                       total - units.own);
  }
};
}  // namespace op

/// The product of the elements over axes, 1 if there are none. Integers multiply as int64; float32
/// accumulates in double.
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
[[nodiscard]] inline Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  return record_structured(reduction_over<op::Prod>(x, axes, keepdim), x);
}

namespace detail {
template <ScalarList X>
[[nodiscard]] NumberOf<X> plain_product(const X& x) {
  auto at = std::ranges::begin(x);
  if (at == std::ranges::end(x)) return NumberOf<X>(1.0);
  NumberOf<X> product(*at);
  while (++at != std::ranges::end(x)) product = product * *at;
  return product;
}
/// True if products_fit. Who is told of comparisons is told of these.
template <ScalarList X>
[[nodiscard]] bool list_products_fit(const X& x) {
  using Plain = decltype(plain(*std::ranges::begin(x)));
  if (are_told<NumberOf<X>>()) return products_fit<Plain, NumberOf<X>>(x);
  std::vector<Plain> factors;
  for (const auto& element : x) factors.push_back(plain(element));
  return products_fit<Plain>(factors);
}
/// Of factors whose product is 2^beyond times what is in the range: exponents that those keep without
/// which it would be, the first 0 or each that is about as far off itself.
template <class Plain>
[[nodiscard]] std::vector<std::int64_t> kept_exponents(const std::vector<Plain>& factors,
                                                       const std::vector<std::int64_t>& exponents,
                                                       std::int64_t beyond) {
  // Some room is left at the ends of the range, at the lower one denormal numbers.
  constexpr std::int64_t kNearly = std::numeric_limits<Plain>::digits + 3;
  std::vector<std::int64_t> kept(factors.size());
  if (beyond == 0) return kept;
  const auto zero = std::ranges::find(factors, Plain{0});
  if (zero != factors.end()) {
    kept[static_cast<std::size_t>(zero - factors.begin())] = beyond;
    return kept;
  }
  const std::int64_t sign = beyond > 0 ? 1 : -1, most = sign * beyond;
  std::int64_t sum = 0, least = most;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const std::int64_t off = sign * exponents[k], keeps = std::min(off, most);
    if (off <= 0 || off < most - kNearly) continue;
    kept[k] = sign * keeps;
    sum += keeps;
    least = std::min(least, keeps);
  }
  // All but one of them meet in a slope.
  if (sum - least > std::numeric_limits<Plain>::max_exponent - 2) kept.assign(kept.size(), 0);
  return kept;
}
}  // namespace detail

/// The product of a list of numbers, 1 if there are none.
template <ScalarList X>
[[nodiscard]] NumberOf<X> prod(const X& x) {
  if (detail::list_products_fit(x)) return detail::plain_product(x);
  using Plain = decltype(detail::plain(*std::ranges::begin(x)));
  constexpr std::int64_t kMost = std::numeric_limits<Plain>::max_exponent - 3,
                         kLeast = std::numeric_limits<Plain>::min_exponent + 1;
  std::vector<Plain> factors;
  kernels::ScaledProduct product;  // of what is neither 0 nor infinite nor NaN
  bool are_finite = true;
  for (const auto& element : x) {
    detail::tell_exponent(element);
    const Plain factor = factors.emplace_back(detail::plain(element));
    are_finite = are_finite && std::isfinite(factor);
    if (factor != 0 && std::isfinite(factor)) product *= static_cast<double>(factor);
  }
  const std::int64_t total = product.exponent() - 1,
                     beyond = total - std::clamp(total, kLeast, kMost);
  if (beyond != 0 && !are_finite) return detail::plain_product(x);
  // Each slope is to have the power of two that is beyond the range once, and that from another factor:
  // those which may give it keep it, and are multiplied last.
  std::vector<std::int64_t> exponents = detail::unit_exponents<Plain>(factors);
  const std::vector<std::int64_t> kept = detail::kept_exponents(factors, exponents, beyond);
  std::vector<NumberOf<X>> parts, last;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    exponents[k] = std::clamp(exponents[k] - kept[k], -kMost, kMost);
    (kept[k] == 0 ? parts : last)
        .push_back(NumberOf<X>(std::ranges::data(x)[k] /
                               std::ldexp(Plain{1}, static_cast<int>(exponents[k]))));
  }
  parts.insert(parts.end(), last.begin(), last.end());
  auto unit = std::accumulate(exponents.begin(), exponents.end(), std::int64_t{0});
  if (std::ranges::find(factors, Plain{0}) != factors.end()) unit = std::min(unit, kMost);
  return detail::plain_product(parts) * std::ldexp(Plain{1}, static_cast<int>(unit));
}
}  // namespace nabla
