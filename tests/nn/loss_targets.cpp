// SPDX-License-Identifier: MIT
// Losses look at all of their targets before they compute, in vector code: in each instruction set, with
// what is left of a register, and shared out.
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/nn/nn.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

using FloatingTypes = std::tuple<float, double>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Case {
  std::function<Tensor(const Tensor& checked)> loss;
  std::vector<double> good;
  double wrong, also_wrong;
  std::string message;  ///< of `wrong`
};

// NaN is no side, but flows as a probability, a count and a variance.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {[](const Tensor& t) { return nn::bce(full(t.shape(), 0.5, float64), t); },
       {0, 1, 0.25, kNan},
       2,
       -1,
       "[bce] got 2, need targets from 0 to 1"},
      {[](const Tensor& p) { return nn::bce(p, zeros(p.shape())); },
       {0, 1, 0.25, kNan},
       -0.5,
       2,
       "[bce] got -0.5, need probabilities from 0 to 1"},
      {[](const Tensor& t) { return nn::poisson_nll(zeros(t.shape()), t); },
       {0, 1, 7, kNan},
       -3,
       -1,
       "[poisson_nll] got -3, need counts of 0 or more"},
      {[](const Tensor& v) { return nn::gaussian_nll(zeros(v.shape()), ones(v.shape()), v); },
       {0, 1, 7, kNan},
       -3,
       -1,
       "[gaussian_nll] got -3, need variances of 0 or more"},
      {[](const Tensor& t) { return nn::hinge(zeros(t.shape()), t); },
       {-1, 1},
       0.5,
       kNan,
       "[hinge] got 0.5, need targets of -1 or 1"},
      {[](const Tensor& t) { return nn::soft_margin(zeros(t.shape()), t); },
       {-1, 1},
       kNan,
       2,
       "[soft_margin] got nan, need targets of -1 or 1"}};
  return all;
}

template <class T>
void names_the_first_wrong_number(const Case& c, std::int64_t n, std::mt19937& random) {
  Tensor all = zeros({2 * n + 1}, dtype_of<T>());
  for (T& number : all.mutable_data<T>()) number = static_cast<T>(c.good[random() % c.good.size()]);
  const std::int64_t first = static_cast<std::int64_t>(random()) % n;
  const std::int64_t later = first + static_cast<std::int64_t>(random()) % (n - first);
  // Not aligned, and with gaps.
  for (const Tensor& given : {all.slice(0, 1, n + 1), all.slice(0, 1, 2 * n + 1, 2)}) {
    Tensor bad = given.clone();
    bad.mutable_data<T>()[static_cast<std::size_t>(later)] = static_cast<T>(c.also_wrong);
    bad.mutable_data<T>()[static_cast<std::size_t>(first)] = static_cast<T>(c.wrong);
    test::for_each_instruction_set([&](kernels::Isa isa) {
      BOOST_CHECK_NO_THROW(static_cast<void>(c.loss(given)));
      BOOST_CHECK_EXCEPTION(
          static_cast<void>(c.loss(bad)), DomainError, [&](const DomainError& error) {
            BOOST_TEST(error.what() == c.message, n << " in " << kernels::name_of(isa));
            return true;
          });
    });
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(targets)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_first_wrong_one_is_named_wherever_it_is, T, FloatingTypes) {
  std::mt19937 random(31);
  for (const Case& c : cases()) {
    for (std::int64_t n = 1; n <= 150; ++n) names_the_first_wrong_number<T>(c, n, random);
    names_the_first_wrong_number<T>(c, kernels::kLargeLoop + 12'345, random);
  }
}

BOOST_AUTO_TEST_CASE(integers_and_booleans_are_looked_at_as_numbers) {
  const auto says = [](const std::string& text) {
    return [text](const DomainError& error) { return error.what() == text; };
  };
  const Tensor p = tensor({0.5, 0.5, 0.5});
  BOOST_CHECK_NO_THROW(static_cast<void>(nn::bce(p, tensor({0, 1, 1}, int64))));
  BOOST_CHECK_NO_THROW(static_cast<void>(nn::bce(p, p > 0)));
  BOOST_CHECK_NO_THROW(static_cast<void>(nn::hinge(p, tensor({-1, 1, 1}, int64))));
  BOOST_CHECK_NO_THROW(static_cast<void>(nn::hinge(p, p > 0)));
  BOOST_CHECK_NO_THROW(static_cast<void>(nn::bce(zeros({0}), zeros({0}))));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::bce(p, tensor({0, -7, 1}, int64))), DomainError,
                        says("[bce] got -7, need targets from 0 to 1"));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::hinge(p, p > 1)), DomainError,
                        says("[hinge] got 0, need targets of -1 or 1"));
}

BOOST_AUTO_TEST_SUITE_END()
