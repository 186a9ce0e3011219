// SPDX-License-Identifier: MIT
// A temporary operand of an elementwise op gives its elements to the result, if nobody can see that it did.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/node.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

#include "support/storage.hpp"

using namespace nabla;

namespace {

constexpr std::int64_t kCount = 1000;
constexpr std::int64_t kBytes = kCount * 8;

Tensor numbers(double from) {
  std::vector<double> all(kCount);
  for (double& each : all) each = from += 0.37;
  return from_span(std::span<const double>(all), {kCount});
}

// How many tensors of kCount numbers, beside plain numbers, there are at once while f runs.
template <class F>
std::int64_t most_at_once(const F& f) {
  return test::most_bytes(f) / kBytes;
}

template <class F>
void check(const Tensor& got, const F& expected) {
  const std::vector<double> all = got.to_vector<double>();
  BOOST_REQUIRE(all.size() == static_cast<std::size_t>(kCount));
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_REQUIRE_MESSAGE(all[i] == expected(i), i << ": " << all[i] << ", not " << expected(i));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(temporaries)

BOOST_AUTO_TEST_CASE(an_expression_takes_the_memory_of_its_result) {
  const Tensor x = numbers(1), y = numbers(-50);
  const auto a = x.to_vector<double>(), b = y.to_vector<double>();
  BOOST_TEST(most_at_once([&] { return (x + y) * 2 - 1; }) == 1);
  check((x + y) * 2 - 1, [&](std::size_t i) { return (a[i] + b[i]) * 2 - 1; });
  BOOST_TEST(most_at_once([&] { return 3 / (x - -(x * y)); }) == 1);
  check(3 / (x - -(x * y)), [&](std::size_t i) { return 3 / (a[i] - -(a[i] * b[i])); });
  // Two at once: one is free when the other has become the result.
  BOOST_TEST(most_at_once([&] { return (x + y) / (x - y) - 1; }) == 2);
  check((x + y) / (x - y) - 1, [&](std::size_t i) { return (a[i] + b[i]) / (a[i] - b[i]) - 1; });
}

BOOST_AUTO_TEST_CASE(functions_write_over_temporaries_as_operators_do) {
  const Tensor x = numbers(1), y = numbers(-50);
  const auto a = x.to_vector<double>(), b = y.to_vector<double>();
  BOOST_TEST(most_at_once([&] { return exp(x) + y; }) == 1);
  BOOST_TEST(most_at_once([&] { return tanh(x + y); }) == 1);
  BOOST_TEST(most_at_once([&] { return relu(exp(-maximum(x, y)) * 2); }) == 1);
  check(relu(square(-maximum(x, y)) - 9), [&](std::size_t i) {
    const double greater = std::max(a[i], b[i]);
    return std::max(0.0, greater * greater - 9);
  });
  BOOST_TEST(most_at_once([&] { return minimum(x + y, x); }) == 1);
  check(minimum(x + y, x), [&](std::size_t i) { return std::min(a[i] + b[i], a[i]); });
  BOOST_TEST(most_at_once([&] { return clamp(x + y, -1.0, 2.0); }) == 1);
  BOOST_TEST(most_at_once([&] { return clamp(x + y, -1, 2); }) == 1);
  check(clamp(x + y, -1, 2), [&](std::size_t i) { return std::clamp(a[i] + b[i], -1.0, 2.0); });
  BOOST_TEST(most_at_once([&] { return fma(x, y, x + y); }) == 1);
  BOOST_TEST(most_at_once([&] { return fabs(x - y); }) == 1);
  BOOST_TEST(most_at_once([&] { return pow(x - y, 3); }) == 1);
  check(pow(x - y, 2), [&](std::size_t i) { return (a[i] - b[i]) * (a[i] - b[i]); });
  const Tensor mask = x > y;  // a byte an element
  BOOST_TEST(most_at_once([&] { return where(mask, x + y, y); }) == 1);
  BOOST_TEST(most_at_once([&] { return where(mask, x, x * y); }) == 1);
  BOOST_TEST(most_at_once([&] { return where(mask, 2.0, x * y); }) == 1);
  BOOST_TEST(most_at_once([&] { return masked_fill(x * y, mask, 0.5); }) == 1);
  check(where(mask, x - 1, x * y),
        [&](std::size_t i) { return a[i] > b[i] ? a[i] - 1 : a[i] * b[i]; });
  BOOST_TEST(most_at_once([&] { return leaky_relu(x - y, 0.1); }) == 1);
  BOOST_TEST(most_at_once([&] { return (x - y).square().sqrt().abs().exp().log().relu(); }) == 1);
  BOOST_TEST(most_at_once([&] { return (x - y).tanh().sigmoid(); }) == 1);
  check((x - y).square().abs(), [&](std::size_t i) { return (a[i] - b[i]) * (a[i] - b[i]); });
  check(x, [&](std::size_t i) { return a[i]; });
  const auto f = [](auto t, auto u) { return 2.0 * t - u; };
  BOOST_TEST(most_at_once([&] { return map(f, x * y, x); }) == 1);
  BOOST_TEST(most_at_once([&] { return map(f, x, x * y); }) == 1);
  check(map(f, x * y, x), [&](std::size_t i) { return 2 * (a[i] * b[i]) - a[i]; });
  check(map(f, x, x * y), [&](std::size_t i) { return 2 * a[i] - a[i] * b[i]; });
  Tensor twice = x * y;
  check(map(f, std::move(twice), twice), [&](std::size_t i) { return a[i] * b[i]; });
  check(map(f, tensor({3.0}, float64) * 1, x), [&](std::size_t i) { return 6 - a[i]; });
  BOOST_TEST(map(f, variable(x), x).requires_grad());
  // A variable stays, and what a sweep reads.
  Tensor w = variable(x);
  const auto exp_of = [](auto t) { return exp(t); };
  backward(sum(square(w) + map(exp_of, 0.01 * w + 1.0)));
  for (std::size_t i = 0; i < a.size(); ++i)
    BOOST_REQUIRE_CLOSE(w.grad().to_vector<double>()[i],
                        2 * a[i] + 0.01 * std::exp(0.01 * a[i] + 1), 1e-12);
  check(w.detach(), [&](std::size_t i) { return a[i]; });
  // Gone into a function, a tensor that others hold is still theirs.
  Tensor moved = x + 0.0;
  const Tensor copy = moved;
  check(square(std::move(moved)), [&](std::size_t i) { return a[i] * a[i]; });
  check(copy, [&](std::size_t i) { return a[i]; });
}

BOOST_AUTO_TEST_CASE(what_is_stretched_is_not_written_over) {
  const Tensor x = numbers(1).reshape({10, 100}), row = numbers(0).slice(0, 0, 100);
  const Tensor number = tensor({2.0}, float64);
  const auto a = x.to_vector<double>(), b = row.to_vector<double>();
  check(((row + row) - x).reshape({kCount}),
        [&](std::size_t i) { return b[i % 100] + b[i % 100] - a[i]; });
  check((x - (row + row)).reshape({kCount}),
        [&](std::size_t i) { return a[i] - (b[i % 100] + b[i % 100]); });
  check(((number + number) * x).reshape({kCount}), [&](std::size_t i) { return 4 * a[i]; });
  BOOST_TEST(((row + row) - x).shape() == Shape({10, 100}));
}

BOOST_AUTO_TEST_CASE(another_dtype_has_other_elements) {
  const Tensor x = to(numbers(1), float32), y = numbers(2);
  BOOST_TEST((((x + x) * y).dtype() == float64));
  BOOST_TEST(((y * (x + x)).dtype() == float64));
  check((x + x) * y, [&](std::size_t i) {
    const float twice = x.to_vector<float>()[i] + x.to_vector<float>()[i];
    return static_cast<double>(twice) * y.to_vector<double>()[i];
  });
  const Tensor n = tensor({1, 2, 3}, int64);
  BOOST_TEST((((n + n) / 4).dtype() == float32));
  BOOST_TEST(((n + n) / 4).to_vector<double>() == (std::vector<double>{0.5, 1.0, 1.5}));
  BOOST_TEST((((n + n) * 4).dtype() == int64));
}

// Whoever can still ask for the elements finds them as they were.
BOOST_AUTO_TEST_CASE(what_somebody_else_sees_stays) {
  const Tensor x = numbers(1);
  const auto a = x.to_vector<double>();
  const auto unchanged = [&](std::size_t i) { return a[i]; };
  const auto handle = [&] { return x; };
  check(handle() + 1, [&](std::size_t i) { return a[i] + 1; });
  check(x, unchanged);
  check(x.reshape({10, 100}).transpose() * 2 + 0.0 * numbers(0).reshape({100, 10}),
        [&](std::size_t i) { return a[i % 10 * 100 + i / 10] * 2; });
  check(x, unchanged);
  check(-x.detach(), [&](std::size_t i) { return -a[i]; });
  check(x, unchanged);
  check(x.slice(0, 0, kCount) + 1, [&](std::size_t i) { return a[i] + 1; });
  check(x, unchanged);

  const Tensor sum = named(x + x, "twice") * 3;
  BOOST_TEST(sum.name().empty());
  check(sum, [&](std::size_t i) { return (a[i] + a[i]) * 3; });

  Tensor moved = x + 0.0;
  const Tensor copy = moved;
  check(std::move(moved) + 1, [&](std::size_t i) { return a[i] + 1; });
  check(copy, unchanged);
}

BOOST_AUTO_TEST_CASE(a_history_keeps_what_it_reads) {
  Tensor x = variable(numbers(1));
  const Tensor c = numbers(-3);
  const auto a = x.to_vector<double>(), b = c.to_vector<double>();
  // c + c is a temporary that the rule of * reads.
  backward(sum((c + c) * x));
  check(x.grad(), [&](std::size_t i) { return b[i] + b[i]; });
  x.zero_grad();
  backward(sum(-((x * x) * x) + (c - 1) / x));
  for (std::size_t i = 0; i < a.size(); ++i)
    BOOST_REQUIRE_CLOSE(x.grad().to_vector<double>()[i],
                        -3 * a[i] * a[i] - (b[i] - 1) / (a[i] * a[i]), 1e-12);
  Tensor gone = variable(numbers(2));
  BOOST_TEST((std::move(gone) + 1).requires_grad());
}

BOOST_AUTO_TEST_CASE(a_guard_sees_the_operands) {
  const Tensor zero = zeros({3}, float64);
  NanGuard guard;
  BOOST_CHECK_EXCEPTION(static_cast<void>((zero + 0) / zero), Error, [](const Error& error) {
    return std::string(error.what()).find("div") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(errors_are_those_of_the_op) {
  const Tensor x = zeros({2, 3}, float64), y = zeros({4}, float64);
  BOOST_CHECK_EXCEPTION(static_cast<void>((x + 1) * y), ShapeError, [](const Error& error) {
    return std::string(error.what()) ==
           "[mul] shapes do not broadcast: a is (2, 3), b is (4,), need equal sizes or 1 at axis 1";
  });
  BOOST_CHECK_THROW(static_cast<void>(Tensor() + x), GraphError);
  BOOST_CHECK_THROW(static_cast<void>(-Tensor()), GraphError);
}

BOOST_AUTO_TEST_SUITE_END()
