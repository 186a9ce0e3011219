// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <nabla/nabla.hpp>

// Scaling: columns of a table brought to mean 0 and deviation 1, without which a network learns
// slowly from columns of very different size. Before the weights are saved the scaling is folded
// into the first layer, so that the saved network takes the numbers of the table as they are.

namespace nabla::cli {

class Scaling {
 public:
  /// Changes nothing.
  Scaling() = default;
  /// The scaling that suits these examples.
  /// Shapes    examples (n, columns), float32
  explicit Scaling(const Tensor& examples);

  /// Shapes    (n, columns) -> the same
  [[nodiscard]] Tensor operator()(const Tensor& examples) const;
  /// Changes the first layer, which so far took scaled numbers, to take the original ones.
  void fold_into(nn::Sequential& network) const;

 private:
  std::vector<float> means_, deviations_;
};

}  // namespace nabla::cli
