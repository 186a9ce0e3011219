// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <nabla/engine/sweep.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/engine/tensor.hpp>

// What the tape holds where scalars go over into tensors and back: for the bridge, which makes
// these records, and for snapshots, which look through them.

namespace nabla::detail {

/// Values became a tensor. The record has inputs and no outputs; the tensor is a node without
/// edges that knows this record as long as it stands on the tape.
class StackedValues final : public External {
 public:
  /// `inputs`: where the Values stand on the tape, 0 where one has no history.
  StackedValues(Tensor tensor, std::vector<std::uint32_t> inputs)
      : tensor_(std::move(tensor)), inputs_(std::move(inputs)) {}
  ~StackedValues() override;

  [[nodiscard]] const OpInfo& info() const override;
  void reverse(std::span<const double> output_adjoints, std::span<double> input_adjoints) override;
  [[nodiscard]] const std::vector<std::uint32_t>& inputs() const { return inputs_; }

 private:
  Tensor tensor_;
  std::vector<std::uint32_t> inputs_;
};

/// Elements of a tensor became Values: outputs without inputs.
class TakenElements final : public External {
 public:
  /// `first` is the row-major place of the first element taken.
  TakenElements(Tensor tensor, std::int64_t first) : tensor_(std::move(tensor)), first_(first) {}

  [[nodiscard]] const OpInfo& info() const override;
  void reverse(std::span<const double> output_adjoints, std::span<double> input_adjoints) override;
  /// What the elements' gradients add to the tensor's.
  [[nodiscard]] Tensor contribution(std::span<const double> output_adjoints) const;
  [[nodiscard]] const Tensor& tensor() const { return tensor_; }
  [[nodiscard]] std::int64_t first() const { return first_; }

 private:
  Tensor tensor_;
  std::int64_t first_;
};

/// True if this tensor was stacked from Values.
[[nodiscard]] bool is_stacked(const Node& node);
/// The record of the Values that were stacked into this tensor.
/// Requires  is_stacked(node)
/// Errors    GraphError that names `op` if they are not on the active tape, or no longer
[[nodiscard]] const StackedValues& record_of(const Node& node, const char* op);

}  // namespace nabla::detail
