// SPDX-License-Identifier: MIT
// Runs a function on a thread with a small stack: what recurses over a long graph crashes there.
// The function must not let an exception out.
#pragma once

#include <cstddef>
#include <stdexcept>

#include <pthread.h>

namespace nabla::test {

inline constexpr std::size_t kSmallStackBytes = 256 * 1024;

/// Calls f() on a fresh thread and waits for its end.
/// Errors    std::runtime_error if the thread cannot be made
template <class F>
void run_on_small_stack(F f, std::size_t stack_bytes = kSmallStackBytes) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t thread;
  const auto body = [](void* function) -> void* {
    (*static_cast<F*>(function))();
    return nullptr;
  };
  const int failure = pthread_create(&thread, &attributes, body, &f);
  pthread_attr_destroy(&attributes);
  if (failure != 0) throw std::runtime_error("no thread with a small stack");
  pthread_join(thread, nullptr);
}

}  // namespace nabla::test
