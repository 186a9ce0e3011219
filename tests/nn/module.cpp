// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

std::vector<std::string> names(const nn::Module& module) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : module.named_parameters()) all.push_back(name);
  return all;
}

/// A module of a user, with a module and a parameter of its own.
class Residual : public nn::Module {
 public:
  explicit Residual(std::int64_t n)
      : scale_(add_parameter("scale", ones({n}))), inner_(add_module("inner", nn::Dense(n, n))) {}
  [[nodiscard]] std::string_view kind() const override { return "Residual"; }

 protected:
  Tensor forward(const Tensor& x) override { return x + scale_ * inner_(x); }

 private:
  Tensor scale_;
  nn::Dense& inner_;
};

/// Says in which mode it is called.
class Mode : public nn::Module {
 public:
  [[nodiscard]] std::string_view kind() const override { return "Mode"; }

 protected:
  Tensor forward(const Tensor& x) override { return is_training() ? x : -x; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(module)

BOOST_AUTO_TEST_CASE(dense_is_x_times_transposed_weight_plus_bias) {
  Random random(1);
  nn::Dense dense(3, 2, random, {.dtype = float64});
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const Tensor y = dense(x);
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t o = 0; o < 2; ++o) {
      double expected = dense.bias().at({o});
      for (std::int64_t k = 0; k < 3; ++k) expected += x.at({i, k}) * dense.weight().at({o, k});
      // Four products and sums of numbers below 10.
      BOOST_TEST(std::abs(y.at({i, o}) - expected) <= 4 * 40 * 2.2e-16);
    }
}

BOOST_AUTO_TEST_CASE(dense_gradients_are_the_textbooks) {
  Random random(1);
  nn::Dense dense(3, 2, random, {.dtype = float64});
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  backward(dense(x).sum());
  // d sum(y) / dW = 1 x^T summed over the examples, d / db = number of examples.
  BOOST_TEST((dense.weight().grad().to_vector() == std::vector<double>{5, 7, 9, 5, 7, 9}));
  BOOST_TEST((dense.bias().grad().to_vector() == std::vector<double>{2, 2}));
}

BOOST_AUTO_TEST_CASE(dense_without_bias_has_one_parameter_and_an_initializer_is_used) {
  nn::Dense dense(3, 2, {.bias = false, .init = nn::init::constant(0.5)});
  BOOST_TEST((names(dense) == std::vector<std::string>{"weight"}));
  BOOST_TEST(!dense.bias().defined());
  BOOST_TEST(dense(tensor({{1, 2, 3}})).at({0, 1}) == 3.0);
}

BOOST_AUTO_TEST_CASE(dense_draws_within_one_over_the_root_of_its_inputs) {
  Random random(2);
  nn::Dense dense(16, 50, random);
  for (const Tensor& parameter : dense.parameters())
    for (const double w : parameter.to_vector()) BOOST_TEST(std::abs(w) <= 0.25);
  manual_seed(2);
  BOOST_TEST((nn::Dense(16, 50).weight().to_vector() == dense.weight().to_vector()));
}

BOOST_AUTO_TEST_CASE(dense_refuses_what_does_not_fit) {
  nn::Dense dense(3, 2);
  BOOST_CHECK_EXCEPTION(static_cast<void>(dense(zeros({4, 5}))), ShapeError,
                        says({"[Dense]", "(4, 5)", "(..., 3)"}));
  BOOST_CHECK_EXCEPTION(nn::Dense(0, 2), ShapeError, says({"0 inputs"}));
}

BOOST_AUTO_TEST_CASE(sequential_names_parameters_by_number) {
  nn::Sequential net{nn::Dense(4, 3), nn::Tanh(), nn::Dense(3, 2)};
  BOOST_TEST((names(net) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"}));
  BOOST_TEST(net.parameter_count() == 4 * 3 + 3 + 3 * 2 + 2);
  BOOST_TEST(net.parameters()[2].name() == "2.weight");
  BOOST_TEST(net[0].label() == "0:Dense");
  BOOST_TEST((net(zeros({5, 4})).shape() == Shape{5, 2}));
}

BOOST_AUTO_TEST_CASE(a_sequential_inside_another_keeps_its_place_in_names) {
  nn::Sequential net{nn::Sequential{nn::Dense(4, 3), nn::Relu()}, nn::Dense(3, 2)};
  BOOST_TEST(
      (names(net) == std::vector<std::string>{"0.0.weight", "0.0.bias", "1.weight", "1.bias"}));
  BOOST_TEST(net.parameters()[0].name() == "0.0.weight");
  BOOST_TEST(net.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_sequential_gives_back_its_input) {
  nn::Sequential net;
  BOOST_TEST(net(tensor({1.0, 2.0})).at({1}) == 2.0);
  net.append(nn::Sigmoid());
  BOOST_TEST(net(tensor({0.0})).item() == 0.5);
}

BOOST_AUTO_TEST_CASE(modules_open_scopes_for_the_picture) {
  nn::Sequential net{nn::Dense(2, 2), nn::Tanh()};
  const Graph graph = capture(net(zeros({1, 2})).sum());
  const auto scope_of = [&](const std::string& op) {
    for (const GraphNode& node : graph.nodes)
      if (node.op->name == op) return graph.scopes[node.scope].name;
    return std::string();
  };
  BOOST_TEST(scope_of("matmul") == "0:Dense");
  BOOST_TEST(scope_of("tanh") == "1:Tanh");
  const auto weight = std::ranges::find(graph.nodes, "0.weight", &GraphNode::name);
  BOOST_REQUIRE(weight != graph.nodes.end());
  BOOST_TEST((weight->role == Role::parameter));
}

BOOST_AUTO_TEST_CASE(modules_of_users_move_with_their_parts) {
  std::vector<nn::Sequential> nets;
  nets.push_back(nn::Sequential{Residual(2), Residual(2)});
  nets.push_back(nn::Sequential{});
  BOOST_TEST((names(nets[0])[1] == "0.inner.weight"));
  backward(nets[0](ones({3, 2})).sum());
  for (const Tensor& parameter : nets[0].parameters()) BOOST_TEST(parameter.has_grad());
  nets[0].zero_grad();
  for (const Tensor& parameter : nets[0].parameters()) BOOST_TEST(!parameter.has_grad());
}

BOOST_AUTO_TEST_CASE(train_and_eval_reach_all_modules) {
  nn::Sequential net{nn::Sequential{Mode(), nn::Tanh()}, Mode()};
  BOOST_TEST(net(tensor({1.0})).item() > 0);
  net.eval();
  BOOST_TEST(net(tensor({1.0})).item() > 0);
  BOOST_TEST(!net[1].is_training());
  net.train();
  BOOST_TEST(net[1].is_training());
}

BOOST_AUTO_TEST_CASE(a_name_twice_or_with_a_dot_is_refused) {
  struct Twice : nn::Module {
    explicit Twice(std::string_view name) {
      add_parameter("a", zeros({1}));
      add_parameter(name, zeros({1}));
    }
    [[nodiscard]] std::string_view kind() const override { return "Twice"; }
    Tensor forward(const Tensor& x) override { return x; }
  };
  BOOST_CHECK_EXCEPTION(Twice("a"), GraphError, says({"[Twice]", "\"a\""}));
  BOOST_CHECK_THROW(Twice("a.b"), GraphError);
  BOOST_CHECK_NO_THROW(Twice("b"));
}

BOOST_AUTO_TEST_CASE(activations_are_the_ops_of_their_names) {
  const Tensor x = tensor({-2.0, 0.5}, float64);
  nn::Sequential net;
  BOOST_TEST((nn::Tanh()(x).to_vector() == tanh(x).to_vector()));
  BOOST_TEST((nn::Relu()(x).to_vector() == std::vector<double>{0, 0.5}));
  BOOST_TEST((nn::Sigmoid()(x).to_vector() == sigmoid(x).to_vector()));
  BOOST_TEST((nn::LeakyRelu(0.5)(x).to_vector() == std::vector<double>{-1, 0.5}));
  BOOST_TEST((nn::Gelu()(x).to_vector() == gelu(x).to_vector()));
  BOOST_TEST((nn::Softplus()(x).to_vector() == softplus(x).to_vector()));
  BOOST_TEST((nn::Softmax()(x).to_vector() == softmax(x, 0).to_vector()));
  BOOST_TEST((nn::Flatten()(zeros({2, 3, 4})).shape() == Shape{2, 12}));
  BOOST_TEST((nn::Flatten()(zeros({2})).shape() == Shape{2, 1}));
}

BOOST_AUTO_TEST_CASE(layer_norm_starts_as_the_plain_op_and_learns_weight_and_bias) {
  nn::LayerNorm norm({3}, {.dtype = float64});
  const Tensor x = tensor({{1.0, 2.0, 6.0}, {-1.0, 0.0, 4.0}}, float64);
  BOOST_TEST((norm(x).to_vector() == layer_norm(x).to_vector()));
  BOOST_TEST(norm.parameter_count() == 6);
  backward(norm(x).square().sum());
  BOOST_TEST(norm.weight().grad().at({0}) == 2 * 2 * square(layer_norm(x)).at({0, 0}),
             boost::test_tools::tolerance(1e-12));
  BOOST_CHECK_EXCEPTION(norm(zeros({2, 4}, float64)), ShapeError,
                        says({"[layer_norm]", "(2, 4)", "(3,)"}));
  BOOST_CHECK_EXCEPTION(nn::LayerNorm(Shape{}), ShapeError, says({"[LayerNorm]"}));
}

BOOST_AUTO_TEST_SUITE_END()
