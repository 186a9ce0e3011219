// SPDX-License-Identifier: MIT
// Loops that are shared out: the same bits for any number of threads, and the numbers of a plain
// loop.
#include "support/threads.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/layer_norm.hpp>
#include <nabla/kernels/line_gradients.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/softmax.hpp>

using namespace nabla::kernels;

namespace {

using FloatingTypes = std::tuple<float, double>;

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
std::vector<T> same_bits(const char* name, std::int64_t count, const F& f) {
  std::vector<T> first;
  nabla::test::for_each_thread_count([&](int threads) {
    std::vector<T> results(static_cast<std::size_t>(count));
    f(results.data());
    if (first.empty()) first = results;
    BOOST_TEST(std::memcmp(first.data(), results.data(), results.size() * sizeof(T)) == 0,
               name << ": other bits with " << threads << " threads");
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
  const std::vector<float> y = same_bits<float>("elementwise", count, [&](float* to) {
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
  check_elementwise({100'003, 7}, {7, 1}, {1, 0});               // a column of narrow rows
  check_elementwise({100'003, 7}, {7, 1}, {7, 1});
  check_elementwise({3, 33'331, 7}, {233'317, 7, 1}, {7, 21, 1});  // narrow rows apart
}

BOOST_AUTO_TEST_CASE(an_error_in_a_block_reaches_who_asked) {
  nabla::test::for_each_thread_count([](int) {
    std::atomic<int> done = 0;
    const auto fails = [&](std::int64_t block) {
      if (block % 3 == 1) throw std::range_error("a block");
      ++done;
    };
    BOOST_CHECK_THROW(for_each_block(20, fails), std::range_error);
    BOOST_TEST(done == 13);  // all others
    for_each_block(20, [&](std::int64_t) { ++done; });
    BOOST_TEST(done == 33);
  });
}

BOOST_AUTO_TEST_CASE(sums) {
  for (const Lines& lines : {Lines{1, 3'000'001, 1}, Lines{1, 40'000, 20}, Lines{3, 300'000, 1},
                             Lines{100'000, 10, 1}, Lines{1, 3, 300'000}, Lines{2, 500, 700}}) {
    const std::vector<double> x = numbers<double>(lines.outer * lines.n * lines.inner);
    const std::vector<double> totals = same_bits<double>(
        "sum", lines.outer * lines.inner, [&](double* to) { sum(lines, x.data(), to); });
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

// What these give is compared with plain loops in their own files.
BOOST_AUTO_TEST_CASE_TEMPLATE(loops_along_lines, T, FloatingTypes) {
  for (const Lines& lines :
       {Lines{30'000, 10, 1}, Lines{300, 1000, 1}, Lines{30, 100, 100}, Lines{1, 300'000, 1},
        Lines{1, 10'000, 30}, Lines{1, 1000, 700}, Lines{3, 200, 1001}}) {
    const std::int64_t line_count = lines.outer * lines.inner, count = line_count * lines.n;
    const std::vector<T> x = numbers<T>(count), w = numbers<T>(lines.n);
    const std::vector<T> g(x.rbegin(), x.rend());
    const std::vector<double> slopes = numbers<double>(line_count);
    using Map = void (*)(const Lines&, const T*, T*);
    using Gradient = void (*)(const Lines&, const T*, const T*, T*);
    using Fold = void (*)(const Lines&, const T*, double*);
    for (const Map map : {&softmax<T>, &log_softmax<T>})
      same_bits<T>("softmax", count, [&](T* y) { map(lines, x.data(), y); });
    for (const Gradient gradient : {&softmax_gradient<T>, &log_softmax_gradient<T>})
      same_bits<T>("gradient", count, [&](T* y) { gradient(lines, x.data(), g.data(), y); });
    for (const Map extreme : {&greatest<T>, &least<T>})
      same_bits<T>("extreme", line_count, [&](T* y) { extreme(lines, x.data(), y); });
    same_bits<T>("log_sum_exp", 2 * line_count,
                 [&](T* y) { log_sum_exp(lines, x.data(), y, y + line_count); });
    for (const Fold fold : {Fold{&sum<T>}, Fold{&sum_of_magnitudes<T>}, Fold{&sum_of_squares<T>},
                            Fold{&squared_deviations<T>}, Fold{&mean<T>}, Fold{&product<T>}})
      same_bits<double>("fold", line_count, [&](double* y) { fold(lines, x.data(), y); });
    same_bits<T>("scaled_deviations", count,
                 [&](T* dx) { scaled_deviations(lines, x.data(), slopes.data(), g.data(), dx); });
    if (lines.inner > 1) continue;
    same_bits<T>("layer_norm", count, [&](T* y) {
      layer_norm(lines.outer, lines.n, x.data(), w.data(), w.data(), 1e-5, y);
    });
    same_bits<T>("gradient of layer_norm", count + 2 * lines.n, [&](T* dx) {
      layer_norm_gradient(lines.outer, lines.n, x.data(), w.data(), g.data(), 1e-5, dx, dx + count,
                          dx + count + lines.n);
    });
    std::vector<std::int64_t> labels(static_cast<std::size_t>(lines.outer));
    for (std::size_t i = 0; i < labels.size(); ++i)
      labels[i] = static_cast<std::int64_t>(i) % lines.n;
    same_bits<T>("gradient of labels", count, [&](T* dx) {
      std::ranges::copy(x, dx);
      label_gradient(lines.outer, lines.n, labels.data(), g.data(), 1, dx);
    });
  }
}

template <class T>
void check_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::vector<T> a = numbers<T>(m * k), b = numbers<T>(k * n);
  const std::vector<T> c = same_bits<T>(
      "gemm", m * n, [&](T* to) { gemm(m, n, k, a.data(), k, 1, b.data(), n, 1, to); });
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
                                {7, 1203, 1001},
                                {257, 130, 253},
                                {517, 523, 700},
                                {1, 2100, 4100},
                                {4100, 1, 2100}}) {
    check_gemm<float>(m, n, k);
    check_gemm<double>(m, n, k);
  }
}

// Each product of a batch is the same as alone, whoever computes it; b is repeated for all.
BOOST_AUTO_TEST_CASE_TEMPLATE(batches_of_matrix_products, T, FloatingTypes) {
  constexpr std::int64_t kRows = 7, kColumns = 7, m = 48, n = 56, k = 64;
  const std::vector<T> a = numbers<T>(kRows * kColumns * m * k), b = numbers<T>(kRows * k * n);
  const std::array<std::int64_t, 2> sizes{kRows, kColumns}, of_a{m * k, kRows * m * k},
      of_b{k * n, 0};
  const Loop<2> batch = make_loop<2>(2, sizes.data(), {of_a.data(), of_b.data()});
  const std::vector<T> c = same_bits<T>("batch", kRows * kColumns * m * n, [&](T* to) {
    gemm_batch(batch, m, n, k, a.data(), k, 1, b.data(), n, 1, to);
  });
  std::vector<T> alone(m * n);
  for (std::int64_t row = 0; row < kRows; ++row) {
    for (std::int64_t column = 0; column < kColumns; ++column) {
      gemm(m, n, k, a.data() + row * of_a[0] + column * of_a[1], k, 1, b.data() + row * of_b[0], n,
           1, alone.data());
      BOOST_TEST(std::ranges::equal(
          alone, std::span(c).subspan(static_cast<std::size_t>((row * kColumns + column) * m * n),
                                      alone.size())));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
