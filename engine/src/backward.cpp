// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/engine/unfold.hpp>

#include "bridge_records.hpp"
#include "tensor_history.hpp"

namespace nabla {
namespace {

void check_root(const Tensor& y, const char* op) {
  if (!detail::defined(y, op).requires_grad()) {
    throw GraphError(fmt::format(
        "[{}] the result does not depend on any variable: mark one with variable(x), and compute "
        "outside NoGrad",
        op));
  }
}

Tensor unit_seed(const Tensor& y, const char* op) {
  check_root(y, op);
  if (y.numel() != 1) {
    throw GraphError(fmt::format(
        "[{}] the result has shape {}, need one element; reduce it (sum, mean) or give a seed", op,
        to_string(y.shape())));
  }
  return ones_like(y);
}

Tensor checked_seed(const Tensor& y, const Tensor& seed, const char* op) {
  check_root(y, op);
  if (detail::defined(seed, op).shape() != y.shape() || seed.dtype() != y.dtype()) {
    throw ShapeError(fmt::format("[{}] the seed is {} of shape {}, need {} of shape {}", op,
                                 name_of(seed.dtype()), to_string(seed.shape()), name_of(y.dtype()),
                                 to_string(y.shape())));
  }
  return seed;
}

// The scalars' gradients as they are now, put back at the end unless it is dismissed.
class ScalarGuard {
 public:
  explicit ScalarGuard(bool needed) : tape_(needed ? &Tape::active() : nullptr) {
    if (tape_ != nullptr) gradients_ = tape_->input_gradients();
  }
  ~ScalarGuard() {
    if (tape_ != nullptr) tape_->restore_gradients(gradients_);
  }
  ScalarGuard(const ScalarGuard&) = delete;
  ScalarGuard& operator=(const ScalarGuard&) = delete;
  void dismiss() { tape_ = nullptr; }

 private:
  Tape* tape_;
  std::vector<double> gradients_;
};

void sweep_and_commit(const Tensor& y, Tensor seed, const BackwardOptions& options) {
  detail::Sweep sweep(options.create_graph);
  if (options.retain_grad) sweep.retain_all();
  ScalarGuard scalars(Tape::active().has_externals());
  sweep.add(y.node(), std::move(seed));
  sweep.run();
  sweep.commit();
  scalars.dismiss();
  if (!options.retain_graph && !options.create_graph) sweep.free_graph();
}

void want_tensors(detail::Sweep& sweep, std::span<const detail::Variable> xs) {
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!std::holds_alternative<const Tensor*>(xs[i])) continue;
    const Tensor& x = *std::get<const Tensor*>(xs[i]);
    if (!detail::defined(x, "grad").requires_grad()) {
      throw GraphError(fmt::format(
          "[grad] variable {} needs no gradient; mark it with variable(x) before it is used", i));
    }
    sweep.want(x);
  }
}

// Which Values of the active tape a result was computed from.
class Dependence final : public Unfolder {
 public:
  explicit Dependence(const Value& y) { find({y.index()}); }
  explicit Dependence(const Tensor& y) {
    std::vector<std::uint32_t> stacked;
    history_.add(y.node(), stacked);
    find(stacked);
  }
  [[nodiscard]] bool on(const Value& x) const { return found_.contains(x.index()); }

  void reached(External& external, std::vector<std::uint32_t>& more) override {
    if (const auto* taken = dynamic_cast<const detail::TakenElements*>(&external))
      history_.add(taken->tensor().node(), more);
  }
  void input(std::uint32_t index, double) override { found_.insert(index); }
  void source(std::uint32_t index, double) override { found_.insert(index); }
  std::uint32_t leaf(std::uint32_t) override { return 0; }
  std::uint32_t constant(double) override { return 0; }
  void begin(std::uint32_t) override {}
  std::uint32_t operation(const ElementaryOperation&) override { return 0; }
  void statement(std::uint32_t index, std::uint32_t) override { found_.insert(index); }
  void external(External&, std::span<const std::uint32_t>, std::uint32_t first,
                std::span<const double> outputs, const std::vector<bool>& needed) override {
    for (std::uint32_t i = first; i < first + outputs.size(); ++i)
      if (needed[i]) found_.insert(i);
  }

 private:
  void find(const std::vector<std::uint32_t>& roots) { Tape::active().unfold(roots, *this); }

  detail::TensorHistory history_{"grad"};
  std::unordered_set<std::uint32_t> found_;
};

[[noreturn]] void throw_unused(std::size_t place, const std::string& name, const char* gradient) {
  throw GraphError(fmt::format(
      "[grad] the result does not depend on variable {}{}{}; with {{.allow_unused = true}} its "
      "gradient is {}",
      place, name.empty() ? "" : " ", name, gradient));
}

template <class Y>
std::vector<detail::Gradient> results_of(detail::Sweep& sweep, const Y& y,
                                         std::span<const detail::Variable> xs, bool allow_unused) {
  sweep.finish();
  std::optional<Dependence> behind;  // only a gradient of 0 asks
  std::vector<detail::Gradient> gradients;
  std::size_t tensors = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (const auto* x = std::get_if<const Tensor*>(&xs[i])) {
      const Tensor gradient = sweep.result(tensors++);
      if (!gradient.defined() && !allow_unused)
        throw_unused(i, (*x)->name(), "an undefined tensor");
      gradients.emplace_back(gradient);
    } else {
      const Value& value = *std::get<const Value*>(xs[i]);
      const double gradient = Tape::active().gradient(value);
      if (gradient == 0.0 && !allow_unused) {
        if (!behind) behind.emplace(y);
        if (!behind->on(value)) throw_unused(i, value.name(), "0");
      }
      gradients.emplace_back(gradient);
    }
  }
  return gradients;
}

bool are_values_among(std::span<const detail::Variable> xs) {
  return std::ranges::any_of(xs,
                             [](const auto& x) { return std::holds_alternative<const Value*>(x); });
}

std::vector<detail::Gradient> sweep_for(const Tensor& y, Tensor seed,
                                        std::span<const detail::Variable> xs,
                                        const GradOptions& options) {
  Tape& tape = Tape::active();
  const bool by_values = are_values_among(xs);
  const ScalarGuard untouched(by_values || tape.has_externals());
  detail::Sweep sweep(options.create_graph);
  want_tensors(sweep, xs);
  sweep.add(y.node(), std::move(seed));
  if (by_values) {
    tape.zero_grad();
    sweep.set_tape_under_way(true);
    tape.sweep_from(tape.last(), {.retain_grad = true});
  }
  sweep.run_to_wanted();
  std::vector<detail::Gradient> gradients = results_of(sweep, y, xs, options.allow_unused);
  if (!options.retain_graph && !options.create_graph && !by_values) sweep.free_graph();
  return gradients;
}

template <class X>
std::vector<detail::Variable> listed(std::span<const X> xs) {
  std::vector<detail::Variable> list;
  list.reserve(xs.size());
  for (const X& x : xs) list.emplace_back(&x);
  return list;
}

template <class X>
std::vector<detail::GradientOf<X>> only(std::vector<detail::Gradient>&& gradients) {
  std::vector<detail::GradientOf<X>> list;
  list.reserve(gradients.size());
  for (detail::Gradient& gradient : gradients)
    list.push_back(std::get<detail::GradientOf<X>>(std::move(gradient)));
  return list;
}

}  // namespace

void backward(const Value& y, const SweepOptions& options) {
  if (detail::recording.guarded) detail::look_at_values(y);
  Tape& tape = Tape::active();
  if (!tape.has_externals()) return tape.sweep(y, 1.0, options);
  ScalarGuard scalars(true);
  detail::Sweep tensors(false);
  tensors.set_tape_under_way(true);
  tape.sweep(y, 1.0, options);
  tensors.run();
  tensors.commit();
  scalars.dismiss();
}

void backward(const Tensor& y, const BackwardOptions& options) {
  sweep_and_commit(y, unit_seed(y, "backward"), options);
}

void backward(const Tensor& y, const Tensor& seed, const BackwardOptions& options) {
  sweep_and_commit(y, checked_seed(y, seed, "backward"), options);
}

std::vector<detail::Gradient> detail::gradients(const Tensor& y, std::span<const Variable> xs,
                                                const GradOptions& options) {
  return sweep_for(y, unit_seed(y, "grad"), xs, options);
}

std::vector<detail::Gradient> detail::gradients(const Tensor& y, std::span<const Variable> xs,
                                                const Tensor& seed, const GradOptions& options) {
  return sweep_for(y, checked_seed(y, seed, "grad"), xs, options);
}

std::vector<detail::Gradient> detail::gradients(const Value& y, std::span<const Variable> xs,
                                                const GradOptions& options) {
  if (options.create_graph) {
    throw GraphError(
        "[grad] create_graph does not reach through the tape of scalars: got a Value as result, "
        "need a Tensor; or use nested scalars for second derivatives");
  }
  Tape& tape = Tape::active();
  const ScalarGuard untouched(true);
  Sweep sweep(false);
  want_tensors(sweep, xs);
  tape.zero_grad();
  sweep.set_tape_under_way(true);
  tape.sweep(y, 1.0, {.retain_grad = are_values_among(xs)});
  sweep.run_to_wanted();
  return results_of(sweep, y, xs, options.allow_unused);
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const GradOptions& options) {
  return only<Tensor>(detail::gradients(y, listed(xs), options));
}
std::vector<double> grad(const Tensor& y, std::span<const Value> xs, const GradOptions& options) {
  return only<Value>(detail::gradients(y, listed(xs), options));
}
std::vector<Tensor> grad(const Value& y, std::span<const Tensor> xs, const GradOptions& options) {
  return only<Tensor>(detail::gradients(y, listed(xs), options));
}
std::vector<double> grad(const Value& y, std::span<const Value> xs, const GradOptions& options) {
  return only<Value>(detail::gradients(y, listed(xs), options));
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const Tensor& seed,
                         const GradOptions& options) {
  return only<Tensor>(detail::gradients(y, listed(xs), seed, options));
}

}  // namespace nabla
