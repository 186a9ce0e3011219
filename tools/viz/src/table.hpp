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
  void line(std::string text) { rows_.push_back({{std::move(text)}, true}); }
  [[nodiscard]] std::string text() const;

 private:
  struct Row {
    std::vector<std::string> columns;
    bool is_line;
  };
  std::size_t indent_;
  std::vector<Row> rows_;
};

}  // namespace nabla::viz::detail
