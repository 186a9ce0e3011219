// SPDX-License-Identifier: MIT
// Sums, products and extremes along lines of any length and place against plain loops, in each instruction set.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <tuple>
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
using IntegerTypes = std::tuple<std::int64_t, bool>;

/// A kernel, and what it does to one element after the other.
template <class T>
struct Fold {
  const char* name;
  void (*kernel)(const Lines&, const T*, double*);
  std::function<long double(long double)> term;
  bool is_product = false;
};

template <class T>
std::vector<Fold<T>> folds() {
  using Real = long double;
  return {{"sum", &sum<T>, [](Real x) { return x; }},
          {"sum_of_magnitudes", &sum_of_magnitudes<T>, [](Real x) { return std::fabs(x); }},
          {"sum_of_squares", &sum_of_squares<T>, [](Real x) { return x * x; }},
          {"product", &product<T>, [](Real x) { return x; }, true}};
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
  std::vector<long double> expected;
  for_each_line(lines, [&](std::size_t, const Places& places) {
    long double total = fold.is_product ? 1 : 0;
    for (const std::size_t at : places) {
      const long double term = fold.term(static_cast<long double>(x[at]));
      total = fold.is_product ? total * term : total + term;
    }
    expected.push_back(total);
  });
  nabla::test::for_each_instruction_set([&](Isa isa) {
    Placed<double> totals(line_count(lines), random);
    fold.kernel(lines, x.data(), totals.data());
    BOOST_TEST(wrong_in(totals, expected, 0, 0) == 0u,
               fold.name << " in " << name_of(isa) << " " << name_of(lines));
  });
}

/// Integers of any size, of which sums and products wrap around, or few ones, of which many are equal.
std::int64_t any_integer(std::mt19937& random, bool is_small) {
  const auto bits = static_cast<std::uint64_t>(random()) << 32 | random();
  return is_small ? static_cast<std::int64_t>(bits % 9) - 4 : static_cast<std::int64_t>(bits);
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

// Some lines are of one number: their mean is that, and deviations from it are 0.
BOOST_AUTO_TEST_CASE_TEMPLATE(means_and_squared_deviations_agree_with_plain_loops, T,
                              FloatingTypes) {
  constexpr long double kNan = std::numeric_limits<long double>::quiet_NaN(), kMost = 250;
  std::mt19937 random(8);
  std::vector<Lines> all = random_lines(random);
  all.push_back({0, 4, 1});
  for (const Lines& lines : all) {
    Placed<T> x = exact_numbers<T>(lines, false, random);
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      const T constant = T(0.1) * static_cast<T>(line % 100);
      for (const std::size_t at : places)
        if (line % 3 == 0) x[at] = constant;
    });
    put_oddities(lines, x, random);
    std::vector<long double> means, squares, mean_bounds, bounds;
    for_each_line(lines, [&](std::size_t, const Places& places) {
      const auto n = static_cast<long double>(places.size());
      const auto at = [&](std::size_t place) { return static_cast<long double>(x[place]); };
      long double mean = 0, total = 0;
      for (const std::size_t place : places) mean += at(place);
      mean /= n;
      const bool is_constant =
          std::ranges::all_of(places, [&](std::size_t place) { return x[place] == x[places[0]]; });
      if (is_constant) mean = at(places[0]);
      if (!std::isfinite(mean)) mean = kNan;
      for (const std::size_t place : places) total += (at(place) - mean) * (at(place) - mean);
      means.push_back(mean);
      squares.push_back(total);
      // Distances from the first are summed up, and n terms of a square of what that leaves.
      mean_bounds.push_back(is_constant ? 0 : (n + 3) * kRounding * 2 * kMost);
      bounds.push_back(
          is_constant ? 0
                      : n * (4 * kMost * mean_bounds.back() + n * kRounding * 4 * kMost * kMost));
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<double> y(line_count(lines), random);
      mean(lines, x.data(), y.data());
      BOOST_TEST(wrong_in(y, means, 0, 0, mean_bounds) == 0u,
                 "mean in " << name_of(isa) << " " << name_of(lines));
      squared_deviations(lines, x.data(), y.data());
      for (std::size_t line = 0; line < squares.size(); ++line)
        if (std::isnan(means[line]) && !std::isfinite(y[line])) y[line] = std::nan("");
      BOOST_TEST(wrong_in(y, squares, 0, 0, bounds) == 0u,
                 "squared deviations in " << name_of(isa) << " " << name_of(lines));
    });
  }
}

BOOST_AUTO_TEST_CASE(means_of_numbers_whose_sum_leaves_the_range) {
  constexpr double kGreat = 0x1.8p1023;
  for (const std::int64_t inner : {1, 3}) {
    for (const std::int64_t n : {4, 400}) {
      const Lines lines{2, n, inner};
      std::vector<double> x(static_cast<std::size_t>(element_count(lines)), kGreat);
      for_each_line(lines, [&](std::size_t line, const Places& places) {
        for (std::size_t j = 0; j < places.size(); j += 2)
          x[places[j]] = line % 2 == 0 ? -kGreat : kGreat / 2;
      });
      nabla::test::for_each_instruction_set([&](Isa) {
        std::vector<double> means(static_cast<std::size_t>(line_count(lines)));
        mean(lines, x.data(), means.data());
        for (std::size_t line = 0; line < means.size(); ++line)
          BOOST_TEST(means[line] == (line % 2 == 0 ? 0 : 0.75 * kGreat));
      });
    }
  }
}

// Sums and products are modulo 2^64.
BOOST_AUTO_TEST_CASE_TEMPLATE(integers_agree_with_plain_loops, T, IntegerTypes) {
  std::mt19937 random(11);
  std::vector<Lines> all = random_lines(random);
  all.insert(all.end(), {{1, 50'000, 3}, {2, 0, 3}, {3, 0, 1}, {0, 4, 1}, {1, 70'000, 1}});
  for (const Lines& lines : all) {
    const bool is_small = random() % 2 == 0;
    const auto count = static_cast<std::size_t>(element_count(lines));
    const std::unique_ptr<T[]> x(new T[count]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t number = any_integer(random, is_small);
      x[i] = static_cast<T>(std::is_same_v<T, bool> ? number & 1 : number);
    }
    std::vector<std::int64_t> sums, products, most, fewest, place_of_most, place_of_fewest;
    for_each_line(lines, [&](std::size_t, const Places& places) {
      std::uint64_t total = 0, product = 1;
      std::size_t high = 0, low = 0;
      for (std::size_t j = 0; j < places.size(); ++j) {
        total += static_cast<std::uint64_t>(x[places[j]]);
        product *= static_cast<std::uint64_t>(x[places[j]]);
        if (x[places[j]] > x[places[high]]) high = j;
        if (x[places[j]] < x[places[low]]) low = j;
      }
      sums.push_back(static_cast<std::int64_t>(total));
      products.push_back(static_cast<std::int64_t>(product));
      if (places.empty()) return;
      most.push_back(x[places[high]]);
      fewest.push_back(x[places[low]]);
      place_of_most.push_back(static_cast<std::int64_t>(high));
      place_of_fewest.push_back(static_cast<std::int64_t>(low));
    });
    const auto check = [&](const char* name, const std::vector<std::int64_t>& expected,
                           const auto& kernel) {
      nabla::test::for_each_instruction_set([&](Isa isa) {
        std::vector<std::int64_t> got(expected.size());
        kernel(got.data());
        BOOST_TEST((got == expected), name << " in " << name_of(isa) << " " << name_of(lines));
      });
    };
    check("sum", sums, [&](std::int64_t* y) { sum(lines, x.get(), y); });
    check("product", products, [&](std::int64_t* y) { product(lines, x.get(), y); });
    if (lines.n == 0) continue;
    const auto extremes_by = [&](void (*kernel)(const Lines&, const T*, T*)) {
      return [&, kernel](std::int64_t* y) {
        const std::unique_ptr<T[]> found(new T[most.size()]);
        kernel(lines, x.get(), found.get());
        std::copy_n(found.get(), most.size(), y);
      };
    };
    check("greatest", most, extremes_by(&greatest<T>));
    check("least", fewest, extremes_by(&least<T>));
    check("place of greatest", place_of_most,
          [&](std::int64_t* y) { place_of_greatest(lines, x.get(), y); });
    check("place of least", place_of_fewest,
          [&](std::int64_t* y) { place_of_least(lines, x.get(), y); });
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
