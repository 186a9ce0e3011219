// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace nabla::bench {

/// What is resident of this process now. NaN where systems are not Linux.
double resident_megabytes();

/// By how many megabytes a copy of this process grows while it does some work, or what the largest program
/// takes that it starts: memory that former work has left does not count. NaN where systems are not Linux.
/// Errors    std::runtime_error if the copy tells nothing
double peak_megabytes_of(const std::function<void()>& work);

}  // namespace nabla::bench
