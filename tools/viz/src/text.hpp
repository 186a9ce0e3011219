// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/graph.hpp>

// Text that is safe to show: names come from users and may hold anything. Every label of every
// writer goes through `clean` first and then through the escape function of its format.

namespace nabla::viz::detail {

inline constexpr std::size_t kMaxLineCells = 120;
inline constexpr std::size_t kMaxTextBytes = 4096;

/// `text` as valid UTF-8: each bad byte becomes U+FFFD.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// Valid UTF-8 without control characters (newlines stay) and without characters that XML forbids,
/// lines and the whole cut to a limit, cuts marked by an ellipsis.
[[nodiscard]] std::string clean(std::string_view text, std::size_t max_cells = kMaxLineCells);

/// `clean` on one line: newlines become spaces.
[[nodiscard]] std::string clean_line(std::string_view text, std::size_t max_cells = kMaxLineCells);

/// Cleaned text as part of a DOT label: backslashes and ampersands keep their meaning as text.
[[nodiscard]] std::string escape_dot(std::string_view cleaned);

/// Cleaned text as content or attribute value of XML.
[[nodiscard]] std::string escape_xml(std::string_view cleaned);

/// `text` as a string of JSON, bad bytes repaired. It may stand inside a web page: no "<" is in it.
[[nodiscard]] std::string quote_json(std::string_view text);

/// The shortest text of JSON that reads back as `x`: "nan", "inf" and "-inf" as strings.
[[nodiscard]] std::string number_json(double x);

/// Cleaned text of one line as text of Markdown, also at the beginning of a line.
[[nodiscard]] std::string escape_markdown(std::string_view cleaned);

/// Code in a cell of a table of Markdown, cleaned text as it is; nothing of nothing.
[[nodiscard]] std::string code_in_markdown(std::string_view cleaned);

/// How many columns `text` takes in a monospaced font; wide characters take two.
[[nodiscard]] std::size_t cells(std::string_view text);

/// So many significant digits; -0 is 0; nan (never -nan), inf, -inf spelled out.
[[nodiscard]] std::string number(double x, int digits = 6);

/// As `number`, with + in front of positive ones.
[[nodiscard]] std::string signed_number(double x, int digits = 6);

/// "512 B", "1.5 KiB", "12.3 MiB": three digits, where 1024 begins the next unit four.
[[nodiscard]] std::string bytes_text(double bytes);

/// "12 ns", "1.5 us", "12.3 ms", "100 s": three digits.
[[nodiscard]] std::string seconds_text(double seconds);

/// "(2, 3)".
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

/// Elements in row-major order with a bracket around each axis: "[[1, 2], [3, 4]]".
/// Requires  as many elements as `shape` has
[[nodiscard]] std::string elements_text(const std::vector<double>& elements,
                                        const std::vector<std::int64_t>& shape);

/// `text` and blanks up to `width` columns.
[[nodiscard]] std::string pad(std::string text, std::size_t width);

/// True if mean, deviation and norm say something: not all elements were left out of them.
[[nodiscard]] inline bool has_finite(const Stats& stats) {
  return stats.nans + stats.infinities < stats.count;
}
/// True if a number, or an element of a tensor, is NaN or infinite.
[[nodiscard]] bool is_bad(double x, const Stats& stats);
/// |grad| of a number, the 2-norm of a tensor's gradient.
[[nodiscard]] double gradient_size(const GraphNode& node);
/// "3 NaN, 1 inf" or "all NaN"; empty if all are finite.
[[nodiscard]] std::string bad_elements(const Stats& stats);

}  // namespace nabla::viz::detail
