// SPDX-License-Identifier: MIT
#include "program/sums.hpp"

#include <utility>

#include <nabla/kernels/lane.hpp>

// (Compiled so that no product is rounded together with a sum: values have the bits of two steps.)

namespace nabla::detail {
namespace {

using kernels::ElementwiseKernel;
using Lane = kernels::Lane<double>;

/// `Count` terms of each kind. Of dual numbers, the operands are numbers and then their tangents.
template <bool kDual, std::size_t... Count>
struct SumKernel {
  static constexpr std::array<std::size_t, kTermKinds> kCount{Count...};
  static constexpr std::size_t kTerms = (Count + ...);
  static constexpr Term kind_of(std::size_t term) {
    std::size_t kind = 0;
    for (; term >= kCount[kind]; ++kind) term -= kCount[kind];
    return static_cast<Term>(kind);
  }
  static constexpr std::size_t first_operand(std::size_t term) {
    std::size_t first = 0;
    for (std::size_t before = 0; before < term; ++before) first += operands_of(kind_of(before));
    return first;
  }
  static constexpr std::size_t kInputs = first_operand(kTerms);
  using Arrays = std::array<const double*, kDual ? 2 * kInputs : kInputs>;

  template <std::size_t K>
  static Lane term(const Arrays& x, std::int64_t i) {
    constexpr Term kind = kind_of(K);
    const double* const numbers = x[first_operand(K)];
    if constexpr (kind == Term::number) return numbers[i];
    if constexpr (kind == Term::negative) return -numbers[i];
    if constexpr (operands_of(kind) == 2) {
      const Lane product = kernels::chain(numbers[i], x[first_operand(K) + 1][i]);
      return kind == Term::square ? product + product : product;
    }
  }
  template <std::size_t K>
  static Lane tangent(const Arrays& x, std::int64_t i) {
    constexpr Term kind = kind_of(K);
    constexpr std::size_t first = first_operand(K);
    const double* const tangents = x[kInputs + first];
    if constexpr (kind == Term::number) return tangents[i];
    if constexpr (kind == Term::negative) return -tangents[i];
    if constexpr (operands_of(kind) == 2) {
      const Lane product = kernels::chain(tangents[i], x[first + 1][i]) +
                           kernels::chain(x[first][i], x[kInputs + first + 1][i]);
      return kind == Term::square ? product + product : product;
    }
  }
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    Arrays x{};
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<const double*>(inputs[k]);
    double* const to = static_cast<double*>(results[0]);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      if constexpr (kDual) {
        double* const tangent_to = static_cast<double*>(results[1]);
        kernels::for_lanes(n, [&](std::int64_t i) {
          const Lane sum = (... + term<K>(x, i)), tangents = (... + tangent<K>(x, i));
          to[i] = sum.number();
          tangent_to[i] = tangents.number();
        });
      } else {
        kernels::for_lanes(n, [&](std::int64_t i) { to[i] = (... + term<K>(x, i)).number(); });
      }
    }
    (std::make_index_sequence<kTerms>{});
  }
};

constexpr std::size_t kBase = kMostTerms + 1;

// By the counts of the kinds, digits of a number.
template <bool kDual>
constexpr auto kSums = []<std::size_t... I>(std::index_sequence<I...>) {
  const auto kernel = []<std::size_t J>(std::integral_constant<std::size_t, J>) {
    constexpr std::size_t a = J % kBase, b = J / kBase % kBase, c = J / kBase / kBase % kBase,
                          d = J / kBase / kBase / kBase;
    if constexpr (a + b + c + d == 0 || a + b + c + d > kMostTerms) {
      return ElementwiseKernel();
    } else {
      return ElementwiseKernel::of<SumKernel<kDual, a, b, c, d>>();
    }
  };
  return std::array{kernel(std::integral_constant<std::size_t, I>())...};
}
(std::make_index_sequence<kBase * kBase * kBase * kBase>{});

template <bool kFirst, bool kSecond, bool kSubtracts>
struct ProductSumKernel {
  static constexpr std::size_t kSecondOperand = kFirst ? 2 : 1;
  using Arrays = std::array<const double*, kSecondOperand + (kSecond ? 2 : 1)>;

  template <bool kIsProduct>
  static Lane part(const double* const* x, std::int64_t i) {
    if constexpr (kIsProduct) return Lane(x[0][i]) * Lane(x[1][i]);
    return x[0][i];
  }
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    Arrays x{};
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<const double*>(inputs[k]);
    double* const to = static_cast<double*>(results[0]);
    kernels::for_lanes(n, [&](std::int64_t i) {
      const Lane a = part<kFirst>(x.data(), i), b = part<kSecond>(x.data() + kSecondOperand, i);
      to[i] = (kSubtracts ? a - b : a + b).number();
    });
  }
};
template <bool kFirst, bool kSecond>
constexpr ElementwiseKernel kProductSums[2] = {
    ElementwiseKernel::of<ProductSumKernel<kFirst, kSecond, false>>(),
    ElementwiseKernel::of<ProductSumKernel<kFirst, kSecond, true>>()};

}  // namespace

const ElementwiseKernel& sum_kernel(const std::array<std::size_t, kTermKinds>& terms,
                                    bool is_dual) {
  std::size_t place = 0;
  for (std::size_t kind = kTermKinds; kind-- > 0;) place = place * kBase + terms[kind];
  return is_dual ? kSums<true>[place] : kSums<false>[place];
}

const ElementwiseKernel& product_sum_kernel(bool a_is_product, bool b_is_product, bool subtracts) {
  const std::size_t place = subtracts ? 1 : 0;
  if (a_is_product)
    return b_is_product ? kProductSums<true, true>[place] : kProductSums<true, false>[place];
  return b_is_product ? kProductSums<false, true>[place] : kProductSums<false, false>[place];
}

}  // namespace nabla::detail
