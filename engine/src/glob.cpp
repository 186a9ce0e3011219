// SPDX-License-Identifier: MIT
#include <nabla/engine/glob.hpp>

namespace nabla {

bool matches_glob(std::string_view text, std::string_view pattern) {
  // The usual linear scan: after a mismatch, the last * takes one character more.
  std::size_t t = 0, p = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace nabla
