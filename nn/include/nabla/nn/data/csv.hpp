// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nabla/nn/data/dataset.hpp>

// CSV: numbers in rows and columns, as text, plain or packed with gzip. Fields may be quoted; lines
// may end in \n or \r\n; blank lines are skipped. Numbers are read with a point as decimal mark,
// whatever the locale. What is not a number is an error that says the row and the column.
//
//   data::Table table = data::load_csv("points.csv");              // every column is a number
//   data::Dataset iris = data::load_labelled_csv("iris.csv");      // the last column is the class

namespace nabla::data {

struct CsvOptions {
  /// Between fields; by default the one of , ; tab that the first line has most of.
  std::optional<char> delimiter{};
  /// Whether the first line names the columns; by default it does if none of its fields, outside
  /// the label column, is a number. Columns with numbers for names, such as years, need `true`.
  std::optional<bool> header{};
  /// For load_labelled_csv; negative counts from the last column.
  int label_column = -1;
  /// Of the numbers.
  DType dtype = float32;
};

struct Table {
  std::vector<std::string> columns;  ///< their names; empty if the file has none
  Tensor values;                     ///< (rows, columns)
};

/// A file of numbers.
/// Errors    IoError if it cannot be read; FormatError, with row and column, on a field that is not
///           a number, or not one that the dtype can hold, or a row that has another number of fields than the first
[[nodiscard]] Table load_csv(const std::string& path, const CsvOptions& options = {});

/// A file whose one column is what to predict: int64 if all its fields are whole numbers, floating
/// if they are numbers, else the names of classes, numbered in alphabetical order.
/// Shapes    inputs (rows, columns - 1), labels (rows)
/// Errors    as load_csv; ShapeError if there is no such column
[[nodiscard]] Dataset load_labelled_csv(const std::string& path, const CsvOptions& options = {});

}  // namespace nabla::data
