// SPDX-License-Identifier: MIT
// Layer normalisation and its gradient against long double, for narrow and wide rows, in each
// instruction set.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/layer_norm.hpp>

#include "random_lines.hpp"
#include "support/instruction_sets.hpp"

using namespace nabla::kernels;
using namespace nabla::kernels::test;

namespace {

constexpr double kEpsilon = 1e-5;

template <class T>
struct Case {
  std::int64_t rows, n;
  bool is_affine;
  T mean;
  double epsilon;
  Placed<T> x, w, b, g;

  // In units of `unit`, in which the gradients are too: dx is the same in all.
  Case(std::int64_t row_count, std::int64_t size, bool affine, T around, std::mt19937& random,
       T unit = 1)
      : rows(row_count),
        n(size),
        is_affine(affine),
        mean(around),
        epsilon(kEpsilon * static_cast<double>(unit) * static_cast<double>(unit)),
        x(normal_numbers<T>(rows * n, random, 2 * unit, mean)),
        w(normal_numbers<T>(n, random, 2)),
        b(normal_numbers<T>(n, random, 2)),
        g(normal_numbers<T>(rows * n, random, 2 * unit)) {}
};

// With the sums of magnitudes that the sums over rows are of.
struct Exact {
  std::vector<long double> y, dx, dw, db, size_dw, size_db;
};

template <class T>
Exact exact(const Case<T>& c) {
  Exact result;
  for (auto* sums : {&result.dw, &result.db, &result.size_dw, &result.size_db})
    sums->resize(static_cast<std::size_t>(c.n));
  const auto real = [](T number) { return static_cast<long double>(number); };
  for (std::int64_t i = 0; i < c.rows; ++i) {
    const auto at = [&](const Placed<T>& v, std::int64_t j) {
      return real(v[static_cast<std::size_t>(i * c.n + j)]);
    };
    const auto in_row = [&](const Placed<T>& v, std::int64_t j, long double otherwise) {
      return c.is_affine ? real(v[static_cast<std::size_t>(j)]) : otherwise;
    };
    // From the first number on: even a long double cannot hold a mean far from 0 well enough.
    const auto x = [&](std::int64_t j) { return at(c.x, j) - at(c.x, 0); };
    const auto u = [&](std::int64_t j) { return chained(at(c.g, j), in_row(c.w, j, 1)); };
    const auto count = static_cast<long double>(c.n);
    long double mean = 0, variance = 0, sum = 0, dot = 0;
    for (std::int64_t j = 0; j < c.n; ++j) mean += x(j) / count;
    for (std::int64_t j = 0; j < c.n; ++j) variance += (x(j) - mean) * (x(j) - mean) / count;
    const long double scale = 1 / std::sqrt(variance + static_cast<long double>(c.epsilon));
    const auto h = [&](std::int64_t j) { return (x(j) - mean) * scale; };
    for (std::int64_t j = 0; j < c.n; ++j) {
      sum += u(j) / count;
      dot += chained(u(j), h(j)) / count;
    }
    for (std::int64_t j = 0; j < c.n; ++j) {
      result.y.push_back(h(j) * in_row(c.w, j, 1) + in_row(c.b, j, 0));
      result.dx.push_back(chained(u(j) - sum - chained(dot, h(j)), scale));
      const auto k = static_cast<std::size_t>(j);
      const long double product = chained(at(c.g, j), h(j));
      result.dw[k] += product;
      result.db[k] += at(c.g, j);
      // The h of a row may be off by an error that does not shrink with it.
      result.size_dw[k] += std::max(std::fabs(product), std::fabs(at(c.g, j)));
      result.size_db[k] += std::fabs(at(c.g, j));
    }
  }
  return result;
}

template <class T>
void agrees_with_plain_sums(const Case<T>& c, std::mt19937& random) {
  const Exact expected = exact(c);
  nabla::test::for_each_instruction_set([&](Isa isa) {
    Placed<T> y(c.rows * c.n, random), dx(c.rows * c.n, random), dw(c.n, random), db(c.n, random);
    const T* w = c.is_affine ? c.w.data() : nullptr;
    layer_norm(c.rows, c.n, c.x.data(), w, c.is_affine ? c.b.data() : nullptr, c.epsilon, y.data());
    layer_norm_gradient(c.rows, c.n, c.x.data(), w, c.g.data(), c.epsilon, dx.data(),
                        c.is_affine ? dw.data() : nullptr, c.is_affine ? db.data() : nullptr);
    const auto context = [&](const char* what) {
      return std::string(what) + " of " + std::to_string(c.rows) + " x " + std::to_string(c.n) +
             " around " + std::to_string(c.mean) + " in " + name_of(isa);
    };
    // Rows that lie close together have gradients of any size.
    const double dx_scale = c.n < 4 ? 300 : 10;
    BOOST_TEST(wrong_in(y, expected.y, 8, 8) == 0u, context("y"));
    BOOST_TEST(wrong_in(dx, expected.dx, 8, dx_scale) == 0u, context("dx"));
    if (!c.is_affine) return;
    const auto within = [](std::vector<long double> sizes, long double epsilons) {
      for (long double& size : sizes)
        size *= epsilons * static_cast<long double>(std::numeric_limits<T>::epsilon());
      return sizes;
    };
    BOOST_TEST(wrong_in(dw, expected.dw, 1, 0, within(expected.size_dw, 16)) == 0u, context("dw"));
    const long double rounding = kRounding * static_cast<long double>(c.rows);
    std::vector<long double> bounds = expected.size_db;
    for (long double& bound : bounds) bound *= rounding;
    BOOST_TEST(wrong_in(db, expected.db, 0.5, 0, bounds) == 0u, context("db"));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layer_norms)

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_of_any_length_are_accurate, T, FloatingTypes) {
  std::mt19937 random(5);
  for (const Lines& lines : random_lines(random)) {
    if (lines.inner != 1) continue;
    for (const bool is_affine : {false, true}) {
      Case<T> c(lines.outer, lines.n, is_affine, 0, random);
      agrees_with_plain_sums(c, random);
      put_oddities(lines, c.x, random);
      agrees_with_plain_sums(c, random);
    }
  }
}

// Nothing comes of 0, whatever the row is.
BOOST_AUTO_TEST_CASE_TEMPLATE(gradients_of_nan_keep_to_their_row, T, FloatingTypes) {
  std::mt19937 random(6);
  for (const Lines& lines : random_lines(random)) {
    if (lines.inner != 1) continue;
    Case<T> c(lines.outer, lines.n, true, 0, random);
    put_oddities(lines, c.x, random);
    put_oddities(lines, c.g, random);
    const std::size_t column = random() % c.w.size();
    c.w[column] = std::numeric_limits<T>::quiet_NaN();
    for_each_line(lines, [&](std::size_t, const std::vector<std::size_t>& places) {
      if (random() % 4 != 0) c.g[places[column]] = 0;
      if (random() % 4 == 0)
        for (const std::size_t at : places) c.g[at] = 0;
    });
    agrees_with_plain_sums(c, random);
  }
}

// The mean is thousands of deviations away.
BOOST_AUTO_TEST_CASE_TEMPLATE(numbers_far_from_0_lose_nothing, T, FloatingTypes) {
  std::mt19937 random(7);
  const T mean = std::is_same_v<T, float> ? T(16384) : T(1e9);
  for (int trial = 0; trial < 20; ++trial)
    agrees_with_plain_sums(Case<T>(drawn(random, 1, 9), drawn(random, 4, 400), true, mean, random),
                           random);
}

// Squares, and products with gradients, of such leave the range of T, or are near its end.
BOOST_AUTO_TEST_CASE_TEMPLATE(rows_of_any_size_are_accurate, T, FloatingTypes) {
  std::mt19937 random(10);
  const bool is_float = std::is_same_v<T, float>;
  for (const double unit : is_float ? std::array{1e-19, 1e-15, 1e-12, 1e-8, 1e-6, 1e9, 1e18}
                                    : std::array{1e-150, 1e-120, 1e-100, 1e-70, 1e-50, 1e60, 1e145})
    for (int trial = 0; trial < 10; ++trial)
      agrees_with_plain_sums(Case<T>(drawn(random, 1, 9), drawn(random, 4, 400), trial % 2 == 0, 0,
                                     random, static_cast<T>(unit)),
                             random);
}

// Sums over many rows are taken in double: what cancels leaves the rounding of its terms alone.
BOOST_AUTO_TEST_CASE(sums_over_rows_keep_what_is_small) {
  constexpr std::int64_t kRows = 20'000;
  for (const std::int64_t n : {10, 100}) {
    std::mt19937 random(9);
    Placed<float> x = normal_numbers<float>(kRows * n, random, 2), g(kRows * n, random),
                  w = normal_numbers<float>(n, random, 2), dx(kRows * n, random), dw(n, random),
                  db(n, random);
    // Pairs of equal rows with opposite gradients, and one more.
    const auto at = [n](std::int64_t row, std::int64_t j) {
      return static_cast<std::size_t>(row * n + j);
    };
    for (std::int64_t row = 0; row < kRows; ++row) {
      for (std::int64_t j = 0; j < n; ++j) {
        if (row % 2 == 1) x[at(row, j)] = x[at(row - 1, j)];
        g[at(row, j)] = row % 2 == 1 ? -1000.0F : 1000.0F;
        if (row == kRows - 1) g[at(row, j)] += 0.0625F;
      }
    }
    layer_norm_gradient<float>(kRows, n, x.data(), w.data(), g.data(), kEpsilon, dx.data(),
                               dw.data(), db.data());
    for (const float sum : db) BOOST_TEST(sum == 0.0625F);
    for (const float sum : dw) BOOST_TEST(std::fabs(sum) <= 0.0625F * 10);
    layer_norm_gradient<float>(0, n, x.data(), w.data(), g.data(), kEpsilon, dx.data(), dw.data(),
                               db.data());
    for (const float sum : db) BOOST_TEST(sum == 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(squares_and_sums_of_large_floats_do_not_overflow) {
  const std::vector<float> x{1e19F, -1e19F, 1e19F, -1e19F, 2e38F, 2e38F, 2e38F, 1e38F};
  const std::vector<double> expected{
      1, -1, 1, -1, std::sqrt(1.0 / 3), std::sqrt(1.0 / 3), std::sqrt(1.0 / 3), -std::sqrt(3.0)};
  nabla::test::for_each_instruction_set([&](Isa) {
    std::vector<float> y(x.size());
    layer_norm<float>(2, 4, x.data(), nullptr, nullptr, kEpsilon, y.data());
    for (std::size_t i = 0; i < y.size(); ++i)
      BOOST_TEST(std::fabs(static_cast<double>(y[i]) - expected[i]) <= 1e-6);
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_of_equal_numbers_is_0, T, FloatingTypes) {
  std::mt19937 random(8);
  for (const std::int64_t n : {1, 10, 16, 70, 300, 1024}) {
    Placed<T> x(4 * n, random);
    // Sums of some are not exact.
    const std::array<T, 4> numbers{T(7), T(16'000'009), T(0.1), T(-0.7)};
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = numbers[i / static_cast<std::size_t>(n)];
    nabla::test::for_each_instruction_set([&](Isa isa) {
      Placed<T> y(4 * n, random);
      layer_norm<T>(4, n, x.data(), nullptr, nullptr, kEpsilon, y.data());
      BOOST_TEST(std::all_of(y.begin(), y.end(), [](T number) { return number == 0; }),
                 n << " in " << name_of(isa));
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
