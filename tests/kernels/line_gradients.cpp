// SPDX-License-Identifier: MIT
// Gradients of products and spreads along lines of any length and place against plain loops, in each
// instruction set.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/line_gradients.hpp>

#include "random_lines.hpp"
#include "support/instruction_sets.hpp"

using namespace nabla::kernels;
using namespace nabla::kernels::test;

namespace {

using Places = std::vector<std::size_t>;

std::vector<Lines> lines_to_try(std::mt19937& random) {
  std::vector<Lines> all = random_lines(random);
  all.insert(all.end(), {{2, 0, 3}, {0, 4, 1}, {3, 0, 1}});
  return all;
}

// Numbers whose products are exact in any order. Some lines have a zero or two, some of odd ones NaN and
// infinities, and at some of these nothing arrives.
template <class T>
struct Drawn {
  Placed<T> x, g;

  Drawn(const Lines& lines, std::mt19937& random, bool odd = true)
      : x(element_count(lines), random), g(line_count(lines), random) {
    for (T& number : x) number = std::array<T, 8>{1, -1, 1, -1, 1, -1, 2, T(0.5)}[random() % 8];
    for (T& number : g) number = static_cast<T>(drawn(random, 0, 7));
    for_each_line(lines, [&](std::size_t, const Places& places) {
      for (std::int64_t left = drawn(random, -3, 2); left > 0 && !places.empty(); --left)
        x[places[random() % places.size()]] = 0;
    });
    if (!odd) return;
    put_oddities(lines, x, random);
    for (T& number : g)
      if (drawn(random, 0, 9) == 0) number = any_oddity<T>(random);
  }
};

// Before each element and behind it: nothing is divided, and nothing is rounded yet.
template <class T>
std::vector<long double> others_by_hand(const Lines& lines, const Drawn<T>& given) {
  std::vector<long double> expected(given.x.size());
  for_each_line(lines, [&](std::size_t line, const Places& places) {
    std::vector<long double> before;
    long double product = 1;
    for (const std::size_t at : places) {
      before.push_back(product);
      product *= static_cast<long double>(given.x[at]);
    }
    product = 1;
    for (std::size_t j = places.size(); j-- > 0;) {
      expected[places[j]] = chained(static_cast<long double>(given.g[line]), before[j] * product);
      product *= static_cast<long double>(given.x[places[j]]);
    }
  });
  return expected;
}

template <class T>
std::vector<long double> rounded(std::vector<long double> numbers) {
  for (long double& number : numbers) number = static_cast<long double>(static_cast<T>(number));
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradients_of_lines)

BOOST_AUTO_TEST_CASE_TEMPLATE(products_of_others_agree_with_a_plain_loop, T, FloatingTypes) {
  std::mt19937 random(7);
  for (const Lines& lines : lines_to_try(random)) {
    const Drawn<T> given(lines, random);
    const std::vector<long double> expected = rounded<T>(others_by_hand(lines, given));
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<T> dx(element_count(lines), random);
      products_of_others(lines, given.x.data(), given.g.data(), dx.data());
      BOOST_TEST(wrong_in(dx, expected, 0, 0) == 0u, name_of(isa) << " " << name_of(lines));
    });
  }
}

// The first half of each line is made smaller by a power of two, the second larger: the product stays
// what it was.
BOOST_AUTO_TEST_CASE_TEMPLATE(products_of_others_whose_parts_leave_the_range, T, FloatingTypes) {
  std::mt19937 random(9);
  const std::vector<int> sizes = std::is_same_v<T, float> ? std::vector{90} : std::vector{540, 400};
  for (const int size : sizes) {
    for (const Lines& lines : lines_to_try(random)) {
      Drawn<T> given(lines, random, false);
      std::vector<long double> expected = others_by_hand(lines, given);
      for_each_line(lines, [&](std::size_t, const Places& places) {
        const std::size_t half = places.size() / 2;
        for (std::size_t j = 0; j < places.size(); ++j) {
          const int by = j < half ? -size : j >= places.size() - half ? size : 0;
          given.x[places[j]] = std::ldexp(given.x[places[j]], by);
          expected[places[j]] = std::ldexp(expected[places[j]], -by);
        }
      });
      expected = rounded<T>(std::move(expected));
      nabla::test::for_each_instruction_set([&](Isa isa) {
        Placed<T> dx(element_count(lines), random);
        products_of_others(lines, given.x.data(), given.g.data(), dx.data());
        BOOST_TEST(wrong_in(dx, expected, 0, 0) == 0u, name_of(isa) << " " << name_of(lines));
      });
    }
  }
}

// Of the greatest, which is NaN if there is one.
BOOST_AUTO_TEST_CASE_TEMPLATE(shares_at_ties_agree_with_a_plain_loop, T, FloatingTypes) {
  std::mt19937 random(10);
  for (const Lines& lines : lines_to_try(random)) {
    const Drawn<T> given(lines, random);
    Placed<T> y(line_count(lines), random);
    std::vector<long double> expected(given.x.size());
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      T& greatest = y[line] = -std::numeric_limits<T>::infinity();
      for (const std::size_t at : places)
        if (given.x[at] > greatest || std::isnan(given.x[at])) greatest = given.x[at];
      const auto ties =
          std::ranges::count_if(places, [&](std::size_t at) { return given.x[at] == greatest; });
      const T share = given.g[line] / static_cast<T>(ties);
      for (const std::size_t at : places)
        if (given.x[at] == greatest) expected[at] = static_cast<long double>(share);
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<T> dx(element_count(lines), random);
      shares_at_ties(lines, given.x.data(), y.data(), given.g.data(), dx.data());
      BOOST_TEST(wrong_in(dx, expected, 0, 0) == 0u, name_of(isa) << " " << name_of(lines));
    });
  }
}

// A line with an infinite number has no mean.
BOOST_AUTO_TEST_CASE_TEMPLATE(scaled_deviations_agree_with_a_plain_loop, T, FloatingTypes) {
  constexpr long double kMost = 2;
  std::mt19937 random(8);
  for (const Lines& lines : lines_to_try(random)) {
    if (lines.n == 0) continue;
    const Drawn<T> given(lines, random);
    Placed<double> slopes(line_count(lines), random);
    for (double& slope : slopes) slope = static_cast<double>(drawn(random, 1, 5)) / 8;
    std::vector<long double> expected(given.x.size()), bounds(given.x.size());
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      const auto n = static_cast<long double>(places.size());
      const auto g = static_cast<long double>(given.g[line]),
                 slope = static_cast<long double>(slopes[line]);
      long double mean = 0;
      for (const std::size_t at : places) mean += static_cast<long double>(given.x[at]);
      mean /= n;  // an exact sum: no element is next to the mean by a rounding
      if (!std::isfinite(mean)) mean = std::numeric_limits<long double>::quiet_NaN();
      for (const std::size_t at : places) {
        expected[at] = chained(g, (static_cast<long double>(given.x[at]) - mean) * slope);
        // Of the mean, of the difference, and of two products.
        bounds[at] = std::isfinite(g) ? g * slope * (n + 6) * kRounding * 2 * kMost : 0;
      }
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<T> dx(element_count(lines), random);
      scaled_deviations(lines, given.x.data(), slopes.data(), given.g.data(), dx.data());
      BOOST_TEST(wrong_in(dx, expected, 0.5, 0, bounds) == 0u, name_of(isa)
                                                                   << " " << name_of(lines));
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
