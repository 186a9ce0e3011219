// SPDX-License-Identifier: MIT
#include <cstring>
#include <string>

#include <boost/test/unit_test.hpp>

#include "viz/page.hpp"

namespace nabla::viz::test {
namespace {

std::string key_of(std::string_view column) {
  return "\"" + std::string(column) + "\":{\"type\":\"";
}

}  // namespace

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + begin.size());
  return text.substr(0, text.find(end));
}

std::string_view data_of(std::string_view page) {
  return between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
}

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = letters.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

bool Page::has(std::string_view column) const {
  return data().find(key_of(column)) != std::string_view::npos;
}

std::string Page::column(std::string_view name, std::string_view type) const {
  const std::string begin = key_of(name) + std::string(type) + "\",\"data\":\"";
  return from_base64(between(data(), begin, "\""));
}

template <class T>
std::vector<T> Page::numbers(std::string_view name, std::string_view type) const {
  BOOST_TEST(has(name));
  const std::string bytes = column(name, type);
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return numbers;
}

std::vector<double> Page::doubles(std::string_view name) const {
  return numbers<double>(name, "f64");
}
std::vector<float> Page::floats(std::string_view name) const { return numbers<float>(name, "f32"); }

std::vector<std::uint32_t> Page::whole(std::string_view name) const {
  BOOST_TEST(has(name));
  std::vector<std::uint32_t> numbers;
  for (const auto& [type, size] : {std::pair{"u8", 1U}, {"u16", 2U}, {"u32", 4U}}) {
    const std::string all = column(name, type);
    for (std::size_t at = 0; at < all.size(); at += size) {
      std::uint32_t number = 0;
      for (std::size_t i = size; i > 0; --i)
        number = number << 8 | static_cast<unsigned char>(all[at + i - 1]);
      numbers.push_back(number);
    }
  }
  return numbers;
}

}  // namespace nabla::viz::test
