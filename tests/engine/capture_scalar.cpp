// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/capture.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/ops/ops.hpp>

#include "support/small_stack.hpp"

using namespace nabla;

namespace {

/// The gradient of each node as the sum of what its edges contribute, in the order of the sweep.
std::vector<double> summed_contributions(const Graph& graph) {
  std::vector<double> sums(graph.nodes.size(), 0.0);
  for (const std::uint32_t i : graph.backward_order) {
    sums[graph.edges[i].from] += graph.edges[i].contribution;
  }
  return sums;
}

std::size_t node_named(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [&](const GraphNode& node) { return node.name == name; });
  BOOST_REQUIRE(found != graph.nodes.end());
  return static_cast<std::size_t>(found - graph.nodes.begin());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(capture_scalar)

BOOST_AUTO_TEST_CASE(a_fused_statement_is_drawn_as_elementary_operations) {
  Tape tape;
  const Value a = variable(2.0, "a"), b = variable(3.0, "b");
  const Value y = named(a * b + 1.0, "y");
  const Graph graph = capture(y);
  BOOST_REQUIRE(graph.nodes.size() == 5u);
  const GraphNode& root = graph.nodes[graph.root];
  BOOST_TEST(root.op->name == "add");
  BOOST_TEST(root.op->symbol == "+");
  BOOST_TEST(root.op->formula == "y = a + b");
  BOOST_TEST(root.name == "y");
  BOOST_TEST((root.role == Role::output));
  BOOST_TEST(root.value == 7.0);
  BOOST_TEST(root.gradient == 1.0);
  BOOST_TEST(root.dtype == "float64");
  const GraphNode& na = graph.nodes[node_named(graph, "a")];
  BOOST_TEST((na.role == Role::input));
  BOOST_TEST(na.gradient == 3.0);
  const auto constants = std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& n) {
    return n.role == Role::constant && n.value == 1.0 && !n.has_gradient;
  });
  BOOST_TEST(constants == 1);
  BOOST_TEST(graph.edges.size() == 4u);
  BOOST_TEST(graph.edges[0].local == 3.0);
  BOOST_TEST(graph.edges[0].contribution == 3.0);
}

BOOST_AUTO_TEST_CASE(contributions_in_backward_order_give_each_gradient_bit_for_bit) {
  Tape tape;
  const Value x = variable(0.3), w = variable(-1.7), c = 0.7;
  Value y = x;
  for (int i = 0; i < 200; ++i) {
    y = tanh(y * w + c * x) + sin(y) * 0.1 + y * y * 1e-3;
    w.zero_grad();
  }
  const Graph graph = capture(y);
  const std::vector<double> sums = summed_contributions(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (i != graph.root && graph.nodes[i].has_gradient) {
      BOOST_TEST(sums[i] == graph.nodes[i].gradient);
    }
  }
  BOOST_TEST(x.grad() == 0.0);  // a snapshot changes no gradient
  backward(y);
  // The sweep of the tape adds the same numbers in another order.
  constexpr double kOrder = 1e-12;
  const auto input = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                  [](const auto& n) { return n.role == Role::input; });
  BOOST_TEST(input->gradient == x.grad(), boost::test_tools::tolerance(kOrder));
}

BOOST_AUTO_TEST_CASE(only_what_the_root_depends_on_is_drawn) {
  Tape tape;
  const Value x = variable(2.0), unused = variable(5.0);
  const Value y = x * x;
  const Value other = unused * y;
  const Graph graph = capture(y);
  BOOST_TEST(graph.nodes.size() == 2u);
  BOOST_TEST(graph.edges.size() == 2u);
  BOOST_TEST(graph.edges[0].slot == 0u);
  BOOST_TEST(graph.edges[1].slot == 1u);
  BOOST_TEST(capture(other).nodes.size() == 4u);
}

BOOST_AUTO_TEST_CASE(values_that_are_numbers_appear_as_constants) {
  Tape tape;
  const Value x = variable(2.0), c = 3.0;
  const Graph graph = capture(Value(x * c));
  BOOST_TEST(graph.nodes.size() == 3u);
  BOOST_TEST(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& n) {
               return n.role == Role::constant && n.value == 3.0;
             }) == 1);
  const Graph alone = capture(c);
  BOOST_TEST(alone.nodes.size() == 1u);
  BOOST_TEST(alone.scopes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(scopes_frame_what_was_recorded_in_them) {
  Tape tape;
  const Value x = variable(2.0, "x");
  Value h, y;
  {
    Scope outer("outer");
    Scope inner("inner");
    h = named(tanh(x) * x, "h");
  }
  {
    Scope outer("outer");
    y = named(h * 2.0, "y");
  }
  const Graph graph = capture(y);
  const auto path = [&](const std::string& name) {
    std::string text;
    for (auto s = graph.nodes[node_named(graph, name)].scope; s != 0; s = graph.scopes[s].parent) {
      text = graph.scopes[s].name + "/" + text;
    }
    return text;
  };
  BOOST_TEST(path("x").empty());
  BOOST_TEST(path("h") == "outer/inner/");
  BOOST_TEST(path("y") == "outer/");
  BOOST_TEST(graph.scopes.size() == 3u);
  const auto inside = std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const auto& n) {
    return n.op->name == "tanh" && n.scope == graph.nodes[node_named(graph, "h")].scope;
  });
  BOOST_TEST(inside == 1);
}

BOOST_AUTO_TEST_CASE(a_rewound_value_cannot_be_drawn) {
  Tape tape;
  const Value x = variable(2.0);
  const Mark start = tape.mark();
  const Value y = x * x;
  tape.rewind(start);
  BOOST_CHECK_THROW((void)capture(y), GraphError);
  BOOST_TEST(capture(x).nodes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_gradient_of_zero_contributes_zero_in_the_picture) {
  Tape tape;
  const Value x = variable(0.0, "x");
  const Graph graph = capture(Value(sqrt(x) * 0.0 + x));
  BOOST_TEST(graph.nodes[node_named(graph, "x")].gradient == 1.0);
}

namespace {
/// y = a b.
class Product final : public External {
 public:
  Product(double a, double b) : a_(a), b_(b) {}
  [[nodiscard]] const OpInfo& info() const override {
    static constexpr OpInfo description{.name = "product"};
    return description;
  }
  void reverse(std::span<const double> g, std::span<double> inputs) override {
    inputs[0] += g[0] * b_;
    inputs[1] += g[0] * a_;
  }

 private:
  double a_, b_;
};
}  // namespace

BOOST_AUTO_TEST_CASE(an_external_is_a_node_with_its_name) {
  Tape tape;
  const Value x = variable(2.0, "x");
  const std::array inputs{x, Value(5.0)};
  const std::array outputs{10.0};
  const Value h = tape.record_external(inputs, outputs, std::make_unique<Product>(2.0, 5.0))[0];
  const Graph graph = capture(Value(h * h));
  BOOST_TEST(std::count_if(graph.nodes.begin(), graph.nodes.end(),
                           [](const auto& n) { return n.op->name == "product"; }) == 1);
  BOOST_TEST(graph.nodes[node_named(graph, "x")].gradient == 20.0 * 5.0);
  BOOST_TEST(summed_contributions(graph)[node_named(graph, "x")] == 100.0);
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_captured_without_recursion) {
  constexpr int kLength = 100000;
  std::size_t nodes = 0;
  double gradient = 0.0;
  test::run_on_small_stack([&] {
    Tape tape;
    const Value x = variable(1.0);
    Value y = x;
    for (int i = 0; i < kLength; ++i) y = y + x;
    const Graph graph = capture(y);
    nodes = graph.nodes.size();
    gradient = graph.nodes[0].gradient;
  });
  BOOST_TEST(nodes == kLength + 1u);
  BOOST_TEST(gradient == kLength + 1.0);
}

BOOST_AUTO_TEST_CASE(a_sum_that_begins_at_zero_shows_its_zero) {
  const Tape tape;
  const Value a = variable(2.0, "a");
  Value sum = 0.0;
  sum += a * a;
  Value product = -0.0;
  product += a;
  const Graph graph = capture(Value(sum * product));
  BOOST_TEST(graph.nodes[node_named(graph, "a")].gradient == 4 * 2 + 4);
  std::size_t zeros = 0;
  for (const GraphNode& node : graph.nodes) {
    if (node.op.empty() && node.value == 0) {
      BOOST_CHECK(node.role == Role::constant);
      ++zeros;
    }
  }
  BOOST_TEST(zeros == 2u);
}

BOOST_AUTO_TEST_CASE(a_parameter_is_forgotten_when_the_tape_is_rewound) {
  Tape tape;
  const Mark mark = tape.mark();
  const Value w = variable(2.0);
  tape.mark_parameter(w);
  BOOST_CHECK(capture(w).nodes[0].role == Role::parameter);
  tape.rewind(mark);
  const Value x = variable(2.0);
  BOOST_TEST(x.index() == w.index());
  BOOST_CHECK(capture(x).nodes[0].role == Role::input);
}

BOOST_AUTO_TEST_CASE(tapes_of_other_numbers_are_drawn_by_the_plain_numbers_inside) {
  const auto program = [](const auto& x) { return tanh(x * 2.0F) * x + exp(x); };
  const Value plain = variable(0.5, "x");
  const Graph expected = capture(Value(program(plain)));
  const auto check = [&](const Graph& graph, const char* dtype, double tolerance) {
    BOOST_REQUIRE(graph.nodes.size() == expected.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      BOOST_TEST(graph.nodes[i].op->name == expected.nodes[i].op->name);
      BOOST_TEST(graph.nodes[i].dtype == dtype);
      BOOST_TEST(graph.nodes[i].value == expected.nodes[i].value,
                 boost::test_tools::tolerance(tolerance));
      BOOST_TEST(graph.nodes[i].gradient == expected.nodes[i].gradient,
                 boost::test_tools::tolerance(tolerance));
    }
  };
  {
    basic_tape<float> tape;
    const auto x = named(basic_value<float>::variable(0.5F), "x");
    const Scope scope("float");
    const Graph graph = capture(basic_value<float>(program(x)));
    check(graph, "float32", 1e-6);
    BOOST_TEST(graph.nodes[0].name == "x");
    BOOST_TEST(graph.scopes.size() == 2u);
  }
  {
    using T = Dual<double>;
    basic_tape<T> tape;
    const auto x = basic_value<T>::variable(T(0.5, 1.0));
    check(capture(basic_value<T>(program(x))), "float64", 1e-15);
  }
  {
    basic_tape<Value> tape;
    Tape inner;
    const auto x = basic_value<Value>::variable(variable(0.5));
    const basic_value<Value> y = program(x);
    const std::size_t recorded = inner.statistics().statements;
    check(capture(y), "float64", 1e-15);
    BOOST_TEST(inner.statistics().statements == recorded);
  }
  BOOST_TEST(capture(basic_value<float>(2.0F)).nodes[0].value == 2.0);
}

BOOST_AUTO_TEST_CASE(variables_that_the_root_does_not_depend_on_come_last) {
  const Tape tape;
  const Value a = variable(1.0, "a"), b = variable(2.0, "b"), c = variable(3.0, "c");
  const Value y = b * b;
  const std::vector<Value> leaves{c, a, b};
  Graph graph = capture(y, leaves);
  BOOST_TEST_REQUIRE(graph.nodes.size() == 4u);
  BOOST_TEST(*graph.nodes[2].name == "c");
  BOOST_TEST(graph.nodes[2].value == 3.0);
  BOOST_TEST(*graph.nodes[3].name == "a");
  BOOST_TEST(!graph.nodes[3].has_gradient);
  graph.nodes.resize(2);
  BOOST_TEST((graph == capture(y)));
  const std::vector<Value> numbers{a, Value(2.0)};
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(capture(y, numbers)), GraphError, [](const GraphError& error) {
        return std::string(error.what()).find("[capture] leaf 1: got a plain number") == 0;
      });
  const std::vector<Value> results{a, a * c};
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(capture(y, results)), GraphError, [](const GraphError& error) {
        return std::string(error.what()).find("[capture] leaf 1: got a result of an operation") ==
               0;
      });
}

BOOST_AUTO_TEST_CASE(a_scope_has_the_place_where_it_was_opened_first) {
  const Tape tape;
  Value y = variable(0.5, "x");
  const int line = __LINE__ + 2;
  for (int i = 0; i < 3; ++i) {
    const Scope scope("opened_at_a_known_place");
    y = tanh(y);
  }
  {
    const Scope scope("opened_elsewhere", "/home/somebody/train.cpp", 88);
    y = sin(y);
  }
  const Graph graph = capture(y);
  BOOST_TEST_REQUIRE(graph.scopes.size() == 3u);
  BOOST_TEST(graph.scopes[0].place.empty());
  BOOST_TEST(graph.scopes[1].place == "capture_scalar.cpp:" + std::to_string(line));
  BOOST_TEST(graph.scopes[2].place == "train.cpp:88");
}

BOOST_AUTO_TEST_CASE(a_value_has_the_place_where_it_was_given_its_name) {
  const Tape tape;
  const int line = __LINE__ + 1;
  const Value x = variable(0.5, "x");
  const Value h = named(tanh(x), std::string("h"));
  const Value y = named(sin(h), Name("y", "/home/somebody/train.cpp", 88));
  const Graph graph = capture(named(exp(y) * x, Name("L", "")));
  const auto place = [&](const std::string& name) {
    return std::ranges::find(graph.nodes, name, [](const GraphNode& node) { return *node.name; })
        ->notes->place;
  };
  BOOST_TEST(place("x") == "capture_scalar.cpp:" + std::to_string(line));
  BOOST_TEST(place("h") == "capture_scalar.cpp:" + std::to_string(line + 1));
  BOOST_TEST(place("y") == "train.cpp:88");
  BOOST_TEST(place("L") == "");
  BOOST_TEST(place("") == "");  // exp(y) has no name
}

BOOST_AUTO_TEST_CASE(a_snapshot_reserves_what_there_is) {
  const Tape tape;
  Value y = variable(0.5, "x");
  for (int i = 0; i < 20'000; ++i) {  // half of the nodes are leaves, a few are no part of it
    const Value w = variable(0.3, "w"), v = variable(0.2, "v");
    if (i % 100 == 0) static_cast<void>(tanh(w));
    y = y * w + v;
  }
  const Graph graph = capture(y);
  BOOST_TEST(graph.nodes.size() == 80'001U);
  BOOST_TEST(graph.nodes.capacity() < graph.nodes.size() * 21 / 20);
  BOOST_TEST(graph.edges.capacity() < graph.edges.size() * 21 / 20);
}

BOOST_AUTO_TEST_CASE(nodes_of_one_name_and_line_share_it_and_change_alone) {
  const Tape tape;
  std::vector<Value> w;
  for (const double number : {1.0, 2.0, 3.0}) w.push_back(variable(number, "w"));
  Graph graph = capture(w[0] * w[1] * w[2]);
  BOOST_TEST(graph.nodes[0].name == "w");
  BOOST_TEST(&*graph.nodes[0].name == &*graph.nodes[1].name);
  BOOST_TEST(!graph.nodes[0].notes->place.empty());
  BOOST_TEST(&*graph.nodes[0].notes == &*graph.nodes[1].notes);
  graph.nodes[0].name = "v";
  graph.nodes[0].notes.edit().remark = "wrong";
  BOOST_TEST(graph.nodes[1].name == "w");
  BOOST_TEST(graph.nodes[1].notes->remark.empty());
}

BOOST_AUTO_TEST_SUITE_END()
