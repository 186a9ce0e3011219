// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nabla/check/report.hpp>

namespace nabla::check::detail {

/// The text with each byte that is no UTF-8 replaced by U+FFFD: names come from anywhere.
[[nodiscard]] std::string valid_utf8(std::string_view text);
/// A JSON number, or a string for what JSON has no number for.
[[nodiscard]] std::string json_number(double number);
/// A JSON string with quotes.
[[nodiscard]] std::string json_text(std::string_view text);

/// A JSON list of objects.
[[nodiscard]] std::string json_of(std::span<const Input> inputs);

}  // namespace nabla::check::detail
