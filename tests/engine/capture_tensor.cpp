// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

std::vector<std::int64_t> column(const Graph& graph, std::int64_t GraphTensor::*member) {
  std::vector<std::int64_t> numbers;
  for (const GraphNode& node : graph.nodes) numbers.push_back((*node.tensor).*member);
  return numbers;
}

// "g of x": what is the gradient of what, by name or op.
std::vector<std::string> links(const Graph& graph) {
  const auto called = [&](std::uint32_t index) {
    const GraphNode& node = graph.nodes[index];
    return node.name.empty() ? node.op->name : *node.name;
  };
  std::vector<std::string> texts;
  for (const auto& [node, of] : graph.adjoints) texts.push_back(called(node) + " of " + called(of));
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(capture_of_tensors)

BOOST_AUTO_TEST_CASE(it_shows_operations_gradients_and_scopes) {
  const Tensor x = tensor({{1, 2}}), w = variable(tensor({{1}, {-1}}), "w");
  Tensor h;
  {
    const Scope outer("net");
    const Scope inner("layer0");
    h = matmul(x, w);
  }
  const Tensor loss = named(h.square().sum(), "loss");
  const Graph graph = capture(loss);
  BOOST_TEST(graph.nodes.size() == 5u);
  BOOST_TEST(graph.nodes[graph.root].name == "loss");
  BOOST_CHECK(graph.nodes[graph.root].role == Role::output);
  BOOST_TEST(graph.nodes[graph.root].gradient == 1);
  BOOST_TEST(graph.nodes[2].op->name == "matmul");
  BOOST_TEST(graph.scopes[graph.nodes[2].scope].name == "layer0");
  BOOST_TEST(graph.nodes[1].name == "w");
  BOOST_CHECK(graph.nodes[0].role == Role::constant);
  // loss = (x w)^2, x w = -1: d loss / d w = -2 x
  BOOST_TEST(graph.nodes[1].tensor->gradient.norm == std::sqrt(4.0 + 16.0),
             boost::test_tools::tolerance(1e-7));
  BOOST_TEST(!w.has_grad());
  backward(loss);
  BOOST_CHECK_THROW(static_cast<void>(capture(loss)), GraphError);
}

BOOST_AUTO_TEST_CASE(an_operand_used_twice_has_two_edges) {
  const Tensor x = variable(tensor(3.0, float64));
  const Graph graph = capture(x * x);
  BOOST_TEST(graph.edges.size() == 2u);
  BOOST_TEST(graph.edges[0].slot == 0u);
  BOOST_TEST(graph.edges[1].slot == 1u);
  BOOST_TEST(graph.edges[0].contribution + graph.edges[1].contribution == graph.nodes[0].gradient);
}

BOOST_AUTO_TEST_CASE(parts_of_the_gradient_of_a_small_tensor_are_kept) {
  const Tensor x = variable(tensor({3, -1}, float64));
  const Graph graph = capture((x * x + x).sum());
  std::vector<double> sum(2, 0.0);
  for (const GraphEdge& edge : graph.edges) {
    for (std::size_t i = 0; edge.from == 0 && i < 2; ++i)
      sum[i] += graph.samples[edge.samples].at(i);
  }
  BOOST_TEST(sum == (std::vector<double>{7, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parts_of_the_gradient_of_a_large_tensor_are_not_kept) {
  const Graph graph = capture(variable(ones({17})).square().sum());
  for (const GraphEdge& edge : graph.edges) BOOST_TEST(edge.samples == 0u);
}

BOOST_AUTO_TEST_CASE(elements_count_once_and_as_kept_where_a_rule_is_the_first_to_read_them) {
  const Tensor x = variable(tensor({1, 2, 3, 4}, float64));
  const Tensor y = tanh(x);                    // reads its result
  const Tensor z = y * y;                      // reads y, which is kept already
  const Tensor v = z.reshape({2, 2});          // a view
  const Graph graph = capture((v * v).sum());  // reads v, whose elements are those of z
  BOOST_TEST(
      column(graph, &GraphTensor::bytes) == (std::vector<std::int64_t>{32, 32, 32, 0, 32, 8}),
      boost::test_tools::per_element());
  BOOST_TEST(
      column(graph, &GraphTensor::saved_bytes) == (std::vector<std::int64_t>{0, 32, 0, 0, 32, 0}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_rule_keeps_only_what_it_reads_for_those_that_want_a_gradient) {
  const Tensor w = variable(tensor({1, 2}, float64)), c = tensor({3, 4}, float64);
  const Graph graph = capture(w * c + w);
  std::int64_t kept = 0;
  for (const GraphNode& node : graph.nodes) kept += node.tensor->saved_bytes;
  BOOST_TEST(kept == 16);  // c for the gradient of w; a sum reads nothing
}

BOOST_AUTO_TEST_CASE(an_edge_tells_whether_the_sweep_reads_what_it_leads_from) {
  const Tensor w = variable(tensor({1, 2}, float64)), c = tensor({3, 4}, float64);
  const Graph graph = capture((w * c + w).sum());
  std::vector<bool> saved;
  for (const GraphEdge& edge : graph.edges) saved.push_back(edge.is_saved);
  // w * c reads c alone, since c needs no gradient; sums read nothing.
  BOOST_TEST(saved == (std::vector<bool>{false, true, false, false, false}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_leaf_that_shows_a_part_or_repeats_counts_what_it_shows) {
  const Tensor w = variable(tensor({1, 2}, float64));
  const Tensor data = tensor({1, 2, 3, 4}, float64), one = tensor({5}, float64);
  const Graph graph = capture(w * narrow(data, 0, 1, 2) * expand(one, {2}));
  std::vector<std::int64_t> leaves;
  for (const GraphNode& node : graph.nodes)
    if (node.op.empty()) leaves.push_back(node.tensor->bytes);
  BOOST_TEST(leaves == (std::vector<std::int64_t>{16, 16, 8}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_changed_in_place_has_the_elements_of_what_it_was) {
  const Tensor x = variable(tensor({1, 2, 3, 4}, float64));
  Tensor h = x * x;
  h += x;
  const Graph graph = capture(h);
  BOOST_TEST(column(graph, &GraphTensor::bytes) == (std::vector<std::int64_t>{32, 32, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_take_no_memory_of_tensors) {
  const Value a = variable(2.0);
  const Graph graph = capture(a * a);
  for (const GraphNode& node : graph.nodes)
    BOOST_TEST(node.tensor->bytes + node.tensor->saved_bytes == 0);
}

namespace {
// y = sum tanh(x w) in the scope "net".
Tensor critic(const Tensor& x, const Tensor& w) {
  const Scope scope("net");
  return tanh(matmul(x, w)).sum();
}
std::uint32_t highest_level(const Graph& graph) {
  std::uint16_t level = 0;
  for (const GraphNode& node : graph.nodes) level = std::max(level, node.level);
  return level;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_recorded_gradient_is_one_level_above_what_it_is_the_gradient_of) {
  const Tensor x = variable(tensor({{0.5, -1.0}}, float64), "x");
  const Tensor w = variable(tensor({{1.0}, {2.0}}, float64), "w");
  const Tensor y = critic(x, w);
  BOOST_TEST(highest_level(capture(y)) == 1u);
  const auto [g] = grad(y, wrt(x), {.create_graph = true});
  const Graph graph = capture(named(square(named(g, "g")).sum() + y, "sum"));
  std::vector<std::uint32_t> level_of(graph.scopes.size(), 0);
  for (const GraphNode& node : graph.nodes) {
    if (node.name == "x" || node.name == "w" || node.op->name == "tanh")
      BOOST_TEST(node.level == 1u);
    if (node.name == "g" || node.name == "sum" || node.op->name == "square")
      BOOST_TEST(node.level == 2u, node.op->name);
    if (node.scope == 0) continue;
    // The gradient of "net" is a scope of the same name.
    BOOST_TEST(graph.scopes[node.scope].name == "net");
    BOOST_TEST(graph.scopes[node.scope].parent == 0u);
    std::uint32_t& level = level_of[node.scope];
    BOOST_TEST((level == 0 || level == node.level));
    level = node.level;
  }
  BOOST_TEST(level_of == (std::vector<std::uint32_t>{0, 1, 2}), boost::test_tools::per_element());
  for (const GraphEdge& edge : graph.edges)
    BOOST_TEST(graph.nodes[edge.from].level <= graph.nodes[edge.to].level);
}

BOOST_AUTO_TEST_CASE(each_recorded_sweep_adds_a_level) {
  const Tensor x = variable(tensor({{0.5, -1.0}}, float64), "x");
  const Tensor w = variable(tensor({{1.0}, {2.0}}, float64), "w");
  const auto [g] = grad(critic(x, w), wrt(x), {.create_graph = true});
  const auto [h] = grad(g.sum(), wrt(x), {.create_graph = true});
  BOOST_TEST(highest_level(capture(g.sum())) == 2u);
  BOOST_TEST(highest_level(capture(h.sum())) == 3u);
}

BOOST_AUTO_TEST_CASE(a_recorded_gradient_tells_what_it_is_the_gradient_of) {
  const Tensor x = variable(tensor({0.5, -1.0}, float64), "x");
  const Tensor y = named(tanh(x), "y"), z = named(y * y, "z");
  const auto [g] = grad(sum(z), wrt(x), {.create_graph = true});
  // tanh' z' = (1 - y^2) 2 y; the factor on the right is the gradient by y.
  BOOST_TEST(links(capture(sum(square(named(g, "g"))))) ==
                 (std::vector<std::string>{"add of y", "g of x"}),
             boost::test_tools::per_element());
  BOOST_TEST(links(capture(sum(z))).empty());
  const auto [plain] = grad(sum(z), wrt(x), {.retain_graph = true});
  BOOST_TEST(links(capture(sum(z * plain))).empty());
}

BOOST_AUTO_TEST_CASE(one_tensor_may_be_the_gradient_of_several) {
  const Tensor a = variable(tensor({1.0, 2.0}, float64), "a"), b = variable(a.detach(), "b");
  const Tensor s = named(a + b, "s");
  const auto [ga, gb] = grad(sum(s * s), wrt(a, b), {.create_graph = true});
  const std::vector<std::string> all{"g of a", "g of b", "g of s"};
  BOOST_TEST(links(capture(sum(named(ga, "g") * gb))) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradients_that_backward_adds_up_tell_it_too) {
  Tensor x = variable(tensor({0.5, -1.0}, float64), "x");
  backward(sum(x * x * x), {.create_graph = true});
  BOOST_TEST(links(capture(sum(square(named(x.grad(), "g"))))).back() == "g of x");
  x.zero_grad();  // which lets go of what holds x
}

BOOST_AUTO_TEST_CASE(what_a_gradient_is_of_is_forgotten_with_it) {
  // The gradient of 2 x holds no x. In the place of an x that is gone may stand another variable.
  Tensor g;
  for (int i = 0; i < 10; ++i) {
    const Tensor other = variable(tensor({3.0, 4.0}, float64), "other");
    if (g.defined()) BOOST_TEST(links(capture(sum(g * other))).empty());
    const Tensor x = variable(tensor({1.0, 2.0}, float64), "x");
    g = std::get<0>(grad(sum(2.0 * x), wrt(x), {.create_graph = true}));
    BOOST_TEST(links(capture(sum(g * x))).size() == 1u);
  }
  std::thread([&g] { g = {}; }).join();
  const Tensor x = variable(tensor({1.0, 2.0}, float64), "x");
  BOOST_TEST(links(capture(sum(tensor({1.0, 2.0}, float64) * x))).empty());
}

BOOST_AUTO_TEST_CASE(a_result_that_is_its_own_seed_is_no_gradient_of_itself) {
  const Tensor x = variable(tensor({1.0, 2.0}, float64), "x");
  const Tensor y = x * x;
  const auto [g] = grad(y, wrt(x), y, {.create_graph = true});
  for (const GraphAdjoint& link : capture(sum(g)).adjoints) BOOST_TEST(link.node != link.of);
}

BOOST_AUTO_TEST_CASE(a_scope_of_the_user_may_be_called_gradient) {
  const Tensor x = variable(tensor({0.5, -1.0}, float64), "x");
  const auto [g] = grad(tanh(x).sum(), wrt(x), {.create_graph = true});
  Tensor y;
  {
    const Scope scope("gradient");
    y = tanh(x).sum();
  }
  const Graph graph = capture(y);
  BOOST_TEST(highest_level(graph) == 1u);
  BOOST_TEST(graph.scopes.back().name == "gradient");
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_nodes_need_no_stack) {
  const Tensor x = variable(tensor(1.0));
  Tensor y = x;
  for (int i = 0; i < 100'000; ++i) y = y * 1.0;
  BOOST_TEST(capture(y).nodes.size() == 200'001u);
}

BOOST_AUTO_TEST_CASE(leaves_that_show_the_same_elements_count_them_once) {
  const Tensor y = variable(tensor({1, 2, 3, 4}, float64));
  const Graph product = capture(y * y.detach());
  const Tensor data = tensor({1, 2, 3, 4}, float64), w = variable(tensor({5, 6}, float64));
  const Graph halves = capture(w * narrow(data, 0, 0, 2) + w * narrow(data, 0, 2, 2));
  const auto leaf_bytes = [](const Graph& graph) {
    std::int64_t sum = 0;
    for (const GraphNode& node : graph.nodes) sum += node.op.empty() ? node.tensor->bytes : 0;
    return sum;
  };
  const auto kept = [](const Graph& graph) {
    std::int64_t sum = 0;
    for (const GraphNode& node : graph.nodes) sum += node.tensor->saved_bytes;
    return sum;
  };
  BOOST_TEST(leaf_bytes(product) == 32);
  BOOST_TEST(kept(product) == 32);
  BOOST_TEST(leaf_bytes(halves) == 16 + 32);
  BOOST_TEST(kept(halves) == 32);  // the data, for the gradients of w
}

BOOST_AUTO_TEST_CASE(a_tensor_of_another_thread_is_swept_with_its_gradient_recorded) {
  const Tensor x = variable(tensor({2.0}, float64));
  Tensor y;
  std::thread([&] {
    std::deque<Scope> scopes;
    for (int i = 0; i < 100; ++i) scopes.emplace_back("deep" + std::to_string(i));
    y = (x * x * x).sum();
    while (!scopes.empty()) scopes.pop_back();
  }).join();
  std::thread([&] {
    const auto [g] = grad(y, wrt(x), {.create_graph = true});
    BOOST_TEST(g.item() == 12);
    BOOST_TEST(std::get<0>(grad(g.sum(), wrt(x))).item() == 12);
  }).join();
}

BOOST_AUTO_TEST_CASE(leaves_that_the_root_does_not_depend_on_come_last) {
  const Tensor w = variable(tensor({1, 2}), "w"), v = variable(tensor({3}), "v");
  const Tensor y = (w * 2.0).sum();
  const Graph alone = capture(y);
  const std::vector<Tensor> leaves{v, w, v};
  Graph graph = capture(y, leaves);
  BOOST_TEST_REQUIRE(graph.nodes.size() == alone.nodes.size() + 1);
  const GraphNode& last = graph.nodes.back();
  BOOST_TEST(*last.name == "v");
  BOOST_TEST(last.value == 3.0);
  BOOST_TEST(!last.has_gradient);
  BOOST_TEST(last.requires_grad);
  graph.nodes.pop_back();
  BOOST_TEST((graph == alone));
  const std::vector<Tensor> results{w, y};
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(capture(y, results)), GraphError, [](const GraphError& error) {
        return std::string(error.what())
                   .find("[capture] leaf 1: got a result of sum, need a variable") == 0;
      });
  const std::vector<Tensor> none(1);
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(capture(y, none)), GraphError, [](const GraphError& error) {
        return std::string(error.what()).find("[capture] leaf 0: got an empty Tensor") == 0;
      });
}

BOOST_AUTO_TEST_SUITE_END()
