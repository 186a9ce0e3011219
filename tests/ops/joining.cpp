// SPDX-License-Identifier: MIT
// concat and stack of operands that do not share a dtype.
#include <cstdint>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to(float64).to_vector<double>(); }

const Tensor kFlags = tensor({true, false}, boolean);
const Tensor kCounts = tensor({3, 4}, int64);

}  // namespace

BOOST_AUTO_TEST_SUITE(joining)

BOOST_AUTO_TEST_CASE(the_result_has_the_smallest_dtype_that_holds_every_operand) {
  const Tensor single = tensor({0.5, 1.5}, float32), precise = tensor({0.1, 0.2}, float64);
  BOOST_TEST((concat({kFlags, kFlags}).dtype() == boolean));
  BOOST_TEST((concat({kFlags, kCounts}).dtype() == int64));
  BOOST_TEST((concat({kCounts, single}).dtype() == float32));
  BOOST_TEST((concat({single, precise, kCounts}).dtype() == float64));
  BOOST_TEST((stack({kFlags, kCounts}).dtype() == int64));
  BOOST_TEST((stack({single, precise}).dtype() == float64));
}

BOOST_AUTO_TEST_CASE(the_elements_of_each_operand_are_converted) {
  const Tensor precise = tensor({0.1, -0.2}, float64);
  BOOST_TEST(
      numbers(concat({kFlags, precise, kCounts})) == (std::vector<double>{1, 0, 0.1, -0.2, 3, 4}),
      boost::test_tools::per_element());
  BOOST_TEST(
      numbers(stack({kFlags, precise, kCounts}, 1)) == (std::vector<double>{1, 0.1, 3, 0, -0.2, 4}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_gradient_comes_back_in_its_own_dtype) {
  for (const bool joins : {true, false}) {
    const Tensor a = variable(tensor({1, 2}, float32)), b = variable(tensor({3, 4}, float64));
    const Tensor y = joins ? concat({a, kCounts, b}) : stack({a, kCounts, b}).reshape({-1});
    backward((y * y).sum());
    BOOST_TEST((a.grad().dtype() == float32));
    BOOST_TEST((b.grad().dtype() == float64));
    BOOST_TEST(numbers(a.grad()) == (std::vector<double>{2, 4}), boost::test_tools::per_element());
    BOOST_TEST(numbers(b.grad()) == (std::vector<double>{6, 8}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_second_derivative_passes_the_conversion) {
  for (const bool joins : {true, false}) {
    const Tensor a = variable(tensor({1, 2}, float32)), b = variable(tensor({3, 4}, float64));
    const Tensor y = joins ? concat({a, b}) : stack({a, b}).reshape({-1});
    const auto [first] = grad((y * y * y).sum(), wrt(a), {.create_graph = true});
    const auto [second] = grad(first.sum(), wrt(a));
    BOOST_TEST((second.dtype() == float32));
    // d^2 (x^3) / dx^2 = 6 x
    BOOST_TEST(numbers(second) == (std::vector<double>{6, 12}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
