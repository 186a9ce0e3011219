// SPDX-License-Identifier: MIT
#include "tangent.hpp"

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>

#include "tensor_history.hpp"

namespace nabla::detail {

namespace {

/// What one operation contributes to its operands in a recorded sweep.
class Contributions final : public SweepObserver {
 public:
  explicit Contributions(const Node& node) : parts_(node.edge_count) {}
  void arrived(Node&, const Tensor&) override {}
  void contributed(Node&, int operand, const Tensor& contribution) override {
    Tensor& part = parts_[static_cast<std::size_t>(operand)];
    part = part.defined() ? add_adjoints(part, contribution) : contribution;
  }
  [[nodiscard]] const std::vector<Tensor>& parts() const { return parts_; }

 private:
  std::vector<Tensor> parts_;
};

/// A rule is linear in the gradient u of its result: c = J^T u for each operand. The gradient of
/// <c, tangent> by u is J tangent, at whatever u.
Tensor transposed(Node& node, std::span<const Tensor> tangents) {
  const EnableGrad enable_grad;
  const Tensor u = variable(ones_like(Tensor::share(&node).detach()));
  Contributions contributions(node);
  {
    Sweep sweep(true, &contributions);
    sweep.add(&node, u);
    sweep.run_down_to(node.sequence - 1);
  }
  Tensor sum;
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    const Tensor& part = contributions.parts()[i];
    if (!tangents[i].defined() || !part.defined() || !part.requires_grad()) continue;
    const Tensor more =
        grad(part, std::array{u}, tangents[i], {.retain_graph = true, .allow_unused = true})[0];
    if (more.defined()) sum = sum.defined() ? add_adjoints(sum, more) : more;
  }
  return sum.defined() ? sum.detach() : zeros_like(u);
}

Tensor tangent_of(Node& node, std::span<const Tensor> tangents) {
  if (node.rule->tangent == nullptr) return transposed(node, tangents);
  Sweep::check(node);
  std::vector<Tensor> operands;
  for (int i = 0; i < node.edge_count; ++i)
    operands.push_back(Tensor::share(node.edges()[i].node).detach());
  const NoGrad no_grad;
  return node.rule->tangent({operands, Tensor::share(&node).detach(), tangents, node.attributes()});
}

}  // namespace

Tensor tangent_of(const Tensor& y, std::span<const Tensor> xs, std::span<const Tensor> directions) {
  std::unordered_map<const Node*, Tensor> known;
  for (std::size_t i = 0; i < xs.size(); ++i) known[xs[i].node()] = directions[i];
  TensorHistory history("jvp");
  std::vector<std::uint32_t> values;
  if (!y.is_leaf()) history.add(y.node(), values);
  if (!values.empty()) {
    throw GraphError(
        "[jvp] function: got a result that leads through Values, need one of tensors alone; use "
        "the "
        "jvp of a function of scalars");
  }
  history.sort();
  while (Node* node = history.next(std::numeric_limits<std::uint64_t>::max())) {
    std::vector<Tensor> tangents(node->edge_count);
    bool any = false;
    for (std::size_t i = 0; i < tangents.size(); ++i) {
      const auto found = known.find(node->edges()[i].node);
      if (found == known.end()) continue;
      tangents[i] = found->second;
      any = true;
    }
    if (any) known[node] = tangent_of(*node, tangents);
  }
  const auto found = known.find(y.node());
  return found == known.end() ? zeros_like(y.detach()) : found->second;
}

}  // namespace nabla::detail
