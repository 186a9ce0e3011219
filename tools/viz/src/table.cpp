// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

constexpr std::size_t kMaxColumn = 44;  // a longer text sticks out instead of moving all others

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const Row& row : rows_) {
    if (row.is_line) continue;
    widths.resize(std::max(widths.size(), row.columns.size()), 0);
    for (std::size_t i = 0; i < row.columns.size(); ++i) {
      widths[i] = std::max(widths[i], std::min(cells(row.columns[i]), kMaxColumn));
    }
  }
  std::string result;
  for (const Row& row : rows_) {
    std::string line(row.is_line ? 0 : indent_, ' ');
    for (std::size_t i = 0; i < row.columns.size(); ++i) {
      line += row.is_line ? row.columns[i] + "    " : pad(row.columns[i], widths[i]) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  }
  return result;
}

std::string Table::markdown(const std::vector<std::string>& headings) const {
  std::vector<bool> is_told(headings.size(), false);
  for (const Row& row : rows_)
    for (std::size_t i = 0; i < row.columns.size(); ++i)
      is_told[i] = is_told[i] || !row.columns[i].empty();
  std::string head = "|", rule = "|", body;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    if (!is_told[i]) continue;
    head += fmt::format(" {} |", headings[i]);
    rule += " --- |";
  }
  for (const Row& row : rows_) {
    body += "|";
    for (std::size_t i = 0; i < headings.size(); ++i) {
      if (!is_told[i]) continue;
      const std::string_view text = i < row.columns.size() ? row.columns[i] : std::string_view();
      const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
      body += fmt::format(" {} |", code_in_markdown(text.substr(begin)));
    }
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

}  // namespace nabla::viz::detail
