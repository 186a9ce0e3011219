// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/nn/data/csv.hpp>

// The text of a CSV file, cut into rows and fields. Every row has as many fields as the first one.

namespace nabla::data {

/// Whole numbers up to here survive the way through double.
inline constexpr double kMaxExactInteger = 9007199254740992.0;

struct CsvText {
  std::string path;                            ///< for messages
  const char* op;                              ///< likewise
  std::vector<std::string> columns;            ///< from the header line, if there is one
  std::vector<std::vector<std::string>> rows;  ///< fields, quotes and outer blanks removed
  std::vector<std::size_t> lines;              ///< where each row begins in the file, from 1
  std::size_t width = 0;                       ///< fields in a row

  /// "row 3 (line 4), column 2 (age)"
  [[nodiscard]] std::string place(std::size_t row, std::size_t column) const;
  /// The field as a number.
  /// Errors    FormatError that names the place
  [[nodiscard]] double number(std::size_t row, std::size_t column) const;
  /// The field as a whole number, also one like 2.0 or 1e3.
  /// Errors    FormatError that names the place
  [[nodiscard]] std::int64_t integer(std::size_t row, std::size_t column) const;
  /// Errors    FormatError that names the place, the field and what it should be
  [[noreturn]] void refuse(std::size_t row, std::size_t column, std::string_view need) const;
};

/// Reads the file and splits it. `label_column` is not looked at to find out whether there is a
/// header.
[[nodiscard]] CsvText read_csv(const std::string& path, const char* op, const CsvOptions& options,
                               std::optional<int> label_column);

/// The whole text as a number; blanks around it and a leading + are allowed.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

}  // namespace nabla::data
