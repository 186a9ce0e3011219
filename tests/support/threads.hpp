// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>

#include <nabla/kernels/parallel.hpp>

namespace nabla::test {

/// Calls f(count) with kernels that may use one, two and three threads.
template <class F>
void for_each_thread_count(const F& f) {
  const int before = kernels::threads();
  for (const int count : {1, 2, 3}) {
    kernels::use_threads(count);
    f(count);
  }
  kernels::use_threads(before);
}

}  // namespace nabla::test
