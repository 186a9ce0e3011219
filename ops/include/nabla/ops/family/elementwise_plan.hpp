// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/registry.hpp>

// What all elementwise ops do alike, before and around their loops: the common shape and dtype,
// operands converted and broadcast, gradients brought back to an operand's shape.

namespace nabla::detail {

struct ElementwiseResult {
  Shape shape;
  DType dtype;
  bool is_number;  ///< all operands are plain numbers
};

/// Shape and dtype of an elementwise result: what the operands promote to, but no less than
/// `least`. `has_condition` leaves operand 0 out of the dtype.
/// Errors    ShapeError that names `op` if the shapes do not broadcast
ElementwiseResult elementwise_result(std::span<const Tensor* const> operands, DType least,
                                     bool has_condition, const char* op);

/// The operand's elements as `dtype`: itself, or a converted copy without history.
Tensor converted(const Tensor& tensor, DType dtype);

/// The strides of `operand` inside a loop over `shape`: 0 where it is stretched.
Strides broadcast_strides(const Node& operand, int rank, const std::int64_t* sizes);

/// `gradient` with the shape and dtype of `operand`: summed over stretched axes, converted.
Tensor match_operand(const Tensor& gradient, const Tensor& operand);

/// Samples drawn from the intervals in `info`, of several shapes, broadcast against each other.
std::vector<Sample> elementwise_samples(const OpInfo& info, int arity,
                                        Tensor (*apply)(std::span<const Tensor>));
std::vector<ErrorCase> elementwise_errors(const OpInfo& info, int arity,
                                          Tensor (*apply)(std::span<const Tensor>));

/// Refuses values that parameter_fault objects to.
/// Errors    DomainError
void require_parameters(const OpInfo& info, std::span<const OpParameter> parameters,
                        std::span<const double> values);

/// The value of a parameter, as the type that the op's `with` takes.
struct ParameterValue {
  double number;
  template <class T>
  constexpr operator T() const {  // NOLINT: converts in a call
    return static_cast<T>(number);
  }
};

/// A loop over the elements of `y` and of N operands broadcast to its shape, as numbers of type T.
template <class T, std::size_t N>
class ElementwisePlan {
 public:
  ElementwisePlan(std::span<const Tensor* const> operands, const Node& y) {
    std::array<Strides, N> strides;
    std::array<const std::int64_t*, N + 1> pointers{};
    for (std::size_t i = 0; i < N; ++i) {
      const Tensor* operand = operands[i];
      if (operand->dtype() != dtype_of<T>()) {
        converted_[i] = converted(*operand, dtype_of<T>());
        operand = &converted_[i];
      }
      data_[i] = reinterpret_cast<const T*>(operand->node()->data);
      strides[i] = broadcast_strides(*operand->node(), y.rank, y.sizes());
      pointers[i] = strides[i].data();
    }
    pointers[N] = y.strides();
    loop_ = kernels::make_loop<N + 1>(y.rank, y.sizes(), pointers);
  }

  /// Calls f(operand pointers, offset into y, length, operand steps) for each row of y.
  template <class F>
  void rows(F&& f) const {
    kernels::for_each_row(loop_, [&](const auto& offsets, std::int64_t n,
                                     const std::array<std::int64_t, N + 1>& step) {
      std::array<const T*, N> x;
      for (std::size_t i = 0; i < N; ++i) x[i] = data_[i] + offsets[i];
      f(x, offsets[N], n, step);
    });
  }

 private:
  std::array<Tensor, N> converted_;
  std::array<const T*, N> data_{};
  kernels::Loop<N + 1> loop_;
};

}  // namespace nabla::detail
