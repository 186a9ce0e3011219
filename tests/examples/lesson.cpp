// SPDX-License-Identifier: MIT
// The judge of the worked examples: it must be able to say no.
#include "lesson.hpp"

#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace nabla::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

int status_after(double got, double expected, double tolerance) {
  examples::Lesson lesson("one number");
  lesson.claim("claim", got, expected, tolerance);
  return lesson.status();
}

int status_after(const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance) {
  examples::Lesson lesson("a list");
  lesson.claim("claim", got, expected, tolerance);
  return lesson.status();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lesson)

BOOST_AUTO_TEST_CASE(a_number_holds_up_to_its_tolerance_and_not_beyond) {
  BOOST_TEST(status_after(1.0, 1.0, 0.0) == 0);
  BOOST_TEST(status_after(1.5, 1.0, 0.5) == 0);
  BOOST_TEST(status_after(1.5, 1.0, 0.25) == 1);
  BOOST_TEST(status_after(0.5, 1.0, 0.25) == 1);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_finite_never_holds) {
  BOOST_TEST(status_after(kNaN, 1.0, 0.5) == 1);
  BOOST_TEST(status_after(1.0, kNaN, 0.5) == 1);
  BOOST_TEST(status_after(kNaN, kNaN, kInfinity) == 1);
  BOOST_TEST(status_after(kInfinity, 1.0, 0.5) == 1);
  BOOST_TEST(status_after(kInfinity, kInfinity, 0.5) == 1);
}

BOOST_AUTO_TEST_CASE(a_list_holds_only_if_every_number_does) {
  BOOST_TEST(status_after({1.0, 2.0}, {1.0, 2.0}, 0.0) == 0);
  BOOST_TEST(status_after({1.0, 2.0}, {1.5, 2.0}, 0.25) == 1);
  BOOST_TEST(status_after({1.0, kNaN, 2.0}, {1.0, 1.0, 2.0}, 0.5) == 1);
  BOOST_TEST(status_after({kNaN, 2.0}, {1.0, 2.5}, 0.5) == 1);
}

BOOST_AUTO_TEST_CASE(lists_of_different_length_and_empty_ones_never_hold) {
  BOOST_TEST(status_after({1.0, 2.0}, {1.0}, 10.0) == 1);
  BOOST_TEST(status_after(std::vector<double>{}, {1.0}, 10.0) == 1);
  BOOST_TEST(status_after(std::vector<double>{}, std::vector<double>{}, 10.0) == 1);
}

BOOST_AUTO_TEST_CASE(one_claim_that_fails_is_enough) {
  examples::Lesson lesson("three statements");
  lesson.claim("first", true);
  lesson.claim("second", false);
  lesson.claim("third", true);
  BOOST_TEST(lesson.status() == 1);
}

BOOST_AUTO_TEST_CASE(a_lesson_without_claims_does_not_pass) {
  const examples::Lesson lesson("nothing");
  BOOST_TEST(lesson.status() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::test
