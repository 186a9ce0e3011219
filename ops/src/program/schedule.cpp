// SPDX-License-Identifier: MIT
#include "program/schedule.hpp"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <limits>
#include <map>

#include <nabla/ops/family/record.hpp>

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

// A number that a step computes, once; at the end it gets a slot.
using Register = std::uint32_t;
constexpr Register kNothing = std::numeric_limits<Register>::max();

/// A step in registers. It is done for its own sake if it has no result: if it stores, or guards.
struct Step {
  std::uint32_t call;
  Register result;
  std::uint32_t first_operand, operand_count;  ///< in Steps::operands
  std::uint32_t column;                        ///< if it loads or stores
};

struct Steps {
  std::vector<Step> all;
  std::vector<Register> operands;
  Register registers = 0;

  [[nodiscard]] std::span<const Register> operands_of(const Step& step) const {
    return std::span(operands).subspan(step.first_operand, step.operand_count);
  }
};

using Order = std::vector<std::uint32_t>;  ///< of steps, by their places

/// What is needed, as it was written.
Order order_written(const Steps& steps) {
  std::vector<bool> is_read(steps.registers);
  Order order;
  for (auto i = static_cast<std::uint32_t>(steps.all.size()); i-- > 0;) {
    const Step& step = steps.all[i];
    if (step.result != kNothing && !is_read[step.result]) continue;
    for (const Register operand : steps.operands_of(step)) is_read[operand] = true;
    order.push_back(i);
  }
  std::ranges::reverse(order);
  return order;
}

/// The same steps, each as late as a derivative needs it, but those that free a slot as soon as they can be
/// done: a gradient of many terms goes back through each right after it was computed.
class LateOrder {
 public:
  LateOrder(const Steps& steps, const Order& written)
      : steps_(steps),
        step_of_(steps.registers, kNothing),
        first_reader_(steps.registers + 1),
        unread_(steps.registers),
        waits_for_(steps.all.size()),
        is_done_(steps.all.size(), true) {
    for (const std::uint32_t i : written) {
      is_done_[i] = false;
      if (steps.all[i].result != kNothing) step_of_[steps.all[i].result] = i;
      for_each_operand(i, [&](Register operand) { ++unread_[operand]; });
    }
    for (Register r = 0; r < steps.registers; ++r)
      first_reader_[r + 1] = first_reader_[r] + unread_[r];
    readers_.resize(first_reader_.back());
    std::vector<std::uint32_t> next(first_reader_.begin(), first_reader_.end() - 1);
    for (const std::uint32_t i : written) {
      for_each_operand(i, [&](Register operand) {
        readers_[next[operand]++] = i;
        if (step_of_[operand] != kNothing) ++waits_for_[i];
      });
    }
    // Derivatives are what is written last; results and guards can mostly be had along the way.
    const auto begin = written.rbegin();
    const auto end = std::find_if(begin, written.rend(),
                                  [&](std::uint32_t i) { return steps.all[i].result != kNothing; });
    for (auto at = end; at != begin;) compute(*--at);
    for (const std::uint32_t i : written)
      if (!is_done_[i]) compute(i);
  }
  Order take() { return std::move(order_); }

 private:
  template <class F>
  void for_each_operand(std::uint32_t step, const F& f) const {
    const std::span<const Register> operands = steps_.operands_of(steps_.all[step]);
    for (auto at = operands.begin(); at != operands.end(); ++at)
      if (std::find(operands.begin(), at, *at) == at) f(*at);
  }

  /// The step and all that it waits for.
  void compute(std::uint32_t root) {
    std::vector<std::uint32_t> open{root};
    while (!open.empty()) {
      const std::uint32_t i = open.back();
      if (is_done_[i]) {
        open.pop_back();
      } else if (waits_for_[i] == 0) {
        finish(i);
      } else {
        const std::span<const Register> operands = steps_.operands_of(steps_.all[i]);
        open.push_back(step_of_[*std::ranges::find_if(operands, [&](Register operand) {
          return step_of_[operand] != kNothing && !is_done_[step_of_[operand]];
        })]);
      }
    }
  }
  /// The step, and what it is now best to do at once.
  void finish(std::uint32_t first) {
    std::vector<std::uint32_t> ready{first};
    while (!ready.empty()) {
      const std::uint32_t i = ready.back();
      ready.pop_back();
      if (is_done_[i]) continue;
      is_done_[i] = true;
      order_.push_back(i);
      const auto add_readers = [&](Register number) {
        for (std::uint32_t at = first_reader_[number]; at < first_reader_[number + 1]; ++at)
          if (waits_for_[readers_[at]] == 0 && frees(readers_[at])) ready.push_back(readers_[at]);
      };
      for_each_operand(i, [&](Register operand) { --unread_[operand]; });
      const Register result = steps_.all[i].result;
      if (result != kNothing) {
        for (std::uint32_t at = first_reader_[result]; at < first_reader_[result + 1]; ++at)
          --waits_for_[readers_[at]];
        add_readers(result);
      }
      for_each_operand(i, [&](Register operand) {
        if (unread_[operand] == 1) add_readers(operand);
      });
    }
  }
  /// True of a step that takes no more slots than it frees.
  [[nodiscard]] bool frees(std::uint32_t i) const {
    bool frees = steps_.all[i].result == kNothing;
    for_each_operand(i, [&](Register operand) {
      frees = frees || (unread_[operand] == 1 && step_of_[operand] != kNothing);
    });
    return frees;
  }

  const Steps& steps_;
  std::vector<std::uint32_t> step_of_;                 ///< by register: that computes it
  std::vector<std::uint32_t> first_reader_, readers_;  ///< by register
  std::vector<std::uint32_t> unread_;                  ///< by register: readers that are not done
  std::vector<std::uint32_t> waits_for_;               ///< by step: operands that are not computed
  std::vector<bool> is_done_;                          ///< by step
  Order order_;
};

/// Writes steps in registers, of which there are as many as it takes, and then gives them slots.
class Writer {
 public:
  explicit Writer(const ProgramGraph& graph) {
    std::map<std::vector<std::uint64_t>, std::size_t> places;
    for (const ProgramNode& node : graph.nodes) {
      place_of_attributes_.push_back(kNothing);
      if (node.op == nullptr || node.op->lanes->attribute_bytes == 0) continue;
      const LaneKernels& lanes = *node.op->lanes;
      std::vector<std::uint64_t> attributes((lanes.attribute_bytes + 7) / 8);
      lanes.make(graph.parameters_of(node), reinterpret_cast<std::byte*>(attributes.data()));
      const auto [at, is_new] = places.try_emplace(attributes, schedule_.attributes.size());
      place_of_attributes_.back() = static_cast<std::uint32_t>(at->second);
      if (is_new)
        schedule_.attributes.insert(schedule_.attributes.end(), attributes.begin(),
                                    attributes.end());
    }
  }

  Register constant(double value) {
    const auto [at, is_new] =
        constants_.try_emplace(std::bit_cast<std::uint64_t>(value), steps_.registers);
    if (is_new) ++steps_.registers;
    return at->second;
  }
  Register load(Source array, std::size_t column) {
    add({.kind = ProgramCall::Kind::load, .array = static_cast<std::uint8_t>(array)}, {},
        steps_.registers, column);
    return steps_.registers++;
  }
  void store(Target array, std::size_t column, Register from) {
    add({.kind = ProgramCall::Kind::store, .array = static_cast<std::uint8_t>(array)},
        std::span(&from, 1), kNothing, column);
  }
  Register compute(const ElementwiseKernel& kernel, std::uint32_t node,
                   std::span<const Register> operands) {
    const std::uint32_t place = place_of_attributes_[node];
    return compute(kernel, place == kNothing ? nullptr : schedule_.attributes.data() + place,
                   operands);
  }
  Register compute(const ElementwiseKernel& kernel, std::initializer_list<Register> operands) {
    return compute(kernel, nullptr, operands);
  }
  void guard(const ElementwiseKernel& kernel, Register a, Register b) {
    schedule_.has_guards = true;
    add({.operands = 3, .kernel = &kernel}, std::initializer_list{a, b}, kNothing, 0);
  }

  ProgramSchedule finish() {
    const Order written = order_written(steps_);
    place(written);
    constexpr std::size_t kSecondLevelCache = std::size_t{1} << 20;
    if (bytes_of(schedule_.slots, kMostRows) <= kSecondLevelCache) return std::move(schedule_);
    const std::uint32_t slots = schedule_.slots;
    place(LateOrder(steps_, written).take());
    if (schedule_.slots >= slots) place(written);
    return std::move(schedule_);
  }

 private:
  Register compute(const ElementwiseKernel& kernel, const std::uint64_t* attributes,
                   std::span<const Register> operands) {
    add({.operands = static_cast<std::uint32_t>(operands.size()),
         .kernel = &kernel,
         .attributes = attributes},
        operands, steps_.registers, 0);
    return steps_.registers++;
  }
  void add(const ProgramCall& call, std::span<const Register> operands, Register result,
           std::size_t column) {
    const auto [at, is_new] =
        calls_.try_emplace(call, static_cast<std::uint32_t>(schedule_.calls.size()));
    if (is_new) schedule_.calls.push_back(call);
    steps_.all.push_back({.call = at->second,
                          .result = result,
                          .first_operand = static_cast<std::uint32_t>(steps_.operands.size()),
                          .operand_count = static_cast<std::uint32_t>(operands.size()),
                          .column = static_cast<std::uint32_t>(column)});
    steps_.operands.insert(steps_.operands.end(), operands.begin(), operands.end());
  }

  /// Gives the registers of these steps slots, and writes the steps.
  void place(const Order& order) {
    std::vector<std::uint32_t> readings(steps_.registers);
    for (const std::uint32_t i : order)
      for (const Register operand : steps_.operands_of(steps_.all[i])) ++readings[operand];
    std::vector<std::uint32_t> slot_of(steps_.registers), free;
    schedule_.slots = 0;
    const auto take = [&] {
      if (free.empty()) return schedule_.slots++;
      const std::uint32_t slot = free.back();
      free.pop_back();
      return slot;
    };
    schedule_.constants.clear();
    for (const auto& [bits, number] : constants_) {
      if (readings[number] == 0) continue;
      ++readings[number];  // it stays
      slot_of[number] = take();
      schedule_.constants.push_back({slot_of[number], std::bit_cast<double>(bits)});
    }
    if (schedule_.has_guards) schedule_.left = take();

    schedule_.steps.clear();
    schedule_.step_count = order.size();
    for (const std::uint32_t i : order) {
      const Step& step = steps_.all[i];
      const std::span<const Register> operands = steps_.operands_of(step);
      // What is read here for the last time leaves its slot to the result: kernels allow that.
      for (const Register operand : operands)
        if (--readings[operand] == 0) free.push_back(slot_of[operand]);
      if (step.result != kNothing) slot_of[step.result] = take();
      const auto write = [&](std::uint32_t word) { schedule_.steps.push_back(word); };
      write(step.call);
      switch (schedule_.calls[step.call].kind) {
        case ProgramCall::Kind::compute:
          write(step.result == kNothing ? schedule_.left : slot_of[step.result]);
          for (const Register operand : operands) write(slot_of[operand]);
          if (step.result == kNothing) write(schedule_.left);
          break;
        case ProgramCall::Kind::load:
          write(slot_of[step.result]);
          write(step.column);
          break;
        case ProgramCall::Kind::store:
          write(slot_of[operands[0]]);
          write(step.column);
          break;
      }
    }
  }

  ProgramSchedule schedule_;
  Steps steps_;
  std::map<ProgramCall, std::uint32_t> calls_;      ///< their places
  std::vector<std::uint32_t> place_of_attributes_;  ///< by node; kNothing if it has none
  std::map<std::uint64_t, Register> constants_;     ///< by their bits
};

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
  Writer write_;
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
