// SPDX-License-Identifier: MIT
#include "tangent.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>

#include "bridge_records.hpp"

namespace nabla::detail {

namespace {

using Tangents = std::unordered_map<const Node*, Tensor>;

/// What was recorded since number `since` and leads to y, in the order in which it was computed.
std::vector<Node*> operations_behind(Node* y, std::uint64_t since) {
  std::vector<Node*> found;
  std::unordered_set<const Node*> seen;
  const auto visit = [&](Node* node) {
    if (node->rule == nullptr || node->sequence <= since || !seen.insert(node).second) return;
    if (is_stacked(*node)) {
      throw GraphError(
          "[jvp] function: got a result that leads through Values, need one of tensors alone; use "
          "the jvp of a function of scalars");
    }
    found.push_back(node);
  };
  visit(y);
  for (std::size_t next = 0; next < found.size(); ++next) {
    for (int i = 0; i < found[next]->edge_count; ++i) visit(found[next]->edges()[i].node);
  }
  std::ranges::sort(found, {}, &Node::sequence);
  return found;
}

bool is_operand(const Node& node, const Node& of) {
  const std::span<const Edge> edges(of.edges(), of.edge_count);
  return std::ranges::any_of(edges, [&](const Edge& edge) { return edge.node == &node; });
}

/// A rule is linear in the gradient u of its result: it gives c = J^T u. The gradient of <c, tangent>
/// by u is J tangent, at whatever u. A checkpoint also contributes to what it uses beside its operands.
Tensor transposed(Node& node, const Tangents& known, std::uint64_t since) {
  const EnableGrad enable_grad;
  const std::uint64_t before = last_recorded();
  const Tensor u = variable(ones_like(Tensor::share(&node).detach()));
  std::vector<std::pair<Tensor, Tensor>> parts;  // c, tangent
  {
    Sweep sweep(true);
    sweep.skip_hooks();
    sweep.add(&node, u);
    sweep.run_down_to(node.sequence - 1);
    sweep.for_each_waiting([&](const Node& reached, const Tensor& contribution) {
      const auto found = known.find(&reached);
      if (found != known.end()) {
        if (contribution.requires_grad()) parts.emplace_back(contribution, found->second);
      } else if (reached.sequence > since && !is_operand(reached, node)) {
        throw GraphError(fmt::format(
            "[jvp] {}: its function uses a tensor that was computed before, need that as an input",
            node.rule->info->name));
      }
    });
  }
  Sweep sweep(false);
  sweep.skip_hooks();
  sweep.want(u);
  for (const auto& [c, tangent] : parts) sweep.add(c.node(), tangent);
  sweep.run_down_to(before);
  sweep.finish();
  const Tensor sum = sweep.result(0);
  return sum.defined() ? sum.detach() : zeros_like(u.detach());
}

/// The tangent of a result; undefined if it does not change.
Tensor tangent_of(Node& node, const Tangents& known, std::uint64_t since) {
  if (node.rule->tangent == nullptr) return transposed(node, known, since);
  std::vector<Tensor> operands, tangents(node.edge_count);
  bool any = false;
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    Node* operand = node.edges()[i].node;
    operands.push_back(Tensor::share(operand).detach());
    const auto found = known.find(operand);
    if (found == known.end()) continue;
    tangents[i] = found->second;
    any = true;
  }
  if (!any) return {};
  Sweep::check(node);
  const NoGrad no_grad;
  return node.rule->tangent({operands, Tensor::share(&node).detach(), tangents, node.attributes()});
}

}  // namespace

Tensor tangent_of(const Tensor& y, std::span<const Tensor> xs, std::span<const Tensor> directions,
                  std::uint64_t since) {
  Tangents known;
  for (std::size_t i = 0; i < xs.size(); ++i) known[xs[i].node()] = directions[i];
  for (Node* node : operations_behind(y.node(), since)) {
    const Tensor tangent = tangent_of(*node, known, since);
    if (tangent.defined()) known[node] = tangent;
  }
  const auto found = known.find(y.node());
  return found == known.end() ? zeros_like(y.detach()) : found->second;
}

}  // namespace nabla::detail
