// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>

#include <nabla/check/options.hpp>
#include <nabla/check/report.hpp>
#include <nabla/engine/operation.hpp>

// check_recorded: which operation is wrong? Each operation behind a result is checked by itself, at the
// operands it had: the derivatives that its rule gives against differences of its own values. Nothing
// has to be prepared: whatever was recorded can be checked, also what is on the tape in fused
// statements. A failing gradcheck asks this by itself, and names the culprits in its report.
//
//   Value loss = f(weights);
//   check::Report report = check::check_recorded(loss);
//   for (const check::Culprit& culprit : report.culprits) ...        // "exp", operation 17, operand 0

namespace nabla::check {

namespace detail {
/// Checks the operations that `visit` shows.
Report check_operations(const std::function<void(OperationVisitor&)>& visit, bool is_float32,
                        const Options& options);
}  // namespace detail

/// Checks what `root` was computed from. An entry is one operand of one operation; the function as a
/// whole is not evaluated, so that what the record does not show (a number that was copied out of it)
/// is not found here. What is inside a checkpoint is computed again and checked as well.
/// Errors    GraphError if the record was freed or rewound
/// Cost      some dozen evaluations of each operation
[[nodiscard]] Report check_recorded(const Tensor& root, const Options& options = {});
[[nodiscard]] Report check_recorded(const Value& root, const Options& options = {});
/// On a tape of floats, of Duals, of numbers that have tapes themselves.
template <class T>
requires(!std::same_as<T, double>) [[nodiscard]] Report
    check_recorded(const basic_value<T>& root, const Options& options = {}) {
  constexpr bool kSingle = std::is_same_v<typename nabla::detail::PlainNumber<T>::type, float>;
  return detail::check_operations([&](OperationVisitor& seen) { visit_operations(root, seen); },
                                  kSingle, options);
}

/// How far the rounding of all operations behind y can move it, to first order: the noise of a Problem.
/// 0 where that is not known.
[[nodiscard]] double rounding_of(const Value& y);
/// The same for the sum of the elements of y, each times that of `weights`, which is like y.
[[nodiscard]] double rounding_of(const Tensor& y, const Tensor& weights);

}  // namespace nabla::check
