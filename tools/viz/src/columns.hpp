// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Columns of numbers and texts as members of a JSON object, which a page reads without a parser of its
// own: a column is its elements in the memory order of nearly every machine, low byte first, in base64.

namespace nabla::viz::detail {

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

class Columns {
 public:
  /// In one, two or four bytes each, as the greatest needs.
  void add(std::string_view key, const std::vector<std::uint32_t>& numbers);
  void add(std::string_view key, const std::vector<float>& numbers);
  void add(std::string_view key, const std::vector<double>& numbers);
  /// A JSON value as it is.
  void add_json(std::string_view key, std::string_view json);

  [[nodiscard]] std::string object() const { return "{" + text_ + "}"; }

 private:
  template <class T>
  void add_column(std::string_view key, std::string_view type, const std::vector<T>& numbers);

  std::string text_;
};

/// Each text once.
class Texts {
 public:
  Texts() { (void)(*this)(""); }
  /// The number of `text`; that of no text is 0.
  [[nodiscard]] std::uint32_t operator()(std::string_view text);
  /// All of them as a JSON array.
  [[nodiscard]] std::string array() const;

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> all_;
};

}  // namespace nabla::viz::detail
