// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/gradcheck.hpp>
#include <nabla/ops/registry.hpp>

#include "damage.hpp"

// Properties that need no finite difference: exact, or exact up to round-off. Each gives an empty
// text, or a sentence that says what is wrong.

namespace nabla::check::detail {

/// The value is the same each time, and with and without history.
[[nodiscard]] std::string value_repeats(const Sample& sample);
/// g(v + w) = g(v) + g(w).
[[nodiscard]] std::string upstream_adds(const Sample& sample, std::uint64_t seed);
/// f(x) + f(x) has twice the gradient, and two sweeps leave twice the gradient.
[[nodiscard]] std::string uses_add_up(const Sample& sample, std::uint64_t seed);
/// f(x, x) has the sum of both gradients.
[[nodiscard]] std::string repeated_operand_adds_up(const Sample& sample, std::uint64_t seed);
/// Forward mode and a sweep agree on the derivative along a direction: <w, J v> = <J^T w, v>.
[[nodiscard]] std::string forward_agrees(const Sample& sample, std::uint64_t seed);
/// Inputs that are transposed, strided, at an offset or stretched give the same values and gradients,
/// and so does a stretched gradient from above.
[[nodiscard]] std::string layout_does_not_matter(const Sample& sample, std::uint64_t seed);
/// The inputs, repeated along a new first axis until several threads share the work; nothing where the op does not
/// take that.
[[nodiscard]] std::optional<std::vector<Tensor>> enlarged(const Sample& sample);
/// On such inputs the op gives the same bits with one thread and with three.
[[nodiscard]] std::string threads_do_not_matter(const Sample& sample,
                                                std::span<const Tensor> inputs);
/// The same sample with its floating inputs in float32.
[[nodiscard]] Sample in_float32(Sample sample);
/// A sample in float32 gives what float64 gives, up to what its rounding can do.
[[nodiscard]] std::string single_precision_agrees(const Sample& sample, const Options& options);
/// The rule for Values gives what the rule for tensors gives.
[[nodiscard]] std::string scalar_agrees(const OpEntry& op, const ScalarOp& scalar,
                                        std::uint64_t seed);
/// How many Values the op is tried on; of an op on lists, three.
[[nodiscard]] std::size_t scalar_operands(const OpEntry& op);
/// Where the two are compared.
[[nodiscard]] std::vector<std::vector<double>> scalar_points(const OpEntry& op,
                                                             std::size_t operands,
                                                             std::uint64_t seed);
/// The derivatives of a function of Values.
[[nodiscard]] std::vector<double> scalar_slopes(const ScalarOp& f, std::span<const double> at);

/// The sample's function of u, with x = c + u + u^2 / 4 for each floating input: the slope of the
/// inner function is not 1, and the op's input is not a leaf.
[[nodiscard]] TensorFunction inside_another(const Sample& sample, std::vector<Tensor>& at);

}  // namespace nabla::check::detail
