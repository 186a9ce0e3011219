// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/data/csv.hpp>

#include "csv_text.hpp"

namespace nabla::data {
namespace {

/// The field as an element of that type.
template <class T>
T element(const CsvText& csv, std::size_t row, std::size_t column) {
  if constexpr (std::is_same_v<T, std::int64_t>) return csv.integer(row, column);
  const double number = csv.number(row, column);
  if constexpr (std::is_same_v<T, bool>) {
    if (number != 0.0 && number != 1.0) csv.refuse(row, column, "0 or 1");
    return number == 1.0;
  } else {
    const T rounded = static_cast<T>(number);
    if (std::isinf(rounded) && !std::isinf(number))
      csv.refuse(row, column, "a number; it is too large for float32");
    return rounded;
  }
}

/// All columns but `left_out` as numbers.
Tensor to_numbers(const CsvText& csv, std::optional<std::size_t> left_out, DType dtype) {
  const auto rows = static_cast<std::int64_t>(csv.rows.size());
  const auto width = static_cast<std::int64_t>(csv.width) - (left_out ? 1 : 0);
  Tensor values = empty({rows, width}, dtype);
  visit_dtype(dtype, [&]<class T>(T) {
    auto out = values.mutable_data<T>().begin();
    for (std::size_t row = 0; row < csv.rows.size(); ++row)
      for (std::size_t column = 0; column < csv.width; ++column)
        if (column != left_out) *out++ = element<T>(csv, row, column);
  });
  return values;
}

/// The numbers of one column; nothing if one of them is not a number.
std::optional<std::vector<double>> column_numbers(const CsvText& csv, std::size_t column) {
  std::vector<double> numbers;
  for (const std::vector<std::string>& row : csv.rows) {
    const std::optional<double> number = parse_number(row[column]);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

/// A column of these numbers: int64 if they are whole, else of the other type.
Tensor numeric_labels(const CsvText& csv, std::size_t column, const std::vector<double>& numbers,
                      DType otherwise) {
  const bool whole = std::all_of(numbers.begin(), numbers.end(), [](double x) {
    return std::trunc(x) == x && std::abs(x) <= kMaxExactInteger;
  });
  const DType dtype = whole ? int64 : otherwise;
  Tensor labels = empty({static_cast<std::int64_t>(numbers.size())}, dtype);
  visit_dtype(dtype, [&]<class T>(T) {
    const std::span<T> out = labels.mutable_data<T>();
    for (std::size_t row = 0; row < out.size(); ++row) out[row] = element<T>(csv, row, column);
  });
  return labels;
}

void name_classes(const CsvText& csv, std::size_t column, Dataset& dataset) {
  std::set<std::string> names;
  for (const std::vector<std::string>& row : csv.rows) names.insert(row[column]);
  dataset.classes.assign(names.begin(), names.end());
  std::vector<std::int64_t> labels;
  for (const std::vector<std::string>& row : csv.rows)
    labels.push_back(std::distance(names.begin(), names.find(row[column])));
  dataset.labels = from_span(std::span<const std::int64_t>(labels));
}

}  // namespace

Table load_csv(const std::string& path, const CsvOptions& options) {
  const CsvText csv = read_csv(path, "load_csv", options, std::nullopt);
  return {csv.columns, to_numbers(csv, std::nullopt, options.dtype)};
}

Dataset load_labelled_csv(const std::string& path, const CsvOptions& options) {
  const CsvText csv = read_csv(path, "load_labelled_csv", options, options.label_column);
  const auto width = static_cast<int>(csv.width);
  if (options.label_column < -width || options.label_column >= width)
    throw ShapeError(fmt::format("[load_labelled_csv] {}: .label_column = {}, need {} to {}", path,
                                 options.label_column, -width, width - 1));
  const auto label = static_cast<std::size_t>((options.label_column + width) % width);
  Dataset dataset{to_numbers(csv, label, options.dtype), {}, {}};
  if (const auto numbers = column_numbers(csv, label))
    dataset.labels = numeric_labels(csv, label, *numbers, options.dtype);
  else
    name_classes(csv, label, dataset);
  return dataset;
}

}  // namespace nabla::data
