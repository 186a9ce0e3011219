// SPDX-License-Identifier: MIT
#include "program/schedule.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nabla/ops/family/record.hpp>

#include "program/slopes.hpp"
#include "program/sums.hpp"
#include "program/writer.hpp"

namespace nabla::detail {
namespace {

using kernels::ElementwiseKernel;
using kernels::Lane;

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

/// Terms that wait to be added up in one step.
class Terms {
 public:
  struct Each {
    Term kind;
    Register number, slope = kNothing;
  };

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool is_full() const { return count_ == kMostTerms; }
  /// True if nothing is left to be added up.
  [[nodiscard]] bool is_number() const { return count_ == 1 && all_[0].kind == Term::number; }
  [[nodiscard]] std::span<const Each> all() const { return {all_.data(), count_}; }
  void add(const Each& term) {
    auto at = all_.begin() + count_++;
    for (; at != all_.begin() && at[-1].kind > term.kind; --at) *at = at[-1];
    *at = term;
  }
  void become(Register number) {
    all_[0] = {Term::number, number};
    count_ = 1;
  }

 private:
  std::array<Each, kMostTerms> all_{};  ///< in the order of their kinds
  std::uint32_t count_ = 0;
};

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
    find_products_of_sums();
    std::vector<ProgramGuard> guards = graph_.guards;
    const auto last_of = [](const ProgramGuard& guard) { return std::max(guard.a, guard.b); };
    std::ranges::sort(guards, {}, last_of);
    auto next = guards.begin();
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].op != nullptr && !is_in_sum_[i]) value_[i] = computed(i);
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
    gradient_.assign(graph_.nodes.size(), {});
    if (graph_.nodes[graph_.outputs[k]].is_active)
      gradient_[graph_.outputs[k]].become(write_.constant(1));
    for (std::uint32_t i = graph_.outputs[k] + 1; i-- > graph_.inputs;)
      if (!gradient_[i].empty()) go_back(i);
    for (std::size_t i = 0; i < graph_.inputs; ++i) sum_of(gradient_[i]);
    for (std::size_t i = 0; i < graph_.inputs; ++i)
      write_.store(Target::derivatives, column + i, sum_of(gradient_[i]));
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

  /// Products that nothing reads but one sum or difference are computed there.
  void find_products_of_sums() {
    is_in_sum_.assign(graph_.nodes.size(), 0);
    if (is_dual_) return;
    std::vector<std::uint32_t> readers(graph_.nodes.size());
    for (const ProgramNode& node : graph_.nodes)
      for (std::size_t k = 0; k < node.arity(); ++k) ++readers[node.operands[k]];
    for (const std::uint32_t output : graph_.outputs) ++readers[output];
    for (const ProgramGuard& guard : graph_.guards) {
      ++readers[guard.a];
      ++readers[guard.b];
    }
    for (const ProgramNode& node : graph_.nodes) {
      if (node.op == nullptr || (node.op != known_ops().add && node.op != known_ops().sub))
        continue;
      for (std::size_t k = 0; k < node.arity(); ++k) {
        const std::uint32_t operand = node.operands[k];
        is_in_sum_[operand] =
            graph_.nodes[operand].op == known_ops().mul && readers[operand] == 1 ? 1 : 0;
      }
    }
  }

  Register computed(std::uint32_t i) {
    const ProgramNode& node = graph_.nodes[i];
    std::array<Register, kMostOperands> operands{};
    std::size_t count = 0;
    for (std::size_t k = 0; k < node.arity(); ++k) {
      const std::uint32_t operand = node.operands[k];
      if (is_in_sum_[operand] != 0) {
        for (std::size_t factor = 0; factor < 2; ++factor)
          operands[count++] = value(graph_.nodes[operand].operands[factor]);
      } else {
        operands[count++] = value(operand);
      }
    }
    const std::span<const Register> read(operands.data(), count);
    if (count > node.arity()) {
      const bool a_is_product = is_in_sum_[node.operands[0]] != 0,
                 b_is_product = is_in_sum_[node.operands[1]] != 0;
      return write_.compute(
          product_sum_kernel(a_is_product, b_is_product, node.op == known_ops().sub), read);
    }
    const LaneKernels& lanes = *node.op->lanes;
    if (is_dual_ && has_parts(lanes, node.arity())) return write_.compute_parts(lanes, i, read[0]);
    return write_.compute(is_dual_ ? lanes.dual_value : lanes.value, i, read);
  }

  /// True if the kernels of plain numbers give a dual number sooner, of a function that is dear: some of
  /// them have a shorter way for usual numbers. (The slope must not read what the value takes the place of.)
  static bool has_parts(const LaneKernels& lanes, std::size_t arity) {
    const unsigned reads = lanes.slopes[0].reads;
    return arity == 1 && !lanes.is_cheap && (reads == 1 || reads == kReadsResult);
  }

  /// The slope of node i by operand k, or kNothing if a kernel must find it.
  Register slope_of(std::uint32_t i, std::size_t k) {
    const ProgramNode& node = graph_.nodes[i];
    switch (known_slope(*node.op, k)) {
      case KnownSlope::factor:
        return value(node.operands[1 - k]);
      case KnownSlope::result:
        return value(i);
      // One kernel has their product with a plain gradient.
      case KnownSlope::cosine:
        if (!is_dual_) break;
        return write_.compute_parts(*known_ops().cos->lanes, i, value(node.operands[0]));
      case KnownSlope::negative_sine: {
        if (!is_dual_) break;
        Terms slope;
        slope.add({Term::negative,
                   write_.compute_parts(*known_ops().sin->lanes, i, value(node.operands[0]))});
        return sum_of(slope);
      }
      case KnownSlope::none:
        break;
    }
    return kNothing;
  }

  /// What node i with this gradient adds to those of its operands.
  void go_back(std::uint32_t i) {
    const ProgramNode& node = graph_.nodes[i];
    const Register g = sum_of(gradient_[i]);
    const bool is_square = node.op == known_ops().mul && node.operands[0] == node.operands[1];
    if (is_square) return add({Term::square, g, value(node.operands[0])}, node.operands[0]);
    for (std::size_t k = 0; k < node.arity(); ++k)
      if (graph_.nodes[node.operands[k]].is_active) contribute(i, k, g);
  }

  /// Adds g times the slope of node i by operand k.
  void contribute(std::uint32_t i, std::size_t k, Register g) {
    const ProgramNode& node = graph_.nodes[i];
    const std::uint32_t to = node.operands[k];
    const LaneKernels& lanes = *node.op->lanes;
    const SlopeKernels& slope = lanes.slopes[k];
    if (const Register known = slope_of(i, k); known != kNothing)
      return add({Term::product, g, known}, to);
    if (slope.reads == 0 && slope.number == 0) return;
    if (slope.reads == 0 && slope.number == 1) return add({Term::number, g}, to);
    if (slope.reads == 0 && slope.number == -1) return add({Term::negative, g}, to);
    std::array<Register, kMostOperands> operands{};
    std::size_t count = 0;
    for (std::size_t operand = 0; operand < node.arity(); ++operand)
      if ((slope.reads >> operand & 1) != 0) operands[count++] = value(node.operands[operand]);
    if ((slope.reads & kReadsResult) != 0) operands[count++] = value(i);
    operands[count++] = g;
    Terms& sum = gradient_[to];
    if (is_dual_ || (sum.is_number() && lanes.is_cheap)) {
      operands[count++] = sum_of(sum);
      sum.become(
          write_.compute(is_dual_ ? slope.dual_added : slope.added, i, {operands.data(), count}));
    } else {
      add({Term::number, write_.compute(slope.contribution, i, {operands.data(), count})}, to);
    }
  }
  void add(const Terms::Each& term, std::uint32_t node) {
    Terms& terms = gradient_[node];
    if (terms.is_full()) sum_of(terms);
    terms.add(term);
  }

  /// Adds the terms up: then they are one number.
  Register sum_of(Terms& terms) {
    if (terms.empty()) return write_.constant(0);
    const std::span<const Terms::Each> all = terms.all();
    if (!terms.is_number()) {
      std::array<Register, kMostOperands> operands{};
      std::array<std::size_t, kTermKinds> counts{};
      std::size_t count = 0;
      for (const auto& [kind, number, slope] : all) {
        ++counts[static_cast<std::size_t>(kind)];
        operands[count++] = number;
        if (slope != kNothing) operands[count++] = slope;
      }
      const auto compute = [&] {
        return write_.compute(sum_kernel(counts, is_dual_), {operands.data(), count});
      };
      const bool is_negative = all.size() == 1 && all[0].kind == Term::negative;
      if (is_negative) {
        const auto [at, is_new] = negatives_.try_emplace(all[0].number, kNothing);
        if (is_new) at->second = compute();
        terms.become(at->second);
      } else {
        terms.become(compute());
      }
    }
    return all[0].number;
  }

  const ProgramGraph& graph_;
  bool is_dual_;
  ScheduleWriter write_;
  std::vector<Register> value_;          ///< by node
  std::vector<std::uint8_t> is_in_sum_;  ///< by node
  std::vector<Terms> gradient_;          ///< by node
  std::unordered_map<Register, Register> negatives_;
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
