// SPDX-License-Identifier: MIT
#include "program/schedule.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>
#include <vector>

#include <nabla/ops/family/record.hpp>

#include "program/writer.hpp"

namespace nabla::detail {
namespace {

using kernels::ElementwiseKernel;
using kernels::Lane;

struct SumKernel {
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    const auto* a = static_cast<const double*>(inputs[0]);
    const auto* b = static_cast<const double*>(inputs[1]);
    auto* to = static_cast<double*>(results[0]);
    kernels::for_lanes(n, [&](std::int64_t i) { to[i] = a[i] + b[i]; });
  }
};
constexpr ElementwiseKernel kSum = ElementwiseKernel::of<SumKernel>();

// The same of dual numbers: two numbers, two tangents.
struct DualSumKernel {
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    std::array<const double*, 4> x;
    for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<const double*>(inputs[k]);
    auto* to = static_cast<double*>(results[0]);
    auto* tangent_to = static_cast<double*>(results[1]);
    kernels::for_lanes(n, [&](std::int64_t i) {
      const double sum = x[0][i] + x[1][i], tangent = x[2][i] + x[3][i];
      to[i] = sum;
      tangent_to[i] = tangent;
    });
  }
};
constexpr ElementwiseKernel kDualSum = ElementwiseKernel::of<DualSumKernel>();

// (a, b, left) -> left where the relation holds or not as Outcome says, else 1.
template <Relation R, bool Outcome>
struct GuardKernel {
  static bool holds(double a, double b) {
    if constexpr (R == Relation::equal) return a == b;
    if constexpr (R == Relation::less) return a < b;
    if constexpr (R == Relation::less_equal) return a <= b;
    return std::bit_cast<std::int64_t>(a) < 0;
  }
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    const auto* a = static_cast<const double*>(inputs[0]);
    const auto* b = static_cast<const double*>(inputs[1]);
    const auto* left = static_cast<const double*>(inputs[2]);
    auto* to = static_cast<double*>(results[0]);
    kernels::for_lanes(n, [&](std::int64_t i) {
      to[i] = choose(holds(a[i], b[i]) == Outcome, Lane<double>(left[i]), Lane<double>(1)).number();
    });
  }
};
template <Relation R>
constexpr ElementwiseKernel kGuards[2] = {ElementwiseKernel::of<GuardKernel<R, false>>(),
                                          ElementwiseKernel::of<GuardKernel<R, true>>()};

const ElementwiseKernel& kernel_of(const ProgramGuard& guard) {
  const std::size_t outcome = guard.outcome ? 1 : 0;
  switch (guard.relation) {
    case Relation::equal:
      return kGuards<Relation::equal>[outcome];
    case Relation::less:
      return kGuards<Relation::less>[outcome];
    case Relation::less_equal:
      return kGuards<Relation::less_equal>[outcome];
    case Relation::sign:
      break;
  }
  return kGuards<Relation::sign>[outcome];
}

/// Values and gradients of the nodes, as registers.
class Differentiator {
 public:
  Differentiator(const ProgramGraph& graph, bool is_dual)
      : graph_(graph),
        is_dual_(is_dual),
        write_(graph, is_dual),
        value_(graph.nodes.size(), kNothing) {}

  /// The values of all nodes, and the guards as soon as they can be told.
  void evaluate() {
    std::vector<ProgramGuard> guards = graph_.guards;
    const auto last_of = [](const ProgramGuard& guard) { return std::max(guard.a, guard.b); };
    std::ranges::sort(guards, {}, last_of);
    auto next = guards.begin();
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      const ProgramNode& node = graph_.nodes[i];
      if (node.op != nullptr) {
        std::array<Register, 3> operands{};
        for (std::size_t k = 0; k < node.arity(); ++k) operands[k] = value(node.operands[k]);
        const LaneKernels& lanes = *node.op->lanes;
        value_[i] = write_.compute(is_dual_ ? lanes.dual_value : lanes.value, i,
                                   {operands.data(), node.arity()});
      }
      for (; next != guards.end() && last_of(*next) == i; ++next) {
        const Register a = value(next->a), b = value(next->b);
        write_.guard(kernel_of(*next), a, b);
      }
    }
  }
  void store_outputs() {
    for (std::size_t k = 0; k < graph_.outputs.size(); ++k)
      write_.store(Target::outputs, k, value(graph_.outputs[k]));
  }

  /// The derivatives of output k, into columns from `column` on.
  void sweep(std::size_t k, std::size_t column) {
    adjoint_.assign(graph_.nodes.size(), kNothing);
    if (graph_.nodes[graph_.outputs[k]].is_active) adjoint_[graph_.outputs[k]] = write_.constant(1);
    for (std::uint32_t i = graph_.outputs[k] + 1; i-- > graph_.inputs;)
      if (adjoint_[i] != kNothing) go_back(i);
    for (std::size_t i = 0; i < graph_.inputs; ++i) {
      const Register derivative = adjoint_[i] == kNothing ? write_.constant(0) : adjoint_[i];
      write_.store(Target::derivatives, column + i, derivative);
    }
  }

  ScheduleWriter take() { return std::move(write_); }

 private:
  Register value(std::uint32_t node) {
    if (value_[node] == kNothing) {
      value_[node] =
          node < graph_.inputs ? write_.load(node) : write_.constant(graph_.nodes[node].constant);
    }
    return value_[node];
  }

  /// What node i with this gradient adds to those of its operands.
  void go_back(std::uint32_t i) {
    const ProgramNode& node = graph_.nodes[i];
    for (std::size_t k = 0; k < node.arity(); ++k)
      if (graph_.nodes[node.operands[k]].is_active)
        contribute(i, k, adjoint_[i], adjoint_[node.operands[k]]);
  }

  /// sum += g times the slope of node i by operand k.
  void contribute(std::uint32_t i, std::size_t k, Register g, Register& sum) {
    const ProgramNode& node = graph_.nodes[i];
    const LaneKernels& lanes = *node.op->lanes;
    const SlopeKernels& slope = lanes.slopes[k];
    if (slope.reads == 0 && slope.number == 0) return;
    if (slope.reads == 0 && slope.number == 1) return add(g, sum);
    std::array<Register, kMostOperands> operands{};
    std::size_t count = 0;
    for (std::size_t operand = 0; operand < node.arity(); ++operand)
      if ((slope.reads >> operand & 1) != 0) operands[count++] = value(node.operands[operand]);
    if ((slope.reads & kReadsResult) != 0) operands[count++] = value(i);
    operands[count++] = g;
    if (is_dual_ || (sum != kNothing && lanes.is_cheap)) {
      operands[count++] = sum == kNothing ? write_.constant(0) : sum;
      sum = write_.compute(is_dual_ ? slope.dual_added : slope.added, i, {operands.data(), count});
    } else {
      add(write_.compute(slope.contribution, i, {operands.data(), count}), sum);
    }
  }
  void add(Register part, Register& sum) {
    sum = sum == kNothing ? part : write_.compute(is_dual_ ? kDualSum : kSum, {sum, part});
  }

  const ProgramGraph& graph_;
  bool is_dual_;
  ScheduleWriter write_;
  std::vector<Register> value_, adjoint_;  ///< by node
};

}  // namespace

ScheduleWriter write_values(const ProgramGraph& graph) {
  Differentiator program(graph, false);
  program.evaluate();
  program.store_outputs();
  return program.take();
}

ScheduleWriter write_jacobian(const ProgramGraph& graph) {
  Differentiator program(graph, false);
  program.evaluate();
  program.store_outputs();
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) program.sweep(k, k * graph.inputs);
  return program.take();
}

ScheduleWriter write_hessian_product(const ProgramGraph& graph) {
  Differentiator program(graph, true);
  program.evaluate();
  program.sweep(0, 0);
  return program.take();
}

}  // namespace nabla::detail
