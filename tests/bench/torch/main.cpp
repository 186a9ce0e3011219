// SPDX-License-Identifier: MIT
// nabla_bench_torch CASE SECONDS: the workload of a tensor case on libtorch, in rounds of SECONDS,
// one for each line on standard input.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "bench/serve.hpp"
#include "bench/tensor/all.hpp"

#include <malloc.h>
#include <torch/torch.h>

namespace nabla::bench {
namespace {

struct Torch {
  using Tensor = torch::Tensor;
  using Optimizer = torch::optim::Optimizer;
  static constexpr auto kFloat32 = torch::kFloat32, kFloat64 = torch::kFloat64;
  static constexpr const char* kLiveBytes = "blocks of malloc";

  static Tensor randn(const Sizes& shape, torch::Dtype dtype) { return torch::randn(shape, dtype); }
  static Tensor from(const std::vector<float>& numbers, const Sizes& shape) {
    return torch::tensor(numbers).reshape(shape);
  }
  static Tensor labels(std::int64_t count, std::int64_t classes) {
    return torch::arange(count).remainder(classes);
  }
  static Tensor indices(const Sizes& shape, std::int64_t below) {
    return torch::tensor(jumping(shape, below)).reshape(shape);
  }
  static Tensor ones_like(const Tensor& x) { return torch::ones_like(x).detach(); }
  static Tensor variable(const Tensor& x) { return x.detach().set_requires_grad(true); }

  static void backward(const Tensor& y) { y.backward(); }
  static void backward(const Tensor& y, const Tensor& seed) { y.backward(seed); }
  static std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs,
                                      const Tensor& seed) {
    return torch::autograd::grad({y}, xs, {seed}, /*retain_graph=*/true);
  }
  // Undefined, not filled with 0: so the next sweep gives its gradient away instead of adding it.
  static void zero_grad(std::vector<Tensor>& variables) {
    for (Tensor& variable : variables) variable.mutable_grad() = Tensor();
  }

  static Tensor affine_tanh_sum(const Tensor& a, const Tensor& x, const Tensor& b) {
    return torch::tanh(torch::addcmul(b, a, x)).sum();
  }
  static Tensor gate(const Tensor& x, const Tensor& w) { return torch::tanh(x) * w; }
  static Tensor mse(const Tensor& p, const Tensor& t) { return torch::mse_loss(p, t); }
  static Tensor huber(const Tensor& p, const Tensor& t) { return torch::huber_loss(p, t); }
  static Tensor bce_with_logits(const Tensor& z, const Tensor& t) {
    return torch::binary_cross_entropy_with_logits(z, t);
  }
  static Tensor kl_divergence(const Tensor& p, const Tensor& q) {
    return torch::kl_div(torch::log(q), p, torch::Reduction::Sum);
  }
  static Tensor weighted_bce(const Tensor& p, const Tensor& t, const Tensor& weights) {
    return torch::binary_cross_entropy(p, t, weights);
  }
  static Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
    return torch::cross_entropy_loss(logits, labels);
  }
  static Tensor layer_norm(const Tensor& x) { return torch::layer_norm(x, {x.size(-1)}); }
  static Tensor logsumexp(const Tensor& x) { return torch::logsumexp(x, {1}); }
  static Tensor sum(const Tensor& x, int axis) { return torch::sum(x, {axis}); }
  static Tensor cummax(const Tensor& x, int axis) { return std::get<0>(torch::cummax(x, axis)); }
  static Tensor cummin(const Tensor& x, int axis) { return std::get<0>(torch::cummin(x, axis)); }
  static Tensor norm(const Tensor& x) { return torch::norm(x); }
  static Tensor var(const Tensor& x, int axis) { return torch::var(x, {axis}, true); }
  static Tensor prod(const Tensor& x, int axis) { return torch::prod(x, axis); }
  static Tensor argmax(const Tensor& x, int axis) { return torch::argmax(x, axis); }
  static Tensor sort(const Tensor& x, int axis) { return std::get<0>(torch::sort(x, axis)); }
  static Tensor topk(const Tensor& x, int k, int axis) {
    return std::get<0>(torch::topk(x, k, axis));
  }
  static Tensor flip(const Tensor& x, int axis) { return torch::flip(x, {axis}); }
  static Tensor roll(const Tensor& x, int shift, int axis) {
    return torch::roll(x, {shift}, {axis});
  }
  static Tensor pad(const Tensor& x, int width) {
    return torch::constant_pad_nd(x, {width, width, width, width});
  }
  static Tensor gather(const Tensor& x, int axis, const Tensor& index) {
    return torch::gather(x, axis, index);
  }
  static Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
    return torch::index_select(x, axis, index);
  }
  static Tensor embedding(const Tensor& weight, const Tensor& index) {
    return torch::embedding(weight, index);
  }
  static Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
    return torch::scatter_add(x, axis, index, source);
  }
  static Tensor index_put(const Tensor& x, const std::vector<Tensor>& indices, const Tensor& values,
                          bool accumulate) {
    c10::List<c10::optional<Tensor>> list;
    for (const Tensor& index : indices) list.push_back(index);
    return torch::index_put(x, list, values, accumulate);
  }

  // Functions of tensors, without what the modules of torch::nn add to them.
  class Layers {
   public:
    Layers(const Sizes& sizes, Activation activation) : activation_(activation) {
      for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
        const double deviation = std::sqrt(2.0 / static_cast<double>(sizes[l]));
        parameters_.push_back(variable(torch::randn({sizes[l], sizes[l + 1]}) * deviation));
        parameters_.push_back(variable(torch::zeros({sizes[l + 1]})));
      }
    }
    Tensor operator()(Tensor h) const {
      for (std::size_t i = 0; i < parameters_.size(); i += 2) {
        if (i > 0) h = activation_ == Activation::relu ? torch::relu(h) : torch::tanh(h);
        h = torch::addmm(parameters_[i + 1], h, parameters_[i]);
      }
      return h;
    }
    const std::vector<Tensor>& parameters() const { return parameters_; }

   private:
    Activation activation_;
    std::vector<Tensor> parameters_;
  };
  static Layers layers(const Sizes& sizes, Activation activation) { return {sizes, activation}; }
  static std::unique_ptr<Optimizer> sgd(const std::vector<Tensor>& parameters, double rate) {
    return std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(rate));
  }
  static std::unique_ptr<Optimizer> adam(const std::vector<Tensor>& parameters, double rate) {
    return std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(rate));
  }
  static double live_bytes() {
    const auto heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd);
  }
};

}  // namespace
}  // namespace nabla::bench

int main(int argc, char** argv) {
  using namespace nabla::bench;
  if (argc != 3) {
    std::fputs("usage: nabla_bench_torch CASE SECONDS\n", stderr);
    return 2;
  }
  try {
    torch::manual_seed(1);
    torch::set_num_threads(1);
    serve(tensor_workloads<Torch>(), argv[1], std::stod(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nabla_bench_torch: %s\n", error.what());
  }
  return 2;
}
