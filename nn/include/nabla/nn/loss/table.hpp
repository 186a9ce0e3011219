// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/ops/composition.hpp>

namespace nabla::nn {

/// What is known of each loss, as the op table says it of ops; those of elements are averaged unless a
/// call says otherwise. The accuracy is that of an element, before mean or sum. In alphabetical order,
/// named as they are called: "nn::mse".
[[nodiscard]] std::span<const Composition> all_losses();

}  // namespace nabla::nn
