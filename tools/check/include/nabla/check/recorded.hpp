// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/check/options.hpp>
#include <nabla/check/report.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// check_recorded: which operation is wrong? Each operation behind a result is checked by itself, at the
// operands it had: the derivatives that its rule gives against differences of its own values. Nothing
// has to be prepared: whatever was recorded can be checked, also what is on the tape in fused
// statements. A failing gradcheck asks this by itself, and names the culprits in its report.
//
//   Value loss = f(weights);
//   check::Report report = check::check_recorded(loss);
//   for (const check::Culprit& culprit : report.culprits) ...        // "exp", operation 17, operand 0

namespace nabla::check {

/// Checks what `root` was computed from. An entry is one operand of one operation; the function as a
/// whole is not evaluated, so that what the record does not show (a number that was copied out of it)
/// is not found here.
/// Errors    GraphError if the record was freed or rewound
/// Cost      some dozen evaluations of each operation
[[nodiscard]] Report check_recorded(const Value& root, const Options& options = {});
[[nodiscard]] Report check_recorded(const Tensor& root, const Options& options = {});

}  // namespace nabla::check
