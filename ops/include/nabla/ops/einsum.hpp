// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include <nabla/engine/tensor.hpp>

namespace nabla {

/// Einstein's sum. The equation has a letter for each axis of each operand; equal letters go together,
/// and letters that are not in the result are summed over:
///
///   einsum("ij,jk->ik", {a, b})      the matrix product
///   einsum("bij,bij->b", {a, b})     an inner product for each b
///   einsum("ii->i", {a})             the diagonal; "ii" is the trace
///   einsum("...ij,...jk", {a, b})    batches of any rank, which broadcast
///
/// Without "->" the result has the batches, then the letters that come once, in alphabetical order.
/// Batches that an explicit result does not have are summed over too. Operands are multiplied from left
/// to right, by matmul where there is a common letter to sum over.
/// Errors    FormatError on an equation that makes no sense; ShapeError that names the letter if sizes
///           differ, or on a wrong number of operands or axes; DTypeError unless all are the same
///           floating type
[[nodiscard]] Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
[[nodiscard]] inline Tensor einsum(std::string_view equation,
                                   std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span<const Tensor>(operands.begin(), operands.size()));
}

}  // namespace nabla
