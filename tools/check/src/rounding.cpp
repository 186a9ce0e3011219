// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <nabla/check/recorded.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/sweep.hpp>

#include "shadow.hpp"
#include "tensors.hpp"

// Each operation rounds its result, as if its operands had been a little different: what that does to
// the end is the gradient there. The sum over all operations bounds the noise of the whole.

namespace nabla::check {

namespace {

constexpr double kUnit = 0x1p-53;

class Rounding final : public nabla::detail::SweepObserver {
 public:
  void arrived(nabla::detail::Node& node, const Tensor& gradient) override {
    add(Tensor::share(&node), gradient);
    if (!detail::mixes_elements(*node.rule->info)) return;
    // Inside there are numbers of the size of any operand.
    double inside = 0.0, weights = 0.0;
    for (int i = 0; i < node.edge_count; ++i)
      inside = std::max(inside, detail::largest_in(nabla::detail::operand_tensor(node, i)));
    for (const double g : detail::numbers_of(gradient)) weights += std::abs(g);
    sum_ += unit_of(gradient) * inside * weights;
  }
  void contributed(nabla::detail::Node& node, int operand, const Tensor& contribution) override {
    add(Tensor::share(node.operand(operand)), contribution);
  }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  static double unit_of(const Tensor& x) { return x.dtype() == float32 ? 0x1p-24 : kUnit; }
  void add(const Tensor& value, const Tensor& gradient) {
    const double unit = unit_of(value);
    const std::vector<double> y = detail::numbers_of(value), g = detail::numbers_of(gradient);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (g[i] != 0) sum_ += unit * std::abs(y[i] * g[i]);
    }
  }

  double sum_ = 0.0;
};

double known(double sum) { return std::isfinite(sum) ? sum : 0.0; }

}  // namespace

double rounding_of(const Value& y) {
  const Graph graph = capture(y);
  double sum = 0.0;
  for (const GraphNode& node : graph.nodes) {
    if (!node.is_scalar) return 0.0;
    if (!node.op.empty() && node.gradient != 0) sum += std::abs(node.gradient * node.value);
  }
  for (const GraphEdge& edge : graph.edges) {
    if (edge.has_contribution && edge.contribution != 0)
      sum += std::abs(edge.contribution * graph.nodes[edge.from].value);
  }
  return known(kUnit * sum);
}

double rounding_of(const Tensor& y, const Tensor& weights) {
  if (!y.requires_grad() || y.is_leaf()) return 0.0;
  for (const Operation& operation : operations_behind(y))
    if (operation.is_source()) return 0.0;
  Rounding rounding;
  nabla::detail::Sweep sweep(false, &rounding);
  sweep.skip_hooks();
  sweep.add(y.node(), weights);
  sweep.run();
  return known(rounding.sum());
}

}  // namespace nabla::check
