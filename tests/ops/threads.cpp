// SPDX-License-Identifier: MIT
// Ops on tensors so large that their loops are shared out: values and gradients are the same bits for any
// number of threads and, along lines, those of the same op on a part of the lines.
#include "support/threads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

struct Case {
  const char* name;
  std::function<Tensor(const Tensor& x, int axis)> f;
};

// For each slice along an axis a place, some of them twice; and the same for each element.
Tensor slices_along(const Tensor& x, int axis) {
  std::vector<std::int64_t> places(static_cast<std::size_t>(x.size(axis)));
  for (std::size_t i = 0; i < places.size(); ++i)
    places[i] = static_cast<std::int64_t>((i * 7 + 3) % places.size() / 2);
  return from_span(std::span<const std::int64_t>(places));
}
Tensor places_along(const Tensor& x, int axis) {
  return broadcast_to(unsqueeze(slices_along(x, axis), 1 - axis), x.shape());
}

const std::vector<Case> kCases = {
    {"cumsum", [](const Tensor& x, int axis) { return cumsum(x, axis); }},
    {"cumsum, reverse", [](const Tensor& x, int axis) { return cumsum(x, axis, true); }},
    {"cumprod", [](const Tensor& x, int axis) { return cumprod(x, axis); }},
    {"cummax", [](const Tensor& x, int axis) { return cummax(x, axis).values; }},
    {"cummin", [](const Tensor& x, int axis) { return cummin(x, axis).values; }},
    {"logcumsumexp", [](const Tensor& x, int axis) { return logcumsumexp(x, axis); }},
    {"sort", [](const Tensor& x, int axis) { return sort(x, axis).values; }},
    {"linear_recurrence",
     [](const Tensor& x, int axis) { return linear_recurrence(x * 0.5, x, axis, false); }},
    {"index_select",
     [](const Tensor& x, int axis) { return index_select(x, axis, slices_along(x, axis)); }},
    {"index_sum", [](const Tensor& x,
                     int axis) { return index_sum(x, axis, slices_along(x, axis), x.size(axis)); }},
    {"gather", [](const Tensor& x, int axis) { return gather(x, axis, places_along(x, axis)); }},
    {"scatter",
     [](const Tensor& x, int axis) { return scatter(x, axis, places_along(x, axis), 2 * x); }},
    {"scatter_add",
     [](const Tensor& x, int axis) { return scatter_add(x, axis, places_along(x, axis), 2 * x); }},
    {"concat",
     [](const Tensor& x, int axis) {
       return concat({x, 2 * x}, axis).slice(axis, x.size(axis) / 2, x.size(axis) / 2 * 3);
     }},
    {"pad",
     [](const Tensor& x, int axis) {
       return pad_axis(x, axis, 5, 3, PadMode::reflect).slice(axis, 0, x.size(axis));
     }},
    {"tile", [](const Tensor& x,
                int axis) { return repeat_interleave(x, 2, axis).slice(axis, 0, x.size(axis)); }},
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

// Sums of elements in one pass, and what they bring to each operand: one of the shape of the result, one
// that lies in another order, and such as are repeated, whose gradients are sums again.
BOOST_AUTO_TEST_CASE(maps_and_their_sums) {
  constexpr std::int64_t kRows = 640, kColumns = 513;
  constexpr auto f = [](auto u, auto v, auto row, auto column, auto number) {
    return tanh(u * v + row) * column + where(u > number, u, number * v);
  };
  for (const DType dtype : {float32, float64}) {
    manual_seed(9);
    const std::vector<Tensor> x = {
        variable(randn({kRows, kColumns}, dtype)),
        variable(randn({kColumns, 2 * kRows}, dtype).slice(1, 1, 2 * kRows, 2).transpose()),
        variable(randn({kColumns}, dtype)), variable(randn({kRows, 1}, dtype)),
        variable(randn({}, dtype))};
    const Tensor seed = randn({kRows, kColumns}, dtype);
    const std::vector<std::pair<const char*, std::function<Tensor()>>> results = {
        {"map", [&] { return map(f, x[0], x[1], x[2], x[3], x[4]); }},
        {"map_sum", [&] { return map_sum(f, x[0], x[1], x[2], x[3], x[4]); }},
        {"map_mean", [&] { return map_mean(f, x[0], x[1], x[2], x[3], x[4]); }}};
    for (const auto& [name, result] : results) {
      std::vector<std::vector<double>> first;
      test::for_each_thread_count([&, name = name, &result = result](int threads) {
        const Tensor y = result();
        std::vector<std::vector<double>> numbers{y.to_vector()};
        for (const Tensor& g : grad(y, x, y.rank() == 0 ? ones({}, dtype) : seed))
          numbers.push_back(g.to_vector());
        if (first.empty()) first = numbers;
        BOOST_TEST((numbers == first), name << ": other bits with " << threads << " threads");
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(constants) {
  test::for_each_thread_count([](int) {
    const std::vector<double> numbers = full({700, 611}, 2.5).to_vector();
    BOOST_TEST(std::ranges::count(numbers, 2.5) == 700 * 611);
  });
}

BOOST_AUTO_TEST_SUITE_END()
