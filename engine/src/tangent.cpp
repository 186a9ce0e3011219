// SPDX-License-Identifier: MIT
#include "tangent.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>

#include "bridge_records.hpp"
#include "checkpoint_node.hpp"

namespace nabla::detail {

namespace {

using Tangents = std::unordered_map<const Node*, Tensor>;

/// A rule is linear in the gradient u of its result: it gives c = J^T u. The gradient of <c, tangent>
/// by u is J tangent, at whatever u.
Tensor transposed(Node& node, const Tangents& known) {
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
      if (found != known.end() && contribution.requires_grad())
        parts.emplace_back(contribution, found->second);
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

std::vector<Tensor> operands_of(Node& node) {
  std::vector<Tensor> operands;
  for (int i = 0; i < node.edge_count; ++i) operands.push_back(operand_tensor(node, i));
  return operands;
}

/// The tangent of a result; undefined if it does not change.
Tensor tangent_of(Node& node, const Tangents& known) {
  if (node.rule->tangent == nullptr) return transposed(node, known);
  std::vector<Tensor> operands = operands_of(node), tangents(node.edge_count);
  bool any = false;
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    const auto found = known.find(operands[i].node());
    operands[i] = operands[i].detach();
    if (found == known.end()) continue;
    tangents[i] = found->second;
    any = true;
  }
  if (!any) return {};
  Sweep::check(node);
  const NoGrad no_grad;
  return node.rule->tangent({operands, Tensor::share(&node).detach(), tangents, node.attributes()});
}

/// Forward mode through what was recorded since some number.
class Push {
 public:
  Push(std::span<const Tensor> xs, std::span<const Tensor> directions, std::uint64_t since)
      : since_(since) {
    for (std::size_t i = 0; i < xs.size(); ++i) known_[xs[i].node()] = directions[i];
  }

  /// The tangent of y; undefined if it does not change.
  Tensor operator()(const Tensor& y) {
    for (Node* node : operations_behind(y.node())) {
      const Tensor tangent =
          is_checkpoint(*node) ? through_checkpoint(*node) : tangent_of(*node, known_);
      if (tangent.defined()) known_[node] = tangent;
    }
    const auto found = known_.find(y.node());
    return found == known_.end() ? Tensor() : found->second;
  }

 private:
  /// What leads to y and was not met before, in the order in which it was computed.
  std::vector<Node*> operations_behind(Node* y) {
    std::vector<Node*> found;
    const auto visit = [&](Node* node) {
      if (node == nullptr || node->rule == nullptr || node->sequence <= since_) return;
      if (node->sequence >= too_late_ && node->sequence <= too_late_end_) {
        throw GraphError(
            "[jvp] a checkpoint's function uses a tensor that was computed after its result; "
            "let it keep copies of the handles it uses: [=]");
      }
      if (!met_.insert(node).second) return;
      if (is_stacked(*node)) {
        throw GraphError(
            "[jvp] function: got a result that leads through Values, need one of tensors alone; "
            "use the jvp of a function of scalars");
      }
      found.push_back(node);
    };
    visit(y);
    for (std::size_t next = 0; next < found.size(); ++next) {
      for (int i = 0; i < found[next]->edge_count; ++i) visit(found[next]->operand(i));
    }
    std::ranges::sort(found, {}, &Node::sequence);
    return found;
  }

  /// What is inside is recorded again. Its function may use more than the operands of the checkpoint.
  Tensor through_checkpoint(Node& node) {
    Sweep::check(node);
    const EnableGrad enable_grad;
    const Tape tape;  // for Values on the way, as in a sweep
    const std::uint64_t end = last_recorded();
    kept_.push_back(compute_again(node, operands_of(node)));
    const auto before =
        std::pair(std::exchange(too_late_, node.sequence), std::exchange(too_late_end_, end));
    const Tensor tangent = (*this)(Tensor(kept_.back()));
    std::tie(too_late_, too_late_end_) = before;
    return tangent;
  }

  std::uint64_t since_;
  std::uint64_t too_late_ = 0, too_late_end_ = 0;  ///< what a checkpoint may not use
  Tangents known_;
  std::unordered_set<const Node*> met_;
  std::vector<Tensor> kept_;  ///< nodes are known by their place in memory
};

}  // namespace

Tensor tangent_of(const Tensor& y, std::span<const Tensor> xs, std::span<const Tensor> directions,
                  std::uint64_t since) {
  const Tensor tangent = Push(xs, directions, since)(y);
  return tangent.defined() ? tangent : zeros_like(y.detach());
}

}  // namespace nabla::detail
