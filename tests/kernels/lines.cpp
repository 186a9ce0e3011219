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
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lines.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

const std::vector<Lines> kLines = {{1, 1, 1},       {3, 10, 1},     {130, 10, 1},    {2, 64, 1},
                                   {3, 1001, 1},    {1, 100, 10},   {4, 7, 3},       {2, 129, 32},
                                   {2, 5, 33},      {3, 9, 200},    {2, 6, 2100},    {2, 150, 64},
                                   {2, 70, 65},     {2, 0, 3},      {0, 4, 1},       {1, 3, 7},
                                   {1, 300'000, 1}, {1, 50'000, 3}, {27'000, 10, 1}, {600, 5, 90}};

// `kernel(lines, x, origins, totals)` against a loop that joins term(x, origin), for numbers that are
// exact in any order: quarters of small integers in sums, powers of two in products.
template <class T, class Kernel, class Term, class Join>
void check_fold(const char* name, const Kernel& kernel, const Term& term, const Join& join,
                double start = 0) {
  std::mt19937 random(5);
  for (const Lines& lines : kLines) {
    std::vector<T> x(static_cast<std::size_t>(lines.outer * lines.n * lines.inner));
    for (T& number : x) {
      number = start == 0 ? static_cast<T>(static_cast<int>(random() % 2000) - 1000) / 4
                          : std::array<T, 4>{1, -1, 2, T(0.5)}[random() % 4];
    }
    std::vector<double> origins(static_cast<std::size_t>(lines.outer * lines.inner));
    for (double& origin : origins) origin = static_cast<double>(random() % 100) / 4;
    std::vector<double> expected(origins.size(), start);
    for (std::int64_t o = 0; o < lines.outer; ++o) {
      for (std::int64_t j = 0; j < lines.n; ++j) {
        for (std::int64_t i = 0; i < lines.inner; ++i) {
          const auto line = static_cast<std::size_t>(o * lines.inner + i);
          const T element = x[static_cast<std::size_t>((o * lines.n + j) * lines.inner + i)];
          expected[line] = join(expected[line], term(static_cast<double>(element), origins[line]));
        }
      }
    }
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<double> totals(expected.size() + 1, 77);  // one more: not to be touched
      kernel(lines, x.data(), origins.data(), totals.data());
      const bool is_whole = totals.back() == 77;
      totals.pop_back();
      BOOST_TEST((is_whole && totals == expected), name << " in " << name_of(isa) << " ("
                                                        << lines.outer << ", " << lines.n << ", "
                                                        << lines.inner << ")");
    });
  }
}

template <class T>
void check_folds() {
  using Origins = const double*;
  const auto number = [](double x, double) { return x; };
  check_fold<T>(
      "sum", [](const Lines& l, const T* x, Origins, double* y) { sum(l, x, y); }, number,
      std::plus<>{});
  check_fold<T>(
      "sum_of_differences",
      [](const Lines& l, const T* x, Origins o, double* y) { sum_of_differences(l, x, o, y); },
      [](double x, double o) { return x - o; }, std::plus<>{});
  check_fold<T>(
      "sum_of_magnitudes",
      [](const Lines& l, const T* x, Origins, double* y) { sum_of_magnitudes(l, x, y); },
      [](double x, double) { return std::fabs(x); }, std::plus<>{});
  check_fold<T>(
      "sum_of_squares",
      [](const Lines& l, const T* x, Origins, double* y) { sum_of_squares(l, x, y); },
      [](double x, double) { return x * x; }, std::plus<>{});
  check_fold<T>(
      "sum_of_squares of differences",
      [](const Lines& l, const T* x, Origins o, double* y) { sum_of_squares(l, x, o, y); },
      [](double x, double o) { return (x - o) * (x - o); }, std::plus<>{});
  check_fold<T>(
      "product", [](const Lines& l, const T* x, Origins, double* y) { product(l, x, y); }, number,
      std::multiplies<>{}, 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sums_of_lines)

BOOST_AUTO_TEST_CASE(of_floats) { check_folds<float>(); }
BOOST_AUTO_TEST_CASE(of_doubles) { check_folds<double>(); }

// The first half of each line is tiny and the second huge, so that the parts of the product leave the
// range, and some of them have few digits left; but for powers of two it is (1 + 2^-20)^2 or 0.
template <class T>
void check_wide_products(int exponent) {
  for (const Lines& lines : kLines) {
    if (lines.n < 4) continue;
    std::vector<T> x(static_cast<std::size_t>(lines.outer * lines.n * lines.inner));
    std::vector<double> expected;
    for (std::int64_t o = 0; o < lines.outer; ++o) {
      for (std::int64_t i = 0; i < lines.inner; ++i) {
        const auto at = [&](std::int64_t j) -> T& {
          return x[static_cast<std::size_t>((o * lines.n + j) * lines.inner + i)];
        };
        for (std::int64_t j = 0; j < lines.n; ++j) {
          const bool is_small = j < lines.n / 2, is_large = j >= lines.n - lines.n / 2;
          at(j) = std::ldexp(T{1}, is_small ? -exponent : is_large ? exponent : 0);
        }
        at(0) *= T(1 + 0x1p-20);
        at(1) *= T(1 + 0x1p-20);
        if (i % 3 == 1) at(2) = 0;
        expected.push_back(i % 3 == 1 ? 0 : (1 + 0x1p-20) * (1 + 0x1p-20));
      }
    }
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<double> totals(expected.size());
      product(lines, x.data(), totals.data());
      BOOST_TEST((totals == expected), name_of(isa) << " (" << lines.outer << ", " << lines.n
                                                    << ", " << lines.inner << ")");
    });
  }
}

BOOST_AUTO_TEST_CASE(products_whose_parts_leave_the_range) {
  check_wide_products<float>(120);
  check_wide_products<double>(530);
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_keep_to_their_line) {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> x(3 * 200, 1);
  x[10] = inf;
  x[20] = -inf;
  x[300] = inf;
  nabla::test::for_each_instruction_set([&](Isa) {
    std::vector<double> totals(3);
    sum(Lines{3, 200, 1}, x.data(), totals.data());
    BOOST_TEST(std::isnan(totals[0]));
    BOOST_TEST(totals[1] == static_cast<double>(inf));
    BOOST_TEST(totals[2] == 200);
  });
}

template <class T>
void check_extremes() {
  std::mt19937 random(6);
  constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  for (const Lines& lines :
       {Lines{1, 1, 1}, Lines{130, 10, 1}, Lines{3, 64, 1}, Lines{2, 1001, 1}, Lines{4, 7, 3},
        Lines{2, 5, 130}, Lines{0, 4, 1}, Lines{27'000, 10, 1}, Lines{600, 5, 90}}) {
    std::vector<T> x(static_cast<std::size_t>(lines.outer * lines.n * lines.inner));
    for (T& number : x)
      number = random() % 500 == 0 ? kNan : static_cast<T>(static_cast<int>(random() % 99) - 200);
    std::vector<T> most, smallest;
    for (std::int64_t o = 0; o < lines.outer; ++o) {
      for (std::int64_t i = 0; i < lines.inner; ++i) {
        T high = x[static_cast<std::size_t>(o * lines.n * lines.inner + i)], low = high;
        for (std::int64_t j = 0; j < lines.n; ++j) {
          const T number = x[static_cast<std::size_t>((o * lines.n + j) * lines.inner + i)];
          if (number > high || std::isnan(number)) high = number;
          if (number < low || std::isnan(number)) low = number;
        }
        most.push_back(high);
        smallest.push_back(low);
      }
    }
    const auto same = [](const std::vector<T>& a, const std::vector<T>& b) {
      return std::ranges::equal(
          a, b, [](T p, T q) { return p == q || (std::isnan(p) && std::isnan(q)); });
    };
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<T> y(most.size());
      greatest(lines, x.data(), y.data());
      BOOST_TEST(same(y, most), "greatest, n " << lines.n << " in " << name_of(isa));
      least(lines, x.data(), y.data());
      BOOST_TEST(same(y, smallest), "least, n " << lines.n << " in " << name_of(isa));
    });
  }
}

BOOST_AUTO_TEST_CASE(greatest_and_least_with_nan) {
  check_extremes<float>();
  check_extremes<double>();
}

BOOST_AUTO_TEST_CASE(lines_of_infinities_have_extremes) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> x(70, -inf), z(70, inf);
  float y = 0;
  greatest(Lines{1, 70, 1}, x.data(), &y);
  BOOST_TEST(y == -inf);
  least(Lines{1, 70, 1}, z.data(), &y);
  BOOST_TEST(y == inf);
}

BOOST_AUTO_TEST_SUITE_END()
