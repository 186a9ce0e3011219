// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <nabla/ops/composition.hpp>
#include <nabla/ops/family/structured.hpp>

// The parts of all_compositions(), by what they are about. A new function is a new entry in one of them.

namespace nabla::detail {

using Tensors = std::span<const Tensor>;
using Samples = std::vector<Sample>;
using Errors = std::vector<ErrorCase>;

/// Of the numbers themselves: elementwise, and reductions.
[[nodiscard]] std::span<const Composition> made_of_numbers();
/// Of the axes and the place of elements.
[[nodiscard]] std::span<const Composition> made_of_shapes();
/// Of indices and masks.
[[nodiscard]] std::span<const Composition> made_of_indices();
[[nodiscard]] std::span<const Composition> made_of_matrices();

/// Several results as the one that a sample has.
[[nodiscard]] Tensor together(std::span<const Tensor> results);

}  // namespace nabla::detail
