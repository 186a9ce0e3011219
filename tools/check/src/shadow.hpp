// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/operation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/tensor.hpp>

// Shadow: a computation that was recorded in float32, as a function in float64. Differences of it are
// sharp, so a float32 program is checked as closely as any other. With noise of the size of float32's
// rounding it also says how far apart the two may honestly be.

namespace nabla::check::detail {

class Shadow {
 public:
  /// y as a function of `xs`, variables it was computed from. Other leaves keep their elements; what is
  /// inside a checkpoint is a part of it.
  Shadow(const Tensor& y, std::span<const Tensor> xs, bool in_float64 = true);

  /// Why this cannot be computed again; empty if it can.
  [[nodiscard]] const std::string& obstacle() const { return obstacle_; }
  /// y in float64, for xs in float64; else with the types it had. Recorded if this thread records.
  [[nodiscard]] Tensor operator()(std::span<const Tensor> xs) const { return compute(xs, nullptr); }
  /// The same where each operation's operands and result are off by float32's rounding, at random.
  [[nodiscard]] Tensor noisy(std::span<const Tensor> xs, Random& random) const {
    return compute(xs, &random);
  }
  /// True if some operation is a function of the user's, whose rounding inside is not known.
  [[nodiscard]] bool has_custom() const;
  /// True if a number on the way to y is out of float32's range.
  [[nodiscard]] bool overflows(std::span<const Tensor> xs) const;

 private:
  /// An operation on what stands at these places among all tensors (xs, then what each step gives), or a
  /// constant.
  struct Step {
    std::optional<Operation> operation;
    Tensor constant;
    std::vector<std::size_t> operands;
  };
  class Reader;
  std::size_t add(Step step);
  [[nodiscard]] std::vector<Tensor> all(std::span<const Tensor> xs, Random* random) const;
  [[nodiscard]] Tensor compute(std::span<const Tensor> xs, Random* random) const {
    return all(xs, random)[root_];
  }

  std::size_t inputs_;
  bool in_float64_;
  std::vector<Step> steps_;
  std::size_t root_ = 0;
  std::string obstacle_;
};

/// x, off by `units` of float32's rounding, each element up or down, and by that of numbers of this size.
[[nodiscard]] Tensor with_rounding(const Tensor& x, double units, double size, Random& random);

/// Why the shadow cannot stand for what was recorded from `xs`; empty if it can.
[[nodiscard]] std::string obstacle_of(const Shadow& shadow, std::span<const Tensor> xs);

/// True if the op works on several elements at once, so that inside it there are numbers of the size of
/// any of them: a sum of exponentials, a variance. So may a function of the user's.
[[nodiscard]] bool mixes_elements(const OpInfo& info);
/// The largest absolute value; 0 of nothing, or of what is not floating.
[[nodiscard]] double largest_in(const Tensor& x);

}  // namespace nabla::check::detail
