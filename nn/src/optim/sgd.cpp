// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/kernels/denormals.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/nn/optim/sgd.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::optim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
struct PlainStep {
  static void run(const SgdOptions& options, const T* gradient, T* w, std::int64_t n) {
    const T rate = static_cast<T>(options.learning_rate);
    const T decay = static_cast<T>(options.weight_decay);
    kernels::for_lanes(n, [&](std::int64_t i) {
      w[i] -= rate * (decay == 0 ? gradient[i] : gradient[i] + decay * w[i]);
    });
  }
};
template <class T>
constexpr auto plain_step = kernels::PerIsa<void(const SgdOptions&, const T*, T*,
                                                 std::int64_t)>::template of<PlainStep<T>>();

/// `kept` is the part of the old velocity that stays: 0 in the first step.
template <class T, bool kNesterov>
struct MomentumStep {
  static void run(const SgdOptions& options, double kept, const T* gradient, T* w, T* v,
                  std::int64_t n) {
    const T rate = static_cast<T>(options.learning_rate);
    const T decay = static_cast<T>(options.weight_decay);
    const T momentum = static_cast<T>(options.momentum);
    const T keep = static_cast<T>(kept);
    kernels::for_lanes(n, [&](std::int64_t i) {
      const T g = decay == 0 ? gradient[i] : gradient[i] + decay * w[i];
      v[i] = keep * v[i] + g;
      w[i] -= rate * (kNesterov ? g + momentum * v[i] : v[i]);
    });
  }
};
template <class T, bool kNesterov>
constexpr auto momentum_step =
    kernels::PerIsa<void(const SgdOptions&, double, const T*, T*, T*,
                         std::int64_t)>::template of<MomentumStep<T, kNesterov>>();

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
  const kernels::FlushDenormals flush;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& w = parameters_[i];
    if (!w.has_grad()) continue;
    const Tensor gradient = w.grad().contiguous();
    visit_floating(w.dtype(), [&]<class T>(T) {
      const T* g = gradient.data<T>().data();
      T* to = w.mutable_data<T>().data();
      if (options_.momentum == 0.0) {
        return kernels::for_elements(w.numel(), [&](std::int64_t k, std::int64_t end) {
          plain_step<T>(options_, g + k, to + k, end - k);
        });
      }
      Tensor& velocity = velocities_[i];
      const bool first = !velocity.defined();
      if (first) velocity = zeros(w.shape(), w.dtype());
      const auto step = options_.nesterov ? momentum_step<T, true> : momentum_step<T, false>;
      T* v = velocity.mutable_data<T>().data();
      kernels::for_elements(w.numel(), [&](std::int64_t k, std::int64_t end) {
        step(options_, first ? 0.0 : options_.momentum, g + k, to + k, v + k, end - k);
      });
    });
  }
}

}  // namespace nabla::optim
