// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// Small helpers for text that people read: numbers, names that were nearly right, tables, and
// foreign text made safe for a terminal.

namespace nabla::cli {

/// A number for people, with so many significant digits; "nan", "inf" spelled out, no -0.
[[nodiscard]] std::string number_text(double number, int digits = 10);

/// A number for people, with so many digits after the point.
[[nodiscard]] std::string fixed_text(double number, int decimals);

/// A count with thousands separated: "60,000".
[[nodiscard]] std::string count_text(long long count);

/// "1 op", "60,000 ops".
[[nodiscard]] std::string counted(long long count, std::string_view what);

/// "0:07", "12:30", "1:02:03".
[[nodiscard]] std::string duration_text(double seconds);

/// The text as one line that is harmless on a terminal: valid UTF-8, no control characters.
[[nodiscard]] std::string printable(std::string_view text);

/// How many characters (not bytes) valid UTF-8 text has.
[[nodiscard]] std::size_t character_count(std::string_view text);

/// The candidate that `word` was probably meant to be, or "" if none is close.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'tanh'?", or "" if no candidate is close.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

/// Rows as columns of equal width, two spaces apart, no spaces at line ends.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows,
                                     std::string_view indent = "");

}  // namespace nabla::cli
