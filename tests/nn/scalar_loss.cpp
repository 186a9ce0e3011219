// SPDX-License-Identifier: MIT
#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;

std::vector<Value> variables(const std::vector<double>& numbers) {
  std::vector<Value> all;
  for (const double number : numbers) all.push_back(variable(number));
  return all;
}

void check_close(double got, double expected) { BOOST_TEST(std::abs(got - expected) <= kTol); }

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_losses)

BOOST_AUTO_TEST_CASE(squares_and_magnitudes_are_those_of_the_tensors) {
  const Tape tape;
  const std::vector<double> numbers{.5, -1, 2, .25}, target{0, 1, 2, -.25};
  const std::vector<Value> p = variables(numbers);
  const Tensor tensor_p = from_span(std::span<const double>(numbers));
  const Tensor tensor_t = from_span(std::span<const double>(target));
  check_close(nn::half_sum_of_squares(p, target).value(),
              nn::half_sum_of_squares(tensor_p, tensor_t).item());
  check_close(nn::mse(p, target).value(), nn::mse(tensor_p, tensor_t).item());
  check_close(nn::half_mse(p, target).value(), nn::half_mse(tensor_p, tensor_t).item());
  check_close(nn::mae(p, target).value(), nn::mae(tensor_p, tensor_t).item());
  backward(nn::half_sum_of_squares(p, target));
  for (std::size_t i = 0; i < p.size(); ++i) check_close(p[i].grad(), numbers[i] - target[i]);
}

BOOST_AUTO_TEST_CASE(bce_is_the_formula_and_is_bounded) {
  const Tape tape;
  const Value p = variable(.25);
  const Value loss = nn::bce(p, 1.0);
  check_close(loss.value(), std::log(4.0));
  backward(loss);
  check_close(p.grad(), -4.0);
  BOOST_TEST(nn::bce(Value(0.0), 1.0).value() == 100.0);
  BOOST_TEST(nn::bce(Value(1.0), 1.0).value() == 0.0);
  BOOST_CHECK_THROW(static_cast<void>(nn::bce(Value(1.5), 1.0)), DomainError);
  BOOST_CHECK_THROW(static_cast<void>(nn::bce(p, 2.0)), DomainError);
  const std::vector<Value> outputs{.25, .5};
  const std::vector<double> targets{0, 1};
  check_close(nn::binary_cross_entropy(outputs, targets).value(), -std::log(.75) + std::log(2.0));
}

BOOST_AUTO_TEST_CASE(softmax_with_cross_entropy_gives_p_minus_y) {
  const Tape tape;
  const std::vector<Value> z = variables({1, 2, 3});
  const std::vector<Value> p = softmax(z);
  const Value loss = nn::cross_entropy(z, std::size_t{1});
  check_close(loss.value(), -std::log(p[1].value()));
  backward(loss);
  for (std::size_t i = 0; i < z.size(); ++i)
    check_close(z[i].grad(), p[i].value() - (i == 1 ? 1 : 0));
  const std::vector<double> one_hot{0, 1, 0};
  check_close(nn::cross_entropy(z, one_hot).value(), loss.value());
}

BOOST_AUTO_TEST_CASE(counts_and_labels_that_do_not_fit_are_refused) {
  const std::vector<Value> none, two{1.0, 2.0};
  const std::vector<double> none_given, one{1.0};
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::mse(two, one)), ShapeError,
                        says({"[mse]", "2 predictions and 1 targets"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::cross_entropy(none, none_given)), ShapeError);
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::cross_entropy(two, std::size_t{2})), DomainError,
                        says({"[softmax_cross_entropy]", "got 2"}));
}

BOOST_AUTO_TEST_SUITE_END()
