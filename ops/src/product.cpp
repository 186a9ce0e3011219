// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>

#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/product.hpp>
#include <nabla/ops/reduction/max.hpp>
#include <nabla/ops/reduction/min.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/floor.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::detail {
namespace {

// f(the elements of a line, the place of the first, the step to the next) for each line along an axis.
template <class T, class F>
void for_each_line(const Tensor& x, int axis, const F& f) {
  if (x.numel() == 0) return;
  const auto [outer, n, inner] = lines_along(x.shape(), axis);
  std::vector<T> line(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < outer * inner; ++i) {
    const std::int64_t first = i / inner * n * inner + i % inner;
    for (std::int64_t k = 0; k < n; ++k)
      line[static_cast<std::size_t>(k)] = elements<T>(x)[first + k * inner];
    f(line, first, inner);
  }
}

}  // namespace

bool products_fit_along(const Tensor& x, int axis) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  return visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    bool all_fit = true;
    for_each_line<T>(dense, axis, [&](const std::vector<T>& line, std::int64_t, std::int64_t) {
      all_fit = all_fit && products_fit<T>(line);
    });
    return all_fit;
  });
}

ExponentsAlong unit_exponents_along(const Tensor& x, int axis, bool reverse) {
  const NoGrad no_grad;
  ExponentsAlong result{zeros(x.shape(), float64), zeros(x.shape(), float64)};
  for_each_line<double>(contiguous(x), axis,
                        [&](std::vector<double>& line, std::int64_t first, std::int64_t step) {
                          if (reverse) std::ranges::reverse(line);
                          const std::vector<std::int64_t> exponents = unit_exponents<double>(line);
                          const auto n = static_cast<std::int64_t>(line.size());
                          std::int64_t sum = 0;
                          for (std::int64_t k = 0; k < n; ++k) {
                            const std::int64_t at = first + (reverse ? n - 1 - k : k) * step;
                            const std::int64_t own = exponents[static_cast<std::size_t>(k)];
                            sum += own;
                            elements<double>(result.own)[at] = static_cast<double>(own);
                            elements<double>(result.sums)[at] = static_cast<double>(sum);
                          }
                        });
  return result;
}

MiddleAlong middle_along(const Tensor& exponents, const Tensor& g, int axis) {
  const NoGrad no_grad;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Tensor counts = g != 0;
  const Tensor least = min(where(counts, exponents, kInfinity), axis, true);
  const Tensor most = max(where(counts, exponents, -kInfinity), axis, true);
  const Tensor middle =
      where(least <= most, floor((least + most) * 0.5), 0.0);  // 0: nothing arrives
  const Tensor far = max(where(least <= most, most - middle, 0.0));
  return {broadcast_to(middle, exponents.shape()), far.item()};
}

Tensor powers_of_two(const Tensor& exponents) {
  const NoGrad no_grad;
  Tensor y = clone(contiguous(exponents));
  std::span<double> powers(elements<double>(y), static_cast<std::size_t>(y.numel()));
  for (double& power : powers)
    power = kernels::times_power_of_two(1.0, static_cast<std::int64_t>(power));
  return y;
}

Tensor times_powers_of_two(const Tensor& x, const Tensor& exponents) {
  const Tensor half = floor(exponents * 0.5);
  return record(op::Chain{}, record(op::Chain{}, x, powers_of_two(half)),
                powers_of_two(exponents - half));
}

}  // namespace nabla::detail
