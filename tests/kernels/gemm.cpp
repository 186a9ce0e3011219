// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#if defined(__unix__)
#include <csignal>

#include <sys/time.h>
#endif

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/parallel.hpp>

#include "support/instruction_sets.hpp"
#include "support/threads.hpp"

using nabla::kernels::gemm;

namespace {

using Size = std::int64_t;
using FloatingTypes = std::tuple<float, double>;

// How a matrix may lie in memory.
enum class Layout {
  by_rows,
  by_columns,
  rows_apart,
  columns_apart,
  elements_apart,
  last_row_first,
  last_column_first,
  one_row,
  one_column
};
constexpr unsigned kLayouts = 9, kFaithfulLayouts = 7;  // the last two repeat what they hold

template <class T>
struct Matrix {
  Size row, column, first;  // steps, and the place of the first element: not that of the memory
  std::vector<T> numbers;

  template <class F>
  Matrix(Size rows, Size columns, Layout layout, const F& number) {
    const auto [to_row, to_column] = steps(rows, columns, layout);
    row = to_row;
    column = to_column;
    const auto before = [](Size step, Size count) { return step < 0 ? -step * (count - 1) : 0; };
    const auto behind = [](Size step, Size count) { return step > 0 ? step * (count - 1) : 0; };
    first = 1 + before(row, rows) + before(column, columns);
    numbers.resize(static_cast<std::size_t>(first + behind(row, rows) + behind(column, columns)) +
                   1);
    for (T& x : numbers) x = number();
  }
  static std::array<Size, 2> steps(Size rows, Size columns, Layout layout) {
    switch (layout) {
      case Layout::by_rows:
        return {columns, 1};
      case Layout::by_columns:
        return {1, rows};
      case Layout::rows_apart:
        return {columns + 3, 1};
      case Layout::columns_apart:
        return {1, rows + 3};
      case Layout::elements_apart:
        return {2 * columns, 2};
      case Layout::last_row_first:
        return {-columns, 1};
      case Layout::last_column_first:
        return {columns, -1};
      case Layout::one_row:
        return {0, 1};
      default:
        return {1, 0};
    }
  }
  [[nodiscard]] const T* data() const { return numbers.data() + first; }
  [[nodiscard]] T& at(Size i, Size j) {
    return numbers[static_cast<std::size_t>(first + i * row + j * column)];
  }
  [[nodiscard]] T at(Size i, Size j) const {
    return numbers[static_cast<std::size_t>(first + i * row + j * column)];
  }
};

// a b in what was NaN before, and whether what lies around it is still there.
template <class T>
std::vector<T> product(Size m, Size n, Size k, const Matrix<T>& a, const Matrix<T>& b) {
  std::vector<T> c(static_cast<std::size_t>(m * n + 2), std::numeric_limits<T>::quiet_NaN());
  c.front() = c.back() = 77;
  gemm(m, n, k, a.data(), a.row, a.column, b.data(), b.row, b.column, c.data() + 1);
  BOOST_TEST((c.front() == 77 && c.back() == 77));
  return {c.begin() + 1, c.end() - 1};
}

// Each instruction set and, for what is shared out, each number of threads.
template <class F>
void for_each_way(Size m, Size n, Size k, const F& f) {
  nabla::test::for_each_instruction_set([&](nabla::kernels::Isa isa) {
    const auto name = [&, isa](int threads) {
      return "(" + std::to_string(m) + ", " + std::to_string(n) + ", " + std::to_string(k) +
             ") in " + nabla::kernels::name_of(isa) + " on " + std::to_string(threads);
    };
    if (m * n * k < nabla::kernels::kLargeProduct) return f(name(1));
    nabla::test::for_each_thread_count([&](int threads) { f(name(threads)); });
  });
}

// A sum of k products, added in any order, is within k / 2 roundings of the sum of their magnitudes;
// a plain loop in long double stands for the exact one.
template <class T>
void agrees_with_a_plain_loop(Size m, Size n, Size k, Layout of_a, Layout of_b,
                              std::mt19937& random) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  const auto number = [&] { return uniform(random); };
  const Matrix<T> a(m, k, of_a, number), b(k, n, of_b, number);
  std::vector<long double> exact, bound;
  for (Size i = 0; i < m; ++i) {
    for (Size j = 0; j < n; ++j) {
      long double sum = 0, magnitude = 0;
      for (Size p = 0; p < k; ++p) {
        const long double term =
            static_cast<long double>(a.at(i, p)) * static_cast<long double>(b.at(p, j));
        sum += term;
        magnitude += std::fabs(term);
      }
      exact.push_back(sum);
      bound.push_back(magnitude * static_cast<long double>(k + 1) / 2 *
                      static_cast<long double>(std::numeric_limits<T>::epsilon()));
    }
  }
  for_each_way(m, n, k, [&](const std::string& name) {
    const std::vector<T> c = product(m, n, k, a, b);
    Size wrong = 0;
    for (std::size_t i = 0; i < c.size(); ++i)
      wrong += !(std::fabs(static_cast<long double>(c[i]) - exact[i]) <= bound[i]);
    BOOST_TEST(wrong == 0, name);
  });
}

void agrees_in_any_layout(Size m, Size n, Size k, std::mt19937& random) {
  const auto any = [&] { return static_cast<Layout>(random() % kLayouts); };
  agrees_with_a_plain_loop<float>(m, n, k, any(), any(), random);
  agrees_with_a_plain_loop<double>(m, n, k, any(), any(), random);
}

// One element of two matrices of ones becomes `value`: it must reach its row or column of the
// product, all of it, and nothing else.
template <class T>
void single_numbers_reach_their_lines(Size m, Size n, Size k, Layout of_a, Layout of_b,
                                      std::mt19937& random) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  const auto one = [] { return T(1); };
  const auto same = [](T x, T y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  const auto any = [&](Size count) {  // often the last one, which is part of a ragged tail
    return random() % 3 == 0 ? count - 1 : static_cast<Size>(random()) % count;
  };
  for (const T value : {kNan, kInfinity}) {
    const Size i = any(m), j = any(n), p = any(k), q = any(k);
    Matrix<T> a(m, k, of_a, one), b(k, n, of_b, one);
    a.at(i, p) = value;
    b.at(q, j) = -value;
    for_each_way(m, n, k, [&](const std::string& name) {
      const std::vector<T> c = product(m, n, k, a, b);
      Size wrong = 0;
      for (std::size_t at = 0; at < c.size(); ++at) {
        const bool in_row = static_cast<Size>(at) / n == i,
                   in_column = static_cast<Size>(at) % n == j;
        const T expected = in_row && in_column ? (p == q ? -value * value : kNan)
                           : in_row            ? value
                           : in_column         ? -value
                                               : static_cast<T>(k);
        wrong += !same(c[at], expected);
      }
      BOOST_TEST(wrong == 0, name);
    });
    b.at(q, j) = 1;
    b.at(p, j) = 0;  // infinity times 0
    BOOST_TEST(std::isnan(product(m, n, k, a, b)[static_cast<std::size_t>(i * n + j)]));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gemm_kernel)

BOOST_AUTO_TEST_CASE(it_agrees_with_a_plain_loop_for_all_sizes_and_layouts) {
  const unsigned seed = 20240229;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<Size> any(1, 70);
  for (int trial = 0; trial < 120; ++trial)
    agrees_in_any_layout(any(random), any(random), any(random), random);
}

BOOST_AUTO_TEST_CASE(tiles_of_any_height_and_width_have_no_seams) {
  std::mt19937 random(13);
  for (Size m = 1; m <= 17; ++m)
    for (const Size n : {1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 47, 48, 49})
      for (const Size k : {1, 2, 37, 193}) agrees_in_any_layout(m, n, k, random);
}

BOOST_AUTO_TEST_CASE(rows_columns_and_outer_products_agree_too) {
  std::mt19937 random(7);
  for (const Size size : {1, 2, 7, 8, 9, 15, 16, 17, 63, 65, 300, 1001})
    for (const Size other : {1, 3, 8, 31, 128, 784})
      for (int trial = 0; trial < 2; ++trial) {
        agrees_in_any_layout(1, size, other, random);
        agrees_in_any_layout(size, 1, other, random);
        agrees_in_any_layout(size, other, 1, random);
      }
}

// Blocks are 192 deep, 960 wide and at most 96 tall; the last six products are shared out, those of a few
// rows by columns, and floats of the last may go to another library.
BOOST_AUTO_TEST_CASE(sizes_around_the_blocks_have_no_seams) {
  std::mt19937 random(5);
  for (const auto& [m, n, k] : {std::array<Size, 3>{95, 97, 191},
                                {97, 95, 385},
                                {33, 961, 9},
                                {9, 49, 577},
                                {1537, 9, 193},
                                {48, 961, 193},
                                {1, 2903, 2900},
                                {7, 1203, 1001},
                                {257, 130, 253},
                                {1537, 31, 193},
                                {400, 129, 657}}) {
    agrees_in_any_layout(m, n, k, random);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_products_give_zero_and_no_elements_are_left_alone, T,
                              FloatingTypes) {
  std::mt19937 random(1);
  const Matrix<T> x(2, 3, Layout::by_rows, [] { return T(7); });
  for (const auto& [m, n] : {std::array<Size, 2>{2, 3}, {1, 3}, {2, 1}, {50, 70}})
    for_each_way(m, n, 0, [&, m = m, n = n](const std::string& name) {
      const std::vector<T> c = product(m, n, 0, x, x);
      BOOST_TEST(std::ranges::all_of(c, [](T number) { return number == 0; }), name);
    });
  for (const auto& [m, n, k] : {std::array<Size, 3>{0, 2, 3}, {2, 0, 3}, {0, 0, 0}, {1, 0, 2}})
    BOOST_TEST(product(m, n, k, x, x).empty());
}

// Beyond 2^25 multiplications, floats may go to another library.
BOOST_AUTO_TEST_CASE_TEMPLATE(nan_and_infinity_reach_their_row_or_column_alone, T, FloatingTypes) {
  std::mt19937 random(17);
  const auto any = [&] { return static_cast<Layout>(random() % kFaithfulLayouts); };
  for (const auto& [m, n, k] : {std::array<Size, 3>{1, 19, 37},
                                {19, 1, 37},
                                {1, 300, 801},
                                {21, 23, 1},
                                {5, 9, 7},
                                {40, 40, 40},
                                {41, 42, 43},
                                {97, 50, 193},
                                {2, 190, 181},
                                {3, 961, 200},
                                {300, 310, 97},
                                {330, 320, 331}})
    for (const auto& [of_a, of_b] : {std::pair{Layout::by_rows, Layout::by_columns},
                                     {Layout::by_columns, Layout::by_rows},
                                     {Layout::elements_apart, Layout::rows_apart},
                                     {any(), any()}})
      single_numbers_reach_their_lines<T>(m, n, k, of_a, of_b, random);
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
  constexpr std::int64_t m = 384, n = 128, k = 784;
  const std::vector<float> a(m * k, 1), b(k * n, 1);
  bool is_right = true;
  for (int turn = 0; turn < 400; ++turn) {
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
