// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nabla/check/problem.hpp>

namespace nabla::check::detail {

/// What the failures have in common, as a sentence: a factor, an order of the elements, a NaN; empty if
/// nothing.
[[nodiscard]] std::string hint_from(const Problem& problem, const std::vector<Entry>& entries);

}  // namespace nabla::check::detail
