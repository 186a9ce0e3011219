// SPDX-License-Identifier: MIT
// Softmax and its relatives against sums in long double, for lines of any length and place, in each
// instruction set.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/softmax.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla::kernels;

namespace {

// The last two are shared out.
constexpr Lines kShapes[] = {{1, 1, 1},    {3, 10, 1},  {130, 10, 1},  {5, 63, 1},
                             {2, 64, 1},   {3, 200, 1}, {2, 1000, 1},  {4, 7, 3},
                             {2, 5, 64},   {3, 9, 130}, {0, 4, 1},     {1, 70, 2},
                             {2, 5000, 1}, {2, 40, 3},  {4100, 64, 1}, {300, 11, 80}};

template <class T>
std::vector<T> numbers(const Lines& lines, std::mt19937& random) {
  std::normal_distribution<T> normal(0, 3);
  std::vector<T> x(static_cast<std::size_t>(lines.outer * lines.n * lines.inner));
  for (T& number : x) number = normal(random);
  return x;
}

// Calls f(places of a line) for each line.
template <class F>
void for_each_line(const Lines& lines, const F& f) {
  for (std::int64_t o = 0; o < lines.outer; ++o) {
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      std::vector<std::size_t> line;
      for (std::int64_t j = 0; j < lines.n; ++j)
        line.push_back(static_cast<std::size_t>((o * lines.n + j) * lines.inner + i));
      f(line);
    }
  }
}

template <class T>
std::vector<long double> exact_log_softmax(const Lines& lines, const std::vector<T>& x) {
  std::vector<long double> y(x.size());
  for_each_line(lines, [&](const std::vector<std::size_t>& line) {
    long double most = -std::numeric_limits<long double>::infinity(), total = 0;
    for (const std::size_t at : line) most = std::max(most, static_cast<long double>(x[at]));
    for (const std::size_t at : line) total += std::exp(static_cast<long double>(x[at]) - most);
    for (const std::size_t at : line)
      y[at] = (static_cast<long double>(x[at]) - most) - std::log(total);
  });
  return y;
}

// The greatest difference, measured in epsilons of the greater of `scale` and the exact number.
template <class T>
double worst_of(const std::vector<T>& got, const std::vector<long double>& exact, double scale) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double size = std::max(scale, static_cast<double>(std::fabs(exact[i])));
    const double error =
        std::fabs(static_cast<double>(static_cast<long double>(got[i]) - exact[i])) /
        (size * static_cast<double>(std::numeric_limits<T>::epsilon()));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

template <class T>
void check_all() {
  std::mt19937 random(11);
  for (const Lines& lines : kShapes) {
    const std::vector<T> x = numbers<T>(lines, random), g = numbers<T>(lines, random);
    const std::vector<long double> logs = exact_log_softmax(lines, x);
    std::vector<long double> shares, gradient(x.size()), log_gradient(x.size());
    for (const long double log : logs) shares.push_back(std::exp(log));
    for_each_line(lines, [&](const std::vector<std::size_t>& line) {
      long double dot = 0, sum = 0;
      for (const std::size_t at : line) {
        dot += shares[at] * static_cast<long double>(g[at]);
        sum += static_cast<long double>(g[at]);
      }
      for (const std::size_t at : line) {
        gradient[at] = shares[at] * (static_cast<long double>(g[at]) - dot);
        log_gradient[at] = static_cast<long double>(g[at]) - shares[at] * sum;
      }
    });
    nabla::test::for_each_instruction_set([&](Isa isa) {
      const auto name = [&] {
        return std::string(name_of(isa)) + " (" + std::to_string(lines.outer) + ", " +
               std::to_string(lines.n) + ", " + std::to_string(lines.inner) + ")";
      };
      std::vector<T> y(x.size()), dx(x.size());
      softmax(lines, x.data(), y.data());
      BOOST_TEST(worst_of(y, shares, 0) <= 16, name());
      softmax_gradient(lines, y.data(), g.data(), dx.data());
      // Numbers up to 12 magnify what y lacks.
      BOOST_TEST(worst_of(dx, gradient, 1) <= 32, name());
      log_softmax(lines, x.data(), y.data());
      BOOST_TEST(worst_of(y, logs, 1) <= 4, name());
      log_softmax_gradient(lines, y.data(), g.data(), dx.data());
      BOOST_TEST(worst_of(dx, log_gradient, 1) <= 64, name());
      std::vector<T> most(static_cast<std::size_t>(lines.outer * lines.inner)), log(most.size());
      log_sum_exp(lines, x.data(), most.data(), log.data());
      std::size_t k = 0, wrong = 0;
      for_each_line(lines, [&](const std::vector<std::size_t>& line) {
        const long double exact = static_cast<long double>(x[line[0]]) - logs[line[0]];
        const long double got =
            static_cast<long double>(most[k]) + static_cast<long double>(log[k]);
        wrong += !(std::fabs(static_cast<double>(got - exact)) <=
                   8 * static_cast<double>(std::numeric_limits<T>::epsilon()) *
                       (1 + std::fabs(static_cast<double>(exact))));
        ++k;
      });
      BOOST_TEST(wrong == 0u, name());
    });
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(softmax_kernels)

BOOST_AUTO_TEST_CASE(floats_agree_with_plain_sums) { check_all<float>(); }
BOOST_AUTO_TEST_CASE(doubles_agree_with_plain_sums) { check_all<double>(); }

BOOST_AUTO_TEST_CASE(lines_of_infinities_and_nan_keep_to_themselves) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Lines along the last axis, and the same lines side by side.
  for (const Lines& lines : {Lines{4, 3, 1}, Lines{1, 3, 4}, Lines{4, 200, 1}}) {
    const auto place = [&](std::int64_t line, std::int64_t j) {
      return static_cast<std::size_t>(lines.inner == 1 ? line * lines.n + j
                                                       : j * lines.inner + line);
    };
    std::vector<double> x(static_cast<std::size_t>(4 * lines.n), -inf), y(x.size());
    x[place(1, 1)] = 2;    // all of it on one element
    x[place(2, 0)] = nan;  // a number that is none spoils its line
    x[place(3, 2)] = 0;
    nabla::test::for_each_instruction_set([&](Isa) {
      softmax(lines, x.data(), y.data());
      BOOST_TEST(y[place(0, 0)] == 0);
      BOOST_TEST(y[place(1, 1)] == 1);
      BOOST_TEST(y[place(1, 2)] == 0);
      BOOST_TEST(std::isnan(y[place(2, 1)]));
      BOOST_TEST(y[place(3, 2)] == 1);
      log_softmax(lines, x.data(), y.data());
      BOOST_TEST(y[place(1, 1)] == 0);
      BOOST_TEST(y[place(1, 0)] == -inf);
      BOOST_TEST(std::isnan(y[place(2, 1)]));
      std::vector<double> most(4), log(4);
      log_sum_exp(lines, x.data(), most.data(), log.data());
      BOOST_TEST(most[0] + log[0] == -inf);
      BOOST_TEST(most[1] + log[1] == 2);
      BOOST_TEST(std::isnan(most[2] + log[2]));
    });
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_nan_keep_to_their_line_and_nothing_comes_of_0) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Lines& lines : {Lines{3, 3, 1}, Lines{1, 3, 3}, Lines{3, 200, 1}, Lines{3, 2, 70}}) {
    nabla::test::for_each_instruction_set([&](Isa isa) {
      std::vector<double> y(static_cast<std::size_t>(lines.outer * lines.n * lines.inner), 0.5);
      std::vector<double> g(y.size(), 1), dx(y.size()), log_dx(y.size());
      std::vector<std::vector<std::size_t>> places;
      for_each_line(lines, [&](const std::vector<std::size_t>& line) { places.push_back(line); });
      for (const std::size_t at : places[0]) y[at] = nan, g[at] = 0;
      y[places[1].back()] = nan;
      softmax_gradient(lines, y.data(), g.data(), dx.data());
      log_softmax_gradient(lines, y.data(), g.data(), log_dx.data());
      std::size_t wrong = 0;
      for (std::size_t line = 0; line < places.size(); ++line) {
        for (const std::size_t at : places[line]) {
          wrong += line == 0 ? dx[at] != 0 : std::isnan(dx[at]) != (line == 1);
          wrong += line == 0 ? log_dx[at] != 0 : std::isnan(log_dx[at]) != std::isnan(y[at]);
        }
      }
      BOOST_TEST(wrong == 0u, name_of(isa) << ", n " << lines.n << ", inner " << lines.inner);
    });
  }
}

// Eighths and small integers: every result is exact.
template <class T>
void check_label_gradient(std::int64_t rows, std::int64_t n, std::int64_t g_step,
                          std::mt19937& random) {
  const auto line = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  std::vector<std::int64_t> labels(line(rows));
  for (std::int64_t& label : labels) label = static_cast<std::int64_t>(random()) % n;
  std::vector<T> shares(line(rows * n) + 1), g(line(g_step * (rows - 1)) + 1);
  for (T& share : shares) share = static_cast<T>(random() % 9) / 8;
  for (T& number : g) number = static_cast<T>(random() % 7) - 3;
  shares[random() % (shares.size() - 1)] = std::numeric_limits<T>::quiet_NaN();
  g[random() % g.size()] = std::numeric_limits<T>::infinity();
  std::vector<T> expected = shares;
  for (std::int64_t i = 0; i < rows; ++i) {
    const T factor = g[line(i * g_step)];
    for (std::int64_t j = 0; j < n; ++j) {  // what is 0 stays 0 beside a NaN
      T& number = expected[line(i * n + j)];
      number = factor == 0 ? 0 : factor * number;
      if (j == labels[line(i)]) number -= factor;
    }
  }
  nabla::test::for_each_instruction_set([&](Isa isa) {
    std::vector<T> dx = shares;  // one more than the kernel may touch
    label_gradient(rows, n, labels.data(), g.data(), g_step, dx.data());
    const bool same = std::ranges::equal(
        dx, expected, [](T a, T b) { return a == b || (std::isnan(a) && std::isnan(b)); });
    BOOST_TEST(same, rows << " x " << n << ", step " << g_step << " in " << name_of(isa));
  });
}

BOOST_AUTO_TEST_CASE(gradients_of_labels_agree_with_a_plain_loop) {
  std::mt19937 random(12);
  for (const std::int64_t g_step : {0, 1, 3}) {
    for (std::int64_t n = 1; n <= 200; ++n) {
      check_label_gradient<float>(1 + static_cast<std::int64_t>(random() % 5), n, g_step, random);
      check_label_gradient<double>(1 + static_cast<std::int64_t>(random() % 5), n, g_step, random);
    }
    check_label_gradient<float>(27'000, 10, g_step, random);  // shared out
    check_label_gradient<double>(280, 1001, g_step, random);
  }
}

BOOST_AUTO_TEST_SUITE_END()
