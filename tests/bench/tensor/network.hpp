// SPDX-License-Identifier: MIT
// Training steps: the network 784-128-64-10 on batches of images, and 2-16-16-1 on two moons.
#pragma once

#include <cmath>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "bench/allocations.hpp"
#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

enum class Descent { sgd, adam };

/// A network of dense layers as a user of the library writes it, and the optimizer of its parameters.
template <class L>
class Network {
 public:
  using Tensor = typename L::Tensor;

  Network(const Sizes& layers, Activation activation, Descent descent, double rate)
      : layers_(L::layers(layers, activation)), parameters_(layers_.parameters()) {
    optimizer_ = descent == Descent::sgd ? L::sgd(parameters_, rate) : L::adam(parameters_, rate);
  }

  Tensor operator()(const Tensor& x) { return layers_(x); }
  /// The sum of the squares of all parameters.
  Tensor squares() const {
    Tensor total = parameters_[0].square().sum();
    for (std::size_t i = 1; i < parameters_.size(); ++i)
      total = total + parameters_[i].square().sum();
    return total;
  }
  void descend(const Tensor& loss) {
    L::backward(loss);
    optimizer_->step();
    L::zero_grad(parameters_);
  }

 private:
  typename L::Layers layers_;
  std::vector<Tensor> parameters_;
  std::unique_ptr<typename L::Optimizer> optimizer_;
};

struct MlpRow {
  std::string name;
  Descent descent;
  std::int64_t batch;
  double limit;  ///< us, of a program without an engine: matrix products of a library, fused loops
  double rate = kHardlyLearns;
  int steps_before = 0;

  // A network that has learned its batch by heart has gradients of 0, and then the moments of Adam
  // decay into denormal numbers, on which the processor is slow. How much of that there is must not
  // depend on how many steps a measurement takes.
  static constexpr double kHardlyLearns = 1e-9;
};

/// A step of 784-128-64-10 on a random batch, the same one each time.
template <class L>
std::function<void()> mlp_step(const MlpRow& row) {
  const auto net = std::make_shared<Network<L>>(Sizes{784, 128, 64, 10}, Activation::relu,
                                                row.descent, row.rate);
  const auto step = [net, images = sigmoid(L::randn({row.batch, 784}, L::kFloat32)),
                     labels = L::labels(row.batch, 10)] {
    net->descend(L::cross_entropy((*net)(images), labels));
  };
  for (int i = 0; i < row.steps_before; ++i) step();
  return step;
}

/// 100 points of two half circles, their labels 1 and -1, full batch.
template <class L>
std::function<void()> moons_step(Activation activation) {
  constexpr int kPoints = 100;
  std::vector<float> points, signs;
  std::mt19937 random(1);
  std::normal_distribution<double> blur(0.0, 0.1);
  for (int i = 0; i < kPoints; ++i) {
    const double angle = std::numbers::pi * i / kPoints;
    const bool is_second = i % 2 == 1;
    const double x = is_second ? 1.0 - std::cos(angle) : std::cos(angle);
    const double y = is_second ? 0.5 - std::sin(angle) : std::sin(angle);
    points.push_back(static_cast<float>(x + blur(random)));
    points.push_back(static_cast<float>(y + blur(random)));
    signs.push_back(is_second ? 1.0f : -1.0f);
  }
  const auto net =
      std::make_shared<Network<L>>(Sizes{2, 16, 16, 1}, activation, Descent::sgd, 0.01);
  return [net, x = L::from(points, {kPoints, 2}), t = L::from(signs, {kPoints, 1})] {
    net->descend(relu(1.0 - t * (*net)(x)).mean() + 1e-4 * net->squares());
  };
}

/// A step of an optimizer alone, on a million parameters, of which each takes so many bytes to move.
template <class L>
Workload optimizer_step(const std::string& name, Descent descent, double bytes) {
  constexpr std::int64_t kParameters = 1'000'000;
  const auto prepare = [descent]() -> std::function<void()> {
    const std::vector<typename L::Tensor> w{L::variable(L::randn({kParameters}, L::kFloat32))};
    L::backward((w[0] * L::randn({kParameters}, L::kFloat32)).sum());
    const double rate = MlpRow::kHardlyLearns;
    const std::shared_ptr optimizer = descent == Descent::sgd ? L::sgd(w, rate) : L::adam(w, rate);
    return [optimizer] { optimizer->step(); };
  };
  return moving(bytes * kParameters, name, "the step alone", prepare);
}

template <class L>
std::vector<Workload> network_workloads() {
  // Parameter and gradient are read, the parameter is written; Adam has two moments besides.
  std::vector<Workload> list{optimizer_step<L>("sgd_1e6", Descent::sgd, 12),
                             optimizer_step<L>("adam_1e6", Descent::adam, 28)};
  const std::vector<MlpRow> rows{{"mlp_sgd_1", Descent::sgd, 1, 29},
                                 {"mlp_sgd_32", Descent::sgd, 32, 105},
                                 {"mlp_sgd_256", Descent::sgd, 256, 733},
                                 {"mlp_adam_1", Descent::adam, 1, 70},
                                 {"mlp_adam_32", Descent::adam, 32, 152},
                                 {"mlp_adam_256", Descent::adam, 256, 777},
                                 {"mlp_adam_1_denormal", Descent::adam, 1, 70, 1e-3, 2000}};
  for (const MlpRow& row : rows) {
    const auto step = [row] { return mlp_step<L>(row); };
    const bool has_learned = row.steps_before > 0;
    list.push_back({.name = row.name,
                    .unit = "us/step",
                    .limit = row.limit,
                    .note = has_learned ? "once the batch is learned" : "float32",
                    .prepare = step});
    if (has_learned) continue;
    list.push_back({.name = row.name + "_allocations",
                    .unit = "/step",
                    .limit = 0,
                    .note = "steady state: " + std::string(kCountedAllocations),
                    .prepare = {},
                    .count = [step] { return allocations_in_steady_state(step()); }});
  }
  const auto moons = [&](const std::string& name, Activation activation, double limit) {
    list.push_back({.name = "moons_" + name,
                    .unit = "us/step",
                    .limit = limit,
                    .note = "2-16-16-1, 100 points, hinge and L2",
                    .prepare = [activation] { return moons_step<L>(activation); }});
  };
  moons("relu", Activation::relu, 3.2);
  moons("tanh", Activation::tanh, 6.2);
  return list;
}

}  // namespace nabla::bench
