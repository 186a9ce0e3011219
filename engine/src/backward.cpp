// SPDX-License-Identifier: MIT
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/sweep.hpp>

namespace nabla {
namespace {

void check_root(const Tensor& y, const char* op) {
  if (!y.requires_grad()) {
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
  if (seed.shape() != y.shape() || seed.dtype() != y.dtype()) {
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

void want_all(detail::Sweep& sweep, std::span<const Tensor> xs) {
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!xs[i].requires_grad()) {
      throw GraphError(fmt::format(
          "[grad] variable {} needs no gradient; mark it with variable(x) before it is used", i));
    }
    sweep.want(xs[i]);
  }
}

std::vector<Tensor> results_of(detail::Sweep& sweep, std::span<const Tensor> xs,
                               bool allow_unused) {
  sweep.finish();
  std::vector<Tensor> gradients;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    gradients.push_back(sweep.result(i));
    if (!gradients.back().defined() && !allow_unused) {
      throw GraphError(fmt::format(
          "[grad] the result does not depend on variable {}{}{}; with {{.allow_unused = true}} its "
          "gradient is an undefined tensor",
          i, xs[i].name().empty() ? "" : " ", xs[i].name()));
    }
  }
  return gradients;
}

std::vector<Tensor> sweep_for(const Tensor& y, Tensor seed, std::span<const Tensor> xs,
                              const GradOptions& options) {
  const ScalarGuard untouched(Tape::active().has_externals());
  detail::Sweep sweep(options.create_graph);
  want_all(sweep, xs);
  sweep.add(y.node(), std::move(seed));
  sweep.run_to_wanted();
  std::vector<Tensor> gradients = results_of(sweep, xs, options.allow_unused);
  if (!options.retain_graph && !options.create_graph) sweep.free_graph();
  return gradients;
}

}  // namespace

void backward(const Value& y, const SweepOptions& options) {
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

std::vector<double> grad(const Value& y, std::span<const Value> xs) {
  Tape& tape = Tape::active();
  const ScalarGuard untouched(true);
  tape.zero_grad();
  // What reaches tensors on the way is dropped with this sweep.
  detail::Sweep tensors(false);
  tensors.set_tape_under_way(true);
  tape.sweep(y, 1.0, {.retain_grad = true});
  std::vector<double> gradients;
  for (const Value& x : xs) gradients.push_back(tape.gradient(x));
  return gradients;
}

std::vector<Tensor> grad(const Value& y, std::span<const Tensor> xs, const GradOptions& options) {
  if (options.create_graph) {
    throw GraphError(
        "[grad] create_graph does not reach through the tape of scalars: got a Value as result, "
        "need a Tensor; or use nested scalars for second derivatives");
  }
  Tape& tape = Tape::active();
  const ScalarGuard untouched(true);
  detail::Sweep tensors(false);
  want_all(tensors, xs);
  tensors.set_tape_under_way(true);
  tape.sweep(y, 1.0);
  tensors.run();
  return results_of(tensors, xs, options.allow_unused);
}

std::vector<double> grad(const Tensor& y, std::span<const Value> xs) {
  Tape& tape = Tape::active();
  const ScalarGuard untouched(true);
  tape.zero_grad();
  detail::Sweep sweep(false);
  sweep.add(y.node(), unit_seed(y, "grad"));
  sweep.run();
  std::vector<double> gradients;
  for (const Value& x : xs) gradients.push_back(tape.gradient(x));
  return gradients;
}

void backward(const Tensor& y, const BackwardOptions& options) {
  sweep_and_commit(y, unit_seed(y, "backward"), options);
}

void backward(const Tensor& y, const Tensor& seed, const BackwardOptions& options) {
  sweep_and_commit(y, checked_seed(y, seed, "backward"), options);
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const GradOptions& options) {
  return sweep_for(y, unit_seed(y, "grad"), xs, options);
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const Tensor& seed,
                         const GradOptions& options) {
  return sweep_for(y, checked_seed(y, seed, "grad"), xs, options);
}

}  // namespace nabla
