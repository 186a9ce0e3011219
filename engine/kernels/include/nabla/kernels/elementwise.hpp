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
#define NABLA_ROLLED
#else
#define NABLA_INDEPENDENT _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#define NABLA_ROLLED _Pragma("GCC unroll 1")
#endif

/// What loops of Lanes are a multiple of: a vector, or several.
inline constexpr std::int64_t kLanesBlock = 16;

/// Calls f(0), ..., f(n - 1), in loops of constant length, which compilers turn into vector code at
/// their usual levels of optimization. No two calls touch the same element, but that a result may
/// take the place of the input it was computed from. (GCC must not be told to always inline this:
/// it would do so too early to find `f` when it flattens a kernel.)
/// Requires  a multiple of Step
template <std::int64_t Step = kLanesBlock, class F>
inline void for_whole_lanes(std::int64_t n, const F& f) {
  for (std::int64_t i = 0; i < n; i += Step) {
    NABLA_INDEPENDENT
    for (std::int64_t j = 0; j < Step; ++j) f(i + j);
  }
}

/// The same of any n, the last of them one by one.
template <class F>
inline void for_lanes(std::int64_t n, const F& f) {
  std::int64_t i = n - n % kLanesBlock;
  for_whole_lanes(i, f);
  for (; i < n; ++i) f(i);
}

/// The same where some of the elements are bytes, of which a vector holds 64.
template <class F>
inline void for_lanes_of_bytes(std::int64_t n, const F& f) {
  constexpr std::int64_t kBytes = 64;
  const std::int64_t whole = n - n % kBytes;
  for_whole_lanes<kBytes>(whole, f);
  for_lanes(n - whole, [&](std::int64_t i) { f(whole + i); });
}

/// Computes n elements of each of `to` from n of each of x: by many(x, to, size), where size is a multiple
/// of kLanesBlock, so that elements left over are copied beside copies of the first of them; or, if these
/// are few, by one(x, to, i).
template <class T, std::size_t N, std::size_t M, class Many, class One>
inline void in_lanes(std::int64_t n, std::array<const T*, N> x, std::array<T*, M> to,
                     const Many& many, const One& one) {
  constexpr std::int64_t kFew = 4;
  T read[N][kLanesBlock], written[M][kLanesBlock];
  std::array<T*, M> ends{};
  std::int64_t left = n % kLanesBlock, copied = 0;
  for (std::int64_t size = n - left;; size = kLanesBlock) {
    many(x, to, size);
    if (left <= kFew) {
      NABLA_ROLLED
      for (std::int64_t i = 0; i < left; ++i) one(x, to, size + i);
      break;
    }
    for (std::size_t k = 0; k < N; ++k) {
      const T* from = x[k] + size;
      const T first = from[0];
      NABLA_INDEPENDENT
      for (std::int64_t j = 0; j < kLanesBlock; ++j) {  // in vector code that masks
        T element = first;
        if (j < left) element = from[j];
        read[k][j] = element;
      }
      x[k] = read[k];
    }
    for (std::size_t k = 0; k < M; ++k) {
      ends[k] = to[k] + size;
      to[k] = written[k];
    }
    copied = left;
    left = 0;
  }
  for (std::size_t k = 0; k < M; ++k) {
    NABLA_INDEPENDENT
    for (std::int64_t j = 0; j < kLanesBlock; ++j)
      if (j < copied) ends[k][j] = written[k][j];
  }
}

struct ElementwiseInput {
  const void* data;             ///< the first element
  const std::int64_t* strides;  ///< in elements, one an axis of the result; 0 where it is stretched
  /// Makes what the kernel of the loop reads of elements of `bytes` each, as numbers of a mask; null where
  /// they are that.
  const ElementwiseKernel* conversion = nullptr;
  std::size_t bytes = 0;
};

/// All inputs of a loop: six operands, and the gradients that arrive where it is differentiated twice.
inline constexpr std::size_t kMaxInputs = 8;
/// What one loop computes at most: the gradients of six operands.
inline constexpr std::size_t kMaxResults = 6;

/// Fills the results, contiguous of shape `sizes`; one may be an input that is contiguous too.
/// Requires  elements of 1, 4 or 8 bytes: input_bytes in all inputs that no conversion makes, result_bytes in
///           all results; at most kMaxInputs and kMaxResults of them
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
