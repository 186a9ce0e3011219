// SPDX-License-Identifier: MIT
#include "program/schedule.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
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

/// Values, tangents and gradients of the nodes, as registers.
class Differentiator {
 public:
  explicit Differentiator(const ProgramGraph& graph)
      : graph_(graph), write_(graph), value_(graph.nodes.size(), kNothing) {}

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
        value_[i] = write_.compute(node.op->lanes->value, i, {operands.data(), node.arity()});
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
    seed(k);
    for (std::uint32_t i = graph_.outputs[k] + 1; i-- > graph_.inputs;)
      if (adjoint_[i] != kNothing) go_back(i);
    store_derivatives(adjoint_, column);
  }

  /// The tangents of all nodes along the direction.
  void push_forward() {
    tangent_.assign(graph_.nodes.size(), kNothing);
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      const ProgramNode& node = graph_.nodes[i];
      if (i < graph_.inputs) {
        tangent_[i] = write_.load(Source::directions, i);
      } else {
        for (std::size_t k = 0; k < node.arity(); ++k)
          if (tangent_[node.operands[k]] != kNothing)
            contribute(i, k, tangent_[node.operands[k]], tangent_[i]);
      }
    }
  }
  /// As sweep(), with the change of all that along the direction, which is what is stored.
  void sweep_along(std::size_t k) {
    seed(k);
    change_.assign(graph_.nodes.size(), kNothing);
    for (std::uint32_t i = graph_.outputs[k] + 1; i-- > graph_.inputs;) {
      if (adjoint_[i] == kNothing) continue;
      const ProgramNode& node = graph_.nodes[i];
      for (std::size_t operand = 0; operand < node.arity(); ++operand) {
        if (!graph_.nodes[node.operands[operand]].is_active) continue;
        Register& change = change_[node.operands[operand]];
        if (change_[i] != kNothing) contribute(i, operand, change_[i], change);
        add_change_of_slope(i, operand, change);
      }
      go_back(i);
    }
    store_derivatives(change_, 0);
  }

  ProgramSchedule finish() { return write_.finish(); }

 private:
  Register value(std::uint32_t node) {
    if (value_[node] == kNothing) {
      value_[node] = node < graph_.inputs ? write_.load(Source::inputs, node)
                                          : write_.constant(graph_.nodes[node].constant);
    }
    return value_[node];
  }

  void seed(std::size_t k) {
    adjoint_.assign(graph_.nodes.size(), kNothing);
    if (graph_.nodes[graph_.outputs[k]].is_active) adjoint_[graph_.outputs[k]] = write_.constant(1);
  }
  void store_derivatives(const std::vector<Register>& of_nodes, std::size_t column) {
    for (std::size_t i = 0; i < graph_.inputs; ++i) {
      const Register number = of_nodes[i] == kNothing ? write_.constant(0) : of_nodes[i];
      write_.store(Target::derivatives, column + i, number);
    }
  }

  /// What node i with this gradient adds to those of its operands.
  void go_back(std::uint32_t i) {
    const ProgramNode& node = graph_.nodes[i];
    for (std::size_t k = 0; k < node.arity(); ++k)
      if (graph_.nodes[node.operands[k]].is_active)
        contribute(i, k, adjoint_[i], adjoint_[node.operands[k]]);
  }

  /// What the slope of node i by operand k reads.
  std::size_t read(std::uint32_t i, std::size_t k, std::span<Register> to,
                   const std::vector<Register>* tangents) {
    const ProgramNode& node = graph_.nodes[i];
    const unsigned reads = node.op->lanes->slopes[k].reads;
    const auto number = [&](std::uint32_t of) {
      if (tangents == nullptr) return value(of);
      return (*tangents)[of] == kNothing ? write_.constant(0) : (*tangents)[of];
    };
    std::size_t count = 0;
    for (std::size_t operand = 0; operand < node.arity(); ++operand)
      if ((reads >> operand & 1) != 0) to[count++] = number(node.operands[operand]);
    if ((reads & kReadsResult) != 0) to[count++] = number(i);
    return count;
  }

  /// sum += g times the slope of node i by operand k.
  void contribute(std::uint32_t i, std::size_t k, Register g, Register& sum) {
    const SlopeKernels& slope = graph_.nodes[i].op->lanes->slopes[k];
    if (slope.reads == 0 && slope.number == 0) return;
    if (slope.reads == 0 && slope.number == 1) return add(g, sum);
    std::array<Register, 6> operands{};
    std::size_t count = read(i, k, operands, nullptr);
    operands[count++] = g;
    if (sum != kNothing && graph_.nodes[i].op->lanes->is_cheap) {
      operands[count++] = sum;
      sum = write_.compute(slope.added, i, {operands.data(), count});
    } else {
      add(write_.compute(slope.contribution, i, {operands.data(), count}), sum);
    }
  }
  /// sum += the gradient of node i times the change of its slope by operand k.
  void add_change_of_slope(std::uint32_t i, std::size_t k, Register& sum) {
    const SlopeKernels& slope = graph_.nodes[i].op->lanes->slopes[k];
    if (slope.reads == 0) return;
    std::array<Register, kMostOperands> operands{};
    std::size_t count = read(i, k, operands, nullptr);
    count += read(i, k, std::span(operands).subspan(count), &tangent_);
    operands[count++] = adjoint_[i];
    add(write_.compute(slope.change, i, {operands.data(), count}), sum);
  }
  void add(Register part, Register& sum) {
    sum = sum == kNothing ? part : write_.compute(kSum, {sum, part});
  }

  const ProgramGraph& graph_;
  ScheduleWriter write_;
  std::vector<Register> value_, adjoint_, tangent_, change_;  ///< by node
};

}  // namespace

ProgramSchedule schedule_values(const ProgramGraph& graph) {
  Differentiator program(graph);
  program.evaluate();
  program.store_outputs();
  return program.finish();
}

ProgramSchedule schedule_jacobian(const ProgramGraph& graph) {
  Differentiator program(graph);
  program.evaluate();
  program.store_outputs();
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) program.sweep(k, k * graph.inputs);
  return program.finish();
}

ProgramSchedule schedule_hessian_product(const ProgramGraph& graph) {
  Differentiator program(graph);
  program.evaluate();
  program.push_forward();
  program.sweep_along(0);
  return program.finish();
}

}  // namespace nabla::detail
