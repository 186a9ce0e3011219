// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/parallel.hpp>

// What tests of reductions along lines draw: lines of any length and place, numbers that begin anywhere
// in memory, and NaN and infinities among them.

namespace nabla::kernels::test {

using FloatingTypes = std::tuple<float, double>;

/// A number from `least` to `most`.
inline std::int64_t drawn(std::mt19937& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution(least, most)(random);
}

/// Narrow lines one behind another, long ones, lines side by side, each with what is left of a register,
/// of a block of lanes and of one of rows; and such that are shared out.
inline std::vector<Lines> random_lines(std::mt19937& random) {
  const auto any = [&](std::int64_t least, std::int64_t most) {
    return drawn(random, least, most);
  };
  std::vector<Lines> all;
  for (int trial = 0; trial < 70; ++trial) {
    all.push_back({any(1, 70), any(1, 70), 1});
    all.push_back({any(1, 3), any(1, 70), any(2, 70)});
  }
  for (int trial = 0; trial < 20; ++trial) {
    all.push_back({any(1, 3), any(71, 3000), 1});
    all.push_back({any(1, 2), any(64, 300), any(2, 33)});
    all.push_back({any(1, 2), any(1, 30), any(71, 700)});
  }
  all.push_back({any(1, 2), any(1, 9), any(2049, 5000)});
  for (const std::int64_t n : {any(1, 63), any(64, 70), any(71, 3000)})
    all.push_back({kLargeLoop / n + any(1, 99), n, 1});
  const std::int64_t n = any(1, 70), inner = any(2, 70);
  all.push_back({kLargeLoop / (n * inner) + any(1, 99), n, inner});
  all.push_back({1, kLargeLoop + any(1, 99'999), 1});
  all.push_back({1, kLargeLoop / inner + any(1, 999), inner});
  return all;
}

inline std::string name_of(const Lines& lines) {
  return "(" + std::to_string(lines.outer) + ", " + std::to_string(lines.n) + ", " +
         std::to_string(lines.inner) + ")";
}

/// Calls f(number of the line, places of its elements) for each line.
template <class F>
void for_each_line(const Lines& lines, const F& f) {
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      std::vector<std::size_t> places;
      for (std::int64_t j = 0; j < lines.n; ++j)
        places.push_back(static_cast<std::size_t>((o * lines.n + j) * lines.inner + i));
      f(static_cast<std::size_t>(o * lines.inner + i), places);
    }
  }
}

inline std::int64_t element_count(const Lines& lines) {
  return lines.outer * lines.n * lines.inner;
}
inline std::int64_t line_count(const Lines& lines) { return lines.outer * lines.inner; }

/// Numbers that begin at a random place in memory, and behind and before them some that nobody may touch.
template <class T>
class Placed {
 public:
  Placed(std::int64_t count, std::mt19937& random)
      : first_(static_cast<std::size_t>(drawn(random, 1, 16))),
        numbers_(first_ + static_cast<std::size_t>(count) + 1, kAround) {}

  [[nodiscard]] T* data() { return numbers_.data() + first_; }
  [[nodiscard]] const T* data() const { return numbers_.data() + first_; }
  [[nodiscard]] std::size_t size() const { return numbers_.size() - first_ - 1; }
  [[nodiscard]] T& operator[](std::size_t i) { return numbers_[first_ + i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return numbers_[first_ + i]; }
  [[nodiscard]] T* begin() { return data(); }
  [[nodiscard]] T* end() { return data() + size(); }

  /// True if what lies around the numbers is still there.
  [[nodiscard]] bool is_whole() const {
    return numbers_.back() == kAround &&
           std::all_of(numbers_.begin(), numbers_.begin() + static_cast<std::ptrdiff_t>(first_),
                       [](T number) { return number == kAround; });
  }

 private:
  static constexpr T kAround = 77;
  std::size_t first_;
  std::vector<T> numbers_;
};

template <class T>
Placed<T> normal_numbers(std::int64_t count, std::mt19937& random, T deviation, T mean = 0) {
  std::normal_distribution<T> normal(mean, deviation);
  Placed<T> x(count, random);
  for (T& number : x) number = normal(random);
  return x;
}

/// One of NaN, infinity and -infinity.
template <class T>
T any_oddity(std::mt19937& random) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const std::int64_t which = drawn(random, 0, 2);
  return which == 0 ? std::numeric_limits<T>::quiet_NaN() : which == 1 ? kInfinity : -kInfinity;
}

/// Puts one or two of them into about every fourth line.
template <class T>
void put_oddities(const Lines& lines, Placed<T>& x, std::mt19937& random) {
  for_each_line(lines, [&](std::size_t, const std::vector<std::size_t>& places) {
    for (std::int64_t left = drawn(random, -5, 2); left > 0 && !places.empty(); --left)
      x[places[random() % places.size()]] = any_oddity<T>(random);
  });
}

/// How many numbers are off by more than `epsilons` of T, times `scale` or the exact number, whichever is
/// greater, and by what `sums` lose on the way in double, if that is said. NaN has to be NaN, and infinity
/// to be that.
template <class T>
std::size_t wrong_in(const Placed<T>& got, const std::vector<long double>& exact, double epsilons,
                     double scale, const std::vector<long double>& sums = {}) {
  const long double tolerance = static_cast<long double>(epsilons) *
                                static_cast<long double>(std::numeric_limits<T>::epsilon());
  std::size_t wrong = got.is_whole() && got.size() == exact.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(got.size(), exact.size()); ++i) {
    const auto number = static_cast<long double>(got[i]);
    const long double size = std::max(static_cast<long double>(scale), std::fabs(exact[i]));
    const long double bound = tolerance * size + (sums.empty() ? 0 : sums[i]);
    const bool is_right = number == exact[i] || (std::isnan(number) && std::isnan(exact[i])) ||
                          (std::isfinite(exact[i]) && std::fabs(number - exact[i]) <= bound);
    wrong += !is_right;
  }
  return wrong;
}

/// Half a unit in the last place of a double that is 1: what each of n additions may lose of a sum, at most.
constexpr long double kRounding = std::numeric_limits<double>::epsilon() / 2;

/// What arrives times a slope: 0 where nothing arrives.
inline long double chained(long double g, long double slope) { return g == 0 ? 0 : g * slope; }

}  // namespace nabla::kernels::test
