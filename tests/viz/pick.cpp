// SPDX-License-Identifier: MIT
#include "viz/pick.hpp"

#include <charconv>

namespace nabla::viz::test {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::vector<std::string> between(const std::string& text, const std::string& before,
                                 const std::string& after) {
  std::vector<std::string> result;
  std::size_t at = text.find(before);
  while (at != std::string::npos) {
    const std::size_t start = at + before.size(), end = text.find(after, start);
    if (end == std::string::npos) break;
    result.push_back(text.substr(start, end - start));
    at = text.find(before, end);
  }
  return result;
}

std::vector<double> numbers(const std::string& text) {
  std::vector<double> result;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    double number = 0.0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error == std::errc{}) result.push_back(number);
    at = error == std::errc{} ? next : at + 1;
  }
  return result;
}

}  // namespace nabla::viz::test
