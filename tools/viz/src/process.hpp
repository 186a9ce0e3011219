// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

// One child process with a deadline. It gets no descriptors but its three streams, no signal
// settings of the caller, a small environment, and bounds on memory and file size. On Linux it is
// killed when the calling process ends, however that comes.

namespace nabla::viz::detail {

struct ProcessResult {
  bool started = false;
  int start_error = 0;  ///< errno if it did not start
  bool timed_out = false;
  int signal = 0;  ///< that ended it, 0 if none
  int exit_code = 0;
  std::string messages;  ///< the beginning of its standard error

  [[nodiscard]] bool ended_well() const {
    return started && !timed_out && signal == 0 && exit_code == 0;
  }
};

/// Runs `arguments[0]` with `input` as standard input and `output` as standard output, and kills it
/// and its children after `timeout_seconds`.
/// Errors    IoError if no descriptors are left
[[nodiscard]] ProcessResult run_process(const std::vector<std::string>& arguments,
                                        std::string_view input, int output, double timeout_seconds);

/// As `run_process`, with the beginning of the standard output in `output`, at most 64 KiB.
[[nodiscard]] ProcessResult run_process(const std::vector<std::string>& arguments,
                                        std::string_view input, std::string& output,
                                        double timeout_seconds);

}  // namespace nabla::viz::detail
