// SPDX-License-Identifier: MIT
#include "columns.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "text.hpp"

namespace nabla::viz::detail {
namespace {

// NaNs differ in bits that say nothing; one stands for all.
template <class T>
std::uint64_t bits_of(T number) {
  if constexpr (std::is_integral_v<T>) return number;
  if (number != number) number = std::numeric_limits<T>::quiet_NaN();
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<std::uint32_t>(number);
  if constexpr (std::is_same_v<T, double>) return std::bit_cast<std::uint64_t>(number);
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const bool is_there = at + i < bytes.size();
      group = group << 8 | (is_there ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const bool is_there = at + i <= bytes.size();
      text += is_there ? kLetters[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

template <class T>
void Columns::add_column(std::string_view key, std::string_view type,
                         const std::vector<T>& numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() * sizeof(T));
  for (const T number : numbers) {
    std::uint64_t bits = bits_of(number);
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) bytes += static_cast<char>(bits & 0xFF);
  }
  add_json(key, fmt::format("{{\"type\":\"{}\",\"data\":\"{}\"}}", type, base64(bytes)));
}

void Columns::add(std::string_view key, const std::vector<std::uint32_t>& numbers) {
  const std::uint32_t most = numbers.empty() ? 0 : *std::ranges::max_element(numbers);
  if (most <= 0xFF)
    add_column(key, "u8", std::vector<std::uint8_t>(numbers.begin(), numbers.end()));
  else if (most <= 0xFFFF)
    add_column(key, "u16", std::vector<std::uint16_t>(numbers.begin(), numbers.end()));
  else
    add_column(key, "u32", numbers);
}
void Columns::add(std::string_view key, const std::vector<float>& numbers) {
  add_column(key, "f32", numbers);
}
void Columns::add(std::string_view key, const std::vector<double>& numbers) {
  add_column(key, "f64", numbers);
}

void Columns::add_json(std::string_view key, std::string_view json) {
  text_ += fmt::format("{}\"{}\":{}", text_.empty() ? "" : ",\n", key, json);
}

std::uint32_t Texts::operator()(std::string_view text) {
  const auto [place, is_new] =
      numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(all_.size()));
  if (is_new) all_.emplace_back(text);
  return place->second;
}

std::string Texts::array() const {
  std::string text = "[";
  for (const std::string& each : all_) text += (text.size() > 1 ? "," : "") + quote_json(each);
  return text + "]";
}

}  // namespace nabla::viz::detail
