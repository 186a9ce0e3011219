// SPDX-License-Identifier: MIT
// Ops on tensors so large that their loops are shared out: values and gradients are the same bits for any
// number of threads, and those of the same op on a part of the lines.
#include "support/threads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

struct Case {
  const char* name;
  std::function<Tensor(const Tensor& x, int axis)> f;
};

const std::vector<Case> kCases = {
    {"cumsum", [](const Tensor& x, int axis) { return cumsum(x, axis); }},
    {"cumsum, reverse", [](const Tensor& x, int axis) { return cumsum(x, axis, true); }},
    {"cumprod", [](const Tensor& x, int axis) { return cumprod(x, axis); }},
    {"cummax", [](const Tensor& x, int axis) { return cummax(x, axis).values; }},
    {"cummin", [](const Tensor& x, int axis) { return cummin(x, axis).values; }},
    {"logcumsumexp", [](const Tensor& x, int axis) { return logcumsumexp(x, axis); }},
    {"sort", [](const Tensor& x, int axis) { return sort(x, axis).values; }},
    {"index_select",
     [](const Tensor& x, int axis) {
       std::vector<std::int64_t> places(static_cast<std::size_t>(x.size(axis)));
       for (std::size_t i = 0; i < places.size(); ++i)
         places[i] = static_cast<std::int64_t>((i * 7 + 3) % places.size() / 2);
       return index_select(x, axis, from_span(std::span<const std::int64_t>(places)));
     }},
    {"softmax", [](const Tensor& x, int axis) { return softmax(x, axis); }},
    {"log_softmax", [](const Tensor& x, int axis) { return log_softmax(x, axis); }},
    {"layer_norm",
     [](const Tensor& x, int axis) { return layer_norm(x.transpose(axis, 1)).transpose(axis, 1); }},
    {"sum", [](const Tensor& x, int axis) { return sum(x, axis, true); }},
    {"max", [](const Tensor& x, int axis) { return max(x, axis, true); }},
    {"min", [](const Tensor& x, int axis) { return min(x, axis, true); }},
    {"prod", [](const Tensor& x, int axis) { return prod(x, axis, true); }},
    {"var", [](const Tensor& x, int axis) { return var(x, axis, 1, true); }},
    {"std", [](const Tensor& x, int axis) { return nabla::std(x, axis, 1, true); }},
    {"logsumexp", [](const Tensor& x, int axis) { return logsumexp(x, axis, true); }},
    {"norm of order 1", [](const Tensor& x, int axis) { return norm(x, 1, axis, true); }},
    {"norm of order 2", [](const Tensor& x, int axis) { return norm(x, 2, axis, true); }},
    {"norm of order 3", [](const Tensor& x, int axis) { return norm(x, 3, axis, true); }},
    {"norm of order inf", [](const Tensor& x, int axis) { return norm(x, INFINITY, axis, true); }}};

// What an op gives, and its gradient for one that differs from line to line.
std::vector<Tensor> value_and_gradient(const Case& c, const Tensor& numbers, int axis) {
  const Tensor x = variable(numbers), y = c.f(x, axis);
  const auto [gradient] = grad((y * numbers).sum(), wrt(x));
  return {y.detach(), gradient};
}

double greatest_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  double most = x.size() == y.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
    const double difference = std::fabs(x[i] - y[i]) / (1 + std::fabs(y[i]));
    most = std::isnan(difference) ? INFINITY : std::max(most, difference);
  }
  return most;
}

void check(const Case& c, int axis, DType dtype, double tolerance) {
  constexpr std::int64_t kLines = 3300, kElements = 80, kFirst = 2900;
  manual_seed(8);
  const Tensor x =
      axis == 1 ? randn({kLines, kElements}, dtype) : randn({kElements, kLines}, dtype);
  std::vector<std::vector<double>> first;
  test::for_each_thread_count([&](int threads) {
    std::vector<std::vector<double>> results;
    for (const Tensor& result : value_and_gradient(c, x, axis))
      results.push_back(result.to_vector());
    if (first.empty()) first = results;
    BOOST_TEST((results == first),
               c.name << " along " << axis << ": other bits with " << threads << " threads");
  });
  const auto last_lines = [&](const Tensor& y) { return y.slice(1 - axis, kFirst, kLines); };
  const std::vector<Tensor> whole = value_and_gradient(c, x, axis);
  const std::vector<Tensor> part = value_and_gradient(c, last_lines(x).contiguous(), axis);
  for (std::size_t k = 0; k < whole.size(); ++k)
    BOOST_TEST(greatest_difference(last_lines(whole[k]), part[k]) <= tolerance,
               c.name << " along " << axis);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads_of_ops)

// Lines that end up in another bundle may be summed in another order.
BOOST_AUTO_TEST_CASE(results_are_the_same_bits_and_those_of_their_lines) {
  for (const Case& c : kCases) {
    check(c, 1, float32, 1e-5);
    check(c, 0, float64, 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(constants) {
  test::for_each_thread_count([](int) {
    const std::vector<double> numbers = full({700, 611}, 2.5).to_vector();
    BOOST_TEST(std::ranges::count(numbers, 2.5) == 700 * 611);
  });
}

BOOST_AUTO_TEST_SUITE_END()
