// SPDX-License-Identifier: MIT
#pragma once

// Ctrl-C during a long job: the job looks whether it was asked to stop, and ends in good order.
// A second Ctrl-C ends the program at once.

namespace nabla::cli {

/// The exit status of a job that was interrupted: 128 + SIGINT, as shells have it.
inline constexpr int kInterrupted = 130;

/// While it lives, SIGINT and SIGTERM are requests. One object at a time.
class [[nodiscard]] InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  [[nodiscard]] static bool requested();
};

}  // namespace nabla::cli
