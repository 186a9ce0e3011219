// SPDX-License-Identifier: MIT
// Sums, products and extremes along lines of any length and place against plain loops, in each instruction set.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>

#include "random_lines.hpp"
#include "support/instruction_sets.hpp"

using namespace nabla::kernels;
using namespace nabla::kernels::test;

namespace {

using Places = std::vector<std::size_t>;
using Origins = const double*;

/// A kernel, and what it does to one element after the other.
template <class T>
struct Fold {
  const char* name;
  std::function<void(const Lines&, const T*, Origins, double*)> kernel;
  std::function<long double(long double x, long double origin)> term;
  bool is_product = false;
};

template <class T>
std::vector<Fold<T>> folds() {
  using Real = long double;
  return {{"sum", [](const Lines& l, const T* x, Origins, double* y) { sum(l, x, y); },
           [](Real x, Real) { return x; }},
          {"sum_of_differences",
           [](const Lines& l, const T* x, Origins o, double* y) { sum_of_differences(l, x, o, y); },
           [](Real x, Real o) { return x - o; }},
          {"sum_of_magnitudes",
           [](const Lines& l, const T* x, Origins, double* y) { sum_of_magnitudes(l, x, y); },
           [](Real x, Real) { return std::fabs(x); }},
          {"sum_of_squares",
           [](const Lines& l, const T* x, Origins, double* y) { sum_of_squares(l, x, y); },
           [](Real x, Real) { return x * x; }},
          {"sum_of_squares of differences",
           [](const Lines& l, const T* x, Origins o, double* y) { sum_of_squares(l, x, o, y); },
           [](Real x, Real o) { return (x - o) * (x - o); }},
          {"product", [](const Lines& l, const T* x, Origins, double* y) { product(l, x, y); },
           [](Real x, Real) { return x; }, true}};
}

/// Numbers of which results are exact in any order: quarters of small integers, and for products powers
/// of two.
template <class T>
Placed<T> exact_numbers(const Lines& lines, bool for_product, std::mt19937& random) {
  Placed<T> x(element_count(lines), random);
  for (T& number : x) {
    number = for_product ? std::array<T, 8>{1, -1, 1, -1, 1, -1, 2, T(0.5)}[random() % 8]
                         : static_cast<T>(drawn(random, -1000, 999)) / 4;
  }
  return x;
}

template <class T>
void agrees_with_a_plain_loop(const Fold<T>& fold, const Lines& lines, const Placed<T>& x,
                              std::mt19937& random) {
  Placed<double> origins(line_count(lines), random);
  for (double& origin : origins) origin = static_cast<double>(drawn(random, 0, 99)) / 4;
  std::vector<long double> expected(origins.size());
  for_each_line(lines, [&](std::size_t line, const Places& places) {
    long double total = fold.is_product ? 1 : 0;
    for (const std::size_t at : places) {
      const long double term =
          fold.term(static_cast<long double>(x[at]), static_cast<long double>(origins[line]));
      total = fold.is_product ? total * term : total + term;
    }
    expected[line] = total;
  });
  nabla::test::for_each_instruction_set([&](Isa isa) {
    Placed<double> totals(line_count(lines), random);
    fold.kernel(lines, x.data(), origins.data(), totals.data());
    BOOST_TEST(wrong_in(totals, expected, 0, 0) == 0u,
               fold.name << " in " << name_of(isa) << " " << name_of(lines));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sums_of_lines)

BOOST_AUTO_TEST_CASE_TEMPLATE(they_agree_with_plain_loops_for_all_lines, T, FloatingTypes) {
  std::mt19937 random(5);
  for (const Fold<T>& fold : folds<T>()) {
    std::vector<Lines> all = random_lines(random);
    // Totals of narrow rows are joined by parts; of nothing they are 0, or 1.
    all.insert(all.end(), {{1, 50'000, 3}, {2, 0, 3}, {3, 0, 1}, {0, 4, 1}});
    for (const Lines& lines : all) {
      Placed<T> x = exact_numbers<T>(lines, fold.is_product, random);
      agrees_with_a_plain_loop(fold, lines, x, random);
      put_oddities(lines, x, random);
      agrees_with_a_plain_loop(fold, lines, x, random);
    }
  }
}

// The first half of each line is tiny and the second huge, so that the parts of the product leave the
// range, and some of them have few digits left; but for powers of two it is (1 + 2^-20)^2 or 0.
BOOST_AUTO_TEST_CASE_TEMPLATE(products_whose_parts_leave_the_range, T, FloatingTypes) {
  constexpr int kExponent = std::is_same_v<T, float> ? 120 : 530;
  std::mt19937 random(7);
  for (const Lines& lines : random_lines(random)) {
    if (lines.n < 4) continue;
    Placed<T> x(element_count(lines), random);
    std::vector<long double> expected;
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      const std::size_t half = places.size() / 2;
      for (std::size_t j = 0; j < places.size(); ++j) {
        const int by = j < half ? -kExponent : j >= places.size() - half ? kExponent : 0;
        x[places[j]] = std::ldexp(T{1}, by);
      }
      for (const std::size_t j : {0u, 1u}) x[places[j]] *= T(1 + 0x1p-20);
      int more = 0;
      const auto set = [&](std::size_t place, int exponent) {
        more += exponent - std::ilogb(x[place]);
        x[place] = std::ldexp(T{1}, exponent);
      };
      if (line % 3 == 1) {
        x[places[2]] = 0;
      } else if (line % 3 == 2 && places.size() > 5) {  // denormal
        set(places[2], std::numeric_limits<T>::min_exponent - 20);
        set(places.back(), std::numeric_limits<T>::max_exponent - 5);
      }
      expected.push_back(line % 3 == 1 ? 0 : std::ldexp((1 + 0x1p-20L) * (1 + 0x1p-20L), more));
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<double> totals(line_count(lines), random);
      product(lines, x.data(), totals.data());
      BOOST_TEST(wrong_in(totals, expected, 0, 0) == 0u, name_of(isa) << " " << name_of(lines));
    });
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(greatest_and_least_agree_with_plain_loops, T, FloatingTypes) {
  std::mt19937 random(6);
  std::vector<Lines> all = random_lines(random);
  all.push_back({0, 4, 1});
  for (const Lines& lines : all) {
    Placed<T> x(element_count(lines), random);
    for (T& number : x) number = static_cast<T>(drawn(random, -200, -101));
    put_oddities(lines, x, random);
    std::vector<long double> most, fewest;
    std::vector<std::int64_t> place_of_most, place_of_fewest;
    for_each_line(lines, [&](std::size_t, const Places& places) {
      std::size_t high = 0, low = 0;
      for (std::size_t j = 0; j < places.size(); ++j) {
        const auto beats = [&](std::size_t champion, bool is_more) {
          const T other = x[places[champion]];
          return !std::isnan(other) && (std::isnan(x[places[j]]) || is_more);
        };
        if (beats(high, x[places[j]] > x[places[high]])) high = j;
        if (beats(low, x[places[j]] < x[places[low]])) low = j;
      }
      most.push_back(static_cast<long double>(x[places[high]]));
      fewest.push_back(static_cast<long double>(x[places[low]]));
      place_of_most.push_back(static_cast<std::int64_t>(high));
      place_of_fewest.push_back(static_cast<std::int64_t>(low));
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<T> y(line_count(lines), random);
      greatest(lines, x.data(), y.data());
      BOOST_TEST(wrong_in(y, most, 0, 0) == 0u,
                 "greatest in " << name_of(isa) << " " << name_of(lines));
      least(lines, x.data(), y.data());
      BOOST_TEST(wrong_in(y, fewest, 0, 0) == 0u,
                 "least in " << name_of(isa) << " " << name_of(lines));
      std::vector<std::int64_t> found(place_of_most.size());
      place_of_greatest(lines, x.data(), found.data());
      BOOST_TEST((found == place_of_most),
                 "place of greatest in " << name_of(isa) << " " << name_of(lines));
      place_of_least(lines, x.data(), found.data());
      BOOST_TEST((found == place_of_fewest),
                 "place of least in " << name_of(isa) << " " << name_of(lines));
    });
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lines_of_infinities_have_extremes, T, FloatingTypes) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  for (const std::int64_t n : {1, 7, 70, 300}) {
    const std::vector<T> lowest(static_cast<std::size_t>(n), -kInfinity),
        highest(static_cast<std::size_t>(n), kInfinity);
    nabla::test::for_each_instruction_set([&](Isa) {
      T y = 0;
      greatest(Lines{1, n, 1}, lowest.data(), &y);
      BOOST_TEST(y == -kInfinity);
      least(Lines{1, n, 1}, highest.data(), &y);
      BOOST_TEST(y == kInfinity);
      std::int64_t place = -1;
      place_of_greatest(Lines{1, n, 1}, lowest.data(), &place);
      BOOST_TEST(place == 0);
      place_of_least(Lines{1, n, 1}, highest.data(), &place);
      BOOST_TEST(place == 0);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
