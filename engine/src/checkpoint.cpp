// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>

#include "checkpoint_node.hpp"

namespace nabla {

namespace {

/// What is needed to compute the result again; the attributes are a pointer to it, which they own.
struct Checkpoint {
  TensorFunction f;
  Random random;  ///< the thread's generator as it was
};
Checkpoint* checkpoint_in(const std::byte* attributes) {
  return *reinterpret_cast<Checkpoint* const*>(attributes);
}

/// The thread's generator is another one while it lives.
class WithRandom {
 public:
  explicit WithRandom(const Random& random) : before_(std::exchange(default_random(), random)) {}
  ~WithRandom() { default_random() = before_; }
  WithRandom(const WithRandom&) = delete;
  WithRandom& operator=(const WithRandom&) = delete;

 private:
  Random before_;
};

/// The function once more. What it gives must be like what it gave `before`.
Tensor again(const Checkpoint& kept, std::span<const Tensor> inputs, const Tensor& before) {
  const WithRandom as_it_was(kept.random);
  Tensor result = kept.f(inputs);
  if (!result.defined() || result.shape() != before.shape() || result.dtype() != before.dtype()) {
    throw GraphError(fmt::format(
        "[checkpoint] the function gave {} of shape {} at first and {} when computed again; "
        "need the same each time",
        name_of(before.dtype()), to_string(before.shape()),
        result.defined()
            ? fmt::format("{} of shape {}", name_of(result.dtype()), to_string(result.shape()))
            : "nothing"));
  }
  return result;
}

void backward(BackwardCall& call) {
  const Checkpoint& kept = *checkpoint_in(call.attribute_bytes());
  call.sweep_again(
      [&](std::span<const Tensor> inputs) { return again(kept, inputs, call.output()); });
}

Tensor replay(std::span<const Tensor> operands, const std::byte* attributes) {
  return checkpoint(checkpoint_in(attributes)->f, operands);
}

void release(std::byte* attributes) noexcept {
  std::unique_ptr<Checkpoint>(checkpoint_in(attributes)).reset();
}

constexpr OpInfo kInfo{.name = "checkpoint",
                       .formula = "y = f(x), computed again in the sweep",
                       .gradient = "the gradient of f",
                       .source = "Griewank & Walther 2000"};
constexpr std::uint32_t kSaves = ~kSavesOutput;
constexpr Rule kRule{&kInfo, {kSaves, kSaves, kSaves}, backward, replay, nullptr, release};

}  // namespace

bool detail::is_checkpoint(const Node& node) { return node.rule == &kRule; }

Tensor detail::compute_again(Node& node, std::span<const Tensor> operands) {
  return again(*checkpoint_in(node.attributes()), operands, Tensor::share(&node));
}

Tensor checkpoint(const TensorFunction& f, std::span<const Tensor> inputs) {
  std::vector<const Tensor*> operands;
  for (const Tensor& input : inputs) operands.push_back(&input);
  detail::check_defined(kInfo.name, operands);
  if (!is_recording()) return f(inputs);
  auto kept = std::make_unique<Checkpoint>(Checkpoint{f, default_random()});
  const Tensor value = [&] {
    const NoGrad no_grad;
    return f(inputs);
  }();
  if (!is_floating(detail::defined(value, kInfo.name).dtype())) return value;
  Checkpoint* const attribute = kept.get();
  Tensor y = detail::make_computed(kRule, value, operands, &attribute, sizeof(attribute));
  static_cast<void>(kept.release());
  return y;
}

// --- loops of scalars --------------------------------------------------------------------------

namespace detail {

void check_loop(std::size_t state, const LoopOptions& options) {
  if (state == 0) throw DomainError("[gradient_of_loop] got an empty state, need a number");
  if (options.snapshots == 0) {
    throw DomainError("[gradient_of_loop] got 0 snapshots, need at least the first state");
  }
}

void check_state(std::size_t step, std::size_t got, std::size_t need) {
  if (got == need) return;
  throw ShapeError(fmt::format(
      "[gradient_of_loop] step {} made a state of {} numbers out of one of {}", step, got, need));
}

// With s snapshots, so many steps as there are ways to choose s of s + r can be swept over such that
// each is computed r times at most. The way splits at the next snapshot into what lies behind it, with
// one snapshot less, and what lies before it, with one repetition less.
std::size_t steps_to_snapshot(std::size_t steps, std::size_t snapshots) {
  // behind, all: within reach of r repetitions, with s - 1 and s snapshots. before: r - 2 and s.
  double behind = 1, all = 1, before = 0;
  const auto s = static_cast<double>(snapshots), n = static_cast<double>(steps);
  for (double r = 1; all < n; ++r) {
    before = r == 1 ? 0 : before == 0 ? 1 : before * (s + r - 2) / (r - 2);
    behind *= (s - 1 + r) / r;
    all *= (s + r) / r;
  }
  const double middle = std::max({n - std::round(behind), std::round(before), 1.0});
  return static_cast<std::size_t>(middle);
}

}  // namespace detail

}  // namespace nabla
