// SPDX-License-Identifier: MIT
#include "viz/graphs.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nabla::viz::test {
namespace {

std::uint32_t add(Builder& build, std::uint32_t a, std::uint32_t b, const std::string& name = "") {
  const double value = build.graph.nodes[a].value + build.graph.nodes[b].value;
  return build.op("add", value, {{a, 1.0}, {b, 1.0}}, name, "+");
}

std::uint32_t multiply(Builder& build, std::uint32_t a, std::uint32_t b,
                       const std::string& name = "") {
  const double x = build.graph.nodes[a].value, y = build.graph.nodes[b].value;
  return build.op("mul", x * y, {{a, y}, {b, x}}, name, "*");
}

std::uint32_t tanh(Builder& build, std::uint32_t a, const std::string& name = "") {
  const double y = std::tanh(build.graph.nodes[a].value);
  const std::uint32_t node = build.op("tanh", y, {{a, 1.0 - y * y}}, name);
  build.graph.nodes[node].op.edit().formula = "y = tanh x";
  build.graph.nodes[node].op.edit().gradient_rule = "dy/dx = 1 - y^2";
  return node;
}

std::uint32_t build_neuron(Builder& build, const std::vector<std::uint32_t>& inputs,
                           double& weight) {
  std::uint32_t sum = build.leaf("b", 0.1, Role::parameter);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    weight = std::fmod(weight * 7.3 + 0.37, 1.0);  // scattered over [0, 1)
    const std::string name = "w" + std::to_string(i + 1);
    const std::uint32_t w = build.leaf(name, weight - 0.5, Role::parameter);
    sum = add(build, sum, multiply(build, inputs[i], w));
  }
  return tanh(build, sum);
}

GraphNode tensor_node(std::vector<std::int64_t> shape, const std::string& op,
                      const std::string& name, Role role, double norm) {
  GraphNode node;
  node.op.edit().name = op;
  node.name = name;
  node.role = role;
  node.is_scalar = false;
  node.dtype = "float32";
  node.requires_grad = node.has_gradient = role != Role::constant;
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  node.tensor.edit().shape = std::move(shape);
  node.tensor.edit().value = Stats{.count = count,
                                   .min = -1.5,
                                   .max = 2.0,
                                   .mean = 0.0123,
                                   .deviation = 0.71,
                                   .norm = 3.0,
                                   .samples = {0.5, -1.5}};
  node.tensor.edit().gradient = Stats{.count = count,
                                      .min = -0.1,
                                      .max = 0.1,
                                      .mean = 0.001,
                                      .deviation = 0.02,
                                      .norm = norm,
                                      .samples = {0.01, -0.02}};
  if (count == 1) node.value = 0.69;
  return node;
}

}  // namespace

Graph neuron() {
  Builder build;
  const std::uint32_t x1 = build.leaf("x1", 2.0), x2 = build.leaf("x2", 0.0);
  build.enter("neuron");
  const std::uint32_t w1 = build.leaf("w1", -3.0, Role::parameter);
  const std::uint32_t w2 = build.leaf("w2", 1.0, Role::parameter);
  const std::uint32_t b = build.leaf("b", 6.8813735870195432, Role::parameter);
  const std::uint32_t sum = add(build, multiply(build, x1, w1), multiply(build, x2, w2));
  const std::uint32_t o = tanh(build, add(build, sum, b, "n"), "o");
  build.leave();
  multiply(build, o, o);
  return build.finish();
}

Graph network(const std::vector<std::size_t>& layers, bool scopes) {
  Builder build;
  double weight = 0.123;
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < layers.front(); ++i) {
    values.push_back(build.leaf("x" + std::to_string(i + 1), i % 2 == 0 ? 1.0 : 0.0));
  }
  for (std::size_t layer = 1; layer < layers.size(); ++layer) {
    if (scopes) build.enter("layer" + std::to_string(layer));
    std::vector<std::uint32_t> next;
    for (std::size_t i = 0; i < layers[layer]; ++i) {
      if (scopes) build.enter("neuron" + std::to_string(i + 1));
      next.push_back(build_neuron(build, values, weight));
      if (scopes) build.leave();
    }
    if (scopes) build.leave();
    values = next;
  }
  if (scopes) build.enter("loss");
  std::uint32_t sum = multiply(build, values[0], values[0]);
  for (std::size_t i = 1; i < values.size(); ++i) {
    sum = add(build, sum, multiply(build, values[i], values[i]));
  }
  build.graph.nodes[sum].name = "loss";
  if (scopes) build.leave();
  return build.finish();
}

Graph tensor_network() {
  Graph graph;
  graph.scopes = {{0, ""}, {0, "dense1"}, {0, "dense2"}};
  const auto node = [&](GraphNode made, std::uint32_t scope) {
    made.scope = scope;
    graph.nodes.push_back(std::move(made));
    return static_cast<std::uint32_t>(graph.nodes.size() - 1);
  };
  const auto connect = [&](std::uint32_t to, const std::vector<std::uint32_t>& from) {
    for (std::uint32_t slot = 0; slot < from.size(); ++slot) {
      graph.edges.push_back({.from = from[slot],
                             .to = to,
                             .slot = slot,
                             .has_contribution = graph.nodes[from[slot]].requires_grad,
                             .contribution = 0.2});
    }
  };
  std::uint32_t x = node(tensor_node({64, 784}, "", "images", Role::constant, 0.0), 0);
  const std::vector<std::int64_t> widths{784, 128, 10};
  for (std::uint32_t layer = 1; layer <= 2; ++layer) {
    const std::int64_t in = widths[layer - 1], out = widths[layer];
    const auto w = node(tensor_node({in, out}, "", "weight", Role::parameter, 0.31), layer);
    const auto b = node(tensor_node({out}, "", "bias", Role::parameter, 0.0042), layer);
    const auto product = node(tensor_node({64, out}, "matmul", "", Role::operation, 0.12), layer);
    connect(product, {x, w});
    const auto sum = node(tensor_node({64, out}, "add", "", Role::operation, 0.12), layer);
    graph.nodes[sum].op.edit().symbol = "+";
    connect(sum, {product, b});
    x = sum;
    if (layer == 1) {
      x = node(tensor_node({64, out}, "relu", "", Role::operation, 0.15), layer);
      connect(x, {sum});
    }
  }
  const auto labels = node(tensor_node({64}, "", "labels", Role::constant, 0.0), 0);
  const auto loss = node(tensor_node({}, "softmax_cross_entropy", "loss", Role::output, 1.0), 0);
  connect(loss, {x, labels});
  graph.root = loss;
  for (std::size_t i = graph.edges.size(); i-- > 0;) {
    if (graph.edges[i].has_contribution) {
      graph.backward_order.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return graph;
}

Graph chain(std::size_t length) {
  Builder build;
  std::uint32_t x = build.leaf("x", 0.0);
  for (std::size_t i = 0; i < length; ++i) {
    x = build.op("sin", 0.0, {{x, 1.0}});
  }
  return build.finish();
}

Graph double_backward() {
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.5), w = build.leaf("w", 2.0, Role::parameter);
  build.enter("net");
  const std::uint32_t h = multiply(build, x, w);
  const std::uint32_t y = tanh(build, h, "y");
  build.leave();
  build.level = 2;
  build.enter("net");
  const double s = build.graph.nodes[y].value;
  const std::uint32_t slope = build.op("tanh_slope", 1 - s * s, {{y, -2 * s}});
  const std::uint32_t gradient = multiply(build, slope, w, "g");
  build.leave();
  multiply(build, gradient, gradient, "penalty");
  build.graph.adjoints = {{slope, h}, {gradient, x}};
  return build.finish();
}

Graph recurrence(std::size_t steps) {
  Builder build;
  const std::uint32_t a = build.leaf("a", 0.7, Role::parameter);
  std::uint32_t y = build.leaf("x", 0.3);
  for (std::size_t i = 0; i < steps; ++i)
    y = add(build, tanh(build, multiply(build, y, a)), build.op("sin", 0.3, {{y, 0.9}}));
  return build.finish();
}

Graph tangle(std::size_t length) {
  constexpr const char* kOps[] = {"sin", "cos", "exp", "tanh", "sqrt", "log", "erf"};
  Builder build;
  std::uint32_t last = build.leaf("x", 0.5);
  std::uint32_t random = 1;
  const auto below = [&random](std::uint32_t count) {
    random = random * 1664525U + 1013904223U;
    return (random >> 16U) % count;
  };
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint32_t other = last - below(std::min(last, 7U) + 1);
    last = build.op(kOps[below(std::size(kOps))], 0.5, {{last, 0.5}, {other, 0.5}});
  }
  return build.finish();
}

}  // namespace nabla::viz::test
