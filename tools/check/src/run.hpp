// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/check/problem.hpp>

namespace nabla::check::detail {

/// The parts of a check that need no differences: value and gradient repeat, the gradient is linear in the
/// one from above.
[[nodiscard]] Report check_claims(const Problem& problem, const Options& options);

}  // namespace nabla::check::detail
