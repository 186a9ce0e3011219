// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>

// What the user calls a number or a tensor, and where in the program that is said. Any text becomes a Name
// where a function takes one, with the line of that call:
//
//   Tensor w = variable(randn({784, 10}), "w");   // pictures show "w", and this line

namespace nabla {

/// A text that is given as a name, and the place of the call. It does not own the text.
struct Name {
  constexpr Name() = default;
  /// Not explicit, so that the place is that of the call. An empty `file` is no place.
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view>
  constexpr Name(const Text& text_, const char* file_ = __builtin_FILE(),
                 int line_ = __builtin_LINE())
      : text(text_), file(file_), line(line_) {}

  std::string_view text;
  const char* file = "";
  int line = 0;
};

namespace detail {
/// A name that is kept.
struct KeptName {
  std::string text;
  const char* file = "";  ///< where it was given
  int line = 0;
};
}  // namespace detail

}  // namespace nabla
