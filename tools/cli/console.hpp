// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// Console: a file descriptor for text, standard output or standard error. It writes at once,
// without a buffer, so what was printed is out before anything else can go wrong, and it reports a
// full disk or a reader that has left. Owns nothing. One thread at a time.

namespace nabla::cli {

class Console {
 public:
  explicit Console(int descriptor) : descriptor_(descriptor) {}

  /// Writes all of the text.
  /// Errors    IoError if it cannot
  void print(std::string_view text);
  /// The same, but gives up quietly: for messages about failures.
  void try_print(std::string_view text) noexcept;

  [[nodiscard]] bool is_terminal() const;
  /// Columns of the terminal, 80 if nobody knows.
  [[nodiscard]] int columns() const;

 private:
  int descriptor_;
};

/// Where a command writes: results to `out`, progress and remarks to `err`.
struct Terminal {
  Console out{1};
  Console err{2};
};

/// Prepares the process: a reader that leaves is an error of write() instead of a signal, and
/// descriptors 0, 1, 2 that came closed are occupied, so that no file can take their place.
void prepare_standard_streams();

}  // namespace nabla::cli
