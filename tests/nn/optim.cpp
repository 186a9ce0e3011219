// SPDX-License-Identifier: MIT
// What optimizers do, in numbers that one can check by hand, and what they refuse. Their formulas at any
// size: optim_steps.cpp.
#include <cmath>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

// A dozen operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;

/// A parameter with a gradient, as a sweep would leave it.
struct Given {
  explicit Given(const std::vector<double>& numbers)
      : w(variable(from_span(std::span<const double>(numbers)), "w")) {}

  void gradient(const std::vector<double>& numbers) {
    w.set_grad(from_span(std::span<const double>(numbers)));
  }
  [[nodiscard]] double at(std::int64_t i) const { return w.at({i}); }

  Tensor w;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(optim_sgd)

BOOST_AUTO_TEST_CASE(a_plain_step_is_rate_times_gradient) {
  Given given({1.0, -2.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.1});
  given.gradient({0.5, 1.0});
  sgd.step();
  BOOST_TEST(given.at(0) == 1.0 - 0.1 * 0.5);
  BOOST_TEST(given.at(1) == -2.0 - 0.1);
}

BOOST_AUTO_TEST_CASE(weight_decay_adds_the_weight_to_the_gradient) {
  Given given({2.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.1, .weight_decay = 0.5});
  given.gradient({1.0});
  sgd.step();
  BOOST_TEST(std::abs(given.at(0) - (2.0 - 0.1 * (1.0 + 0.5 * 2.0))) <= kTol);
}

BOOST_AUTO_TEST_CASE(momentum_keeps_part_of_the_velocity) {
  Given given({1.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.1, .momentum = 0.9});
  given.gradient({1.0});
  sgd.step();  // v = 1
  BOOST_TEST(std::abs(given.at(0) - 0.9) <= kTol);
  given.gradient({2.0});
  sgd.step();  // v = 0.9 + 2 = 2.9
  BOOST_TEST(std::abs(given.at(0) - (0.9 - 0.29)) <= kTol);
}

BOOST_AUTO_TEST_CASE(nesterov_looks_ahead_along_the_velocity) {
  Given given({1.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  given.gradient({1.0});
  sgd.step();  // v = 1, step 1 + 0.9
  BOOST_TEST(std::abs(given.at(0) - 0.81) <= kTol);
  given.gradient({2.0});
  sgd.step();  // v = 2.9, step 2 + 2.61
  BOOST_TEST(std::abs(given.at(0) - (0.81 - 0.461)) <= kTol);
}

BOOST_AUTO_TEST_CASE(on_a_quadratic_it_converges_below_two_over_the_curvature_and_not_above) {
  constexpr double kCurvature = 4.0;  // of 2 x^2
  const auto distance_after = [](double rate) {
    Given given({1.0});
    optim::Sgd sgd({given.w}, {.learning_rate = rate});
    for (int step = 0; step < 200; ++step) {
      sgd.zero_grad();
      backward((given.w.square() * 2.0).sum());
      sgd.step();
    }
    return std::abs(given.at(0));
  };
  BOOST_TEST(distance_after(0.95 * 2 / kCurvature) < 1e-8);
  BOOST_TEST(distance_after(1.05 * 2 / kCurvature) > 1e8);
}

BOOST_AUTO_TEST_CASE(an_infinite_gradient_gives_an_infinite_weight) {
  Given given({1.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.1, .momentum = 0.9});
  given.gradient({INFINITY});
  sgd.step();
  BOOST_TEST(given.at(0) == -INFINITY);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(optim_adam)

BOOST_AUTO_TEST_CASE(the_first_step_is_the_rate_whatever_the_gradient) {
  Given given({1.0, 1.0});
  optim::Adam adam({given.w}, {.learning_rate = 0.25, .epsilon = 0.0});
  given.gradient({1e-3, -1e3});
  adam.step();
  BOOST_TEST(std::abs(given.at(0) - 0.75) <= kTol);
  BOOST_TEST(std::abs(given.at(1) - 1.25) <= kTol);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(optimizer)

BOOST_AUTO_TEST_CASE(parameters_without_gradient_stay) {
  Given moved({1.0}), still({1.0});
  optim::Adam adam({moved.w, still.w});
  moved.gradient({1.0});
  adam.step();
  BOOST_TEST(moved.at(0) != 1.0);
  BOOST_TEST(still.at(0) == 1.0);
}

BOOST_AUTO_TEST_CASE(zero_grad_forgets_and_steps_leave_no_history) {
  Given given({1.0, 2.0});
  optim::Sgd sgd({given.w}, {.learning_rate = 0.5});
  backward(given.w.square().sum());
  sgd.step();
  BOOST_TEST(given.w.is_leaf());
  sgd.zero_grad();
  BOOST_TEST(!given.w.has_grad());
  sgd.step();
  BOOST_TEST(given.at(1) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_broadcast_gradient_is_read_as_what_it_shows) {
  Given given({1.0, 2.0, 3.0});
  given.w.set_grad(broadcast_to(tensor({2.0}, float64), {3}));
  optim::Sgd({given.w}, {.learning_rate = 0.5}).step();
  BOOST_TEST((given.w.to_vector() == std::vector<double>{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(the_learning_rate_can_change) {
  Given given({1.0});
  optim::Sgd sgd({given.w});
  sgd.set_learning_rate(0.5);
  given.gradient({1.0});
  sgd.step();
  BOOST_TEST(given.at(0) == 0.5);
  BOOST_CHECK_THROW(sgd.set_learning_rate(-1.0), DomainError);
}

BOOST_AUTO_TEST_CASE(options_out_of_range_and_wrong_parameters_are_refused) {
  Given given({1.0});
  BOOST_CHECK_EXCEPTION(optim::Sgd({given.w}, {.learning_rate = -1}), DomainError,
                        says({"[Sgd] .learning_rate", "-1"}));
  BOOST_CHECK_EXCEPTION(optim::Sgd({given.w}, {.nesterov = true}), DomainError,
                        says({".nesterov needs .momentum"}));
  BOOST_CHECK_THROW(optim::Adam({given.w}, {.beta1 = 1.0}), DomainError);
  BOOST_CHECK_THROW(optim::AdamW({given.w}, {.weight_decay = NAN}), DomainError);
  BOOST_CHECK_EXCEPTION(optim::Adam({zeros({2})}), GraphError,
                        says({"[Adam] parameter 0 needs no gradient"}));
  BOOST_CHECK_EXCEPTION(optim::Adam({given.w, given.w}), GraphError, says({"given twice"}));
  BOOST_CHECK_EXCEPTION(optim::Adam({given.w * 2.0}), GraphError, says({"result of an operation"}));
}

BOOST_AUTO_TEST_SUITE_END()
