// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

// Reads documents of known schemas strictly. Errors are FormatErrors that say what is wrong and where
// in the document; who reads adds which document it is.

namespace nabla::viz::detail {

using nlohmann::json;

[[noreturn]] void fail(const std::string& what);

/// The document in `text`.
/// Errors    FormatError if it is not JSON, larger than `max_bytes`, nested `max_depth` deep, or a
///           member of an object is repeated
[[nodiscard]] json parse_json(std::string_view text, std::size_t max_bytes, int max_depth);

/// Reads members of one object and, at the end, refuses those that nobody asked for.
class Reader {
 public:
  Reader(const json& object, std::string where);

  [[nodiscard]] const json* find(std::string_view key);  ///< nullptr if there is none
  [[nodiscard]] const json& need(std::string_view key);
  [[nodiscard]] const json& list(std::string_view key);
  void text(std::string_view key, std::string& out);
  [[nodiscard]] bool flag(std::string_view key);
  void number(std::string_view key, double& out);
  template <class Integer>
  void count(std::string_view key, Integer& out) {
    if (const json* found = find(key)) out = as_count<Integer>(*found, key);
  }
  template <class Integer>
  [[nodiscard]] Integer as_count(const json& value, std::string_view key) const {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
      wrong(key, value, fmt::format("a whole number from 0 to {}", largest));
    }
    return value.get<Integer>();
  }
  [[nodiscard]] double as_number(const json& value, std::string_view key) const;
  void end() const;
  /// Refuses what stands under `key`, or the element `got` of it.
  [[noreturn]] void wrong(std::string_view key, std::string_view needed) const;
  [[noreturn]] void wrong(std::string_view key, const json& got, std::string_view needed) const;

 private:
  const json& object_;
  std::string where_;
  std::vector<std::string_view> used_ = {};  ///< keys; literals
};

}  // namespace nabla::viz::detail
