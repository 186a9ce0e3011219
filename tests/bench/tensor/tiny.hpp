// SPDX-License-Identifier: MIT
// What an operation costs beside its arithmetic: chains of operations on 1, 16 and 256 floats.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "bench/allocations.hpp"
#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

// y <- y + p, y p, 0.99 y or tanh y, `length` times. The variables are x and p.
template <class L>
class Chain {
 public:
  using Tensor = typename L::Tensor;
  using Op = Tensor (*)(const Tensor& y, const Tensor& p);

  Chain(Op op, std::int64_t n, int length) : op_(op), length_(length) {
    const std::vector<float> near_one(static_cast<std::size_t>(n), 0.9999f);
    for (int i = 0; i < 2; ++i) variables_.push_back(L::variable(L::from(near_one, {n})));
    seed_ = L::ones_like(variables_[0]);
  }

  Tensor forward() const {
    Tensor y = variables_[0];
    for (int i = 0; i < length_; ++i) y = op_(y, variables_[1]);
    return y;
  }
  void forward_and_backward() {
    L::backward(forward(), seed_);
    L::zero_grad(variables_);
  }

 private:
  Op op_;
  int length_;
  std::vector<Tensor> variables_;
  Tensor seed_;
};

template <class L>
struct TinyRow {
  std::string name;
  typename Chain<L>::Op op;
};

// What a program without an engine needs for an operation, forward and in both directions: nodes of
// 32 bytes in a vector.
struct TinyLimit {
  double forward, both;
};
constexpr TinyLimit limit_of(std::int64_t n) {
  return n <= 16 ? TinyLimit{5, 11} : TinyLimit{41, 84};
}

template <class L>
void append_times(std::vector<Workload>& list, const TinyRow<L>& row, std::int64_t n) {
  constexpr int kLength = 10'000;
  const std::string name = "tiny_" + row.name + "_" + std::to_string(n);
  const auto chain = [row, n] { return Chain<L>(row.op, n, kLength); };
  list.push_back({.name = name,
                  .unit = "ns/op",
                  .per_second = 1e9 / kLength,
                  .limit = limit_of(n).forward,
                  .note = "recorded and freed",
                  .prepare = [chain]() -> std::function<void()> {
                    return [chain = chain()] { keep(chain.forward()); };
                  }});
  list.push_back({.name = name + "_with_backward",
                  .unit = "ns/op",
                  .per_second = 1e9 / kLength,
                  .limit = limit_of(n).both,
                  .note = "recorded, swept and freed",
                  .prepare = [chain]() -> std::function<void()> {
                    return [chain = chain()]() mutable { chain.forward_and_backward(); };
                  }});
}

template <class L>
double bytes_of(const Chain<L>& chain) {
  const double before = L::live_bytes();
  const auto y = chain.forward();
  return L::live_bytes() - before;
}

template <class L>
void append_memory(std::vector<Workload>& list, const TinyRow<L>& row) {
  constexpr int kLength = 10'000;
  list.push_back({.name = "bytes_per_" + row.name,
                  .unit = "B/op",
                  .limit = 32,
                  .note = "1 float, recorded: " + std::string(L::kLiveBytes),
                  .prepare = {},
                  .count = [row] { return bytes_of(Chain<L>(row.op, 1, kLength)) / kLength; }});
  list.push_back({.name = "allocations_per_" + row.name,
                  .unit = "/op",
                  .limit = 0,
                  .note = "recorded and swept a second time: " + std::string(kCountedAllocations),
                  .prepare = {},
                  .count = [row] {
                    Chain<L> chain(row.op, 1, kLength);
                    return allocations_in_steady_state([&] { chain.forward_and_backward(); }) /
                           kLength;
                  }});
}

template <class L>
void append_long_chain(std::vector<Workload>& list, const TinyRow<L>& row) {
  constexpr int kLength = 1'000'000;
  list.push_back({.name = "chain_1e6_of_" + row.name,
                  .unit = "ms",
                  .per_second = 1e3,
                  .limit = 20,
                  .note = "1 float, recorded, swept and freed",
                  .prepare = [row]() -> std::function<void()> {
                    return [chain = Chain<L>(row.op, 1, kLength)]() mutable {
                      chain.forward_and_backward();
                    };
                  }});
  list.push_back({.name = "chain_1e6_of_" + row.name + "_memory",
                  .unit = "MB",
                  .limit = 32,
                  .note = "before the sweep: " + std::string(L::kLiveBytes),
                  .prepare = {},
                  .count = [row] { return bytes_of(Chain<L>(row.op, 1, kLength)) / 1e6; }});
}

template <class L>
std::vector<Workload> tiny_workloads() {
  using Tensor = typename L::Tensor;
  const std::vector<TinyRow<L>> rows{
      {"add", [](const Tensor& y, const Tensor& p) -> Tensor { return y + p; }},
      {"mul", [](const Tensor& y, const Tensor& p) -> Tensor { return y * p; }},
      {"scale", [](const Tensor& y, const Tensor&) -> Tensor { return y * 0.99; }},
      {"tanh", [](const Tensor& y, const Tensor&) -> Tensor { return tanh(y); }}};
  std::vector<Workload> list;
  for (const auto& row : rows)
    for (const std::int64_t n : {1, 16, 256}) append_times(list, row, n);
  for (const auto& row : rows) append_memory(list, row);
  for (const auto& row : {rows[2], rows[3]}) append_long_chain(list, row);
  return list;
}

}  // namespace nabla::bench
