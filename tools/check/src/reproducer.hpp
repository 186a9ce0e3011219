// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/operation.hpp>

// A failure, made as small as it goes, in C++ that one can paste into a program.

namespace nabla::check::detail {

/// Where a check failed: a function, its name in the text, and the inputs.
struct Failure {
  TensorFunction f;
  std::string text;  ///< "f", "[](std::span<const Tensor> x) { return exp(x[0]); }"
  std::vector<Tensor> inputs;
};

/// The operation as a function in the text; nothing if it has attributes that the text cannot show.
[[nodiscard]] std::optional<Failure> failure_of(const Operation& operation);

/// Lines that fail: smaller axes first, then fewer digits, as long as the check still fails. Empty if it
/// does not fail, or stays too large to print.
/// Cost      up to 40 checks, of smaller and smaller inputs
[[nodiscard]] std::string reproducer(Failure failure, const Options& options);

/// The same for a function of Values, and for an op on the tape. Empty if the op cannot be shown.
[[nodiscard]] std::string reproducer(const std::string& f, std::span<const double> at,
                                     const Options& options,
                                     const std::function<bool(std::span<const double>)>& fails);
[[nodiscard]] std::string reproducer(const ScalarOperation& operation, const Options& options);

}  // namespace nabla::check::detail
