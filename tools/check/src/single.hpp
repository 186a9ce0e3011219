// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/check/problem.hpp>
#include <nabla/check/report.hpp>

#include "shadow.hpp"

namespace nabla::check::detail {

/// Are value and gradient of y, in float32, those of its shadow in float64, up to what float32's
/// rounding can do here? That is measured: the shadow is computed a few times with such noise in all its
/// operations, forward and backward. Entries say "the value" or name the input, and its worst element.
/// Requires  shadow.obstacle() is empty; this thread records
/// Cost      6 evaluations and as many sweeps; 38 where something looks wrong
[[nodiscard]] std::vector<Entry> compare_single(const Tensor& y, std::span<const Tensor> xs,
                                                std::span<const Input> names, const Shadow& shadow,
                                                const Options& options);

/// Does the function change beside the point as its record says? A part of it that bypasses the record
/// (detach, item, a number that was copied) does not move there. One entry; what a kink or an `if` does on
/// one side of the point, or further away, is no difference: it must show on both sides at three steps,
/// and shrink as they do. A part below a hundredth or so hides in float32's rounding.
/// Requires  as compare_single
/// Cost      up to 6 evaluations of the function and 31 of the shadow, mostly 1 and 6
[[nodiscard]] std::vector<Entry> compare_beside(const Problem& problem, const Tensor& y,
                                                std::span<const Tensor> xs, const Shadow& shadow,
                                                const Options& options);

}  // namespace nabla::check::detail
