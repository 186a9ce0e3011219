// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nabla/kernels/elementwise.hpp>

// Sums of several numbers and products as one step: what is added up passes through registers of the
// processor, and not through slots.

namespace nabla::detail {

/// What a derivative adds up: a number, a number that is subtracted; what arrives times a slope, and twice
/// that, exactly 0 where nothing arrives. A term of the last two kinds is two operands, g and the slope.
enum class Term : std::uint8_t { number, product, square, negative };
inline constexpr std::size_t kTermKinds = 4;
[[nodiscard]] constexpr std::size_t operands_of(Term kind) {
  return kind == Term::product || kind == Term::square ? 2 : 1;
}

/// Terms of a step at most.
inline constexpr std::size_t kMostTerms = 4;

/// The sum of so many terms of each kind, added in the order of the kinds.
/// Requires  one term at least, kMostTerms at most
[[nodiscard]] const kernels::ElementwiseKernel& sum_kernel(
    const std::array<std::size_t, kTermKinds>& terms, bool is_dual);

/// a + b or a - b, either a product of two operands, which is rounded, or one operand.
[[nodiscard]] const kernels::ElementwiseKernel& product_sum_kernel(bool a_is_product,
                                                                   bool b_is_product,
                                                                   bool subtracts);

}  // namespace nabla::detail
