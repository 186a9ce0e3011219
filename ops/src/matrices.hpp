// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <Eigen/Core>

#include <nabla/ops/family/linalg.hpp>

namespace nabla::detail {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The matrices of a tensor, copied out one at a time.
class Matrices {
 public:
  explicit Matrices(const Tensor& x)
      : x_(x), batch_(batch_of(x.shape())), strides_(x.strides()), count_(batch_.numel()) {}

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] MatrixXd operator[](std::int64_t i) const {
    const auto a = static_cast<std::size_t>(batch_.rank());
    MatrixXd matrix(x_.size(-2), x_.size(-1));
    visit_floating(x_.dtype(), [&](auto zero) {
      const auto* from = elements<decltype(zero)>(x_) + offset(i);
      for (std::int64_t column = 0; column < matrix.cols(); ++column)
        for (std::int64_t row = 0; row < matrix.rows(); ++row)
          matrix(row, column) = from[row * strides_[a] + column * strides_[a + 1]];
    });
    return matrix;
  }
  /// True if it is the one before, as in a batch that was stretched.
  [[nodiscard]] bool repeats(std::int64_t i) const { return i > 0 && offset(i) == offset(i - 1); }
  /// " in matrix (1, 0)", or nothing if there is but one.
  [[nodiscard]] std::string place(std::int64_t i) const {
    return batch_.rank() == 0 ? "" : " in matrix (" + indices_at(batch_, i) + ")";
  }

 private:
  [[nodiscard]] std::int64_t offset(std::int64_t i) const {
    std::int64_t at = 0;
    for (int axis = batch_.rank() - 1; axis >= 0; --axis) {
      at += i % batch_[axis] * strides_[static_cast<std::size_t>(axis)];
      i /= batch_[axis];
    }
    return at;
  }

  const Tensor& x_;
  Shape batch_;
  Strides strides_;
  std::int64_t count_;
};

/// Writes matrix `i` of the contiguous tensor y, or its rows from `first_row` on.
template <class Block>
void store(Tensor& y, std::int64_t i, const Block& block, std::int64_t first_row = 0) {
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = elements<T>(y) + (i * y.size(-2) + first_row) * y.size(-1);
    for (std::int64_t row = 0; row < block.rows(); ++row)
      for (std::int64_t column = 0; column < block.cols(); ++column)
        *to++ = static_cast<T>(block(row, column));
  });
}

/// Fills matrix `i` with NaN, and says so, if `a` has an element that is not finite.
[[nodiscard]] inline bool stores_nan(Tensor& y, std::int64_t i, const MatrixXd& a) {
  if (a.allFinite()) return false;
  store(y, i, MatrixXd::Constant(y.size(-2), y.size(-1), std::numeric_limits<double>::quiet_NaN()));
  return true;
}

}  // namespace nabla::detail
