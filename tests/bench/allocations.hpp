// SPDX-License-Identifier: MIT
// How often the program asks the C library for memory. allocations.cpp stands in front of malloc
// and its kin, so operator new and what libraries do are counted; memory that is mapped directly
// is not.
#pragma once

#include <functional>

namespace nabla::bench {

inline constexpr const char* kCountedAllocations = "calls of malloc, new and their kin";

/// How often this thread has asked so far; NaN where a sanitizer has malloc to itself.
double allocations();

/// Allocations of one call of `step`, once it has run a few times.
double allocations_in_steady_state(const std::function<void()>& step);

}  // namespace nabla::bench
