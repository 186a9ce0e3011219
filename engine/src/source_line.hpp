// SPDX-License-Identifier: MIT
#pragma once

namespace nabla::detail {

/// A line of a program. An empty `file` is none; it stays as long as the thread.
struct SourceLine {
  const char* file = "";
  int line = 0;
};

/// The line of the innermost function on the stack that is neither nabla's nor the standard library's.
[[nodiscard]] SourceLine line_of_caller();

}  // namespace nabla::detail
