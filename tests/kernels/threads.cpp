// SPDX-License-Identifier: MIT
// Loops that are shared out: the same bits for any number of threads, and the numbers of a plain
// loop.
#include "support/threads.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/layer_norm.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/softmax.hpp>

using namespace nabla::kernels;

namespace {

template <class T>
std::vector<T> numbers(std::int64_t count) {
  std::mt19937 random(3);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> x(static_cast<std::size_t>(count));
  for (T& number : x) number = uniform(random);
  return x;
}

// f(results) fills `count` numbers; returns what it gives with one thread.
template <class T, class F>
std::vector<T> same_bits(std::int64_t count, const F& f) {
  std::vector<T> first;
  nabla::test::for_each_thread_count([&](int threads) {
    std::vector<T> results(static_cast<std::size_t>(count));
    f(results.data());
    if (first.empty()) first = results;
    BOOST_TEST(std::memcmp(first.data(), results.data(), results.size() * sizeof(T)) == 0,
               "other bits with " << threads << " threads");
  });
  return first;
}

struct MultiplyAdd {
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    const auto* a = static_cast<const float*>(inputs[0]);
    const auto* b = static_cast<const float*>(inputs[1]);
    auto* to = static_cast<float*>(results[0]);
    for_lanes(n, [&](std::int64_t i) { to[i] = a[i] * 0.5F + b[i]; });
  }
};
constexpr auto multiply_add_kernel = ElementwiseKernel::of<MultiplyAdd>();

void check_elementwise(const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& a,
                       const std::vector<std::int64_t>& b) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  const std::vector<float> x = numbers<float>(count), w = numbers<float>(count);
  const int rank = static_cast<int>(sizes.size());
  const std::vector<float> y = same_bits<float>(count, [&](float* to) {
    const ElementwiseInput inputs[] = {{x.data(), a.data()}, {w.data(), b.data()}};
    void* const results[] = {to};
    elementwise(multiply_add_kernel, nullptr, rank, sizes.data(), inputs, sizeof(float), results,
                sizeof(float));
  });
  std::vector<std::int64_t> index(sizes.size());
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t at_a = 0, at_b = 0;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      at_a += index[axis] * a[axis];
      at_b += index[axis] * b[axis];
    }
    const float product = x[static_cast<std::size_t>(at_a)] * 0.5F;  // exact
    wrong += y[static_cast<std::size_t>(i)] != product + w[static_cast<std::size_t>(at_b)];
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
  }
  BOOST_TEST(wrong == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads_of_kernels)

BOOST_AUTO_TEST_CASE(elementwise_loops) {
  check_elementwise({kLargeLoop + 12'345}, {1}, {1});
  check_elementwise({700, 1001}, {1001, 1}, {0, 1});             // a row, repeated
  check_elementwise({700, 1001}, {1001, 1}, {1, 0});             // a column
  check_elementwise({700, 1001}, {1001, 1}, {1, 700});           // transposed
  check_elementwise({7, 301, 130}, {130, 910, 1}, {0, 1, 301});  // axes in another order
  check_elementwise({3, 5'000'000}, {5'000'000, 1}, {0, 1});     // written past the caches
}

BOOST_AUTO_TEST_CASE(sums) {
  for (const Lines& lines : {Lines{1, 3'000'001, 1}, Lines{1, 40'000, 20}, Lines{3, 300'000, 1},
                             Lines{100'000, 10, 1}, Lines{1, 3, 300'000}, Lines{2, 500, 700}}) {
    const std::vector<double> x = numbers<double>(lines.outer * lines.n * lines.inner);
    const std::vector<double> totals =
        same_bits<double>(lines.outer * lines.inner, [&](double* to) { sum(lines, x.data(), to); });
    double worst = 0;
    for (std::int64_t o = 0; o < lines.outer; ++o) {
      for (std::int64_t i = 0; i < lines.inner; ++i) {
        long double exact = 0;
        for (std::int64_t j = 0; j < lines.n; ++j)
          exact += static_cast<long double>(
              x[static_cast<std::size_t>((o * lines.n + j) * lines.inner + i)]);
        worst = std::max(worst,
                         std::fabs(static_cast<double>(
                             exact - static_cast<long double>(
                                         totals[static_cast<std::size_t>(o * lines.inner + i)]))));
      }
    }
    BOOST_TEST(worst < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(softmax_and_layer_norm) {
  for (const Lines& lines : {Lines{100'000, 10, 1}, Lines{600, 1000, 1}, Lines{50, 100, 100}}) {
    const std::int64_t count = lines.outer * lines.n * lines.inner;
    const std::vector<float> x = numbers<float>(count);
    const std::vector<float> y =
        same_bits<float>(count, [&](float* to) { softmax(lines, x.data(), to); });
    std::vector<double> totals(static_cast<std::size_t>(lines.outer * lines.inner));
    sum(lines, y.data(), totals.data());
    BOOST_TEST(std::ranges::all_of(totals, [](double t) { return std::fabs(t - 1) < 1e-5; }));
    if (lines.inner > 1) continue;
    const std::vector<float> normal = same_bits<float>(count, [&](float* to) {
      layer_norm<float>(lines.outer, lines.n, x.data(), nullptr, nullptr, 0, to);
    });
    sum(lines, normal.data(), totals.data());
    BOOST_TEST(std::ranges::all_of(totals, [](double t) { return std::fabs(t) < 1e-3; }));
  }
}

template <class T>
void check_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::vector<T> a = numbers<T>(m * k), b = numbers<T>(k * n);
  const std::vector<T> c =
      same_bits<T>(m * n, [&](T* to) { gemm(m, n, k, a.data(), k, 1, b.data(), n, 1, to); });
  double worst = 0;
  for (std::int64_t i = 0; i < m; i += 37) {
    for (std::int64_t j = 0; j < n; j += 41) {
      long double exact = 0;
      for (std::int64_t p = 0; p < k; ++p)
        exact += static_cast<long double>(a[static_cast<std::size_t>(i * k + p)]) *
                 static_cast<long double>(b[static_cast<std::size_t>(p * n + j)]);
      const long double error =
          exact - static_cast<long double>(c[static_cast<std::size_t>(i * n + j)]);
      worst = std::max(worst, std::fabs(static_cast<double>(error)));
    }
  }
  BOOST_TEST(worst <
             static_cast<double>(k) * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

BOOST_AUTO_TEST_CASE(matrix_products) {
  for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{300, 310, 320},
                                {1000, 120, 200},
                                {120, 1000, 200},
                                {517, 523, 700},
                                {1, 2100, 4100},
                                {4100, 1, 2100}}) {
    check_gemm<float>(m, n, k);
    check_gemm<double>(m, n, k);
  }
}

BOOST_AUTO_TEST_SUITE_END()
