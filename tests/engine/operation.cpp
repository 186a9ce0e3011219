// SPDX-License-Identifier: MIT
#include <cmath>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/inplace.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/unary/exp.hpp>
#include <nabla/ops/unary/sin.hpp>
#include <nabla/ops/unary/tanh.hpp>

using namespace nabla;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

/// Keeps what it is shown.
class Names final : public OperationVisitor {
 public:
  void tensor(const Operation& operation) override { add(operation.info()); }
  void scalar(const ScalarOperation& operation) override {
    add(operation.info);
    values.push_back(operation.value);
    again.push_back(operation.again(operation.operands));
    active.push_back(operation.active);
    scopes.push_back(operation.scope);
  }
  std::string text;
  std::vector<double> values, again;
  std::vector<std::vector<bool>> active;
  std::vector<std::string> scopes;

 private:
  void add(const OpInfo& info) { text += std::string(info.name) + ' '; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(operation)

BOOST_AUTO_TEST_CASE(operations_come_in_their_order_and_can_be_done_again) {
  const Tensor x = variable(tensor({0.5, -1.0}, float64));
  const Tensor e = exp(x);
  const Tensor y = e * x + e;
  const std::vector<Operation> found = operations_behind(y);
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found[0].info().name == "exp");
  BOOST_TEST(found[1].info().name == "mul");
  BOOST_TEST(found[2].info().name == "add");
  BOOST_TEST(found[0].number() < found[1].number());
  for (const Operation& operation : found) {
    BOOST_TEST(!operation.is_source());
    BOOST_TEST(numbers(operation.again(operation.operands())) == numbers(operation.result()));
  }
  const Tensor other = tensor({2.0, 3.0}, float64);
  const Tensor operands[] = {other, other};
  BOOST_TEST(numbers(found[1].again(operands)) == (std::vector<double>{4.0, 9.0}));
}

BOOST_AUTO_TEST_CASE(contributions_are_one_for_each_operand) {
  const Tensor x = variable(tensor({2.0, 3.0}, float64)), c = tensor({5.0, 7.0}, float64);
  const Operation product(x * c), square(x * x);
  const NoGrad no_grad;
  const Tensor g = tensor({1.0, 10.0}, float64);
  const std::vector<Tensor> of_product = product.contributions(g),
                            of_square = square.contributions(g);
  BOOST_TEST(numbers(of_product[0]) == (std::vector<double>{5.0, 70.0}));
  BOOST_TEST(!of_product[1].defined());
  BOOST_TEST(numbers(of_square[0]) == (std::vector<double>{2.0, 30.0}));
  BOOST_TEST(numbers(of_square[1]) == (std::vector<double>{2.0, 30.0}));
  BOOST_TEST(!x.has_grad());
  BOOST_CHECK_THROW(static_cast<void>(product.contributions(tensor({1.0}, float64))), ShapeError);
}

BOOST_AUTO_TEST_CASE(recorded_contributions_have_a_gradient) {
  const Tensor x = variable(tensor({2.0}, float64));
  const std::vector<Tensor> first = Operation(sin(x)).contributions(tensor({1.0}, float64));
  BOOST_TEST(numbers(std::get<0>(grad(first[0], wrt(x))))[0] == -std::sin(2.0),
             boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(an_operand_that_was_overwritten_is_noticed) {
  Tensor c = tensor({2.0}, float64);
  const Tensor x = variable(tensor({3.0}, float64));
  const Operation product(x * c);
  BOOST_TEST(!product.is_overtaken());
  c *= 2.0;
  BOOST_TEST(product.is_overtaken());
  BOOST_CHECK_THROW(static_cast<void>(product.contributions(c)), GraphError);
}

BOOST_AUTO_TEST_CASE(statements_are_unfolded_with_values_and_activity) {
  const Value a = variable(0.5);
  const Scope scope("here");
  const Value y = tanh(a * 2.0) + 3.0;
  Names names;
  visit_operations(y, names);
  BOOST_TEST(names.text == "mul tanh add ");
  BOOST_TEST(names.values == names.again);
  BOOST_TEST((names.active[0] == std::vector<bool>{true, false}));
  BOOST_TEST(names.scopes[0].find("here (") == 0u);
  Names nothing;
  visit_operations(Value(1.0), nothing);
  visit_operations(tensor({1.0}, float64), nothing);
  BOOST_TEST(nothing.text.empty());
}

BOOST_AUTO_TEST_CASE(both_halves_of_a_joint_graph_are_shown) {
  const Value a = variable(0.5), b = variable(2.0);
  const Tensor t = stack({a * b, exp(b)}) * 3.0;
  Names behind_tensor, behind_value;
  visit_operations(t, behind_tensor);
  BOOST_TEST(behind_tensor.text == "mul exp stack_values mul ");
  visit_operations(element(t, {0}) + a, behind_value);
  BOOST_TEST(behind_value.text == "mul exp add stack_values mul ");
}

BOOST_AUTO_TEST_CASE(what_was_freed_or_rewound_is_refused) {
  const Tensor x = variable(tensor({1.0}, float64));
  const Tensor y = exp(x).sum();
  backward(y);
  BOOST_CHECK_THROW(static_cast<void>(operations_behind(y)), GraphError);
  Tape tape;
  const auto mark = tape.mark();
  const Value v = variable(2.0) * 3.0;
  tape.rewind(mark);
  Names names;
  BOOST_CHECK_THROW(visit_operations(v, names), GraphError);
}

BOOST_AUTO_TEST_CASE(a_distortion_changes_what_rules_give_while_it_lives) {
  const Tensor x = variable(tensor({2.0, 3.0}, float64));
  const auto gradient = [&] {
    return numbers(std::get<0>(grad(exp(x) * 2.0, wrt(x), ones_like(x.detach()))));
  };
  const std::vector<double> right = gradient();
  {
    const Distortion wrong([](const BackwardCall& call, int operand, Tensor contribution) {
      return call.info().name == "exp" && operand == 0 ? contribution * 3.0 : contribution;
    });
    BOOST_TEST(gradient()[0] == 3 * right[0]);
    {
      const Distortion none([](const BackwardCall&, int, Tensor c) { return c; });
      BOOST_TEST(gradient() == right);
    }
    BOOST_TEST(gradient()[0] == 3 * right[0]);
  }
  BOOST_TEST(gradient() == right);
}

BOOST_AUTO_TEST_CASE(a_distortion_to_another_shape_is_refused) {
  const Tensor x = variable(tensor({2.0, 3.0}, float64));
  const Distortion wrong(
      [](const BackwardCall&, int, const Tensor&) { return tensor({1.0}, float64); });
  BOOST_CHECK_THROW(static_cast<void>(grad(exp(x).sum(), wrt(x))), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()
