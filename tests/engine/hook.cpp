// SPDX-License-Identifier: MIT
#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/hook.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {
Tensor point() { return variable(tensor({1.0, -2.0}, float64), "x"); }
}  // namespace

BOOST_AUTO_TEST_SUITE(hooks)

BOOST_AUTO_TEST_CASE(a_hook_sees_the_whole_gradient_once_and_may_change_it) {
  const Tensor x = point();
  const Tensor h = square(x);
  std::vector<std::vector<double>> seen;
  const GradientHook hook(h, [&](const Tensor& g) {
    seen.push_back(g.to_vector());
    return g * 10.0;
  });
  backward(sum(h * 3.0 + h));  // 4 arrives, in two parts
  BOOST_TEST(seen.size() == 1u);
  BOOST_TEST(seen.at(0) == (std::vector<double>{4, 4}), boost::test_tools::per_element());
  BOOST_TEST(x.grad().to_vector() == (std::vector<double>{80, -160}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hook_of_a_variable_changes_what_is_accumulated) {
  const Tensor x = point();
  int calls = 0;
  {
    const GradientHook half(x, [](const Tensor& g) { return g * 0.5; });
    const GradientHook looks(x, [&](const Tensor& g) {
      BOOST_TEST(g.at({0}) == 0.5);
      ++calls;
      return Tensor();
    });
    backward(sum(x));
    BOOST_TEST(x.grad().at({0}) == 0.5);
    const auto [g] = grad(sum(x), wrt(x));
    BOOST_TEST(g.at({1}) == 0.5);
    BOOST_TEST(calls == 2);
  }
  backward(sum(x));
  BOOST_TEST(x.grad().at({0}) == 1.5);
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_hook_of_what_is_asked_for_changes_the_answer) {
  const Tensor x = point();
  const Tensor h = square(x);
  const GradientHook hook(h, [](const Tensor& g) { return g * 2.0; });
  const auto [by_h, by_x] = grad(sum(h), wrt(h, x));
  BOOST_TEST(by_h.at({0}) == 2.0);
  BOOST_TEST(by_x.at({1}) == -8.0);
}

BOOST_AUTO_TEST_CASE(a_hook_may_make_and_drop_hooks) {
  const Tensor x = point();
  std::vector<std::unique_ptr<GradientHook>> others;
  const GradientHook hook(x, [&](const Tensor&) {
    others.push_back(std::make_unique<GradientHook>(x, [](const Tensor& g) { return g * 100.0; }));
    return Tensor();
  });
  backward(sum(x));
  BOOST_TEST(x.grad().at({0}) == 1.0);
  backward(sum(x));
  BOOST_TEST(x.grad().at({0}) == 101.0);
  others.clear();
}

BOOST_AUTO_TEST_CASE(a_recorded_sweep_records_what_a_hook_does) {
  const Tensor x = point();
  const Tensor h = square(x);
  const Tensor g = [&] {
    const GradientHook hook(h, [](const Tensor& arrived) { return arrived * arrived; });
    return grad(sum(h * h), std::array{x}, {.create_graph = true})[0];  // (2 h)^2 2 x = 8 x^5
  }();
  const auto [second] = grad(sum(g), wrt(x));
  BOOST_TEST(second.at({1}) == 40.0 * 16.0);
}

BOOST_AUTO_TEST_CASE(what_a_hook_of_a_variable_does_is_recorded_with_the_sweep_and_only_then) {
  const Tensor x = point();
  const GradientHook decay(x, [&](const Tensor& g) { return g + x * 0.1; });
  for (int step = 1; step <= 2; ++step) {
    backward(sum(x));
    BOOST_TEST(!x.grad().requires_grad());
    BOOST_TEST(x.grad().at({0}) == step * 1.1);
  }
  const Tensor y = sum(square(x));
  const NoGrad no_grad;
  const auto [recorded, again] = grad(y, wrt(x, x), {.create_graph = true});
  BOOST_TEST(recorded.requires_grad());
  BOOST_TEST(again.at({1}) == recorded.at({1}));
}

BOOST_AUTO_TEST_CASE(sweeps_in_hooks_do_not_meet_the_one_outside) {
  const Tensor x = point();
  const Tensor h = square(x);
  std::vector<double> inner;
  const GradientHook hook(h, [&](const Tensor&) {
    const EnableGrad enable_grad;
    inner = grad(sum(x * x * x), std::array{x})[0].to_vector();
    return Tensor();
  });
  backward(sum(h) + sum(x * 5.0));  // x has an adjoint already when the hook runs
  BOOST_TEST(inner == (std::vector<double>{3, 12}), boost::test_tools::per_element());
  BOOST_TEST(x.grad().to_vector() == (std::vector<double>{7, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hook_may_drop_what_the_sweep_is_going_to) {
  const Tensor x = point();
  Tensor h = square(x), loss = sum(h * h);
  const GradientHook hook(h, [&](const Tensor&) {
    loss = Tensor();
    return Tensor();
  });
  backward(loss);
  BOOST_TEST(x.grad().at({0}) == 4.0);
}

BOOST_AUTO_TEST_CASE(an_exception_in_a_hook_leaves_the_gradients_as_they_were) {
  const Tensor x = point();
  const Tensor h = square(x);
  {
    const GradientHook hook(h, [](const Tensor&) -> Tensor { throw std::runtime_error("no"); });
    BOOST_CHECK_THROW(backward(sum(h), {.retain_graph = true}), std::runtime_error);
    const GradientHook other(x, [](const Tensor&) { return ones({3}); });
    BOOST_CHECK_THROW(backward(sum(x)), ShapeError);
  }
  BOOST_TEST(!x.has_grad());
  backward(sum(h));
  BOOST_TEST(x.grad().at({0}) == 2.0);
}

BOOST_AUTO_TEST_CASE(what_needs_no_gradient_has_no_hook) {
  const auto make = [] { const GradientHook hook(ones({2}), [](const Tensor& g) { return g; }); };
  BOOST_CHECK_THROW(make(), GraphError);
}

BOOST_AUTO_TEST_CASE(a_picture_shows_what_the_sweep_does) {
  const Tensor x = point();
  const Tensor h = square(x);
  const GradientHook hook(h, [](const Tensor& g) { return g * 0.0; });
  int found = 0;
  for (const GraphNode& node : capture(sum(h)).nodes)
    found += node.name == "x" && node.has_gradient && node.tensor->gradient.norm == 0.0 ? 1 : 0;
  BOOST_TEST(found == 1);
}

BOOST_AUTO_TEST_SUITE_END()
