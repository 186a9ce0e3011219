// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

namespace nabla::viz::detail {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Decoded {
  char32_t code = kReplacement;
  std::size_t length = 1;
};

// One code point at `text[at]`; overlong forms, surrogates and bad bytes give U+FFFD, one byte
// long.
Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return {};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0u) != 0x80u) return {};
    code = (code << 6) | (byte(at + i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest[length] || code > 0x10FFFF || surrogate) return {};
  return {code, length};
}

bool in_any(char32_t code, const auto& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](const auto& range) { return range[0] <= code && code <= range[1]; });
}

// East Asian wide blocks and emoji, as terminals and monospaced fonts draw them.
bool is_wide(char32_t code) {
  static constexpr std::array<std::array<char32_t, 2>, 10> ranges{{{0x1100, 0x115F},
                                                                   {0x2E80, 0x303E},
                                                                   {0x3041, 0xA4CF},
                                                                   {0xAC00, 0xD7A3},
                                                                   {0xF900, 0xFAFF},
                                                                   {0xFE30, 0xFE6F},
                                                                   {0xFF00, 0xFF60},
                                                                   {0xFFE0, 0xFFE6},
                                                                   {0x1F300, 0x1FAFF},
                                                                   {0x20000, 0x3FFFD}}};
  return in_any(code, ranges);
}

bool is_combining(char32_t code) {
  static constexpr std::array<std::array<char32_t, 2>, 4> ranges{
      {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
  return in_any(code, ranges);
}

// Controls, marks that turn the direction of what follows, and code points XML does not allow.
bool is_dropped(char32_t code) {
  static constexpr std::array<std::array<char32_t, 2>, 8> ranges{{{0x00, 0x1F},
                                                                  {0x7F, 0x9F},
                                                                  {0x200B, 0x200F},
                                                                  {0x2028, 0x202E},
                                                                  {0x2060, 0x206F},
                                                                  {0xFEFF, 0xFEFF},
                                                                  {0xFFF0, 0xFFFB},
                                                                  {0xFFFE, 0xFFFF}}};
  return in_any(code, ranges);
}

// Most text is this: printable ASCII, a column each, in which nothing is repaired or dropped.
bool is_plain(char32_t code) { return code >= 0x20 && code < 0x7F; }
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_plain(static_cast<unsigned char>(c)); });
}

// Nothing of `text` is changed where lines have at most so many columns.
bool is_clean(std::string_view text, std::size_t max_cells) {
  if (text.size() > kMaxTextBytes) return false;
  std::size_t column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    if (column > max_cells || !(c == '\n' || is_plain(static_cast<unsigned char>(c)))) return false;
  }
  return true;
}

std::size_t width_of(char32_t code) {
  return is_plain(code) ? 1 : is_combining(code) ? 0 : is_wide(code) ? 2 : 1;
}

std::string without_dropped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text, at);
    if (is_plain(decoded.code) || decoded.code == '\n' || !is_dropped(decoded.code))
      result += text.substr(at, decoded.length);
    at += decoded.length;
  }
  return result;
}

// The first `max_cells` columns, the last of them an ellipsis if something is cut away.
std::string clip(std::string_view line, std::size_t max_cells) {
  if (cells(line) <= max_cells) return std::string(line);
  std::size_t at = 0;
  for (std::size_t column = 0; at < line.size();) {
    const Decoded decoded = decode(line, at);
    column += width_of(decoded.code);
    if (column >= max_cells) break;
    at += decoded.length;
  }
  return std::string(line.substr(0, at)) += kEllipsis;
}

}  // namespace

std::string repair_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text, at);
    const bool bad = decoded.code == kReplacement && decoded.length == 1;
    result += bad ? std::string_view("\xEF\xBF\xBD") : text.substr(at, decoded.length);
    at += decoded.length;
  }
  return result;
}

std::string clean(std::string_view text, std::size_t max_cells) {
  if (is_clean(text, max_cells)) return std::string(text);
  // What is cut away need not be repaired.
  const std::string kept = without_dropped(repair_utf8(text.substr(0, kMaxTextBytes)));
  std::string result;
  for (std::size_t start = 0; start <= kept.size();) {
    const std::size_t end = std::min(kept.find('\n', start), kept.size());
    const std::string line = clip(std::string_view(kept).substr(start, end - start), max_cells);
    if (result.size() + line.size() + kEllipsis.size() > kMaxTextBytes) return result += kEllipsis;
    result += line;
    if (end < kept.size()) result += '\n';
    start = end + 1;
  }
  return result;
}

std::string clean_line(std::string_view text, std::size_t max_cells) {
  if (text.size() <= std::min(max_cells, kMaxTextBytes) && is_plain(text)) return std::string(text);
  std::string line(text.substr(0, 4 * kMaxTextBytes));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return clean(line, max_cells);
}

std::string escape_dot(std::string_view cleaned) {
  const auto is_special = [](char c) { return c == '\\' || c == '&'; };
  std::string result;
  result.reserve(cleaned.size());
  for (auto at = cleaned.begin();;) {
    const auto special = std::find_if(at, cleaned.end(), is_special);
    result.append(at, special);
    if (special == cleaned.end()) return result;
    result += *special == '&' ? "&amp;" : "\\\\";
    at = special + 1;
  }
}

std::string escape_xml(std::string_view cleaned) {
  std::string result;
  result.reserve(cleaned.size());
  for (const char c : cleaned) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string quote_json(std::string_view text) {
  std::string result = "\"";
  for (const char c : repair_utf8(text)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || c == '<' || c == '>' || c == '&') {
      result += fmt::format("\\u{:04x}", code);  // the text may end up inside a web page
    } else {
      result += c;
    }
  }
  return result += '"';
}

std::string number_json(double x) {
  if (std::isnan(x)) return "\"nan\"";
  if (std::isinf(x)) return x > 0 ? "\"inf\"" : "\"-inf\"";
  if (x == 0.0 && std::signbit(x)) return "-0.0";  // "-0" would read back as an integer
  return fmt::format("{}", x);
}

std::string escape_markdown(std::string_view cleaned) {
  // Of these each can begin something; a backslash before any of them is text.
  static constexpr std::string_view special = "\\`*_{}[]<>()#+-.!|~&:";
  std::string result;
  result.reserve(cleaned.size());
  for (const char c : cleaned) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string code_in_markdown(std::string_view cleaned) {
  if (cleaned.empty()) return {};
  // The marks around it are longer than any row of such marks in it.
  std::size_t longest = 0, row = 0;
  std::string text;
  for (const char c : cleaned) {
    row = c == '`' ? row + 1 : 0;
    longest = std::max(longest, row);
    if (c == '|') text += '\\';
    text += c;
  }
  const std::string mark(longest + 1, '`');
  const std::string space = longest > 0 ? " " : "";
  return mark + space + text + space + mark;
}

std::size_t cells(std::string_view text) {
  if (is_plain(text)) return text.size();
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded decoded = decode(text, at);
    count += width_of(decoded.code);
    at += decoded.length;
  }
  return count;
}

std::string number(double x, int digits) {
  if (std::isnan(x)) return "nan";
  std::array<char, 32> text;  // of at most 17 digits, a sign, a point and an exponent
  const std::to_chars_result end = std::to_chars(text.begin(), text.end(), x == 0.0 ? 0.0 : x,
                                                 std::chars_format::general, digits);
  NABLA_ASSERT(end.ec == std::errc());
  return std::string(text.begin(), end.ptr);
}

std::string signed_number(double x, int digits) { return (x > 0.0 ? "+" : "") + number(x, digits); }

std::string bytes_text(double bytes) {
  static constexpr std::array<std::string_view, 7> units{"B",   "KiB", "MiB", "GiB",
                                                         "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024.0 && unit + 1 < units.size(); ++unit) bytes /= 1024.0;
  return fmt::format("{} {}", number(bytes, bytes < 999.5 ? 3 : 4), units[unit]);
}

std::string seconds_text(double seconds) {
  static constexpr std::array<std::string_view, 4> units{"ns", "us", "ms", "s"};
  double amount = seconds * 1e9;
  std::size_t unit = 0;
  for (; amount >= 999.5 && unit + 1 < units.size(); ++unit) amount /= 1000.0;
  return fmt::format("{} {}", number(amount, 3), units[unit]);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

std::string elements_text(const std::vector<double>& elements,
                          const std::vector<std::int64_t>& shape) {
  std::string text;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    std::size_t opened = 0, closed = 0, block = 1;
    for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
      block *= static_cast<std::size_t>(*extent);
      opened += i % block == 0 ? 1 : 0;
      closed += (i + 1) % block == 0 ? 1 : 0;
    }
    text += (i == 0 ? "" : ", ") + std::string(opened, '[') + number(elements[i], 4) +
            std::string(closed, ']');
  }
  return text;
}

std::string pad(std::string text, std::size_t width) {
  const std::size_t have = cells(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

bool is_bad(double x, const Stats& stats) {
  return !std::isfinite(x) || stats.nans > 0 || stats.infinities > 0;
}

double gradient_size(const GraphNode& node) {
  return node.is_scalar ? std::abs(node.gradient) : node.tensor->gradient.norm;
}

std::string bad_elements(const Stats& stats) {
  if (stats.nans + stats.infinities == 0) return {};
  if (stats.nans == stats.count) return "all NaN";
  if (stats.infinities == stats.count) return "all infinite";
  return fmt::format("{} NaN, {} inf", stats.nans, stats.infinities);
}

}  // namespace nabla::viz::detail
