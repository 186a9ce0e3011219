// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Reads what a page holds, with code of its own.

namespace nabla::viz::test {

/// What stands in `text` between the first `begin` and the next `end`.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end);

/// The JSON in a page.
std::string_view data_of(std::string_view page);

/// The bytes of base64.
std::string from_base64(std::string_view text);

class Page {
 public:
  explicit Page(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] std::string_view data() const { return data_of(text_); }
  [[nodiscard]] bool has(std::string_view column) const;
  /// A column of doubles.
  [[nodiscard]] std::vector<double> doubles(std::string_view column) const;
  /// A column of floats.
  [[nodiscard]] std::vector<float> floats(std::string_view column) const;
  /// A column of whole numbers.
  [[nodiscard]] std::vector<std::uint32_t> whole(std::string_view column) const;

 private:
  [[nodiscard]] std::string column(std::string_view name, std::string_view type) const;
  template <class T>
  [[nodiscard]] std::vector<T> numbers(std::string_view name, std::string_view type) const;

  std::string text_;
};

}  // namespace nabla::viz::test
