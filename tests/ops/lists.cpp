// SPDX-License-Identifier: MIT
// Reductions of lists of scalars: the values and gradients of the tensor op of the same name.
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

using Numbers = std::vector<double>;

// A dozen roundings of numbers of order 1, in one order or another.
constexpr double kTol = 1e-14;
constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");

std::vector<Value> variables(const Numbers& numbers) {
  std::vector<Value> all;
  for (const double number : numbers) all.push_back(variable(number));
  return all;
}

void check_same(const std::string& what, const Numbers& got, const Numbers& expected) {
  BOOST_TEST_REQUIRE(got.size() == expected.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])) ||
                      std::abs(got[i] - expected[i]) <= kTol * (1 + std::abs(expected[i]));
    BOOST_CHECK_MESSAGE(same, what << " [" << i << "]: got " << got[i] << ", need " << expected[i]);
  }
}

Numbers gradients(const std::vector<Value>& x) {
  Numbers all;
  for (const Value& element : x) all.push_back(element.grad());
  return all;
}

// Value and gradient of both forms, the gradient through a square so that its seed is not 1.
void check_both(const std::string& name, const Numbers& at,
                const std::function<Value(const std::vector<Value>&)>& of_list,
                const std::function<Tensor(const Tensor&)>& of_tensor) {
  const std::string what = name + to_string(from_span(std::span<const double>(at)));
  const Tape tape;
  const std::vector<Value> x = variables(at);
  const Value y = of_list(x);
  const Tensor tensor = variable(from_span(std::span<const double>(at)));
  const Tensor expected = of_tensor(tensor);
  check_same(what, {y.value()}, {expected.item()});
  if (!std::isfinite(y.value())) return;
  const Value seen = y * y + y;
  if (seen.has_history()) backward(seen);
  backward(expected * expected + expected);
  check_same(what + " gradient", gradients(x), tensor.grad().to_vector<double>());
}

const std::vector<Numbers> kPoints = {{0.3},
                                      {1, -2, 0.5},
                                      {-2, 3, 3, 0.1, 3},
                                      {0, 0, 0},
                                      {700, 701, 699.5},
                                      {1e-200, -3e-200},
                                      {1e100, 1e100, -2e100},
                                      {-kInf, 1, 2},
                                      {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1},
                                      {1, kNaN, 2}};

}  // namespace

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(reductions_are_those_of_tensors) {
  for (const Numbers& at : kPoints) {
    const auto check = [&](const std::string& name, const auto& reduce) {
      check_both(name, at, reduce, reduce);
    };
    check("sum", [](const auto& x) { return sum(x); });
    check("mean", [](const auto& x) { return mean(x); });
    check("max", [](const auto& x) { return max(x); });
    check("min", [](const auto& x) { return min(x); });
    check("logsumexp", [](const auto& x) { return logsumexp(x); });
    for (const int order : {0, 1, 2})
      check("norm " + std::to_string(order), [&](const auto& x) { return norm(x, order); });
  }
}

BOOST_AUTO_TEST_CASE(softmax_and_its_logarithm_are_those_of_tensors) {
  for (const Numbers& at : kPoints) {
    if (at == Numbers{1, kNaN, 2}) continue;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const int index = static_cast<int>(i);
      check_both(
          "softmax", at, [&](const std::vector<Value>& x) { return softmax(x)[i]; },
          [&](const Tensor& x) { return softmax(x)[index]; });
      check_both(
          "log_softmax", at, [&](const std::vector<Value>& x) { return log_softmax(x)[i]; },
          [&](const Tensor& x) { return log_softmax(x)[index]; });
    }
  }
}

BOOST_AUTO_TEST_CASE(inner_products_take_plain_numbers_on_either_side) {
  const Tape tape;
  const std::vector<Value> a = variables({1, 2, 3}), b = variables({-1, 0.5, 2});
  const Numbers weights{2, 4, 8};
  const Value y = dot(a, b) + dot(weights, a) + dot(b, weights);
  BOOST_TEST(y.value() == 6.0 + 34.0 + 16.0);
  backward(y);
  check_same("a", gradients(a), {1, 4.5, 10});
  check_same("b", gradients(b), {3, 6, 11});
  BOOST_TEST(dot(weights, weights) == 84.0);
}

BOOST_AUTO_TEST_CASE(cross_entropy_takes_a_label_or_probabilities) {
  for (const Numbers& at : {Numbers{1, 2, 3}, Numbers{1000, -1000, 999}}) {
    check_both(
        "label", at,
        [](const std::vector<Value>& z) { return softmax_cross_entropy(z, std::size_t{2}); },
        [](const Tensor& z) {
          return softmax_cross_entropy(z.reshape({1, 3}), tensor({2}, int64)).sum();
        });
    const Numbers targets{0.25, 0, 0.75};
    check_both(
        "probabilities", at,
        [&](const std::vector<Value>& z) { return softmax_cross_entropy(z, targets); },
        [&](const Tensor& z) {
          return softmax_cross_entropy(z.reshape({1, 3}),
                                       from_span(std::span<const double>(targets)).reshape({1, 3}))
              .sum();
        });
  }
}

BOOST_AUTO_TEST_CASE(a_class_that_cannot_be_and_is_not_costs_nothing) {
  const std::array<Value, 2> z{Value(-kInf), Value(1.0)};
  BOOST_TEST(softmax_cross_entropy(z, Numbers{0, 1}).value() == 0.0);
}

BOOST_AUTO_TEST_CASE(lists_of_plain_numbers_and_of_duals_work_as_well) {
  const Numbers plain{3, 4};
  BOOST_TEST(norm(plain) == 5.0);
  BOOST_TEST(nabla::max(plain) == 4.0);
  BOOST_TEST(softmax(Numbers{0, 0})[1] == 0.5);
  const std::array<Dual<double>, 2> x{Dual<double>(3.0, 1.0), Dual<double>(4.0, 0.0)};
  BOOST_TEST(norm(x).value() == 5.0);
  BOOST_TEST(std::abs(norm(x).tangent() - 0.6) <= kTol);
  BOOST_TEST(sum(std::vector<basic_value<float>>{1.5F, 2.0F}).value() == 3.5F);
}

// Where the gradient is 0 by convention it is there, and not an error for want of a history.
BOOST_AUTO_TEST_CASE(singular_points_of_lists_have_a_gradient_of_0) {
  const auto check = [](const char* name, const auto& f, const Numbers& at) {
    const std::vector<Value> x = variables(at);
    backward(f(x));
    for (const Value& each : x) BOOST_TEST(each.grad() == 0.0, name);
    std::vector<Value> last(at.begin(), at.end());
    last.back() = variable(at.back());  // the only one that has a history
    backward(f(last));
    BOOST_TEST(last.back().grad() == 0.0, name);
  };
  check("norm", [](const auto& x) { return norm(x); }, {0, 0});
  check("norm of order 0", [](const auto& x) { return norm(x, 0); }, {1, 2});
  check("std", [](const auto& x) { return nabla::std(x); }, {2, 2});
  check("logsumexp", [](const auto& x) { return logsumexp(x); }, {-kInf, -kInf});
  check("max", [](const auto& x) { return nabla::max(x); }, {kNaN, 1});
  check("min", [](const auto& x) { return nabla::min(x); }, {1, kNaN});
}

BOOST_AUTO_TEST_CASE(empty_lists_and_lists_that_do_not_fit_are_refused) {
  const std::vector<Value> none, one{1.0};
  const auto refused = [](const auto& call, const std::string& text) {
    BOOST_CHECK_EXCEPTION(call(), ShapeError, [&](const ShapeError& error) {
      return std::string(error.what()).find(text) == 0;
    });
  };
  BOOST_TEST(sum(none).value() == 0.0);
  BOOST_TEST(std::isnan(mean(none).value()));
  BOOST_TEST(norm(none).value() == 0.0);
  BOOST_TEST(logsumexp(none).value() == -std::numeric_limits<double>::infinity());
  refused([&] { static_cast<void>(max(none)); },
          "[max] no elements: got an empty list, need at least one number");
  refused([&] { static_cast<void>(min(none)); },
          "[min] no elements: got an empty list, need at least one number");
  refused([&] { static_cast<void>(softmax(none)); },
          "[softmax] no elements: got an empty list, need at least one number");
  refused([&] { static_cast<void>(dot(none, one)); }, "[dot] got lists of 0 and 1 numbers");
  BOOST_CHECK_THROW(static_cast<void>(softmax_cross_entropy(one, std::size_t{1})), DomainError);
  BOOST_CHECK_THROW(static_cast<void>(norm(one, -1)), DomainError);
}

BOOST_AUTO_TEST_CASE(the_table_of_ops_tells_which_take_lists) {
  for (const char* name : {"sum", "mean", "max", "min", "norm", "logsumexp", "dot", "softmax"})
    BOOST_TEST(find_op(name)->has_scalar, name);
  BOOST_TEST(!find_op("matmul")->has_scalar);
}

BOOST_AUTO_TEST_SUITE_END()
