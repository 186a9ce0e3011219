// SPDX-License-Identifier: MIT
// Softmax and its relatives against sums in long double, for lines of any length and place, in each
// instruction set.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/softmax.hpp>

#include "random_lines.hpp"
#include "support/instruction_sets.hpp"

using namespace nabla::kernels;
using namespace nabla::kernels::test;

namespace {

using Places = std::vector<std::size_t>;
constexpr long double kLowest = -std::numeric_limits<long double>::infinity();

// Of a line of nothing but -inf the softmax is 0, its logarithm NaN.
template <class T>
struct Exact {
  std::vector<long double> shares, logs, log_totals;

  Exact(const Lines& lines, const Placed<T>& x)
      : shares(x.size()), logs(x.size()), log_totals(static_cast<std::size_t>(line_count(lines))) {
    for_each_line(lines, [&](std::size_t line, const Places& places) {
      const auto number = [&](std::size_t at) { return static_cast<long double>(x[at]); };
      long double most = kLowest, total = 0;
      for (const std::size_t at : places) most = std::max(most, number(at));
      const long double shift = most == kLowest ? 0 : most;
      for (const std::size_t at : places) total += std::exp(number(at) - shift);
      for (const std::size_t at : places) {
        shares[at] = total == 0 ? 0 : std::exp(number(at) - shift) / total;
        logs[at] = number(at) - shift - std::log(total);
      }
      // e^inf is infinite, whatever is beside it, unless that is NaN.
      const bool has_nan = std::ranges::any_of(places, [&](auto at) { return std::isnan(x[at]); });
      log_totals[line] = std::isinf(most) && !has_nan ? most : shift + std::log(total);
    });
  }
};

template <class T>
void agrees_with_plain_sums(const Lines& lines, const Placed<T>& x, std::mt19937& random) {
  const Exact<T> exact(lines, x);
  // Sixteen terms are added up in T, then the n / 16 sums in double. All are positive: of the total, each
  // addition loses kRounding at most, and so does what is divided by it, and its logarithm.
  const long double lost = (16 + static_cast<long double>(lines.n) / 16) * kRounding;
  const std::vector<long double> of_total(x.size(), lost);
  std::vector<long double> of_shares = exact.shares;
  for (long double& share : of_shares) share *= lost;
  nabla::test::for_each_instruction_set([&](Isa isa) {
    const std::string name = std::string(name_of(isa)) + " " + name_of(lines);
    Placed<T> y(element_count(lines), random);
    softmax(lines, x.data(), y.data());
    BOOST_TEST(wrong_in(y, exact.shares, 16, 0, of_shares) == 0u, "softmax, " << name);
    log_softmax(lines, x.data(), y.data());
    BOOST_TEST(wrong_in(y, exact.logs, 4, 1, of_total) == 0u, "log_softmax, " << name);
    Placed<T> most(line_count(lines), random), log(line_count(lines), random);
    log_sum_exp(lines, x.data(), most.data(), log.data());
    std::size_t wrong = most.is_whole() && log.is_whole() ? 0 : 1;
    for (std::size_t line = 0; line < most.size(); ++line) {
      const long double got =
          static_cast<long double>(most[line]) + static_cast<long double>(log[line]);
      const long double expected = exact.log_totals[line];
      const bool is_close = std::fabs(static_cast<double>(got - expected)) <=
                            8 * static_cast<double>(std::numeric_limits<T>::epsilon()) *
                                    (1 + std::fabs(static_cast<double>(expected))) +
                                static_cast<double>(lost);
      wrong += !(got == expected || (std::isnan(got) && std::isnan(expected)) ||
                 (std::isfinite(expected) && is_close));
    }
    BOOST_TEST(wrong == 0u, "log_sum_exp, " << name);
  });
}

// The gradients at a softmax, and a logarithm of one, that are rounded to T.
template <class T>
void gradients_agree_with_plain_sums(const Lines& lines, const Placed<T>& shares,
                                     const Placed<T>& logs, const Placed<T>& g,
                                     std::mt19937& random) {
  // n terms are added up in double, each of them at a loss of half a unit of a sum that is no greater than
  // those of their magnitudes; what comes of it is multiplied by a share.
  const long double lost = static_cast<long double>(lines.n) * kRounding;
  std::vector<long double> gradient(g.size()), log_gradient(g.size()), of_dot(g.size()),
      of_sum(g.size());
  for_each_line(lines, [&](std::size_t, const Places& places) {
    const auto arriving = [&](std::size_t at) { return static_cast<long double>(g[at]); };
    long double dot = 0, sum = 0, size_of_dot = 0, size_of_sum = 0;
    for (const std::size_t at : places) {
      const long double term = chained(arriving(at), static_cast<long double>(shares[at]));
      dot += term;
      sum += arriving(at);
      size_of_dot += std::fabs(term);
      size_of_sum += std::fabs(arriving(at));
    }
    for (const std::size_t at : places) {
      gradient[at] = chained(arriving(at) - dot, static_cast<long double>(shares[at]));
      const long double share = std::exp(static_cast<long double>(logs[at]));
      log_gradient[at] = arriving(at) - chained(sum, share);
      of_dot[at] = lost * size_of_dot * static_cast<long double>(shares[at]);
      of_sum[at] = lost * size_of_sum * share;
    }
  });
  nabla::test::for_each_instruction_set([&](Isa isa) {
    const std::string name = std::string(name_of(isa)) + " " + name_of(lines);
    Placed<T> dx(element_count(lines), random);
    softmax_gradient(lines, shares.data(), g.data(), dx.data());
    BOOST_TEST(wrong_in(dx, gradient, 32, 1, of_dot) == 0u, "softmax_gradient, " << name);
    log_softmax_gradient(lines, logs.data(), g.data(), dx.data());
    BOOST_TEST(wrong_in(dx, log_gradient, 64, 1, of_sum) == 0u, "log_softmax_gradient, " << name);
  });
}

template <class T>
Placed<T> rounded(const std::vector<long double>& exact, std::mt19937& random) {
  Placed<T> x(std::ssize(exact), random);
  std::ranges::transform(exact, x.data(),
                         [](long double number) { return static_cast<T>(number); });
  return x;
}

// With such of which the lines side by side are shared out.
std::vector<Lines> lines_to_try(std::mt19937& random) {
  std::vector<Lines> all = random_lines(random);
  all.insert(all.end(), {{1, 1500, 300}, {3, 500, 201}});
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(softmax_kernels)

BOOST_AUTO_TEST_CASE_TEMPLATE(they_agree_with_plain_sums_for_all_lines, T, FloatingTypes) {
  std::mt19937 random(11);
  for (const Lines& lines : lines_to_try(random)) {
    Placed<T> x = normal_numbers<T>(element_count(lines), random, 3);
    agrees_with_plain_sums(lines, x, random);
    put_oddities(lines, x, random);
    agrees_with_plain_sums(lines, x, random);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gradients_agree_with_plain_sums_for_all_lines, T, FloatingTypes) {
  std::mt19937 random(13);
  for (const Lines& lines : lines_to_try(random)) {
    const Placed<T> x = normal_numbers<T>(element_count(lines), random, 3);
    Placed<T> g = normal_numbers<T>(element_count(lines), random, 3);
    const Exact<T> exact(lines, x);
    Placed<T> shares = rounded<T>(exact.shares, random), logs = rounded<T>(exact.logs, random);
    gradients_agree_with_plain_sums(lines, shares, logs, g, random);
    // NaN and infinities arrive, or stand where nothing arrives.
    for_each_line(lines, [&](std::size_t, const Places& places) {
      const std::size_t at = places[random() % places.size()];
      switch (random() % 12) {
        case 0:
          g[at] = any_oddity<T>(random);
          break;
        case 1:
          shares[at] = logs[at] = std::numeric_limits<T>::quiet_NaN();
          break;
        case 2:
          for (const std::size_t other : places) g[other] = 0;
          shares[at] = logs[at] = std::numeric_limits<T>::quiet_NaN();
          break;
        case 3:
          shares[at] = 0;
          logs[at] = -std::numeric_limits<T>::infinity();
          break;
        default:
          break;
      }
    });
    gradients_agree_with_plain_sums(lines, shares, logs, g, random);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lines_of_nothing_but_infinity_keep_to_themselves, T, FloatingTypes) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  std::mt19937 random(14);
  for (const Lines& lines : random_lines(random)) {
    Placed<T> x = normal_numbers<T>(element_count(lines), random, 3);
    for_each_line(lines, [&](std::size_t, const Places& places) {
      if (random() % 3 != 0) return;
      for (const std::size_t at : places) x[at] = -kInfinity;
      if (random() % 2 != 0) x[places[random() % places.size()]] = 2;  // all of it on one element
    });
    agrees_with_plain_sums(lines, x, random);
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
