// SPDX-License-Identifier: MIT
// The sum and the mean of an elementwise op in one pass, against the op and a sum or a mean of it.
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/check/gradcheck.hpp>
#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/family/total.hpp>
#include <nabla/ops/map.hpp>
#include <nabla/ops/ops.hpp>

#include "support/storage.hpp"
#include "support/threads.hpp"

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor drawn(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Random random(seed);
  return randn(shape, random, dtype);
}

template <class Op, class... Xs>
Tensor in_two_passes(Total total, const Op& op, const Xs&... xs) {
  const Tensor terms = record(op, xs...);
  return total == Total::mean ? terms.mean() : terms.sum();
}

// Values and gradients of both ways. Up to 2048 elements the numbers are added up in one order, and are
// the same bits; beyond, n / 2048 sums are added up one behind another.
template <class Op, class A, class B>
void compare(const Op& op, const A& a, const B& b, double tolerance = 0) {
  for (const Total total : {Total::sum, Total::mean}) {
    const Tensor x = variable(a), y = variable(b);
    const Tensor one = record_total(total, op, x, y), two = in_two_passes(total, op, x, y);
    BOOST_TEST(one.rank() == 0);
    BOOST_TEST((one.dtype() == two.dtype()));
    const double got = one.to(float64).item(), expected = two.to(float64).item();
    BOOST_TEST((std::isnan(expected) ? std::isnan(got)
                                     : std::abs(got - expected) <= tolerance * std::abs(expected)));
    BOOST_TEST(operations_behind(one).size() == 1u);
    const std::vector<Tensor> xs{x, y}, by_one = grad(one, xs), by_two = grad(two, xs);
    for (std::size_t i = 0; i < 2; ++i) {
      BOOST_TEST((by_one[i].shape() == by_two[i].shape()));
      BOOST_TEST((by_one[i].to_vector() == by_two[i].to_vector()));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(totals)

BOOST_AUTO_TEST_CASE(operands_of_any_kind) {
  for (const std::int64_t n : {0, 1, 15, 63, 700, 2048})
    compare(op::SquaredError{}, drawn({n}, 1), drawn({n}, 2));
  compare(op::HuberError::with(0.5), drawn({3, 1}, 1), drawn({4}, 2));
  compare(op::AbsoluteError{}, drawn({3, 5}, 1).transpose(), drawn({5, 3}, 2));
  compare(op::HingeError{}, narrow(drawn({6, 5}, 1), 0, 1, 3), flip(drawn({3, 5}, 2), 1));
  compare(op::SquaredError{}, drawn({}, 1), drawn({2, 3}, 2));
  compare(op::SquaredError{}, drawn({7}, 1, float32), drawn({7}, 2, float64));
  compare(op::LogCoshError{}, drawn({9, 9}, 1, float32), drawn({9, 9}, 2, float32));
  // Blocks of the readers, and more terms than are added up at once.
  compare(op::SquaredError{}, drawn({70, 1}, 1), drawn({70}, 2), 1e-14);
  compare(op::SquaredError{}, drawn({3, 1, 900}, 1, float32), drawn({2, 1}, 2, float32), 2e-7);
  compare(op::SquaredError{}, drawn({700, 1}, 1, float32), drawn({600}, 2, float32), 2e-7);
}

BOOST_AUTO_TEST_CASE(numbers_and_integers_are_operands) {
  const Tensor x = tensor({1.0, 2.0, 4.0}, float32);
  BOOST_TEST(record_total(Total::sum, op::SquaredError{}, x, 1.0).item() == 10);
  BOOST_TEST((record_total(Total::sum, op::SquaredError{}, x, 1.0).dtype() == float32));
  const Tensor integers = tensor({1, -2, 4}, int64);
  const Tensor squares = record_total(Total::sum, op::Square{}, integers);
  BOOST_TEST((squares.dtype() == int64));
  BOOST_TEST(squares.item<std::int64_t>() == 21);
}

BOOST_AUTO_TEST_CASE(long_ones_are_the_same_bits_for_any_number_of_threads) {
  for (const std::int64_t n : {2049, 300'000, 1'000'003}) {
    const Tensor a = drawn({n}, 1, float32), b = drawn({n}, 2, float32);
    std::vector<double> found;
    test::for_each_thread_count([&](int) {
      found.push_back(record_total(Total::sum, op::SquaredError{}, a, b).to(float64).item());
    });
    BOOST_TEST((found == std::vector(3, found.front())));
    compare(op::SquaredError{}, a, b, 2e-7);
  }
}

BOOST_AUTO_TEST_CASE(the_terms_are_not_written_nor_are_operands_repeated) {
  const Tensor a = variable(drawn({300, 400}, 1)), b = drawn({300, 400}, 2), row = drawn({400}, 3),
               column = drawn({300, 1}, 4);
  const auto mean = [](const auto& x, const auto& y) {
    return [&] { return record_total(Total::mean, op::SquaredError{}, x, y); };
  };
  BOOST_TEST(test::most_bytes(mean(a, b)) <= 64);
  BOOST_TEST(test::most_bytes(mean(a, row)) <= 64);
  BOOST_TEST(test::most_bytes(mean(column, row)) <= 64);
  BOOST_TEST(test::most_bytes(mean(a, 1.0)) <= 64);
  BOOST_TEST(test::most_bytes(mean(a.slice(0, 0, 300, 2), b.slice(0, 150, 300))) <= 64);
  BOOST_TEST(test::most_bytes(
                 [&] { return map_sum([](auto x, auto y) { return x * y; }, column, row); }) <= 64);
}

BOOST_AUTO_TEST_CASE(errors_name_what_was_called) {
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(map_mean([](auto x, auto y) { return x * y; }, zeros({2}), zeros({3}))),
      ShapeError, [](const ShapeError& error) {
        return std::string(error.what()).starts_with("[map_mean] shapes do not");
      });
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_what_sum_and_mean_make_of_it) {
  const Tensor zero = zeros({2}, float64);
  BOOST_TEST(
      record_total(Total::mean, op::AbsoluteError{}, full({2}, 1.5e308, float64), zero).item() ==
      1.5e308);
  BOOST_TEST(
      record_total(Total::sum, op::AbsoluteError{}, full({2}, 1.5e308, float64), zero).item() ==
      kInf);
  BOOST_TEST(
      std::isnan(record_total(Total::mean, op::Square{}, tensor({NAN, 1.0}, float64)).item()));
  BOOST_TEST(std::isnan(record_total(Total::mean, op::Square{}, zeros({0}, float64)).item()));
  BOOST_TEST(record_total(Total::sum, op::Square{}, zeros({0}, float64)).item() == 0);
}

BOOST_AUTO_TEST_CASE(of_a_lambda) {
  const auto f = [](auto p, auto t) { return square(p - t) / (1.0 + abs(t)); };
  for (const bool is_mean : {false, true}) {
    const Tensor p = variable(drawn({5, 40}, 1)), t = variable(drawn({40}, 2));
    const Tensor terms = map(f, p, t);
    const Tensor one = is_mean ? map_mean(f, p, t) : map_sum(f, p, t);
    const Tensor two = is_mean ? terms.mean() : terms.sum();
    BOOST_TEST(one.item() == two.item());
    BOOST_TEST(operations_behind(one).front().info().name == (is_mean ? "map_mean" : "map_sum"));
    const std::vector<Tensor> xs{p, t}, by_one = grad(one, xs), by_two = grad(two, xs);
    for (std::size_t i = 0; i < 2; ++i)
      BOOST_TEST((by_one[i].to_vector() == by_two[i].to_vector()));
  }
  const check::Report report =
      check::gradcheck([&](std::span<const Tensor> x) { return tanh(map_mean(f, x[0], x[1])); },
                       {drawn({3}, 1), drawn({2, 3}, 2)}, {.order = 2});
  BOOST_TEST(report.ok(), to_string(report));
}

BOOST_AUTO_TEST_CASE(tangents_replays_and_second_derivatives) {
  const Tensor a = drawn({4}, 1), b = drawn({3, 4}, 2);
  const auto f = [](const Tensor& x, const Tensor& y) {
    return record_total(Total::mean, op::GaussianError{}, x, y, exp(y));
  };
  const auto g = [&](std::span<const Tensor> x) { return tanh(0.1 * f(x[0], x[1])); };
  const check::Report report = check::gradcheck(g, {a, b}, {.order = 2});
  BOOST_TEST(report.ok(), to_string(report));
  const std::vector<Tensor> at{a, b}, along{drawn({4}, 3), drawn({3, 4}, 4)};
  const auto two = [&](std::span<const Tensor> x) {
    return tanh(0.1 * in_two_passes(Total::mean, op::GaussianError{}, x[0], x[1], exp(x[1])));
  };
  BOOST_TEST(jvp(g, at, along).tangent.item() == jvp(two, at, along).tangent.item());
  const Tensor y = f(variable(a), b);
  const Operation operation = operations_behind(y).front();
  BOOST_TEST(operation.info().name == "mean_gaussian_error");
  BOOST_TEST(operation.info().formula == "mean of " + std::string(op::GaussianError::info.formula));
  BOOST_TEST(operation.again(operation.operands()).item() == y.item());
}

BOOST_AUTO_TEST_SUITE_END()
