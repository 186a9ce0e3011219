// SPDX-License-Identifier: MIT
// Layer normalisation and its gradient against long double, for narrow and wide rows, in each
// instruction set.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/layer_norm.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

constexpr double kEpsilon = 1e-5;

template <class T>
std::vector<T> numbers(std::int64_t count, std::mt19937& random, T mean = 0) {
  std::normal_distribution<T> normal(mean, 2);
  std::vector<T> x(static_cast<std::size_t>(count));
  for (T& number : x) number = normal(random);
  return x;
}

template <class T>
struct Case {
  std::int64_t rows, n;
  bool is_affine;
  std::vector<T> x, w, b, g;
};

struct Exact {
  std::vector<long double> y, dx, products;
};

template <class T>
Exact exact(const Case<T>& c) {
  Exact result;
  for (std::int64_t i = 0; i < c.rows; ++i) {
    const auto at = [&](const std::vector<T>& v, std::int64_t j) {
      return static_cast<long double>(v[static_cast<std::size_t>(i * c.n + j)]);
    };
    // From the first number on: even a long double cannot hold a mean far from 0 well enough.
    const auto x = [&](std::int64_t j) { return at(c.x, j) - at(c.x, 0); };
    const auto weight = [&](std::int64_t j) {
      return c.is_affine ? static_cast<long double>(c.w[static_cast<std::size_t>(j)]) : 1.0L;
    };
    const auto count = static_cast<long double>(c.n);
    long double mean = 0, variance = 0, sum = 0, dot = 0;
    for (std::int64_t j = 0; j < c.n; ++j) mean += x(j) / count;
    for (std::int64_t j = 0; j < c.n; ++j) variance += (x(j) - mean) * (x(j) - mean) / count;
    const long double scale = 1 / std::sqrt(variance + static_cast<long double>(kEpsilon));
    for (std::int64_t j = 0; j < c.n; ++j) {
      const long double u = at(c.g, j) * weight(j);
      sum += u / count;
      dot += u * (x(j) - mean) * scale / count;
    }
    for (std::int64_t j = 0; j < c.n; ++j) {
      const long double h = (x(j) - mean) * scale;
      result.y.push_back(
          h * weight(j) +
          (c.is_affine ? static_cast<long double>(c.b[static_cast<std::size_t>(j)]) : 0.0L));
      result.dx.push_back((at(c.g, j) * weight(j) - sum - h * dot) * scale);
      result.products.push_back(at(c.g, j) * h);
    }
  }
  return result;
}

// The greatest error, in epsilons of T at the size of the numbers.
template <class T>
double worst_of(const std::vector<T>& got, const std::vector<long double>& expected, double scale) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto error =
        static_cast<double>(std::fabs(static_cast<long double>(got[i]) - expected[i])) /
        (std::max(scale, static_cast<double>(std::fabs(expected[i]))) *
         static_cast<double>(std::numeric_limits<T>::epsilon()));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

template <class T>
void check(std::int64_t rows, std::int64_t n, bool is_affine, T mean) {
  std::mt19937 random(5);
  const Case<T> c{rows,
                  n,
                  is_affine,
                  numbers<T>(rows * n, random, mean),
                  numbers<T>(n, random),
                  numbers<T>(n, random),
                  numbers<T>(rows * n, random)};
  const Exact expected = exact(c);
  nabla::test::for_each_instruction_set([&](Isa isa) {
    std::vector<T> y(c.x.size()), dx(c.x.size()), products(is_affine ? c.x.size() : 0);
    const T* w = is_affine ? c.w.data() : nullptr;
    layer_norm(rows, n, c.x.data(), w, is_affine ? c.b.data() : nullptr, kEpsilon, y.data());
    layer_norm_gradient(rows, n, c.x.data(), w, c.g.data(), kEpsilon, dx.data(),
                        is_affine ? products.data() : nullptr);
    const auto context = [&](const char* what) {
      return std::string(what) + " of " + std::to_string(rows) + " x " + std::to_string(n) +
             " around " + std::to_string(mean) + " in " + name_of(isa);
    };
    // Rows that lie close together have gradients of any size.
    const double dx_scale = n < 4 ? 300 : 10;
    BOOST_TEST(worst_of(y, expected.y, 8) < 8, context("y"));
    BOOST_TEST(worst_of(dx, expected.dx, dx_scale) < 8, context("dx"));
    if (is_affine) BOOST_TEST(worst_of(products, expected.products, 1) < 16, context("g h"));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layer_norms)

BOOST_AUTO_TEST_CASE(narrow_and_wide_rows_are_accurate) {
  for (const bool is_affine : {false, true}) {
    for (const std::int64_t n : {2, 10, 63, 64, 65, 200, 1000}) {
      for (const std::int64_t rows : {1, 3, 64, 70}) {
        check<float>(rows, n, is_affine, 0);
        check<double>(rows, n, is_affine, 0);
      }
    }
  }
  check<float>(27'000, 10, true, 0);  // shared out
  check<double>(263, 1000, true, 0);
}

// The mean is thousands of deviations away.
BOOST_AUTO_TEST_CASE(numbers_far_from_0_lose_nothing) {
  for (const std::int64_t n : {10, 300}) {
    check<float>(7, n, true, 16384);
    check<double>(7, n, true, 1e9);
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

BOOST_AUTO_TEST_CASE(a_row_of_equal_numbers_is_0_and_nan_stays_in_its_row) {
  const std::int64_t n = 10;
  std::vector<float> x(3 * n, 7.0F), y(3 * n);
  x[n + 2] = std::numeric_limits<float>::quiet_NaN();
  nabla::test::for_each_instruction_set([&](Isa) {
    layer_norm<float>(3, n, x.data(), nullptr, nullptr, kEpsilon, y.data());
    for (std::size_t i = 0; i < y.size(); ++i)
      BOOST_TEST((i / n == 1 ? std::isnan(y[i]) : y[i] == 0));
  });
}

BOOST_AUTO_TEST_SUITE_END()
