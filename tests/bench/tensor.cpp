// SPDX-License-Identifier: MIT
// Tensors: the workloads of tensor/ on nabla, with their peers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/nabla.hpp>

#include "bench/bench.hpp"
#include "bench/by_hand.hpp"
#include "bench/child.hpp"
#include "bench/tensor/all.hpp"
#include "bench/tensor/goals.hpp"
#include "bench/torch_peer.hpp"

namespace nabla::bench {
namespace {

struct Nabla {
  using Tensor = nabla::Tensor;
  using Optimizer = optim::Optimizer;
  using Layers = nn::Sequential;
  static constexpr DType kFloat32 = nabla::float32, kFloat64 = nabla::float64;
  static constexpr const char* kLiveBytes = "nodes and elements, by tensor_statistics()";

  static Tensor randn(const Sizes& shape, DType dtype) { return nabla::randn(Shape(shape), dtype); }
  static Tensor from(const std::vector<float>& numbers, const Sizes& shape) {
    return from_span(std::span<const float>(numbers), Shape(shape));
  }
  static Tensor labels(std::int64_t count, std::int64_t classes) {
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < count; ++i) labels.push_back(i % classes);
    return from_span(std::span<const std::int64_t>(labels));
  }
  static Tensor indices(const Sizes& shape, std::int64_t below) {
    return from_span(std::span<const std::int64_t>(jumping(shape, below)), Shape(shape));
  }
  static Tensor ones_like(const Tensor& x) { return nabla::ones_like(x); }
  static Tensor variable(const Tensor& x) { return nabla::variable(x); }

  static void backward(const Tensor& y) { nabla::backward(y); }
  static void backward(const Tensor& y, const Tensor& seed) { nabla::backward(y, seed); }
  static std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs,
                                      const Tensor& seed) {
    return grad(y, xs, seed, {.retain_graph = true});
  }
  static void zero_grad(std::vector<Tensor>& variables) {
    for (Tensor& variable : variables) variable.zero_grad();
  }

  static Tensor affine_tanh_sum(const Tensor& a, const Tensor& x, const Tensor& b) {
    return map_sum([](auto u, auto v, auto w) { return tanh(u * v + w); }, a, x, b);
  }
  static Tensor gate(const Tensor& x, const Tensor& w) {
    return map([](auto u, auto v) { return tanh(u) * v; }, x, w);
  }
  static Tensor mse(const Tensor& p, const Tensor& t) { return nn::mse(p, t); }
  static Tensor huber(const Tensor& p, const Tensor& t) { return nn::huber(p, t); }
  static Tensor bce_with_logits(const Tensor& z, const Tensor& t) {
    return nn::bce_with_logits(z, t);
  }
  static Tensor kl_divergence(const Tensor& p, const Tensor& q) {
    return nn::kl_divergence(p, q, nn::Reduction::sum);
  }
  static Tensor weighted_bce(const Tensor& p, const Tensor& t, const Tensor& weights) {
    return nn::bce(p, t, {.weights = weights});
  }
  static Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
    return nn::cross_entropy(logits, labels);
  }
  static Tensor layer_norm(const Tensor& x) { return nabla::layer_norm(x); }
  static Tensor logsumexp(const Tensor& x) { return nabla::logsumexp(x, 1); }
  static Tensor sum(const Tensor& x, int axis) { return nabla::sum(x, axis); }
  static Tensor norm(const Tensor& x) { return nabla::norm(x); }
  static Tensor var(const Tensor& x, int axis) { return nabla::var(x, axis); }
  static Tensor prod(const Tensor& x, int axis) { return nabla::prod(x, axis); }
  static Tensor argmax(const Tensor& x, int axis) { return nabla::argmax(x, axis); }
  static Tensor cummax(const Tensor& x, int axis) { return nabla::cummax(x, axis).values; }
  static Tensor cummin(const Tensor& x, int axis) { return nabla::cummin(x, axis).values; }
  static Tensor sort(const Tensor& x, int axis) { return nabla::sort(x, axis).values; }
  static Tensor topk(const Tensor& x, int k, int axis) { return nabla::topk(x, k, axis).values; }
  static Tensor flip(const Tensor& x, int axis) { return nabla::flip(x, axis); }
  static Tensor roll(const Tensor& x, int shift, int axis) { return nabla::roll(x, shift, axis); }
  static Tensor pad(const Tensor& x, int width) { return nabla::pad(x, width); }
  static Tensor gather(const Tensor& x, int axis, const Tensor& index) {
    return nabla::gather(x, axis, index);
  }
  static Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
    return nabla::index_select(x, axis, index);
  }
  static Tensor embedding(const Tensor& weight, const Tensor& index) {
    return nabla::embedding(weight, index);
  }
  static Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
    return nabla::scatter_add(x, axis, index, source);
  }
  static Tensor index_put(const Tensor& x, const std::vector<Tensor>& indices, const Tensor& values,
                          bool accumulate) {
    return nabla::index_put(x, indices, values, accumulate);
  }

  static Layers layers(const Sizes& sizes, Activation activation) {
    Layers net;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
      if (l > 0) {
        if (activation == Activation::relu)
          net.append(nn::Relu());
        else
          net.append(nn::Tanh());
      }
      net.append(nn::Dense(sizes[l], sizes[l + 1],
                           {.init = nn::init::kaiming_normal(), .bias_init = nn::init::zeros()}));
    }
    return net;
  }
  static std::unique_ptr<Optimizer> sgd(const std::vector<Tensor>& parameters, double rate) {
    return std::make_unique<optim::Sgd>(parameters, optim::SgdOptions{.learning_rate = rate});
  }
  static std::unique_ptr<Optimizer> adam(const std::vector<Tensor>& parameters, double rate) {
    return std::make_unique<optim::Adam>(parameters, optim::AdamOptions{.learning_rate = rate});
  }
  static double live_bytes() {
    const TensorStatistics now = tensor_statistics();
    return static_cast<double>(now.node_bytes + now.storage_bytes);
  }
};

// The network in loops over double, as a careful programmer writes it without a library.
Contender mlp_by_hand() {
  constexpr std::int64_t kBatch = 32;
  const std::vector<std::size_t> layers{784, 128, 64, 10};
  std::vector<std::vector<double>> weights;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const auto inputs = static_cast<std::int64_t>(layers[l]);
    const auto outputs = static_cast<std::int64_t>(layers[l + 1]);
    const Tensor w = randn({inputs, outputs}) * std::sqrt(2.0 / static_cast<double>(inputs));
    weights.push_back(w.to_vector());
  }
  const auto net = std::make_shared<HandWrittenMlp>(layers, weights);
  return {"by hand", [net, images = rand({kBatch, 784}).to_vector(),
                      labels = Nabla::labels(kBatch, 10).to_vector<std::int64_t>()] {
            keep(net->step(images, labels, 0.01));
          }};
}

// While it lives, kernels may use so many threads.
class Threads {
 public:
  explicit Threads(int count) { kernels::use_threads(count); }
  ~Threads() { kernels::use_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_ = kernels::threads();
};

// As many as fit into the time, within limits.
int rounds_in(double seconds, double round_seconds) {
  return static_cast<int>(std::clamp(seconds / round_seconds, 3.0, 25.0));
}

Figure measure(const Workload& workload, const std::string& torch_program) {
  manual_seed(1);
  const Threads one(1);
  MeasureOptions options;
  TorchPeer torch(torch_program, workload.name, options.round_seconds);
  std::vector<Contender> peers = torch.contenders();
  Figure figure{.unit = workload.unit, .limit = workload.limit, .note = workload.note};
  if (workload.count) {
    figure.ours = workload.count();
    for (const Contender& peer : peers) figure.peers[peer.name] = peer.round();
  } else {
    const auto work = workload.prepare();
    work();
    const double call_seconds = seconds_of(work, 1);
    const double turns = static_cast<double>(std::max<std::size_t>(peers.size(), 1));
    const double our_seconds = turns * std::max(call_seconds, options.round_seconds);
    options.rounds = rounds_in(peers.empty() ? 3.0 : 10.0, our_seconds + torch.round_seconds());
    if (workload.name == "tensor/mlp_sgd_32") peers.insert(peers.begin(), mlp_by_hand());
    const Seconds seconds = measure_paired(work, peers, options);
    figure.ours = seconds.ours * workload.per_second;
    figure.peers = scaled(seconds.peers, workload.per_second);
  }
  torch.report_best(figure);
  return figure;
}

Figure with_goal(Figure figure, const std::string& name) {
  const TensorGoal goal = goal_of(name);
  figure.goal = goal.figure;
  if (goal.torch) figure.peer_goals["torch"] = *goal.torch;
  return figure;
}

// With two threads, a copy that moves as many bytes: what this memory allows.
Contender copy_by_hand(double bytes) {
  using Bytes = std::vector<std::byte, kernels::Allocator<std::byte>>;
  constexpr std::int64_t kBlock = std::int64_t{1} << 18;
  const auto count = static_cast<std::int64_t>(bytes / 2) / kBlock * kBlock;
  const Bytes numbers(static_cast<std::size_t>(count), std::byte{1});
  return {"a copy by hand", [from = numbers, to = numbers, count]() mutable {
            const Threads threads(2);
            kernels::for_each_range(count, kBlock, [&](std::int64_t first, std::int64_t last) {
              copy_past_caches(from.data() + first, to.data() + first,
                               static_cast<std::size_t>(last - first));
            });
          }};
}

// The workload with two threads; its peers are the same with one, and where no cache holds what it moves, a
// copy.
Figure measure_two_threads(const Workload& workload) {
  manual_seed(1);
  const auto work = workload.prepare();
  const auto with = [&work](int count) {
    return [&work, count] {
      const Threads threads(count);
      work();
    };
  };
  with(2)();
  std::vector<Contender> peers{{"one thread", with(1)}};
  constexpr double kBeyondCaches = 64e6;
  if (workload.moved_bytes > kBeyondCaches) peers.push_back(copy_by_hand(workload.moved_bytes));
  const Seconds seconds = measure_paired(with(2), peers, {});
  Figure figure{.unit = workload.unit,
                .ours = seconds.ours * workload.per_second,
                .peers = scaled(seconds.peers, workload.per_second),
                .limit = std::nullopt,
                .note = workload.note};
  if (const auto goal = goal_of_two_threads(workload.name)) figure.peer_goals["one thread"] = *goal;
  return figure;
}

// Ours stands beside this program.
struct Load {
  std::vector<std::string> ours{
      std::filesystem::read_symlink("/proc/self/exe").replace_filename("nabla_bench_load")};
  std::vector<std::string> torch;  // empty: not asked for

  explicit Load(const std::string& torch_program) {
    if (!torch_program.empty()) torch = {torch_program, kLoadCase, "0"};
  }
  static double megabytes(const std::vector<std::string>& command) {
    return Child(command, {}).ask();
  }
};

Figure measure_load_time(const std::string& torch_program) {
  const Load load(torch_program);
  const auto run = [](const std::vector<std::string>& command) {
    return [command] { keep(Load::megabytes(command)); };
  };
  std::vector<Contender> peers;
  if (!load.torch.empty()) peers.push_back({"torch", run(load.torch)});
  const Seconds seconds = measure_paired(run(load.ours), peers, {.rounds = 9});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = "a program that adds two tensors, from start to end"};
}

Figure measure_load_memory(const std::string& torch_program) {
  const Load load(torch_program);
  Figure figure{.unit = "MB",
                .ours = Load::megabytes(load.ours),
                .limit = std::nullopt,
                .note = "the same program, resident at most"};
  if (!load.torch.empty()) figure.peers["torch"] = Load::megabytes(load.torch);
  return figure;
}

// A training step of a deep network: 64 layers of 256 units, batch 256, a checkpoint every 8 layers.
class DeepNetwork {
 public:
  DeepNetwork() {
    manual_seed(1);
    for (std::size_t i = 0; i < kLayers; ++i)
      weights_.push_back(variable(randn({kUnits, kUnits}) * (1.4 / std::sqrt(double{kUnits}))));
  }

  void step(bool with_checkpoints) {
    Tensor h = input_;
    for (std::size_t first = 0; first < kLayers; first += kBlock) {
      const std::span<const Tensor> layers(&weights_[first], kBlock);
      const TensorFunction block = [layers](std::span<const Tensor> x) {
        Tensor y = x[0];
        for (const Tensor& w : layers) y = relu(matmul(y, w));
        return y;
      };
      h = with_checkpoints ? checkpoint(block, {h}) : block({&h, 1});
    }
    backward(mean(square(h)));
    for (Tensor& weight : weights_) weight.zero_grad();
  }

 private:
  static constexpr std::size_t kLayers = 64, kBlock = 8;
  static constexpr std::int64_t kUnits = 256;
  std::vector<Tensor> weights_;
  Tensor input_ = randn({kUnits, kUnits});
};

// What `step` takes at most beyond what there was, in megabytes.
double peak_megabytes(const std::function<void()>& step) {
  step();
  const std::int64_t before = tensor_statistics().storage_bytes;
  reset_peak();
  step();
  return static_cast<double>(tensor_statistics().peak_storage_bytes - before) / 1e6;
}

Figure measure_step_memory() {
  manual_seed(1);
  return {.unit = "MB",
          .ours = peak_megabytes(mlp_step<Nabla>({"mlp_sgd_256", Descent::sgd, 256, 0})),
          .limit = std::nullopt,
          .note =
              "a step of mlp_sgd_256 at most, beyond parameters and batch; 0.44 MB are "
              "gradients of parameters"};
}

constexpr const char* kCheckpointNote =
    "64 layers of 256 units, batch 256, a checkpoint every 8; 16.8 MB are gradients of weights";

Figure measure_checkpoint_time() {
  const Threads one(1);
  DeepNetwork network;
  const Seconds seconds = measure_paired(
      [&] { network.step(true); }, {{"all kept", [&] { network.step(false); }}}, {.rounds = 9});
  return {.unit = "ms",
          .ours = seconds.ours * 1e3,
          .peers = scaled(seconds.peers, 1e3),
          .limit = std::nullopt,
          .note = kCheckpointNote};
}

Figure measure_checkpoint_memory() {
  DeepNetwork network;
  return {.unit = "MB",
          .ours = peak_megabytes([&] { network.step(true); }),
          .peers = {{"all kept", peak_megabytes([&] { network.step(false); })}},
          .limit = std::nullopt,
          .note = kCheckpointNote};
}

}  // namespace

std::vector<Case> tensor_cases(const std::string& torch_program) {
  std::vector<Case> cases;
  constexpr std::array kShared{"tensor/relu_1e7",
                               "tensor/tanh_1e6",
                               "tensor/tanh_1e7",
                               "tensor/add_1e7",
                               "tensor/mul_1e7",
                               "tensor/exp_1e7",
                               "tensor/sgd_1e6",
                               "tensor/adam_1e6",
                               "tensor/matmul_256_float64",
                               "tensor/softmax_1024x1024",
                               "tensor/sum_1024x1024",
                               "tensor/matmul_256",
                               "tensor/matmul_1024",
                               "tensor/matmul_batch_32x64",
                               "tensor/moons_relu",
                               "tensor/moons_tanh",
                               "tensor/mlp_adam_1",
                               "tensor/mlp_adam_32",
                               "tensor/mlp_sgd_1",
                               "tensor/mlp_sgd_32",
                               "tensor/mlp_sgd_256",
                               "tensor/mlp_adam_256"};
  for (const Workload& workload : tensor_workloads<Nabla>()) {
    if (workload.name == kLoadCase) continue;
    cases.push_back({workload.name, [workload, torch_program] {
                       return with_goal(measure(workload, torch_program), workload.name);
                     }});
    if (std::ranges::find(kShared, workload.name) != kShared.end())
      cases.push_back(
          {workload.name + "_2_threads", [workload] { return measure_two_threads(workload); }});
  }
  cases.push_back({"tensor/mlp_sgd_256_memory", measure_step_memory});
  cases.push_back({"tensor/checkpoint_time", measure_checkpoint_time});
  cases.push_back({"tensor/checkpoint_memory", measure_checkpoint_memory});
  const auto append_load = [&](const std::string& name,
                               Figure (*measure_load)(const std::string&)) {
    cases.push_back({name, [=] { return with_goal(measure_load(torch_program), name); }});
  };
  append_load("tensor/load_time", measure_load_time);
  append_load("tensor/load_memory", measure_load_memory);
  return cases;
}

}  // namespace nabla::bench
