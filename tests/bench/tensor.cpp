// SPDX-License-Identifier: MIT
// Tensors: the cost of one small operation, and a training step of the network 784-128-64-10.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <nabla/nabla.hpp>

#include "bench/bench.hpp"
#include "bench/by_hand.hpp"

namespace nabla::bench {
namespace {

Figure run_tiny_add() {
  const Tensor a = variable(tensor({1.0, 2.0, 3.0, 4.0}));
  const Tensor b = variable(tensor({5.0, 6.0, 7.0, 8.0}));
  std::array<double, 4> x{1, 2, 3, 4}, y{5, 6, 7, 8}, z{};
  const auto ours = [&] { keep(a + b); };
  const auto plain = [&] {
    keep(x);
    for (std::size_t i = 0; i < 4; ++i) z[i] = x[i] + y[i];
    keep(z);
  };
  const Seconds seconds = measure_paired(ours, {{"double", plain}});
  return {.unit = "ns",
          .ours = seconds.ours * 1e9,
          .peers = scaled(seconds.peers, 1e9),
          .limit = 5,
          .note = "4 floats, recorded and freed"};
}

constexpr std::int64_t kBatch = 32;
constexpr double kRate = 0.01;
const std::vector<std::size_t> kLayers{784, 128, 64, 10};

struct Batch {
  Tensor images, labels;
};

Batch random_batch() {
  std::vector<std::int64_t> labels;
  for (std::int64_t n = 0; n < kBatch; ++n) labels.push_back(n % 10);
  return {rand({kBatch, 784}), from_span<std::int64_t>(labels)};
}

// He initialization: deviation sqrt(2 / inputs), which keeps the spread through relu.
std::vector<Tensor> initial_weights() {
  std::vector<Tensor> weights;
  for (std::size_t l = 0; l + 1 < kLayers.size(); ++l) {
    const auto inputs = static_cast<std::int64_t>(kLayers[l]);
    const auto outputs = static_cast<std::int64_t>(kLayers[l + 1]);
    weights.push_back(randn({inputs, outputs}) * std::sqrt(2.0 / static_cast<double>(inputs)));
  }
  return weights;
}

// The same network in ops alone.
class TensorMlp {
 public:
  explicit TensorMlp(const std::vector<Tensor>& weights) {
    for (const Tensor& w : weights) {
      parameters_.push_back(variable(w.clone()));
      parameters_.push_back(variable(zeros({w.size(1)})));
    }
  }

  void step(const Batch& batch) {
    Tensor h = batch.images;
    for (std::size_t i = 0; i < parameters_.size(); i += 2) {
      h = matmul(h, parameters_[i]) + parameters_[i + 1];
      if (i + 2 < parameters_.size()) h = relu(h);
    }
    backward(softmax_cross_entropy(h, batch.labels).mean());
    NoGrad no_grad;
    for (Tensor& parameter : parameters_) {
      parameter -= kRate * parameter.grad();
      parameter.zero_grad();
    }
  }

 private:
  std::vector<Tensor> parameters_;
};

Figure run_mlp_sgd_32() {
  manual_seed(1);
  const Batch batch = random_batch();
  const std::vector<Tensor> weights = initial_weights();
  TensorMlp ours(weights);
  std::vector<std::vector<double>> plain_weights;
  for (const Tensor& w : weights) plain_weights.push_back(w.to_vector());
  HandWrittenMlp plain(kLayers, plain_weights);
  const auto images = batch.images.to_vector();
  const auto labels = batch.labels.to_vector<std::int64_t>();
  const Seconds seconds = measure_paired(
      [&] { ours.step(batch); }, {{"by hand", [&] { keep(plain.step(images, labels, kRate)); }}});
  return {.unit = "us/step",
          .ours = seconds.ours * 1e6,
          .peers = scaled(seconds.peers, 1e6),
          .limit = std::nullopt,
          .note = "float32; by hand: loops in double"};
}

}  // namespace

std::vector<Case> tensor_cases() {
  return {{"tensor/tiny_add", run_tiny_add}, {"tensor/mlp_sgd_32", run_mlp_sgd_32}};
}

}  // namespace nabla::bench
