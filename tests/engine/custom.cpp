// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/custom.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

Tensor point() { return variable(tensor({1.0, -2.0}, float64), "x"); }

// a^2 b, whose forward pass is computed by other means.
CustomFunction product() {
  return {.name = "squared_product",
          .forward =
              [](std::span<const Tensor> x) {
                std::vector<double> y;
                for (std::int64_t i = 0; i < x[0].numel(); ++i) {
                  const double a = x[0].at({i});
                  y.push_back(a * a * x[1].at({i}));
                }
                return from_span(std::span<const double>(y));
              },
          .backward =
              [](const CustomCall& call) {
                const Tensor &a = call.inputs[0], &b = call.inputs[1], &g = call.gradient;
                return std::vector{g * 2.0 * a * b, g * a * a};
              },
          .formula = "y = a^2 b",
          .gradient = "dy/da = 2 a b, dy/db = a^2"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(custom_functions)

BOOST_AUTO_TEST_CASE(its_gradient_is_the_users) {
  const Tensor x = point();
  const Tensor b = variable(tensor({3.0, 5.0}, float64));
  const Tensor y = custom(product(), {x * 1.0, b});  // inside another function
  BOOST_TEST(y.to_vector() == (std::vector<double>{3, 20}), boost::test_tools::per_element());
  backward(sum(y * 2.0));
  BOOST_TEST(x.grad().to_vector() == (std::vector<double>{12, -40}),
             boost::test_tools::per_element());
  BOOST_TEST(b.grad().to_vector() == (std::vector<double>{2, 8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(written_in_ops_it_has_a_second_derivative_and_a_forward_mode) {
  const auto f = [](std::span<const Tensor> p) { return sum(custom(product(), p)); };
  const std::vector<Tensor> at{tensor({1.0, -2.0}, float64), tensor({3.0, 5.0}, float64)};
  const auto h = hessian(f, at);
  BOOST_TEST(h[0][0].at({1, 1}) == 10.0);
  BOOST_TEST(h[0][1].at({1, 1}) == -4.0);
  BOOST_TEST(h[1][1].at({1, 1}) == 0.0);
  const auto [value, tangent] = jvp(f, at, std::vector{ones({2}, float64), ones({2}, float64)});
  BOOST_TEST(tangent.item() == 6.0 + 1.0 - 20.0 + 4.0);
}

BOOST_AUTO_TEST_CASE(pictures_show_one_operation_by_its_name) {
  const Tensor x = point();
  const Graph graph = capture(sum(custom(product(), {x, x})));
  int found = 0;
  for (const GraphNode& node : graph.nodes) {
    if (node.op->name != "squared_product") continue;
    ++found;
    BOOST_TEST(node.op->formula == "y = a^2 b");
    BOOST_TEST(node.op->gradient_rule == "dy/da = 2 a b, dy/db = a^2");
  }
  BOOST_TEST(found == 1);
}

BOOST_AUTO_TEST_CASE(an_input_without_gradient_costs_nothing_and_an_undefined_gradient_is_zero) {
  CustomFunction f = product();
  f.backward = [](const CustomCall& call) { return std::vector{Tensor(), call.gradient}; };
  const Tensor a = point(), b = variable(ones({2}, float64));
  const auto [by_a, by_b] = grad(sum(custom(f, {a, b})), wrt(a, b), {.allow_unused = true});
  BOOST_TEST(!by_a.defined());
  BOOST_TEST(by_b.at({0}) == 1.0);
  BOOST_TEST(!custom(f, {a.detach(), b.detach()}).requires_grad());
  const NoGrad no_grad;
  BOOST_TEST(!custom(f, {a, b}).requires_grad());
}

BOOST_AUTO_TEST_CASE(a_result_that_is_its_input_is_an_operation_of_its_own) {
  const CustomFunction reversal{
      .name = "reverse_gradient",
      .forward = [](std::span<const Tensor> x) { return x[0]; },
      .backward = [](const CustomCall& call) { return std::vector{call.gradient * -1.0}; }};
  const Tensor x = point();
  Tensor y = custom(reversal, {x});
  backward(sum(y));
  BOOST_TEST(x.grad().at({0}) == -1.0);
  const NoGrad no_grad;
  y += 1.0;
  BOOST_TEST(x.at({0}) == 1.0);
}

BOOST_AUTO_TEST_CASE(what_it_keeps_goes_with_the_graph) {
  auto kept = std::make_shared<int>(1);
  {
    CustomFunction f = product();
    f.backward = [kept](const CustomCall& call) { return std::vector{call.gradient, Tensor()}; };
    const Tensor x = point();
    const Tensor y = custom(f, {x, x});
    f.backward = nullptr;
    BOOST_TEST(kept.use_count() == 2);
  }
  BOOST_TEST(kept.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(gradients_that_do_not_fit_are_refused_by_name) {
  const auto begins_with = [](const char* text) {
    return [text](const Error& e) { return std::string(e.what()).starts_with(text); };
  };
  CustomFunction f = product();
  const Tensor x = point();
  f.backward = [](const CustomCall& call) { return std::vector{call.gradient}; };
  BOOST_CHECK_EXCEPTION(backward(sum(custom(f, {x, x}))), ShapeError,
                        begins_with("[squared_product] backward: got 1 gradients, need one for"));
  f.backward = [](const CustomCall& call) {
    return std::vector{call.gradient, ones({3}, float64)};
  };
  BOOST_CHECK_EXCEPTION(
      backward(sum(custom(f, {x, x}))), ShapeError,
      begins_with("[squared_product] backward: gradient 1 is float64 of shape (3,)"));
  BOOST_TEST(!x.has_grad());
  BOOST_CHECK_EXCEPTION(static_cast<void>(custom(f, {x, Tensor()})), GraphError,
                        begins_with("[squared_product] operand 1 is an empty Tensor"));
}

BOOST_AUTO_TEST_CASE(a_function_of_scalars_has_the_gradient_it_is_given) {
  const CustomScalars polar{
      .name = "polar",
      .forward =
          [](std::span<const double> x) {
            return std::vector{std::hypot(x[0], x[1]), std::atan2(x[1], x[0])};
          },
      .backward =
          [](const CustomScalarsCall& call) {
            const double r = call.results[0], x = call.inputs[0], y = call.inputs[1];
            const double a = call.gradient[0] / r, b = call.gradient[1] / (r * r);
            return std::vector{a * x - b * y, a * y + b * x};
          }};
  const std::vector<double> at{0.8, -0.5};
  const auto by_hand = [&](const std::vector<Value>& x) {
    const std::vector<Value> p = custom(polar, std::vector<Value>{x[0] * x[1], x[1] + 2.0});
    return p[0] * sin(p[1]) + square(p[1]);
  };
  const auto taped = [](const auto& x) {
    const auto a = x[0] * x[1];
    const auto b = x[1] + 2.0;
    return sqrt(a * a + b * b) * sin(atan2(b, a)) + square(atan2(b, a));
  };
  const auto got = value_and_gradient(by_hand, at), want = value_and_gradient(taped, at);
  BOOST_TEST(got.value == want.value, boost::test_tools::tolerance(1e-14));
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(got.gradient[i] == want.gradient[i], boost::test_tools::tolerance(1e-13));
  // What has no history leaves none.
  BOOST_TEST(!custom(polar, std::vector<Value>{1.0, 2.0})[0].has_history());
}

BOOST_AUTO_TEST_CASE(functions_of_scalars_may_use_values_themselves) {
  const auto product = [](std::span<const double> x) {
    std::vector<Value> v;
    for (int i = 0; i < 1000; ++i) v = {variable(x[0]), variable(x[1])};
    const Value y = v[0] * v[0] * v[1];
    backward(y);
    return std::vector{y.value(), v[0].grad(), v[1].grad()};
  };
  const CustomScalars f{
      .name = "product",
      .forward = [&](std::span<const double> x) { return std::vector{product(x)[0]}; },
      .backward =
          [&](const CustomScalarsCall& call) {
            const std::vector<double> of = product(call.inputs);
            return std::vector{call.gradient[0] * of[1], call.gradient[0] * of[2]};
          }};
  Tape tape;
  const Value a = variable(2.0), b = variable(5.0);
  const std::size_t before = tape.statistics().statements;
  const Value y = custom(f, std::vector{a, b})[0];
  BOOST_TEST(tape.statistics().statements == before);
  BOOST_TEST(y.value() == 20.0);
  backward(y * a);
  BOOST_TEST(a.grad() == 60.0);
  BOOST_TEST(b.grad() == 8.0);
}

BOOST_AUTO_TEST_CASE(
    functions_of_scalars_that_are_empty_are_refused_and_those_of_nothing_constant) {
  const auto constant = [](std::span<const double>) { return std::vector{7.0}; };
  const auto no_gradient = [](const CustomScalarsCall&) { return std::vector<double>(); };
  const std::vector<Value> none;
  const std::vector<Value> y =
      custom(CustomScalars{.name = "seven", .forward = constant, .backward = no_gradient}, none);
  BOOST_TEST(y[0].value() == 7.0);
  BOOST_TEST(!y[0].has_history());
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(
          custom(CustomScalars{.name = "half", .forward = constant, .backward = nullptr}, none)),
      GraphError, [](const GraphError& error) {
        return std::string(error.what()) ==
               "[half] an empty function: need both .forward and .backward";
      });
}

BOOST_AUTO_TEST_CASE(a_gradient_of_scalars_of_another_length_is_refused) {
  const CustomScalars f{.name = "short",
                        .forward = [](std::span<const double> x) { return std::vector{x[0]}; },
                        .backward = [](const CustomScalarsCall&) { return std::vector{1.0}; }};
  Tape tape;
  const Value a = variable(1.0), b = variable(2.0);
  const std::vector<Value> y = custom(f, std::vector{a, b});
  BOOST_CHECK_EXCEPTION(backward(y[0]), ShapeError, [](const ShapeError& error) {
    return std::string(error.what())
               .find("[short] backward gave 1 gradients, need one for each of 2 inputs") !=
           std::string::npos;
  });
  BOOST_TEST(a.grad() == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
