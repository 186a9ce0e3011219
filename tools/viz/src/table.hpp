// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// Rows of text with columns aligned, and lines between them that belong to no column.

namespace nabla::viz::detail {

class Table {
 public:
  explicit Table(std::size_t indent) : indent_(indent) {}
  void row(std::vector<std::string> columns) { rows_.push_back({std::move(columns), false}); }
  void line(std::string text, std::string note = {}) {
    rows_.push_back({{std::move(text), std::move(note)}, true});
  }
  [[nodiscard]] std::string text() const;
  /// As a table of Markdown with a heading for each column, but for those in which no row says anything; a
  /// line and its note are a row of two cells.
  [[nodiscard]] std::string markdown(const std::vector<std::string>& headings) const;

 private:
  struct Row {
    std::vector<std::string> columns;
    bool is_line;
  };
  std::size_t indent_;
  std::vector<Row> rows_;
};

}  // namespace nabla::viz::detail
