// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/bridge.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

std::ptrdiff_t count_of(const Graph& graph, const std::string& text, std::string GraphOp::*member) {
  return std::ranges::count(graph.nodes, text,
                            [=](const GraphNode& node) { return (*node.op).*member; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bridge)

BOOST_AUTO_TEST_CASE(a_tensor_result_reaches_the_values_that_were_stacked) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Tensor t = stack({a * b, a + b});
  BOOST_CHECK(t.dtype() == float64);
  backward((t.square() * tensor({1, 10}, float64)).sum());
  // L = (ab)^2 + 10 (a + b)^2
  BOOST_TEST(a.grad() == 2 * 6 * 3 + 20 * 5);
  BOOST_TEST(b.grad() == 2 * 6 * 2 + 20 * 5);
}

BOOST_AUTO_TEST_CASE(a_value_result_reaches_the_tensor_it_was_taken_from) {
  const Tape tape;
  const Tensor w = variable(tensor({{1, 2}, {3, 4}}));
  const Value c = variable(5.0);
  const Value y = element(w.square(), {1, 0}) * c + element(w, {0, -1});
  backward(y);
  BOOST_TEST(c.grad() == 9);
  BOOST_TEST(w.grad().to_vector<double>() == (std::vector<double>{0, 1, 30, 0}),
             boost::test_tools::per_element());
}

// Scalars, tensors, scalars, tensors, scalars: each crossing waits for all that lies above it.
Value five_layers(const Value& a, const Tensor& w) {
  const Tensor first = stack({sin(a), a * a}) * w;
  const std::vector<Value> middle = elements(first.exp());
  const Value b = middle[0] * middle[1] + a;
  const Tensor second = stack({b, middle[1], a}) * tensor({1, 2, 3}, float64);
  return element(second.square().sum(), {}) * element(first, {0}) + b;
}

BOOST_AUTO_TEST_CASE(crossings_in_both_directions_agree_with_differences) {
  constexpr double kStep = 1e-6;
  // Central differences are off by step^2 times the third derivative, here a few hundred.
  const auto tolerance = boost::test_tools::tolerance(1e-7);
  const std::vector<double> start{0.4, -0.3};
  const auto value_at = [&](double da, double dw) {
    const Tape tape;
    return five_layers(variable(0.7 + da), tensor({start[0] + dw, start[1]}, float64)).value();
  };
  const Tape tape;
  const Value a = variable(0.7);
  const Tensor w = variable(tensor({start[0], start[1]}, float64));
  backward(five_layers(a, w));
  const double slope_a = (value_at(kStep, 0) - value_at(-kStep, 0)) / (2 * kStep);
  const double slope_w = (value_at(0, kStep) - value_at(0, -kStep)) / (2 * kStep);
  BOOST_TEST(a.grad() == slope_a, tolerance);
  BOOST_TEST(w.grad().at({0}) == slope_w, tolerance);
}

BOOST_AUTO_TEST_CASE(grad_of_values_leaves_the_gradients_alone) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  backward(a * b);
  const Value h = a * a;
  const auto [ga, gb, gh] = grad(Value(h * b), wrt(a, b, h));
  BOOST_TEST(ga == 12);
  BOOST_TEST(gb == 4);
  BOOST_TEST(gh == 3);
  BOOST_TEST(a.grad() == 3);
  BOOST_TEST(b.grad() == 2);
  BOOST_CHECK_THROW(static_cast<void>(grad(a, wrt(Value(1.0)))), GraphError);
}

BOOST_AUTO_TEST_CASE(grad_by_a_tensor_leaves_the_values_alone) {
  const Tape tape;
  const Value a = variable(2.0);
  const Tensor w = variable(tensor({1, 2}, float64));
  const auto [gw] = grad((stack({a, a * a}) * w).sum(), wrt(w));
  BOOST_TEST(gw.to_vector<double>() == (std::vector<double>{2, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(a.grad() == 0);
}

// The parts of a tensor's gradient add up to it, element by element.
void check_parts(const Graph& graph, std::uint32_t tensor) {
  // A few additions of float64 in another order; float32 does not occur here.
  constexpr double kRounding = 1e-14;
  const std::vector<double>& gradient = graph.nodes[tensor].tensor->gradient.samples;
  std::vector<double> sum(gradient.size(), tensor == graph.root ? 1.0 : 0.0);
  for (const std::uint32_t index : graph.backward_order) {
    const GraphEdge& edge = graph.edges[index];
    if (edge.from != tensor) continue;
    const std::vector<double>& added = graph.samples[edge.samples];
    BOOST_REQUIRE(added.size() == sum.size());
    std::ranges::transform(sum, added, sum.begin(), std::plus<>());
  }
  for (std::size_t i = 0; i < sum.size(); ++i)
    BOOST_TEST(sum[i] == gradient[i], boost::test_tools::tolerance(kRounding));
}

// What a picture must satisfy, whatever is in it.
void check_is_sound(const Graph& graph) {
  std::vector<double> sums(graph.nodes.size(), 0.0);
  sums[graph.root] = 1.0;
  for (const GraphEdge& edge : graph.edges) BOOST_TEST(edge.from < edge.to);
  for (const std::uint32_t index : graph.backward_order) {
    sums[graph.edges[index].from] += graph.edges[index].contribution;
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].is_scalar && graph.nodes[i].requires_grad) {
      BOOST_TEST(graph.nodes[i].gradient == sums[i]);
    }
    if (!graph.nodes[i].is_scalar) check_parts(graph, static_cast<std::uint32_t>(i));
  }
}

const GraphNode& node_named(const Graph& graph, const std::string& name) {
  const auto named = [](const GraphNode& each) { return *each.name; };
  const auto node = std::ranges::find(graph.nodes, name, named);
  BOOST_REQUIRE((node != graph.nodes.end()));
  return *node;
}

BOOST_AUTO_TEST_CASE(grad_goes_across_in_both_directions) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Tensor w = variable(tensor({1, 2}, float64));
  const Tensor t = stack({a, a * b}, Shape{2}) * w;
  const Value y = element(t, {1}) * b;
  // y = 2 a b^2, by w[1]: a b^2
  const auto [gw] = grad(y, wrt(w));
  BOOST_TEST(gw.to_vector<double>() == (std::vector<double>{0, 18}),
             boost::test_tools::per_element());
  const auto [ga, gb] = grad(t.sum(), wrt(a, b));
  BOOST_TEST(ga == 1 + 2 * 3);
  BOOST_TEST(gb == 2 * 2);
  BOOST_TEST(a.grad() == 0);
  BOOST_TEST(!w.has_grad());
  BOOST_CHECK_THROW(static_cast<void>(grad(Value(a * b), wrt(w))), GraphError);
  BOOST_CHECK_THROW(static_cast<void>(grad(y, wrt(w), {.create_graph = true})), GraphError);
}

BOOST_AUTO_TEST_CASE(grad_by_tensors_and_values_in_one_call) {
  const Tape tape;
  const Value a = variable(2.0), b = variable(3.0);
  const Tensor w = variable(tensor({1, 2}, float64));
  const Value h = a * b;
  const Tensor t = stack({a, h}) * w;
  // L = sum of (a, a b) w, and y = 2 a b^2
  const auto [ga, gw, gh, gt] = grad(t.sum(), wrt(a, w, h, t));
  BOOST_TEST(ga == 1 + 2 * 3);
  BOOST_TEST(gw.to_vector<double>() == (std::vector<double>{2, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(gh == 2);
  BOOST_TEST(gt.to_vector<double>() == (std::vector<double>{1, 1}),
             boost::test_tools::per_element());
  const auto [yw, yb] = grad(element(t, {1}) * b, wrt(w, b));
  BOOST_TEST(yw.to_vector<double>() == (std::vector<double>{0, 18}),
             boost::test_tools::per_element());
  BOOST_TEST(yb == 2 * 2 * 2 * 3);
  BOOST_TEST(a.grad() == 0);
  BOOST_TEST(b.grad() == 0);
  BOOST_TEST(!w.has_grad());
  backward(t.sum());
  BOOST_TEST(a.grad() == 7);
}

BOOST_AUTO_TEST_CASE(grad_by_a_value_that_is_not_used_is_refused) {
  const Tape tape;
  const Value a = variable(2.0), unused = variable(5.0, "k");
  const Tensor w = variable(tensor({1, 2}, float64));
  const auto is_refused = [&](const auto& y, const auto& variables) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(grad(y, variables)), GraphError, [](const GraphError& error) {
          return std::string(error.what()).find("does not depend on variable 1 k") !=
                 std::string::npos;
        });
  };
  const Value square = a * a;
  const Tensor product = (stack({a, square}) * w).sum();
  const Value taken = element(product, {}) * a;
  is_refused(square, wrt(a, unused));
  is_refused(product, wrt(w, unused));
  is_refused(product, wrt(a, unused));
  is_refused(taken, wrt(a, unused, w));
  is_refused(w.sum(), wrt(w, unused));
  const auto [gw, gk] = grad(w.sum(), wrt(w, unused), {.allow_unused = true});
  BOOST_TEST(gk == 0);
  const auto [ga, by_w] = grad(square, wrt(a, w), {.allow_unused = true});
  BOOST_TEST(ga == 4);
  BOOST_TEST(!by_w.defined());
  BOOST_CHECK_THROW(static_cast<void>(grad(square, wrt(a, Value(1.0)), {.allow_unused = true})),
                    GraphError);
  const Value later = a * unused;
  BOOST_CHECK_THROW(static_cast<void>(grad(w.sum(), wrt(w, later))), GraphError);
  BOOST_TEST(std::get<1>(grad(w.sum(), wrt(w, later), {.allow_unused = true})) == 0);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_zero_does_not_make_a_value_unused) {
  const Tape tape;
  const Value a = variable(0.0), b = variable(-1.0), c = variable(4.0);
  const Tensor w = variable(tensor({0, 0}, float64));
  const Value h = relu(b) + a * a;
  const Tensor t = stack({h, c}) * w;
  const auto [ga, gb, gc, gh] = grad(t.sum(), wrt(a, b, c, h));
  BOOST_TEST(ga + gb + gc + gh == 0);
  const auto [by_b, by_c] = grad(element(t, {1}) * a + h, wrt(b, c));
  BOOST_TEST(by_b + by_c == 0);
  BOOST_TEST(std::get<0>(grad(a, wrt(a))) == 1);
}

BOOST_AUTO_TEST_CASE(a_picture_shows_both_sides_of_the_bridge) {
  const Tape tape;
  const Value a = variable(0.7, "a");
  const Tensor w = variable(tensor({0.4, -0.3}, float64), "w");
  const Value y = five_layers(a, w);
  const Graph graph = capture(y);
  check_is_sound(graph);
  BOOST_TEST(a.grad() == 0);
  BOOST_TEST(!w.has_grad());
  backward(y);
  BOOST_TEST(node_named(graph, "a").gradient == a.grad(), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(node_named(graph, "w").tensor->gradient.samples == w.grad().to_vector<double>(),
             boost::test_tools::per_element());
  BOOST_TEST(count_of(graph, "stack_values", &GraphOp::name) == 2);
  // Of the elements of `first.exp()` both are used; of the sum and of `first`, one each.
  BOOST_TEST(count_of(graph, "element", &GraphOp::name) == 4);
  BOOST_TEST(count_of(graph, "[1]", &GraphOp::symbol) == 1);
}

BOOST_AUTO_TEST_CASE(a_picture_of_a_tensor_shows_the_values_behind_it) {
  const Tape tape;
  const Value a = variable(2.0, "a");
  const Tensor w = variable(tensor({1, 2, 3}, float64), "w");
  const Tensor t = (stack({a, a * a, Value(5.0)}) * w).sum();
  const Graph graph = capture(t);
  check_is_sound(graph);
  BOOST_TEST(node_named(graph, "a").gradient == 1 + 2 * 2 * 2);
  BOOST_TEST(node_named(graph, "w").tensor->gradient.samples == (std::vector<double>{2, 4, 5}),
             boost::test_tools::per_element());
  BOOST_CHECK(graph.nodes[graph.root].role == Role::output);
  BOOST_TEST(graph.nodes[graph.root].value == 2 + 8 + 15);
}

BOOST_AUTO_TEST_CASE(a_picture_shows_only_the_elements_that_are_used) {
  const Tape tape;
  const Tensor w = variable(tensor({1, 2, 3, 4}, float64));
  const std::vector<Value> x = elements(w.square());
  const Graph graph = capture(Value(x[1] * x[2]));
  check_is_sound(graph);
  BOOST_TEST(count_of(graph, "element", &GraphOp::name) == 2);
  BOOST_TEST(graph.nodes[0].tensor->gradient.samples == (std::vector<double>{0, 4 * 9, 6 * 4, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_picture_shows_a_variable_whose_elements_are_taken) {
  const Tape tape;
  const Tensor w = variable(tensor({3, 4}, float64), "w");
  const Graph graph = capture(Value(element(w, {0}) * element(w, {1})));
  check_is_sound(graph);
  BOOST_TEST(node_named(graph, "w").tensor->gradient.samples == (std::vector<double>{4, 3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_picture_needs_the_tape_of_its_values) {
  Tape tape;
  const Mark mark = tape.mark();
  const Tensor t = stack({variable(2.0)}).sum();
  {
    const Tape other;
    BOOST_CHECK_THROW(static_cast<void>(capture(t)), GraphError);
    BOOST_CHECK_THROW(backward(t), GraphError);
  }
  BOOST_TEST(capture(t).nodes.size() == 3u);
  tape.rewind(mark);
  BOOST_CHECK_THROW(static_cast<void>(capture(t)), GraphError);
}

BOOST_AUTO_TEST_CASE(functions_may_go_through_tensors) {
  const Tensor w = variable(tensor({1, 2}, float64));
  const auto f = [&](const std::vector<Value>& x) {
    const Tensor t = stack({x[0] * x[1], x[1]}) * w;
    return element(t.square().sum(), {});
  };
  const std::vector<double> at{2.0, 3.0};
  // f = (x y)^2 + (2 y)^2
  BOOST_TEST(gradient(f, at) == (std::vector<double>{2 * 2 * 9, 2 * 3 * 4 + 8 * 3}),
             boost::test_tools::per_element());
  BOOST_TEST(jacobian(f, at).to_vector<double>() == (std::vector<double>{36, 48}),
             boost::test_tools::per_element());
  BOOST_TEST(!w.has_grad());
}

BOOST_AUTO_TEST_CASE(a_sweep_that_failed_leaves_nothing_for_the_next) {
  const Tape tape;
  const Value a = variable(2.0);
  Tensor factor = tensor({1.0}, float64);
  const Tensor w = variable(tensor({3.0}, float64));
  const Tensor broken = w * factor;
  const Tensor stacked = stack({element(broken, {0}) * a});
  factor += 1;
  BOOST_CHECK_THROW(backward(stacked.sum()), GraphError);
  backward(a * 3.0);
  BOOST_TEST(a.grad() == 3);
}

BOOST_AUTO_TEST_CASE(passive_numbers_stay_numbers) {
  BOOST_TEST(!stack({Value(1.0), Value(2.0)}).requires_grad());
  BOOST_TEST(!element(ones({2}), {0}).has_history());
  BOOST_CHECK_THROW(static_cast<void>(stack(std::vector<Value>(3), Shape{2})), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_tape_that_was_rewound_is_an_error_and_not_a_wrong_gradient) {
  Tape tape;
  const Value a = variable(2.0);
  const Mark mark = tape.mark();
  const Tensor t = stack({a * a});
  tape.rewind(mark);
  BOOST_CHECK_EXCEPTION(backward(t.sum()), GraphError, [](const GraphError& error) {
    return std::string(error.what()).find("rewound") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_sweep_that_fails_changes_no_gradient_on_either_side) {
  const Tape tape;
  const Value a = variable(2.0);
  const Tensor w = variable(tensor({3.0}, float64));
  Tensor factor = tensor({1.0}, float64);
  const Tensor inner = w * factor;
  const Value y = element(inner, {0}) * a;
  factor += 1;
  BOOST_CHECK_THROW(backward(y), GraphError);
  BOOST_TEST(a.grad() == 0);
  BOOST_TEST(!w.has_grad());
}

BOOST_AUTO_TEST_SUITE_END()
