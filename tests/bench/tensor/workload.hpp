// SPDX-License-Identifier: MIT
// What the tensor benchmarks measure, written once for any library of tensors. A workload is a
// template on `L`, which says how the library spells what is not the same everywhere; tensor.cpp
// says it for nabla, torch/main.cpp for libtorch. L has
//
//   Tensor, Optimizer, kFloat32, kFloat64
//   randn(shape, dtype), from(numbers, shape), labels(count, classes), ones_like(x), variable(x)
//   indices(shape, below)              int64 numbers that jump about
//   backward(y), backward(y, seed)     fills the gradients of the variables
//   zero_grad(variables)               forgets them
//   gradient(y, xs, seed)              gives them, and keeps the history for the next time
//   affine_tanh_sum(a, x, b)           the sum of tanh(a x + b) in one pass, if the library can
//   gate(x, w)                         tanh(x) w in one pass, if the library can
//   mse(p, t), huber(p, t), bce_with_logits(z, t), kl_divergence(p, q), weighted_bce(p, t, weights)
//   cross_entropy(logits, labels), layer_norm(x), logsumexp(x),
//   sum(x, axis), norm(x), var(x, axis), prod(x, axis), cummax(x, axis), cummin(x, axis),
//   sort(x, axis), topk(x, k, axis), flip(x, axis), roll(x, shift, axis), pad(x, width),
//   gather(x, axis, index), index_select(x, axis, index), embedding(weight, index),
//   scatter_add(x, axis, index, source), index_put(x, indices, values, accumulate)
//   Layers, layers(sizes, activation)  dense layers with the activation between them: a function of a
//                                      batch, and its parameters(), weights as kaiming_normal
//   sgd(parameters, rate), adam(parameters, rate)
//   live_bytes(), kLiveBytes           what the tensors hold now, and in words what that counts
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"

namespace nabla::bench {

using Sizes = std::vector<std::int64_t>;

enum class Activation { relu, tanh };

/// Numbers below `below` that jump about.
inline std::vector<std::int64_t> jumping(const Sizes& shape, std::int64_t below) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (std::int64_t& number : numbers) {
    state = state * 1664525u + 1013904223u;
    number = static_cast<std::int64_t>(state >> 8) % below;
  }
  return numbers;
}

// Of one core of an Intel Xeon (Emerald Rapids): what the limits of the cases are computed from.
constexpr double kBytesPerSecond = 27.5e9;   ///< arrays of 4 to 40 MB, read and written
constexpr double kFloat32PerSecond = 177e9;  ///< operations in AVX-512
constexpr double kFloat64PerSecond = 88e9;

struct Workload {
  std::string name;
  std::string unit;
  double per_second = 1e6;  ///< the figure is the seconds of a call times this
  std::optional<double> limit;
  std::string note;
  /// Sets up, and gives what is timed.
  std::function<std::function<void()>()> prepare;
  /// Where the figure is no time: computes it.
  std::function<double()> count = {};
  double moved_bytes = 0;  ///< between memory and core, where that is what takes the time
};

/// y = value(inputs), measured without history, and as a sweep back over a history that is kept.
template <class L>
struct Function {
  using Tensor = typename L::Tensor;
  std::string name;
  std::function<std::vector<Tensor>()> inputs;
  std::function<Tensor(const std::vector<Tensor>&)> value;
  double forward_bytes;       ///< what must be moved between memory and core at least
  double backward_bytes = 0;  ///< 0: the sweep moves nothing, and is not measured
  std::size_t variables = 1;  ///< the first inputs, by which it is differentiated
};

template <class L>
std::function<void()> sweep_of(const Function<L>& function) {
  auto inputs = function.inputs();
  for (std::size_t i = 0; i < function.variables; ++i) inputs[i] = L::variable(inputs[i]);
  const auto y = function.value(inputs);
  inputs.resize(function.variables);
  return [y, inputs, seed = L::ones_like(y)] { keep(L::gradient(y, inputs, seed)); };
}

/// The microseconds that moving so many bytes takes, unless the caches may hold them.
inline std::optional<double> bandwidth_limit(double bytes) {
  constexpr double kCacheBytes = 2e6;
  if (bytes <= kCacheBytes) return std::nullopt;
  return bytes / kBytesPerSecond * 1e6;
}

/// A workload in microseconds that must move so many bytes.
inline Workload moving(double bytes, const std::string& name, const std::string& note,
                       const std::function<std::function<void()>()>& prepare) {
  const auto limit = bandwidth_limit(bytes);
  return {.name = name,
          .unit = "us",
          .limit = limit,
          .note = note + (limit ? "; limit: memory bandwidth" : ""),
          .prepare = prepare,
          .moved_bytes = bytes};
}

template <class L>
void append(std::vector<Workload>& list, const Function<L>& function) {
  const auto forward = [function]() -> std::function<void()> {
    return [inputs = function.inputs(), function] { keep(function.value(inputs)); };
  };
  list.push_back(moving(function.forward_bytes, function.name, "without history", forward));
  if (function.backward_bytes == 0) return;
  list.push_back(moving(function.backward_bytes, function.name + "_backward", "the sweep alone",
                        [function] { return sweep_of<L>(function); }));
}

}  // namespace nabla::bench
