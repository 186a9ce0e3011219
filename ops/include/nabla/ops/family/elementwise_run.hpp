// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <nabla/engine/tensor.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/lane_math.hpp>
#include <nabla/kernels/parallel.hpp>
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

/// True if the result can be written over operand 0 as it is computed: that is contiguous, of the
/// shape and dtype of the result, and no other operand sees its elements at other places.
bool can_take_result(std::span<const Tensor* const> operands, const ElementwiseResult& result);

/// The usual case, told at once: all operands but plain numbers are contiguous, of one shape and of
/// one floating dtype, which are then those of the result. Gives one of them, else null.
const Tensor* common_operand(std::span<const Tensor* const> operands);

/// One of the temporaries, over whose elements the result can be written: a floating tensor that is
/// all the result will be, nobody else holds, and no history or NanGuard needs. Null if there is none.
/// `least`, `has_condition` and `op` as in elementwise_result.
Tensor* replaceable(std::span<Tensor* const> temporaries, std::span<const Tensor* const> operands,
                    DType least, bool has_condition, const char* op);

/// The strides of `operand` inside a loop over `shape`: 0 where it is stretched.
Strides broadcast_strides(const Node& operand, int rank, const std::int64_t* sizes);

Tensor brought_back(const Tensor& gradient, const Node& operand);
/// `gradient` with the shape and dtype of `operand`: summed over stretched axes, converted.
[[nodiscard]] inline Tensor match_operand(Tensor gradient, const Node& operand) {
  const Node& node = *gradient.node();
  const bool is_alike = node.dtype == operand.dtype && have_same_sizes(node, operand);
  return is_alike ? std::move(gradient) : brought_back(gradient, operand);
}

/// The sum of what a kernel gives for all elements of the operands, read as `dtype` and broadcast to
/// `shape`: none of it is kept. Added up in double, in an order that depends on the shape alone.
double sum_elementwise(const kernels::ElementwiseKernel& kernel, const void* parameters,
                       std::span<Node* const> operands, DType dtype, const Shape& shape);

/// Samples drawn from the intervals in `info`, of several shapes, broadcast against each other.
std::vector<Sample> elementwise_samples(const OpInfo& info, int arity,
                                        Tensor (*apply)(std::span<const Tensor>));
std::vector<ErrorCase> elementwise_errors(const OpInfo& info, int arity,
                                          Tensor (*apply)(std::span<const Tensor>));

/// The value of a parameter, as the type that the op's `with` takes.
struct ParameterValue {
  double number;
  template <class T>
  constexpr operator T() const {  // NOLINT: converts in a call
    return static_cast<T>(number);
  }
};

/// results[..][i] = kernel(operands[0][i], operands[1][i], ...), each operand read as `dtype` and
/// broadcast to the shape of the results, which are contiguous and alike.
void run_elementwise(const kernels::ElementwiseKernel& kernel, const void* parameters,
                     std::span<Node* const> operands, DType dtype, std::span<Node* const> results);

/// The first element of `from` as a number of another type.
void convert_element(const Node& from, DType dtype, std::byte* to);

/// Room for a copy of an operand of few elements.
struct alignas(64) FewElements {
  static constexpr std::int64_t kMost = 512;
  std::array<std::byte, kMost * sizeof(double)> bytes;
};
/// A copy of an operand that is of another dtype than `y` is computed in, or one element for all of y: as
/// y is laid out. Null where y has more elements than there is room for, or the operand lies in any other
/// way.
[[nodiscard]] const void* few_elements(const Node& operand, DType dtype, const Node& y,
                                       FewElements& room);

/// The same into one result, with nothing on the way to the kernel where all is small and alike, or few
/// elements.
template <std::size_t N>
inline void run_elementwise(const kernels::ElementwiseKernel& kernel, const void* parameters,
                            const std::array<Node*, N>& operands, DType dtype, Node& y) {
  const std::int64_t numel = y.numel();
  bool is_direct = numel < kernels::kLargeLoop;
  std::array<const void*, N> data;
  std::array<FewElements, N> rooms;
  for (std::size_t i = 0; i < N; ++i) {
    const Node& operand = *operands[i];
    data[i] = operand.data;
    if (operand.dtype == dtype && (numel == 1 || have_same_layout(operand, y))) continue;
    data[i] = few_elements(operand, dtype, y, rooms[i]);
    is_direct = is_direct && data[i] != nullptr;
  }
  void* const elements_of_y = y.data;
  if (is_direct) return kernel(parameters, data.data(), &elements_of_y, numel);
  Node* const result[] = {&y};
  run_elementwise(kernel, parameters, operands, dtype, result);
}

/// What stands behind N tensors.
template <std::size_t N>
std::array<Node*, N> nodes_of(std::span<const Tensor* const> tensors) {
  std::array<Node*, N> nodes;
  for (std::size_t i = 0; i < N; ++i) nodes[i] = tensors[i]->node();
  return nodes;
}

/// Whether is_usual(i) for all i < n. Requires  a multiple of kLanesBlock
template <class T, class IsUsual>
bool are_usual(std::int64_t n, const IsUsual& is_usual) {
  constexpr std::int64_t kStep = 4 * kernels::kLanesBlock;
  constexpr std::size_t kWidth = kernels::kLanesBlock;
  using Count = typename kernels::detail::Layout<T>::Bits;
  // In vector code, several vectors a step.
  std::array<Count, kStep> marks{};
  std::array<Count, kWidth> unusual{};
  std::int64_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    for (std::int64_t j = 0; j < kStep; ++j) {
      Count& mark = marks[static_cast<std::size_t>(j)];
      mark = is_usual(i + j) ? mark : Count{1};
    }
  }
  for (; i < n; i += kernels::kLanesBlock)
    for (std::int64_t j = 0; j < kernels::kLanesBlock; ++j)
      unusual[static_cast<std::size_t>(j)] += static_cast<Count>(!is_usual(i + j));
  for (std::size_t j = 0; j < kWidth; ++j)
    unusual[j] |= marks[j] | marks[j + kWidth] | marks[j + 2 * kWidth] | marks[j + 3 * kWidth];
  Count all = 0;
  NABLA_ROLLED
  for (std::size_t j = 0; j < kWidth; ++j) all |= unusual[j];
  return all == 0;
}

/// for_whole_lanes() of f(i, a type of Lane): UsualLane where is_usual(i) in all of a block, else Lane.
template <class T, class IsUsual, class F>
void for_usual_lanes(std::int64_t n, const IsUsual& is_usual, const F& f) {
  constexpr std::int64_t kBlock = 512;
  for (std::int64_t start = 0; start < n; start += kBlock) {
    const std::int64_t size = std::min(kBlock, n - start);
    if (are_usual<T>(size, [&](std::int64_t i) { return is_usual(start + i); })) {
      kernels::for_whole_lanes(size,
                               [&](std::int64_t i) { f(start + i, kernels::UsualLane<T>()); });
    } else {
      kernels::for_whole_lanes(size, [&](std::int64_t i) { f(start + i, kernels::Lane<T>()); });
    }
  }
}

/// y = f(x...) on Lanes of T, in vector code. The parameters are the F.
template <class F, class T, std::size_t N>
struct FormulaKernel {
  static void run(const void* parameters, const void* const* inputs, void* const* results,
                  std::int64_t n) {
    const F f = *static_cast<const F*>(parameters);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const std::array<const T*, N> operands{static_cast<const T*>(inputs[K])...};
      const std::array<T*, 1> result{static_cast<T*>(results[0])};
      const auto element = [&]<class Lane>(const auto& x, const auto& to, std::int64_t i, Lane) {
        to[0][i] = Lane(f(Lane(x[K][i])...)).number();
      };
      const auto one = [&](const auto& x, const auto& to, std::int64_t i) {
        element(x, to, i, kernels::Lane<T>());
      };
      const auto many = [&](const auto& x, const auto& to, std::int64_t size) {
        if constexpr (requires { F::is_usual(kernels::Lane<T>(*x[K])...); }) {
          for_usual_lanes<T>(
              size, [&](std::int64_t i) { return F::is_usual(kernels::Lane<T>(x[K][i])...); },
              [&](std::int64_t i, auto lane) { element(x, to, i, lane); });
        } else {
          kernels::for_whole_lanes(size, [&](std::int64_t i) { one(x, to, i); });
        }
      };
      if constexpr (is_cheap<F>) {
        kernels::for_lanes(n, [&](std::int64_t i) { one(operands, result, i); });
      } else {
        kernels::in_lanes(n, operands, result, many, one);
      }
    }
    (std::make_index_sequence<N>{});
  }
};

/// y = f(x...) for elements of type T.
template <class T, class Y, std::size_t N, class F>
struct PlainKernel {
  static void run(const void* parameters, const void* const* inputs, void* const* results,
                  std::int64_t n) {
    const F f = *static_cast<const F*>(parameters);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const std::array<const T*, N> x{static_cast<const T*>(inputs[K])...};
      Y* to = static_cast<Y*>(results[0]);
      const auto one = [&](std::int64_t i) { to[i] = static_cast<Y>(f(x[K][i]...)); };
      sizeof(T) == 1 ? kernels::for_lanes_of_bytes(n, one) : kernels::for_lanes(n, one);
    }
    (std::make_index_sequence<N>{});
  }
};

/// The same of tensors.
template <class T, class Y, std::size_t N, class F>
void run_plain(const F& f, std::span<const Tensor* const> operands, Node& y) {
  static_assert(std::is_trivially_copyable_v<F>);
  static constexpr auto kernel = kernels::ElementwiseKernel::of<PlainKernel<T, Y, N, F>>();
  run_elementwise(kernel, &f, nodes_of<N>(operands), dtype_of<T>(), y);
}

}  // namespace nabla::detail
