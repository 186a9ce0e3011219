// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

#include <nabla/kernels/scaled_product.hpp>
#include <nabla/ops/family/structured.hpp>

// Products of which a part leaves the range of numbers though the whole does not. Each factor is divided
// by a power of two, its unit, such that running products stay near 1, and the units are multiplied in
// at the end: a formula in ops, exact to every order, as that of a plain product is.

namespace nabla::detail {

/// True if no product of the first factors, or of the last, leaves the range of normal T. Zeros are left
/// out. Products are of type Product.
template <class T, class Product = double, class Factors>
[[nodiscard]] bool products_fit(const Factors& factors) {
  const auto fits = [](auto from, auto to) {
    using std::isnormal;
    using Rounded = std::conditional_t<std::is_arithmetic_v<Product>, T, Product>;
    Product product = 1;
    return std::all_of(from, to, [&](const auto& factor) {
      if (factor != T(0)) product = product * static_cast<Product>(factor);
      return isnormal(static_cast<Rounded>(product));
    });
  };
  const auto first = std::ranges::begin(factors), last = std::ranges::end(factors);
  return fits(first, last) &&
         fits(std::make_reverse_iterator(last), std::make_reverse_iterator(first));
}

/// The exponents of the units of factors: 0 for what is 0, infinite or NaN. Units have an inverse, and
/// what that leaves to do is done by the next factor.
template <class T>
[[nodiscard]] std::vector<std::int64_t> unit_exponents(std::span<const T> factors) {
  constexpr std::int64_t kMost = std::numeric_limits<T>::max_exponent - 2;
  std::vector<std::int64_t> exponents;
  kernels::ScaledProduct product;
  std::int64_t sum = 0;
  for (const T factor : factors) {
    std::int64_t exponent = 0;
    if (factor != 0 && std::isfinite(factor)) {
      product *= static_cast<double>(factor);
      exponent = std::clamp(product.exponent() - 1 - sum, -kMost, kMost);
    }
    sum += exponent;
    exponents.push_back(exponent);
  }
  return exponents;
}

/// Each line of x along an axis fits.
[[nodiscard]] bool products_fit_along(const Tensor& x, int axis);

/// The exponents of the units along an axis, and their running sums; float64, whole, of the shape of x.
struct ExponentsAlong {
  Tensor own, sums;
};
[[nodiscard]] ExponentsAlong unit_exponents_along(const Tensor& x, int axis, bool reverse);

/// In each line along an axis the middle between the least and the greatest of those exponents at which
/// something arrives: that counts which leaves a result, however far the others are.
/// Shapes    exponents, g -> as exponents, the same along the axis
struct MiddleAlong {
  Tensor middle;
  double farthest = 0;  ///< of one that counts from its middle
};
[[nodiscard]] MiddleAlong middle_along(const Tensor& exponents, const Tensor& g, int axis);

/// 2^x of whole numbers, exact; 0 or infinite beyond the range.
[[nodiscard]] Tensor powers_of_two(const Tensor& exponents);
/// x times that, recorded: in two steps, so that neither leaves the range where the result does not.
[[nodiscard]] Tensor times_powers_of_two(const Tensor& x, const Tensor& exponents);

}  // namespace nabla::detail
