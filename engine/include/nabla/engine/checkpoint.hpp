// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/tensor.hpp>

// Memory for time: of a checkpointed part of a computation only the inputs and the result are kept. A
// sweep computes the rest again when it gets there, and lets it go before it goes on.
//
//   for (int i = 0; i < 100; ++i)
//     h = checkpoint([block, i](std::span<const Tensor> x) { return block[i](x[0]); }, {h});
//
// The function is kept, and called from sweeps as long as the history lives: it must hold what it uses,
// not refer to it.
//
// Source    Griewank & Walther 2000, "Algorithm 799: revolve"; Chen et al. 2016, arXiv:1604.06174

namespace nabla {

/// f(inputs), of which the history is computed when a sweep needs it. Gradients of any order are those
/// of f(inputs), by the inputs and by what else f uses. The second time f starts with the thread's
/// generator of random numbers as it was the first time, and that is then what it was.
/// In a picture it is one operation on its inputs; what else f uses is not shown.
/// Requires  f gives the same each time; tensors that it uses beside its inputs are not changed in
///           place before the sweep; Values of the caller that it uses count as numbers
/// Errors    GraphError from the sweep if f's result then has another shape or dtype, an input was
///           changed in place, or f uses what was computed after it; whatever f throws
/// Cost      a second evaluation of f in each sweep
[[nodiscard]] Tensor checkpoint(const TensorFunction& f, std::span<const Tensor> inputs);
[[nodiscard]] inline Tensor checkpoint(const TensorFunction& f,
                                       std::initializer_list<Tensor> inputs) {
  return checkpoint(f, std::span<const Tensor>(inputs.begin(), inputs.size()));
}

// --- loops of scalars --------------------------------------------------------------------------

// A long loop of scalars whose statements would not fit into memory: some states are kept, from which
// the others are computed again, and the statements of one step at a time are on the tape.

/// How often, and how many states are kept for the way back.
struct LoopOptions {
  std::size_t steps = 0;
  std::size_t snapshots = 100;  ///< the first state included
};

struct LoopGradient {
  double value = 0;                ///< of the loss
  std::vector<double> state;       ///< its gradient by the first state
  std::vector<double> parameters;  ///< and by the parameters
  std::size_t steps_computed = 0;  ///< without history; each step is recorded once beside
};

namespace detail {
/// Errors    DomainError without a snapshot, or a state
void check_loop(std::size_t state, const LoopOptions& options);
/// Errors    ShapeError unless the state that a step gives is as long as the one it got
void check_state(std::size_t step, std::size_t got, std::size_t need);
/// How far to go for the next snapshot, if these steps (at least two) shall be swept with so many
/// snapshots, of which one stands where they begin.
std::size_t steps_to_snapshot(std::size_t steps, std::size_t snapshots);

/// The way back through a loop, after whose steps the loss comes as one more. What has been swept over
/// has left its gradients in `result`.
template <class Step, class Loss>
class LoopReversal {
 public:
  using State = std::vector<double>;
  LoopReversal(const Step& step, const Loss& loss, std::size_t steps, const State& parameters,
               LoopGradient& result)
      : step_(step), loss_(loss), steps_(steps), parameters_(parameters), result_(result) {}

  /// Sweeps over the loop that begins with this state.
  void run(const State& state, std::size_t snapshots) {
    std::vector<Snapshot> kept{{state, 0}};
    for (std::size_t end = steps_ + 1; end > 0;) {
      const auto& [from, begin] = kept.back();
      const std::size_t free = snapshots - kept.size();
      if (end - begin > 1 && free > 0) {
        const std::size_t next = begin + steps_to_snapshot(end - begin, free + 1);
        kept.push_back({advance(from, begin, next), next});
        continue;
      }
      --end;
      reverse_step(advance(from, begin, end), end);
      if (begin == end) kept.pop_back();
    }
  }

 private:
  struct Snapshot {
    State state;
    std::size_t step;  ///< which comes next
  };

  State advance(State state, std::size_t begin, std::size_t end) {
    const std::size_t length = state.size();
    for (std::size_t i = begin; i < end; ++i) {
      state = step_(i, std::as_const(state), parameters_);
      check_state(i, state.size(), length);
    }
    result_.steps_computed += end - begin;
    return state;
  }

  void reverse_step(const State& state, std::size_t i) {
    tape_.reset();
    const EnableGrad enable_grad;
    const std::vector<Value> xs = nabla::variables(state), ps = nabla::variables(parameters_);
    if (i == steps_) {
      const Value y = loss_(xs, ps);
      result_.value = y.value();
      if (y.is_active()) sweep_once(tape_, y);
    } else {
      const std::vector<Value> ys = step_(i, xs, ps);
      check_state(i, ys.size(), xs.size());
      sweep_once(tape_, ys, result_.state);
    }
    result_.state.resize(xs.size());
    tape_.gradients(xs, result_.state);
    result_.parameters.resize(ps.size());
    for (std::size_t k = 0; k < ps.size(); ++k) result_.parameters[k] += ps[k].grad();
  }

  const Step& step_;
  const Loss& loss_;
  std::size_t steps_;
  const State& parameters_;
  LoopGradient& result_;
  Tape tape_;
};
}  // namespace detail

/// loss(state, parameters) after a loop `state = step(i, state, parameters)`, i = 0, 1, ..., and its
/// gradients. Memory for `snapshots` states and the statements of one step, whatever the number of
/// steps is; snapshots are set such that the fewest steps are computed again (binomial schedule).
///
///   auto step = [](std::size_t, const auto& x, const auto& p) {
///     auto y = x;
///     y[0] += 0.01 * p[0] * sin(x[0]);
///     return y;
///   };
///   auto loss = [](const auto& x, const auto&) { return square(x[0]); };
///   LoopGradient g = gradient_of_loop(step, loss, x0, p, {.steps = 1'000'000});
///
/// Requires  step is generic: it is called with doubles and with Values and gives a std::vector of them,
///           the same each time; loss gives a Value. Values that they capture count as numbers: what to
///           differentiate by stands in the parameters
/// Errors    DomainError without a snapshot, or a state; ShapeError if a step gives a state of another
///           length; whatever step and loss throw
/// Cost      each step is recorded once and computed at most r times beside, where r is the least number
///           with (snapshots + r)! / (snapshots! r!) > steps: 4 for a million steps and 100 snapshots
/// Source    Griewank & Walther 2000, "Algorithm 799: revolve"
template <class Step, class Loss>
[[nodiscard]] LoopGradient gradient_of_loop(const Step& step, const Loss& loss,
                                            const std::vector<double>& state,
                                            const std::vector<double>& parameters,
                                            const LoopOptions& options) {
  detail::check_loop(state.size(), options);
  LoopGradient result;
  detail::LoopReversal<Step, Loss> reversal(step, loss, options.steps, parameters, result);
  reversal.run(state, options.snapshots);
  return result;
}

}  // namespace nabla
