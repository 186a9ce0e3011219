// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Runs the built program `nabla` as a user would.

struct Outcome {
  int status = -1;  ///< exit status; 128 + number if a signal ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  std::filesystem::path folder{};  ///< working directory; empty is the current one
  std::string out_file{};          ///< standard output goes to this file instead of Outcome::out
  std::string search_path{};       ///< PATH for the program; empty leaves it as it is
  bool close_out = false;          ///< standard output is closed
  std::size_t max_file_bytes = 0;  ///< no file can become larger; 0 is no limit
  /// Called with the process id while the program runs, after it has printed something.
  std::function<void(int)> while_running{};
};

/// The program with these arguments; it is killed after two minutes.
Outcome run_nabla(const std::vector<std::string>& arguments, const RunOptions& options = {});
