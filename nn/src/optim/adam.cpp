// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <utility>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/kernels/denormals.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/nn/optim/adam.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla::optim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The numbers of one step that are the same for all elements.
template <class T>
struct Step {
  Step(const AdamOptions& options, std::int64_t t, bool decoupled)
      : beta1(static_cast<T>(options.beta1)),
        beta2(static_cast<T>(options.beta2)),
        rest1(static_cast<T>(1.0 - options.beta1)),
        rest2(static_cast<T>(1.0 - options.beta2)),
        epsilon(static_cast<T>(options.epsilon)),
        size(static_cast<T>(options.learning_rate /
                            (1.0 - std::pow(options.beta1, static_cast<double>(t))))),
        root_correction(
            static_cast<T>(std::sqrt(1.0 - std::pow(options.beta2, static_cast<double>(t))))),
        coupled_decay(static_cast<T>(decoupled ? 0.0 : options.weight_decay)),
        shrink(
            static_cast<T>(decoupled ? 1.0 - options.learning_rate * options.weight_decay : 1.0)) {}

  T beta1, beta2, rest1, rest2, epsilon, size, root_correction, coupled_decay, shrink;
};

template <class T>
struct Update {
  static void run(const Step<T>& step, const T* gradient, T* w, T* m, T* v, std::int64_t n) {
    const Step<T> by = step;
    kernels::for_lanes(n, [&](std::int64_t i) {
      // Without decay a weight that is infinite stays so.
      const T g = by.coupled_decay == 0 ? gradient[i] : gradient[i] + by.coupled_decay * w[i];
      m[i] = by.beta1 * m[i] + by.rest1 * g;
      v[i] = by.beta2 * v[i] + by.rest2 * g * g;
      w[i] =
          by.shrink * w[i] - by.size * m[i] / (std::sqrt(v[i]) / by.root_correction + by.epsilon);
    });
  }
};
template <class T>
constexpr auto update_kernel = kernels::PerIsa<void(const Step<T>&, const T*, T*, T*, T*,
                                                    std::int64_t)>::template of<Update<T>>();
template <class T>
void update(const Step<T>& step, const T* gradient, T* w, T* m, T* v, std::int64_t n) {
  kernels::for_elements(n, [=, &step](std::int64_t i, std::int64_t end) {
    update_kernel<T>(step, gradient + i, w + i, m + i, v + i, end - i);
  });
}

}  // namespace

Adam::Adam(std::vector<Tensor> parameters, const AdamOptions& options)
    : Adam(std::move(parameters), options, "Adam", false) {}

Adam::Adam(std::vector<Tensor> parameters, const AdamOptions& options, const char* name,
           bool decoupled_decay)
    : Optimizer(std::move(parameters), name),
      options_(options),
      decoupled_decay_(decoupled_decay),
      states_(parameters_.size()) {
  detail::require_option(name, "learning_rate", options.learning_rate, 0.0, kInfinity);
  detail::require_option(name, "beta1", options.beta1, 0.0, 1.0);
  detail::require_option(name, "beta2", options.beta2, 0.0, 1.0);
  detail::require_option(name, "epsilon", options.epsilon, 0.0, kInfinity);
  detail::require_option(name, "weight_decay", options.weight_decay, 0.0, kInfinity);
}

AdamW::AdamW(std::vector<Tensor> parameters, const AdamWOptions& options)
    : Adam(std::move(parameters),
           {options.learning_rate, options.beta1, options.beta2, options.epsilon,
            options.weight_decay},
           "AdamW", true) {}

void Adam::set_learning_rate(double rate) {
  detail::require_option("Adam", "learning_rate", rate, 0.0, kInfinity);
  options_.learning_rate = rate;
}

void Adam::step() {
  const NoGrad no_grad;
  const kernels::FlushDenormals flush;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& w = parameters_[i];
    if (!w.has_grad()) continue;
    State& state = states_[i];
    if (!state.mean.defined()) {
      state.mean = zeros(w.shape(), w.dtype());
      state.square = zeros(w.shape(), w.dtype());
    }
    ++state.steps;
    const Tensor gradient = w.grad().contiguous();
    visit_floating(w.dtype(), [&]<class T>(T) {
      update<T>(Step<T>(options_, state.steps, decoupled_decay_), gradient.data<T>().data(),
                w.mutable_data<T>().data(), state.mean.mutable_data<T>().data(),
                state.square.mutable_data<T>().data(), w.numel());
    });
  }
}

}  // namespace nabla::optim
