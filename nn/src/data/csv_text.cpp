// SPDX-License-Identifier: MIT
#include "csv_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "byte_source.hpp"

namespace nabla::data {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The whole text as a T; blanks around it and a leading + are allowed.
template <class T>
std::optional<T> parse(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

/// Takes one field after another out of a text.
class FieldReader {
 public:
  FieldReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  /// The fields of the next line. Nothing if a quote stays open to the end of the text.
  std::optional<std::vector<std::string>> row() {
    std::vector<std::string> fields;
    do {
      std::optional<std::string> field = next_is_quote() ? quoted() : plain();
      if (!field) return std::nullopt;
      fields.push_back(std::move(*field));
    } while (skip(delimiter_));
    if (skip('\n')) ++line_;
    return fields;
  }

 private:
  bool skip(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  bool next_is_quote() {
    const std::size_t start = text_.find_first_not_of(' ', position_);
    if (start == std::string_view::npos || text_[start] != '"') return false;
    position_ = start + 1;
    return true;
  }
  std::string plain() {
    const char ends[] = {delimiter_, '\n'};
    const std::size_t end =
        std::min(text_.find_first_of(std::string_view(ends, 2), position_), text_.size());
    const std::string_view field = text_.substr(position_, end - position_);
    position_ = end;
    return std::string(trimmed(field));
  }
  /// After the opening quote; "" stands for a quote. What follows the closing one is kept, so that
  /// it is seen in the message about it.
  std::optional<std::string> quoted() {
    std::string field;
    for (;;) {
      if (at_end()) return std::nullopt;
      const char c = text_[position_++];
      if (c == '\n') ++line_;
      if (c == '"' && !skip('"')) break;
      field += c;
    }
    return field + plain();
  }

  std::string_view text_;
  char delimiter_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

char most_frequent_delimiter(std::string_view first_line) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(first_line.begin(), first_line.end(), candidate);
    if (count > most) most = count, best = candidate;
  }
  return best;
}

bool looks_like_header(const std::vector<std::string>& fields, std::optional<int> label_column) {
  const int width = static_cast<int>(fields.size());
  for (int column = 0; column < width; ++column) {
    const bool is_label =
        label_column && (*label_column == column || *label_column + width == column);
    // One number is enough to make it a line of data: what is wrong with the rest is then reported.
    if (!is_label && parse_number(fields[static_cast<std::size_t>(column)])) return false;
  }
  const bool only_label = width == 1 && label_column.has_value();
  return !only_label;
}

/// What the file is instead of text, or nothing.
const char* binary_format(std::string_view bytes) {
  constexpr std::pair<std::string_view, const char*> kFormats[] = {
      {std::string_view("\0\0\x08", 3), "an IDX file; give its folder"},
      {std::string_view("\0\0\x09", 3), "an IDX file; give its folder"},
      {std::string_view("\0\0\x0B", 3), "an IDX file; give its folder"},
      {std::string_view("\0\0\x0C", 3), "an IDX file; give its folder"},
      {std::string_view("\0\0\x0D", 3), "an IDX file; give its folder"},
      {std::string_view("\0\0\x0E", 3), "an IDX file; give its folder"},
      {"\x89PNG", "a PNG picture, need text"},
      {"\xFF\xD8\xFF", "a JPEG picture, need text"},
      {"%PDF-", "a PDF document, need text"},
      {"PK\x03\x04", "a ZIP archive or a spreadsheet, need text; export it as CSV"},
      {"\x1F\x8B", "gzip data packed twice, need text; gunzip it"},
      {"\xFF\xFE", "UTF-16 text, need UTF-8; save it as such"},
      {"\xFE\xFF", "UTF-16 text, need UTF-8; save it as such"}};
  for (const auto& [beginning, name] : kFormats)
    if (bytes.starts_with(beginning)) return name;
  return nullptr;
}

/// The first bytes of a field for a message, control characters as \xHH: a NUL would end it.
std::string excerpt(std::string_view field) {
  std::string text;
  for (const char c : field.substr(0, 40)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    text += control ? fmt::format("\\x{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return text;
}

std::string read_text(const std::string& path, const char* op) {
  ByteSource source(path, op);
  const std::vector<std::byte> bytes = source.read_all();
  source.refuse_markup(bytes);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const char* format = binary_format(text))
    throw FormatError(fmt::format("[{}] {}: got {}", op, path, format));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) { return parse<double>(text); }

std::string CsvText::place(std::size_t row, std::size_t column) const {
  const std::string name =
      column < columns.size() ? fmt::format(" ({})", excerpt(columns[column])) : "";
  return fmt::format("row {} (line {}), column {}{}", row + 1, lines[row], column + 1, name);
}

double CsvText::number(std::size_t row, std::size_t column) const {
  if (const std::optional<double> number = parse_number(rows[row][column])) return *number;
  refuse(row, column, "a number");
}

std::int64_t CsvText::integer(std::size_t row, std::size_t column) const {
  // Through double, the last digits of large numbers would be lost.
  if (const auto integer = parse<std::int64_t>(rows[row][column])) return *integer;
  const double number = this->number(row, column);
  if (std::trunc(number) == number && std::abs(number) <= kMaxExactInteger)
    return static_cast<std::int64_t>(number);
  refuse(row, column, "a whole number that int64 can hold");
}

void CsvText::refuse(std::size_t row, std::size_t column, std::string_view need) const {
  throw FormatError(fmt::format("[{}] {}: {}: got \"{}\", need {}", op, path, place(row, column),
                                excerpt(rows[row][column]), need));
}

CsvText read_csv(const std::string& path, const char* op, const CsvOptions& options,
                 std::optional<int> label_column) {
  const std::string text = read_text(path, op);
  const std::string_view first_line = std::string_view(text).substr(0, text.find('\n'));
  FieldReader reader(text, options.delimiter.value_or(most_frequent_delimiter(first_line)));
  CsvText csv{path, op, {}, {}, {}, 0};
  while (!reader.at_end()) {
    const std::size_t line = reader.line();
    std::optional<std::vector<std::string>> fields = reader.row();
    if (!fields)
      throw FormatError(
          fmt::format("[{}] {}: the quote opened in line {} is never closed", op, path, line));
    if (fields->size() == 1 && fields->front().empty()) continue;
    if (csv.width == 0) {
      csv.width = fields->size();
      if (options.header.value_or(looks_like_header(*fields, label_column))) {
        csv.columns = std::move(*fields);
        continue;
      }
    }
    if (fields->size() != csv.width)
      throw FormatError(
          fmt::format("[{}] {}: row {} (line {}) has {} fields, need {} as in the "
                      "first line; another delimiter?",
                      op, path, csv.rows.size() + 1, line, fields->size(), csv.width));
    csv.rows.push_back(std::move(*fields));
    csv.lines.push_back(line);
  }
  if (csv.rows.empty()) throw FormatError(fmt::format("[{}] {}: it holds no rows", op, path));
  return csv;
}

}  // namespace nabla::data
