// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <nabla/engine/unfold.hpp>
#include <nabla/engine/value.hpp>

#include "program/recorded_ops.hpp"

namespace nabla::detail {

/// What was recorded, in dual numbers: values while the tape is unfolded, gradients in a sweep over what was
/// then kept. The tape tells slopes, and the kernels of a schedule how other slopes than the usual ones change.
class DualRow final : public Unfolder {
 public:
  explicit DualRow(const ProgramOps& ops) : ops_(ops) {}

  /// Forgets the row before.
  /// Shapes    as many directions as inputs; indices on the tape up to `last`
  void start(std::span<const Value> inputs, std::span<const double> directions, std::uint32_t last);
  /// What the gradient of the Value at `root` changes by along the directions.
  /// Requires  it was unfolded since start()
  void sweep(std::uint32_t root, std::span<double> products);

  void reached(External& external, std::vector<std::uint32_t>&) override { refuse(external); }
  void input(std::uint32_t index, double value) override {
    if (numbers_of_[index] == kUnknown) numbers_of_[index] = constant(value);
  }
  void source(std::uint32_t index, double value) override { numbers_of_[index] = constant(value); }
  std::uint32_t leaf(std::uint32_t index) override { return numbers_of_[index]; }
  std::uint32_t constant(double value) override;
  void begin(std::uint32_t) override {}
  std::uint32_t operation(const ElementaryOperation& operation) override;
  void statement(std::uint32_t index, std::uint32_t node) override { numbers_of_[index] = node; }
  void external(External& external, std::span<const std::uint32_t>, std::uint32_t,
                std::span<const double>, const std::vector<bool>&) override {
    refuse(external);
  }

 private:
  struct Number {
    double value = 0, tangent = 0;
    double gradient = 0, gradient_tangent = 0;
    bool is_active = false;  ///< depends on an input
  };
  struct Step {
    std::size_t arity = 0;
    std::array<std::uint32_t, 3> operands{};
    std::array<double, 3> slopes{};  ///< by each operand
    const OpEntry* op = nullptr;
    std::uint32_t result = 0;
    std::size_t attributes = 0;  ///< where they stand
  };

  [[nodiscard]] const void* attributes_of(const Step& step) const {
    return step.op->lanes->attribute_bytes == 0 ? nullptr : attributes_.data() + step.attributes;
  }
  void go_back(const Step& step);
  void contribute(const Step& step, std::size_t k);
  void add_by_kernel(const Step& step, const SlopeKernels& slope, Number& x);

  static constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
  RecordedOps ops_;
  std::vector<Number> numbers_;  ///< inputs first
  std::vector<Step> steps_;
  std::vector<std::uint64_t> attributes_;
  std::vector<std::uint32_t> numbers_of_;  ///< by the index on the tape
};

}  // namespace nabla::detail
