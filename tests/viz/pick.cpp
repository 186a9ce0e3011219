// SPDX-License-Identifier: MIT
#include "viz/pick.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

namespace nabla::viz::test {
namespace {

double luminance(const std::string& hex) {
  double sum = 0.0;
  const double weights[3] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

}  // namespace

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

std::string statement(const std::string& dot, const std::string& head) {
  const std::size_t start = dot.find(head);
  BOOST_REQUIRE(start != std::string::npos);
  return dot.substr(start, dot.find("];", start) - start);
}

std::size_t box_count(const std::string& dot) {
  std::size_t found = 0;
  for (const std::string& line : between("\n" + dot, "\n", "\t[")) {
    const std::string name = line.substr(line.find_last_of("\n\t") + 1);
    found += name.size() > 1 && (name[0] == 'v' || name[0] == 'g') &&
                     name.find_first_not_of("0123456789", 1) == std::string::npos
                 ? 1
                 : 0;
  }
  return found;
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

double contrast(const std::string& a, const std::string& b) {
  const auto [low, high] = std::minmax({luminance(a), luminance(b)});
  return (high + 0.05) / (low + 0.05);
}

}  // namespace nabla::viz::test
