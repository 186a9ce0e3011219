// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/cumulative/cumprod.hpp>
#include <nabla/ops/cumulative/cumsum.hpp>
#include <nabla/ops/cumulative/linear_recurrence.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/index/diag_embed.hpp>
#include <nabla/ops/index/embed_slice.hpp>
#include <nabla/ops/index/fold_padding.hpp>
#include <nabla/ops/index/fold_windows.hpp>
#include <nabla/ops/index/gather.hpp>
#include <nabla/ops/index/index_select.hpp>
#include <nabla/ops/index/index_sum.hpp>
#include <nabla/ops/index/pad_axis.hpp>
#include <nabla/ops/index/roll.hpp>
#include <nabla/ops/index/scatter_add.hpp>
#include <nabla/ops/index/stack.hpp>
#include <nabla/ops/index/tile.hpp>
#include <nabla/ops/index/tril.hpp>
#include <nabla/ops/index/triu.hpp>
#include <nabla/ops/linalg/dot.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/linalg/outer.hpp>
#include <nabla/ops/linalg/solve.hpp>
#include <nabla/ops/linalg/trace.hpp>
#include <nabla/ops/linalg/triangular_solve.hpp>
#include <nabla/ops/reduction/mean.hpp>
#include <nabla/ops/reduction/prod.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
#include <nabla/ops/unary/neg.hpp>
#include <nabla/ops/view/broadcast_to.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/diagonal.hpp>
#include <nabla/ops/view/flip.hpp>
#include <nabla/ops/view/permute.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/select.hpp>
#include <nabla/ops/view/slice.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>
#include <nabla/ops/view/unfold.hpp>

namespace nabla::detail {
namespace {

// A contribution to a batch of matrices, held back where nothing arrives: op::Where, asked only when it
// matters.
constexpr OpInfo kPassingInfo{.name = "passing",
                              .formula = "y = a",
                              .gradient = "dL/da = g, and 0 in a matrix in which a mask left b = 0",
                              .source = "chain rule"};

// The sum, over any number of places, of products of operands, where none has a negative sign: of 0 and
// 1 in place of the operands they make more than 0 where one product has no factor that is 0.
const std::array kSumsOfProducts = {
    &op::Add::info,         &op::BroadcastTo::info, &op::Chain::info,
    &op::Clone::info,       &op::Concat::info,      &op::Cumprod::info,
    &op::Cumsum::info,      &op::DiagEmbed::info,   &op::Diagonal::info,
    &op::Dot::info,         &op::EmbedSlice::info,  &op::Flip::info,
    &op::FoldPadding::info, &op::FoldWindows::info, &op::Gather::info,
    &op::IndexSelect::info, &op::IndexSum::info,    &op::LinearRecurrence::info,
    &op::Matmul::info,      &op::Mean::info,        &op::Mul::info,
    &op::Outer::info,       &op::PadAxis::info,     &op::Permute::info,
    &op::Prod::info,        &op::Reshape::info,     &op::Roll::info,
    &op::ScatterAdd::info,  &op::Select::info,      &op::Slice::info,
    &op::Stack::info,       &op::Sum::info,         &op::Tile::info,
    &op::To::info,          &op::Trace::info,       &op::Transpose::info,
    &op::Tril::info,        &op::Triu::info,        &op::Unfold::info,
    &op::Where::info};

bool is_sum_of_products(const OpInfo& info) {
  return std::ranges::find(kSumsOfProducts, &info) != kSumsOfProducts.end() ||
         &info == &sum_of_adjoints;
}
bool is_system(const OpInfo& info) {
  return &info == &op::Solve::info || &info == &op::TriangularSolve::info;
}
bool is_known(const OpInfo& info) {
  return is_sum_of_products(info) || is_system(info) || &info == &kPassingInfo ||
         &info == &op::Neg::info || &info == &op::Sub::info || &info == &op::Div::info;
}

// The patterns of tensors, in the order in which their histories allow.
class Patterns {
 public:
  Tensor of(const Tensor& x) {
    std::vector<Tensor> open{x};
    while (!open.empty()) {
      const Tensor last = open.back();
      const std::size_t before = open.size();
      if (!found_.contains(last.node()) && is_told_by_history(last)) {
        for (const Tensor& operand : Operation(last).operands())
          if (operand.requires_grad() && !found_.contains(operand.node())) open.push_back(operand);
      }
      if (open.size() > before) continue;
      if (!found_.contains(last.node())) found_.emplace(last.node(), pattern(last));
      open.pop_back();
    }
    return found_.at(x.node());
  }

 private:
  // Not an index, nor a condition.
  static bool is_factor(const Tensor& x) {
    return is_floating(x.dtype()) || x.node()->has(kNumber);
  }

  // Only a 0 that depends on variables raises the question.
  static bool is_told_by_history(const Tensor& x) {
    const Node& node = *x.node();
    if (node.rule == nullptr || node.has(kFreed) || !is_known(*node.rule->info)) return false;
    const Operation operation(x);
    return !operation.is_source() && !operation.is_overtaken() && any(x.detach() == 0);
  }

  // 1 where x may be other than 0, else 0, of its dtype.
  Tensor pattern(const Tensor& x) const {
    if (!is_told_by_history(x)) {
      if (x.requires_grad()) return ones_like(x);
      return to(x != 0, x.dtype());
    }
    const Operation operation(x);
    const OpInfo& info = operation.info();
    std::vector<Tensor> operands = operation.operands();
    const bool has_condition = &info == &op::Where::info;
    for (std::size_t i = has_condition ? 1 : 0; i < operands.size(); ++i) {
      Tensor& each = operands[i];
      if (is_factor(each)) each = each.requires_grad() ? found_.at(each.node()) : pattern(each);
    }
    if (has_condition) operands[0] = operands[0].detach();
    if (is_system(info)) return filled(operands[1], {-2}, x);
    if (&info == &kPassingInfo) return operands[0] * filled(operands[1], {-2, -1}, x);
    if (&info == &op::Sub::info) operands[1] = -operands[1];
    if (&info == &op::Div::info) operands[1] = ones_like(operands[1]);
    // What is not 0 is not, whatever is told of it.
    return to(logical_or(operation.again(operands) != 0, x.detach() != 0), x.dtype());
  }

  // Over these axes an element of x depends on all of another tensor; what is not 0 is not.
  static Tensor filled(const Tensor& pattern, const Axes& axes, const Tensor& x) {
    const Tensor any_of = broadcast_to(any(pattern, axes, true), x.shape());
    return to(logical_or(any_of, x.detach() != 0), x.dtype());
  }

  std::unordered_map<const Node*, Tensor> found_;
};

void backward_of_passing(BackwardCall& call) {
  if (!call.wants(0)) return;
  const Tensor& g = call.gradient();
  const Unguarded inside;
  call.add(0, held_back(g, call.input(1)));
}
Tensor replay_passing(std::span<const Tensor> operands, const std::byte*) {
  return passing(operands[0], operands[1]);
}
constexpr Rule kPassingRule{&kPassingInfo, {2, 0, 0}, &backward_of_passing, &replay_passing};

}  // namespace

Tensor may_be_nonzero(const Tensor& x) {
  const NoGrad no_grad;
  return Patterns().of(x) != 0;
}

Tensor held_back(const Tensor& dx, const Tensor& b) {
  if (is_finite(dx)) return dx;
  return where(any(may_be_nonzero(b), {-2, -1}, true), dx, 0.0);
}

Tensor passing(const Tensor& dx, const Tensor& g) {
  const Tensor* operands[] = {&dx, &g};
  if (!wants_history(operands) || !dx.requires_grad()) return dx;
  return make_computed(kPassingRule, dx.detach(), operands, nullptr, 0);
}

Tensor where_any_arrives(const Tensor& pairs, const Tensor& g) {
  const NoGrad no_grad;
  const Tensor column = any(may_be_nonzero(g), {-2}, true);
  return logical_and(pairs, logical_or(column, column.transpose()));
}

}  // namespace nabla::detail
