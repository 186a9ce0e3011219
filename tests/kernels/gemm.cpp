// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#if defined(__unix__)
#include <csignal>

#include <sys/time.h>
#endif

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/isa.hpp>

#include "support/instruction_sets.hpp"

using nabla::kernels::gemm;

namespace {

// A matrix in row-major order, or transposed in memory.
template <class T>
struct Matrix {
  std::int64_t rows, columns;
  bool transposed;
  std::vector<T> numbers;

  Matrix(std::int64_t r, std::int64_t c, bool t, std::mt19937& random)
      : rows(r), columns(c), transposed(t), numbers(static_cast<std::size_t>(r * c)) {
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (T& number : numbers) number = uniform(random);
  }
  [[nodiscard]] std::int64_t row_step() const { return transposed ? 1 : columns; }
  [[nodiscard]] std::int64_t column_step() const { return transposed ? rows : 1; }
  [[nodiscard]] T at(std::int64_t i, std::int64_t j) const {
    return numbers[static_cast<std::size_t>(i * row_step() + j * column_step())];
  }
};

// A sum of k products of numbers up to 1, added in any order, is within k^2 / 2 roundings of the
// exact one in the worst case; a plain loop in long double stands for the exact one.
template <class T>
void agrees_with_a_plain_loop(std::int64_t m, std::int64_t n, std::int64_t k, bool ta, bool tb,
                              std::mt19937& random) {
  const Matrix<T> a(m, k, ta, random), b(k, n, tb, random);
  std::vector<T> c(static_cast<std::size_t>(m * n), std::numeric_limits<T>::quiet_NaN());
  gemm(m, n, k, a.numbers.data(), a.row_step(), a.column_step(), b.numbers.data(), b.row_step(),
       b.column_step(), c.data());
  const double bound = std::numeric_limits<T>::epsilon() * static_cast<double>(k + 1) *
                       std::sqrt(static_cast<double>(k + 1));
  double worst = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      long double sum = 0;
      for (std::int64_t p = 0; p < k; ++p)
        sum += static_cast<long double>(a.at(i, p)) * static_cast<long double>(b.at(p, j));
      const double error =
          std::fabs(static_cast<double>(c[static_cast<std::size_t>(i * n + j)] - sum));
      worst = error <= worst ? worst : error;
    }
  }
  BOOST_TEST(worst <= bound,
             "(" << m << ", " << n << ", " << k << "): " << worst << " > " << bound);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm_kernel)

BOOST_AUTO_TEST_CASE(it_agrees_with_a_plain_loop_for_all_sizes_and_layouts) {
  const unsigned seed = 20240229;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::int64_t> any(1, 70);
  for (int trial = 0; trial < 60; ++trial) {
    const std::int64_t m = any(random), n = any(random), k = any(random);
    agrees_with_a_plain_loop<float>(m, n, k, trial % 2 == 0, trial % 3 == 0, random);
    agrees_with_a_plain_loop<double>(m, n, k, trial % 3 == 0, trial % 2 == 0, random);
  }
}

BOOST_AUTO_TEST_CASE(rows_columns_and_outer_products_agree_too) {
  std::mt19937 random(7);
  for (const std::int64_t size : {1, 2, 7, 8, 9, 15, 16, 17, 63, 65, 300, 1001})
    for (const std::int64_t other : {1, 3, 8, 31, 128, 784})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          agrees_with_a_plain_loop<float>(1, size, other, ta, tb, random);
          agrees_with_a_plain_loop<double>(1, size, other, ta, tb, random);
          agrees_with_a_plain_loop<float>(size, 1, other, ta, tb, random);
          agrees_with_a_plain_loop<double>(size, 1, other, ta, tb, random);
          agrees_with_a_plain_loop<float>(size, other, 1, ta, tb, random);
          agrees_with_a_plain_loop<double>(size, other, 1, ta, tb, random);
        }
}

BOOST_AUTO_TEST_CASE(rows_and_columns_with_gaps_or_repeated_agree) {
  constexpr std::int64_t k = 37, n = 19, wide = 50;
  std::mt19937 random(11);
  std::vector<float> a(2 * k), b(wide * wide);
  for (std::vector<float>* numbers : {&a, &b})
    for (float& number : *numbers) number = static_cast<float>(static_cast<int>(random() % 17) - 8);
  for (const std::int64_t a_step : {0, 1, 2})
    for (const auto& [row, column] : {std::pair{1L, wide}, {wide, 1L}, {0L, 1L}, {1L, 0L}}) {
      std::vector<float> by_row(n), by_column(n);
      gemm(1, n, k, a.data(), 0, a_step, b.data(), row, column, by_row.data());
      gemm(n, 1, k, b.data(), column, row, a.data(), a_step, 0, by_column.data());
      for (std::int64_t j = 0; j < n; ++j) {
        float sum = 0;  // of small integers: exact
        for (std::int64_t p = 0; p < k; ++p)
          sum += a[static_cast<std::size_t>(p * a_step)] *
                 b[static_cast<std::size_t>(p * row + j * column)];
        BOOST_TEST(by_row[static_cast<std::size_t>(j)] == sum);
        BOOST_TEST(by_column[static_cast<std::size_t>(j)] == sum);
      }
    }
}

BOOST_AUTO_TEST_CASE(sizes_around_the_blocks_have_no_seams) {
  std::mt19937 random(5);
  for (const std::int64_t m : {95, 97})
    for (const std::int64_t n : {511, 513})
      for (const std::int64_t k : {255, 257})
        agrees_with_a_plain_loop<float>(m, n, k, false, true, random);
}

BOOST_AUTO_TEST_CASE(no_products_give_zero_and_no_elements_are_left_alone) {
  std::vector<float> c(4, 7.0f);
  gemm(2, 2, 0, c.data(), 0, 1, c.data(), 2, 1, c.data());
  BOOST_TEST(c == (std::vector<float>{0, 0, 0, 0}), boost::test_tools::per_element());
  gemm(0, 2, 3, c.data(), 3, 1, c.data(), 2, 1, c.data());
}

BOOST_AUTO_TEST_CASE(nan_and_infinity_reach_only_their_row) {
  const std::int64_t n = 40;
  std::vector<float> a(n * n, 1.0f), b(n * n, 1.0f), c(n * n);
  a[3 * n + 5] = std::numeric_limits<float>::quiet_NaN();
  a[7 * n + 1] = std::numeric_limits<float>::infinity();
  gemm(n, n, n, a.data(), n, 1, b.data(), n, 1, c.data());
  for (std::size_t j = 0; j < n; ++j) {
    BOOST_TEST(std::isnan(c[3 * n + j]));
    BOOST_TEST(std::isinf(c[7 * n + j]));
    BOOST_TEST(c[8 * n + j] == 40.0f);
  }
}

// Gaps between all elements: no other library takes such matrices, so this is the packed kernel.
BOOST_AUTO_TEST_CASE(floats_with_gaps_in_each_instruction_set) {
  constexpr std::int64_t m = 37, n = 53, k = 290;
  std::mt19937 random(3);
  // Small integers: every sum is exact.
  const auto numbers = [&random](std::int64_t count) {
    std::vector<float> x(static_cast<std::size_t>(2 * count));
    for (float& number : x) number = static_cast<float>(static_cast<int>(random() % 17) - 8);
    return x;
  };
  const std::vector<float> a = numbers(m * k), b = numbers(k * n);
  std::vector<float> expected(static_cast<std::size_t>(m * n), 0), c(expected.size());
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t p = 0; p < k; ++p)
        expected[static_cast<std::size_t>(i * n + j)] +=
            a[static_cast<std::size_t>(2 * (i * k + p))] *
            b[static_cast<std::size_t>(2 * (p * n + j))];
    }
  }
  nabla::test::for_each_instruction_set([&](nabla::kernels::Isa isa) {
    gemm(m, n, k, a.data(), 2 * k, 2, b.data(), 2 * n, 2, c.data());
    BOOST_TEST((c == expected), nabla::kernels::name_of(isa));
  });
}

// Code that is generated at run time may use the stack pointer for data, which the handler of a signal
// would write over.
#if defined(__unix__)
BOOST_AUTO_TEST_CASE(signals_do_no_harm) {
  static std::atomic<int> signals{0};
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { ++signals; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 100}, {0, 100}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  constexpr std::int64_t m = 64, n = 128, k = 784;
  const std::vector<float> a(m * k, 1), b(k * n, 1);
  bool is_right = true;
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<float> c(m * n);
    gemm(m, n, k, a.data(), k, 1, b.data(), n, 1, c.data());
    is_right = is_right && std::ranges::all_of(c, [](float x) { return x == k; });
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  BOOST_TEST(is_right);
  BOOST_TEST(signals > 0);
}
#endif

BOOST_AUTO_TEST_SUITE_END()
