// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane.hpp>

// Loops in which an element of a result depends on one element of each input. The formula is
// compiled by whoever knows it, as a kernel that reads and writes contiguous elements (for_lanes);
// elementwise() makes any strides and broadcasting look like that, in blocks that stay in the
// first-level cache.

namespace nabla::kernels {

/// Computes n elements of each result from n elements of each input.
using ElementwiseKernel = PerIsa<void(const void* parameters, const void* const* inputs,
                                      void* const* results, std::int64_t n)>;

// No iteration of the loop that follows touches what another one does, and it stays a loop until it is
// vector code. clang finds that out itself.
#if defined(__clang__)
#define NABLA_INDEPENDENT
#else
#define NABLA_INDEPENDENT _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#endif

/// Calls f(0), ..., f(n - 1), in loops of constant length, which compilers turn into vector code at
/// their usual levels of optimization. No two calls touch the same element, but that a result may
/// take the place of the input it was computed from. (GCC must not be told to always inline this:
/// it would do so too early to find `f` when it flattens a kernel.)
template <class F>
inline void for_lanes(std::int64_t n, const F& f) {
  constexpr std::int64_t kLong = 64, kShort = 16;
  std::int64_t i = 0;
  for (; i + kLong <= n; i += kLong) {
    NABLA_INDEPENDENT
    for (std::int64_t j = 0; j < kLong; ++j) f(i + j);
  }
  for (; i + kShort <= n; i += kShort) {
    NABLA_INDEPENDENT
    for (std::int64_t j = 0; j < kShort; ++j) f(i + j);
  }
  for (; i < n; ++i) f(i);
}

struct ElementwiseInput {
  const void* data;             ///< the first element
  const std::int64_t* strides;  ///< in elements, one an axis of the result; 0 where it is stretched
};

/// All inputs of a loop: six operands, and the gradients that arrive where it is differentiated twice.
inline constexpr std::size_t kMaxInputs = 8;
/// What one loop computes at most: the gradients of six operands.
inline constexpr std::size_t kMaxResults = 6;

/// Fills the results, contiguous of shape `sizes`; one may be an input that is contiguous too.
/// Requires  elements of 1, 4 or 8 bytes, the same in all inputs, and in all results; at most
///           kMaxInputs and kMaxResults of them
void elementwise(const ElementwiseKernel& kernel, const void* parameters, int rank,
                 const std::int64_t* sizes, std::span<const ElementwiseInput> inputs,
                 std::size_t input_bytes, std::span<void* const> results, std::size_t result_bytes);

/// The same where all inputs are contiguous and of the shape of the results: n elements.
void elementwise_contiguous(const ElementwiseKernel& kernel, const void* parameters,
                            std::span<const void* const> inputs, std::size_t input_bytes,
                            std::span<void* const> results, std::size_t result_bytes,
                            std::int64_t n);

/// The sum of the one result of such a loop, whose elements and inputs are of type T; none of it is kept.
/// Added up in double, in an order that depends on the number of elements alone.
template <std::floating_point T>
double elementwise_sum(const ElementwiseKernel& kernel, const void* parameters, int rank,
                       const std::int64_t* sizes, std::span<const ElementwiseInput> inputs);

}  // namespace nabla::kernels
