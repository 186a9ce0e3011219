// SPDX-License-Identifier: MIT
#include <limits>
#include <span>
#include <utility>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/optim/sgd.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::optim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
void plain_step(std::span<T> w, std::span<const T> gradient, const SgdOptions& options) {
  const T rate = static_cast<T>(options.learning_rate);
  const T decay = static_cast<T>(options.weight_decay);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] -= rate * (gradient[i] + decay * w[i]);
}

/// `kept` is the part of the old velocity that stays: 0 in the first step.
template <class T, bool kNesterov>
void momentum_step(std::span<T> w, std::span<const T> gradient, std::span<T> v,
                   const SgdOptions& options, double kept) {
  const T rate = static_cast<T>(options.learning_rate);
  const T decay = static_cast<T>(options.weight_decay);
  const T momentum = static_cast<T>(options.momentum);
  const T keep = static_cast<T>(kept);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const T g = gradient[i] + decay * w[i];
    v[i] = keep * v[i] + g;
    w[i] -= rate * (kNesterov ? g + momentum * v[i] : v[i]);
  }
}

}  // namespace

Sgd::Sgd(std::vector<Tensor> parameters, const SgdOptions& options)
    : Optimizer(std::move(parameters), "Sgd"), options_(options), velocities_(parameters_.size()) {
  detail::require_option("Sgd", "learning_rate", options.learning_rate, 0.0, kInfinity);
  detail::require_option("Sgd", "momentum", options.momentum, 0.0, kInfinity);
  detail::require_option("Sgd", "weight_decay", options.weight_decay, 0.0, kInfinity);
  if (options.nesterov && options.momentum == 0.0)
    throw DomainError("[Sgd] .nesterov needs .momentum > 0: it looks ahead along the velocity");
}

void Sgd::set_learning_rate(double rate) {
  detail::require_option("Sgd", "learning_rate", rate, 0.0, kInfinity);
  options_.learning_rate = rate;
}

void Sgd::step() {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& w = parameters_[i];
    if (!w.has_grad()) continue;
    const Tensor gradient = w.grad().contiguous();
    visit_floating(w.dtype(), [&]<class T>(T) {
      if (options_.momentum == 0.0)
        return plain_step<T>(w.mutable_data<T>(), gradient.data<T>(), options_);
      Tensor& velocity = velocities_[i];
      const bool first = !velocity.defined();
      if (first) velocity = zeros(w.shape(), w.dtype());
      const auto step = options_.nesterov ? momentum_step<T, true> : momentum_step<T, false>;
      step(w.mutable_data<T>(), gradient.data<T>(), velocity.mutable_data<T>(), options_,
           first ? 0.0 : options_.momentum);
    });
  }
}

}  // namespace nabla::optim
