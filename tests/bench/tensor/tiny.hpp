// SPDX-License-Identifier: MIT
// What an operation costs beside its arithmetic: chains of operations on 1, 16 and 256 floats.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "bench/allocations.hpp"
#include "bench/bench.hpp"
#include "bench/tensor/workload.hpp"

namespace nabla::bench {

/// What an operation of a chain finds beside the last result.
template <class L>
struct Beside {
  typename L::Tensor p;     ///< a variable
  typename L::Tensor mask;  ///< true everywhere
};

/// How y and p look for n elements.
enum class TinyShape {
  vectors,
  matrices,      ///< square; p is the identity, so that products stay finite
  number_beside  ///< y is a number, p a vector
};

// y <- op(y), each time `operations` operations.
template <class L>
struct TinyRow {
  using Tensor = typename L::Tensor;
  std::string name;
  Tensor (*op)(const Tensor& y, const Beside<L>& beside);
  TinyShape shape = TinyShape::vectors;
  int operations = 1;
  bool is_elementwise = true;
};

// `length` times y <- op(y). The variables are the first y and p.
template <class L>
class Chain {
 public:
  using Tensor = typename L::Tensor;

  Chain(const TinyRow<L>& row, std::int64_t n, int length) : row_(row), length_(length) {
    const Sizes one{}, vector{n}, square{side(n), side(n)};
    const bool has_matrices = row.shape == TinyShape::matrices;
    const Sizes& p = has_matrices ? square : vector;
    const Sizes& y = row.shape == TinyShape::number_beside ? one : p;
    for (const Sizes* sizes : {&y, &p}) {
      const std::vector<float> near_one(sizes == &one ? 1 : static_cast<std::size_t>(n), 0.9999f);
      variables_.push_back(L::variable(L::from(near_one, *sizes)));
    }
    if (has_matrices) variables_[1] = L::variable(L::from(identity(n), square));
    beside_ = {variables_[1], variables_[1] == variables_[1]};
    seed_ = L::ones_like(variables_[0]);
  }

  Tensor forward() const {
    Tensor y = variables_[0];
    for (int i = 0; i < length_; ++i) y = row_.op(y, beside_);
    return y;
  }
  void forward_and_backward() {
    L::backward(forward(), seed_);
    L::zero_grad(variables_);
  }
  [[nodiscard]] double operations() const { return static_cast<double>(row_.operations * length_); }

 private:
  static std::int64_t side(std::int64_t n) {
    return std::llround(std::sqrt(static_cast<double>(n)));
  }
  static std::vector<float> identity(std::int64_t n) {
    std::vector<float> numbers(static_cast<std::size_t>(n), 0.0f);
    for (std::int64_t i = 0; i < n; i += side(n) + 1) numbers[static_cast<std::size_t>(i)] = 1.0f;
    return numbers;
  }

  TinyRow<L> row_;
  int length_;
  std::vector<Tensor> variables_;
  Beside<L> beside_;
  Tensor seed_;
};

// What a program without an engine needs for an elementwise operation, forward and in both directions:
// nodes of 32 bytes in a vector.
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
  const auto chain = [row, n] { return Chain<L>(row, n, kLength); };
  const double per_second = 1e9 / (row.operations * kLength);
  const std::string beside =
      row.operations == 1 ? "" : ", the mean of " + std::to_string(row.operations) + " operations";
  const auto only_if = [](bool condition, double number) {
    return condition ? std::optional(number) : std::nullopt;
  };
  list.push_back({.name = name,
                  .unit = "ns/op",
                  .per_second = per_second,
                  .limit = only_if(row.is_elementwise, limit_of(n).forward),
                  .note = "recorded and freed" + beside,
                  .prepare = [chain]() -> std::function<void()> {
                    return [chain = chain()] { keep(chain.forward()); };
                  }});
  list.push_back({.name = name + "_with_backward",
                  .unit = "ns/op",
                  .per_second = per_second,
                  .limit = only_if(row.is_elementwise, limit_of(n).both),
                  .note = "recorded, swept and freed" + beside,
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
                  .count = [row] {
                    const Chain<L> chain(row, 1, kLength);
                    return bytes_of(chain) / chain.operations();
                  }});
  list.push_back({.name = "allocations_per_" + row.name,
                  .unit = "/op",
                  .limit = 0,
                  .note = "recorded and swept a second time: " + std::string(kCountedAllocations),
                  .prepare = {},
                  .count = [row] {
                    Chain<L> chain(row, 1, kLength);
                    return allocations_in_steady_state([&] { chain.forward_and_backward(); }) /
                           chain.operations();
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
                    return [chain = Chain<L>(row, 1, kLength)]() mutable {
                      chain.forward_and_backward();
                    };
                  }});
  list.push_back({.name = "chain_1e6_of_" + row.name + "_memory",
                  .unit = "MB",
                  .limit = 32,
                  .note = "before the sweep: " + std::string(L::kLiveBytes),
                  .prepare = {},
                  .count = [row] { return bytes_of(Chain<L>(row, 1, kLength)) / 1e6; }});
}

template <class L>
std::vector<Workload> tiny_workloads() {
  using Tensor = typename L::Tensor;
  using Others = const Beside<L>&;
  const std::vector<TinyRow<L>> elementwise{
      {"add", [](const Tensor& y, Others o) -> Tensor { return y + o.p; }},
      {"mul", [](const Tensor& y, Others o) -> Tensor { return y * o.p; }},
      {"scale", [](const Tensor& y, Others) -> Tensor { return y * 0.99; }},
      {"tanh", [](const Tensor& y, Others) -> Tensor { return tanh(y); }},
      {"where", [](const Tensor& y, Others o) -> Tensor { return where(o.mask, y, o.p); }}};
  const std::vector<TinyRow<L>> others{
      {"sum", [](const Tensor& y, Others o) -> Tensor { return y + o.p.sum(); },
       TinyShape::number_beside, 2, false},
      {"softmax", [](const Tensor& y, Others) -> Tensor { return softmax(y, 0); },
       TinyShape::vectors, 1, false},
      {"matmul", [](const Tensor& y, Others o) -> Tensor { return matmul(y, o.p); },
       TinyShape::matrices, 1, false},
      {"reshape", [](const Tensor& y, Others) -> Tensor { return y.reshape({y.numel()}); },
       TinyShape::vectors, 1, false}};
  std::vector<Workload> list;
  for (const auto& row : elementwise)
    for (const std::int64_t n : {1, 16, 256}) append_times(list, row, n);
  for (const auto& row : others)
    for (const std::int64_t n : {1, 16}) append_times(list, row, n);
  for (const auto* rows : {&elementwise, &others})
    for (const auto& row : *rows) append_memory(list, row);
  for (const auto& row : {elementwise[2], elementwise[3]}) append_long_chain(list, row);
  return list;
}

}  // namespace nabla::bench
