// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/unit.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/pow.hpp>
#include <nabla/ops/family/list.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/nan_to_num.hpp>
#include <nabla/ops/unary/sign.hpp>
#include <nabla/ops/unary/sqrt.hpp>
#include <nabla/ops/view/to.hpp>

namespace nabla {
[[nodiscard]] Tensor norm(const Tensor& x, double order = 2, const Axes& axes = {},
                          bool keepdim = false);

namespace op {
struct Norm : Reduction {
  double order;  ///< 0 or more, or -inf

  static constexpr OpInfo info{
      .name = "norm",
      .formula =
          "y = (sum |x|^p)^(1/p); number of x != 0 (order p = 0), greatest |x| (inf), "
          "least |x| (-inf)",
      .gradient =
          "dL/dx = g (|x| / y)^(p - 1) sign x; 0 (order 0); g sign x where |x| = y (inf, "
          "-inf)",
      .kinks =
          "x = 0, and the zero vector: 0; order 0: 0 everywhere; order inf and -inf: shared "
          "evenly at a tie; infinite x: the limit, where all of them grow alike",
      .accuracy =
          "summed in double, without overflow: relative error <= (n + 2) 2^-53 / min(p, 1), "
          "and one rounding",
      .source = "minimum-norm subgradient"};
  /// Errors    DomainError on an order that is NaN, or negative and finite
  static void check_order(double order);
  Result shape(Inputs x) const {
    const Result result = floating_result(x[0], info.name);
    return std::isinf(order) ? nonempty_result(x[0], info.name) : result;
  }
  void forward(Inputs x, Tensor& y) const {
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      std::ranges::transform(norms<T>(x[0]), elements<T>(y),
                             [](double norm) { return static_cast<T>(norm); });
    });
  }
  void backward(BackwardCall& call) const {
    if (!call.wants(0)) return;
    const Tensor x = call.input(0);
    if (order == 0) return call.add(0, zeros_like(x));
    if (std::isinf(order)) return call.add(0, shared_by_extremes(call, x));
    const Tensor g = stretch(call.gradient(), x.shape());
    if (order == 1) return call.add(0, record(Chain{}, nan_to_num(sign_of(x)), g));
    // The gradient depends on the direction of x alone.
    Tensor along = x, length = call.output();
    if (detail::any_element(length, is_far)) {
      along = nearer(x, length);
      length = record_structured(*this, along);
    }
    if (order == 2) {
      // Where the norm is 0 nothing goes on, and dividing by 1 keeps NaN out of that.
      const Tensor is_zero = length == 0;
      const Tensor slope = along / stretch(where(is_zero, 1.0, length), x.shape());
      const Tensor arriving = stretch(where(is_zero, 0.0, call.gradient()), x.shape());
      return call.add(0, record(Chain{}, arriving, slope));
    }
    const Tensor unit = stretch(where(length == 0, 1.0, length), x.shape());
    // Nothing where x is 0, whatever the power is there.
    const Tensor slope = record(Chain{}, sign_of(x), pow(abs(along) / unit, order - 1));
    call.add(0, record(Chain{}, g, slope));
  }
  template <class X>
  static auto of(const X& x) {
    return norm(x);
  }
  static std::vector<Sample> samples();
  static std::vector<ErrorCase> errors() {
    const auto over = [](std::span<const Tensor> x, const Axes& axes, bool keepdim) {
      return norm(x[0], 2, axes, keepdim);
    };
    return reduction_errors(info.name, over,
                            {{"a negative order", [] { static_cast<void>(norm(zeros({3}), -1)); },
                              "[norm] got order -1, need 0 or more, or -inf"},
                             {"no elements", [] { static_cast<void>(norm(zeros({0}), kInfinity)); },
                              "[norm] no elements: got (0,)"}});
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  // A norm without all of its digits, or without bounds.
  static constexpr auto is_far = [](auto y) {
    return y > std::numeric_limits<decltype(y)>::max() ||
           (y > 0 && y < std::numeric_limits<decltype(y)>::min());
  };
  // Lines of the same direction, whose norms are not far. Infinite elements are equally long, and
  // beside them the others are 0.
  [[nodiscard]] Tensor nearer(const Tensor& x, const Tensor& y) const {
    const double step = x.dtype() == float32 ? 0x1p64 : 0x1p512;
    const Tensor one = ones({}, x.dtype());
    const Tensor factor = where(y < 1 / step, one * step, where(y > step, one / step, one));
    const Tensor part = x * stretch(factor, x.shape());
    Norm greatest = *this;
    greatest.order = kInfinity;
    const Tensor beside = stretch(isinf(record_structured(greatest, part)), x.shape());
    return where(isinf(x), sign_of(x), where(beside, 0.0, part));
  }
  // No gradient goes through it.
  [[nodiscard]] static Tensor sign_of(const Tensor& x) {
    const NoGrad no_grad;
    return sign(x);
  }
  [[nodiscard]] Tensor shared_by_extremes(const BackwardCall& call, const Tensor& x) const {
    const Tensor is_extreme = abs(x) == stretch(call.output(), x.shape());
    Sum count{};
    count.mask = mask;
    count.keepdim = keepdim;
    const Tensor ties = record_structured(count, is_extreme).to(x.dtype());
    return where(is_extreme, stretch(call.gradient() / ties, x.shape()) * sign_of(x), 0.0);
  }

  template <class T>
  [[nodiscard]] detail::Totals<double> norms(const Tensor& x) const {
    if (order == 1 || order == 2) {
      const detail::Totals<double> totals = plain_norms<T>(x);
      const bool is_safe = order == 1 || std::ranges::all_of(totals, is_exact<T>);
      if (is_safe) return totals;
    }
    const NoGrad no_grad;
    const detail::Unguarded inside;
    detail::Totals<double> totals(static_cast<std::size_t>(left_of(x.shape()).numel()));
    if (order == 0) {
      detail::put_sums<bool>(x != 0, *this, totals.data(),
                             [](std::int64_t count) { return static_cast<double>(count); });
      return totals;
    }
    if (order == -kInfinity) return extremes<T>(abs(x), kernels::least<T>);
    // The greatest |x|; NaN beats all.
    const detail::Totals<double> most = extremes<T>(x, kernels::greatest<T>);
    const detail::Totals<double> least = extremes<T>(x, kernels::least<T>);
    for (std::size_t i = 0; i < totals.size(); ++i)
      totals[i] = std::fmax(std::fabs(most[i]), std::fabs(least[i]));
    if (order == kInfinity || x.numel() == 0) return totals;
    // Divided by it, what counts neither overflows nor underflows as a power.
    for (double& total : totals)
      if (total == 0 || std::isinf(total)) total = 1;
    const detail::Totals<double> sums = sums_of_powers(x, totals);
    for (std::size_t i = 0; i < totals.size(); ++i) totals[i] *= root(sums[i]);
    return totals;
  }
  template <class T, class Kernel>
  [[nodiscard]] detail::Totals<double> extremes(const Tensor& x, const Kernel& kernel) const {
    detail::Totals<T> found(static_cast<std::size_t>(left_of(x.shape()).numel()));
    detail::put_extremes<T>(x, *this, found.data(), kernel);
    return {found.begin(), found.end()};
  }
  // The sums of (|x| / scale)^order along lines, some of their elements at a time.
  [[nodiscard]] detail::Totals<double> sums_of_powers(const Tensor& x,
                                                      const detail::Totals<double>& scales) const {
    constexpr std::int64_t kPiece = 1 << 16;
    const detail::DenseLines dense = detail::dense_lines(x, mask);
    const auto [outer, n, inner] = dense.lines;
    const Tensor lines = dense.elements.reshape({outer, n, inner});
    const Tensor scale = from_span(std::span<const double>(scales), {outer, 1, inner});
    const std::int64_t rows = std::clamp<std::int64_t>(kPiece / inner, 1, n);
    const std::int64_t bundles = std::max<std::int64_t>(kPiece / (n * inner), 1);
    detail::Totals<double> totals(scales.size()), some(scales.size());
    for (std::int64_t o = 0; o < outer; o += bundles) {
      const std::int64_t end = std::min(o + bundles, outer);
      double* const into = totals.data() + o * inner;
      for (std::int64_t j = 0; j < n; j += rows) {
        Tensor part = abs(lines.slice(0, o, end).slice(1, j, std::min(j + rows, n)));
        part = part.to(float64);
        part = pow(std::move(part) / scale.slice(0, o, end), order);
        kernels::sum({end - o, part.size(1), inner}, elements<double>(part), some.data());
        for (std::int64_t i = 0; i < (end - o) * inner; ++i)
          into[i] += some[static_cast<std::size_t>(i)];
      }
    }
    return totals;
  }
  // Of order 1, and of order 2 where no square of double overflows or underflows.
  template <class T>
  [[nodiscard]] detail::Totals<double> plain_norms(const Tensor& x) const {
    detail::Totals<double> totals(static_cast<std::size_t>(left_of(x.shape()).numel()));
    if (x.numel() == 0) return totals;
    const detail::DenseLines dense = detail::dense_lines(x, mask);
    const T* from = elements<T>(dense.elements);
    if (order == 1) {
      kernels::sum_of_magnitudes(dense.lines, from, totals.data());
    } else {
      kernels::sum_of_squares(dense.lines, from, totals.data());
      for (double& total : totals) total = std::sqrt(total);
    }
    return totals;
  }
  // Squares of float32 fit into double; those of double that were lost, or infinite, are far from 1.
  template <class T>
  static bool is_exact(double norm) {
    return std::is_same_v<T, float> || norm != norm || (norm > 1e-140 && norm < 1e150);
  }
  [[nodiscard]] double root(double total) const {
    return order == 2 ? std::sqrt(total) : std::pow(total, 1 / order);
  }
};
}  // namespace op

/// The norm of the elements over axes: order 2 is the Euclidean or Frobenius norm, 1 the sum of
/// absolute values, 0 the number of elements that are not 0, infinity and -infinity the greatest and
/// the least absolute value, another order p the root of the sum of |x|^p. No overflow on the way.
/// Shapes    x -> x without the axes (all of them by default), or with size 1 there (keepdim)
/// Errors    DomainError on an order that is NaN, or negative and finite; DTypeError on integers;
///           ShapeError if the order is infinite and there are no elements
[[nodiscard]] inline Tensor norm(const Tensor& x, double order, const Axes& axes, bool keepdim) {
  op::Norm::check_order(order);
  auto op = reduction_over<op::Norm>(x, axes, keepdim);
  op.order = order;
  return record_structured(op, x);
}

namespace detail {

/// The greatest (or least) absolute value of a list of numbers.
template <ScalarList X>
[[nodiscard]] NumberOf<X> extreme_size(const X& x, bool greatest) {
  using std::abs;
  std::vector<NumberOf<X>> sizes;
  for (const auto& element : x) sizes.push_back(NumberOf<X>(abs(element)));
  const auto before = [greatest](const auto& a, const auto& b) { return greatest ? a > b : a < b; };
  return average_of_ties(sizes, first_of(sizes, "norm", before));
}

/// A list with infinite numbers, which grow alike: what the others contribute is 0, or infinite.
template <ScalarList X>
[[nodiscard]] NumberOf<X> infinite_norm(const X& x, double order) {
  using std::abs, std::isinf;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto is_infinite = [](const auto& element) { return isinf(element); };
  const auto count = static_cast<double>(std::ranges::count_if(x, is_infinite));
  NumberOf<X> total(0.0);
  for (const auto& element : x) {
    if (is_infinite(element)) {
      total = total + abs(element) * std::pow(count, 1 / order - 1);
    } else if (order < 1 && element != 0.0) {
      total = total + abs(element) * kInfinity;
    }
  }
  return total;
}

}  // namespace detail

/// The norm of a list of numbers, as of a tensor.
/// Errors    DomainError and ShapeError as there
template <ScalarList X>
[[nodiscard]] NumberOf<X> norm(const X& x, double order = 2) {
  using std::abs, std::isinf, std::isnan, std::pow, std::sqrt;
  op::Norm::check_order(order);
  if (std::isinf(order)) return detail::extreme_size(x, order > 0);
  if (order == 1) return detail::sum_of(x, [](const auto& element) { return abs(element); });
  const auto square = [](const auto& element) { return element * element; };
  using Plain = decltype(detail::plain(*std::ranges::data(x)));
  if (order == 2) {
    // Where squares are in the range of the numbers nothing else is asked.
    Plain total = 0;
    for (const auto& element : x) total += square(detail::plain(element));
    if (kernels::fits(total)) {
      const NumberOf<X> squares = detail::sum_of(x, square);
      if (kernels::fits_in<Plain>(squares)) return sqrt(squares);
    }
  }
  const auto count = static_cast<double>(
      std::ranges::count_if(x, [](const auto& element) { return element != 0.0; }));
  if (order == 0 || count == 0) return detail::constant_of(x, count);
  const NumberOf<X>& largest =
      detail::first_of(x, "norm", [](const auto& a, const auto& b) { return abs(a) > abs(b); });
  if (isinf(largest)) return detail::infinite_norm(x, order);
  if (!isnan(largest) && !kernels::fits_in<Plain>(pow(abs(largest), order))) {
    const Plain scale = std::abs(detail::plain(largest));
    const bool has_inverse = scale >= std::numeric_limits<Plain>::min();
    const Plain unit = has_inverse ? scale : kernels::unit_of(scale);
    return unit * norm(detail::in_units(x, unit), order);
  }
  if (order == 2) return sqrt(detail::sum_of(x, square));
  NumberOf<X> total(0.0);
  for (const auto& element : x)
    if (element != 0.0) total = total + pow(abs(element), order);
  return NumberOf<X>(pow(total, 1 / order));
}
}  // namespace nabla
