// SPDX-License-Identifier: MIT
#include "csv_text.hpp"

#include <algorithm>
#include <charconv>

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

std::string read_text(const std::string& path, const char* op) {
  ByteSource source(path, op);
  const std::vector<std::byte> bytes = source.read_all();
  source.refuse_markup(bytes);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::string CsvText::place(std::size_t row, std::size_t column) const {
  const std::string name =
      column < columns.size() ? fmt::format(" ({})", columns[column].substr(0, 40)) : "";
  return fmt::format("row {} (line {}), column {}{}", row + 1, lines[row], column + 1, name);
}

double CsvText::number(std::size_t row, std::size_t column) const {
  const std::string& field = rows[row][column];
  if (const std::optional<double> number = parse_number(field)) return *number;
  throw FormatError(fmt::format("[{}] {}: {}: got \"{}\", need a number", op, path,
                                place(row, column), field.substr(0, 40)));
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
