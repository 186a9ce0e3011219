// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/record.hpp>

// Elementwise ops: the result at an index depends on the operands at that index only, and operands
// of different shapes broadcast. An op derives from Unary, Binary or Ternary and says
//
//   static constexpr OpInfo info{...};
//   value(x)              the function
//   slope(x, y)           its derivative; slope_a, slope_b, slope_c(a, ..., y) where there are more
//
// as templates over the number type: the same line gives the partial of the scalar tape, the body
// of the tensor kernel and, applied to Tensors, the graph of the second derivative. Hence no `if` on
// values (select with choose, in slopes with where), plain literals, and T(1) for a constant slope.
// Where the gradient g that arrives is 0, the contribution is 0, even if the slope is infinite;
// that rule stands once, in instantiate_elementwise.hpp.
//
// Members an op may add: `cheap` (recomputing costs less than storing: + - *), `least_dtype`
// (the least that the result is computed in: int64 or boolean; float32 without it, so that integers
// becoming floating), `wraps` (of integers, `value` is computed of unsigned ones, modulo 2^64; an op that
// compares or divides them has an overload for int64 instead), `check(dtype)` (throws if there is no such
// result of this op), `masks` (a slope of 0 means "not selected": the contribution is 0 there even if g is
// infinite or NaN), `is_usual` (of Lanes: where it holds for all of a block, kernels run the op on
// UsualLanes; slopes of one operand, too), `for_number(b, f)` (of two operands: where operand 1 is the C++
// number b, kernels run `value` and `slope_a` on Lanes and what f is called with, b or a type that stands for
// it), `has_total` (losses: record_total gives their sum or mean; no slope reads the result).

namespace nabla {

template <class Self>
struct Unary {
  static constexpr int arity = 1;
  static constexpr std::string_view family = "unary";
};

/// An op that is constant between jumps: its slope is 0, at the jumps by convention.
template <class Self>
struct Staircase : Unary<Self> {
  static constexpr DType least_dtype = int64;
  template <class T>
  [[gnu::always_inline]] static constexpr T slope(const T& /*x*/, const T& /*y*/) {
    return T(0);
  }
};

template <class Self>
struct Binary {
  static constexpr int arity = 2;
  static constexpr std::string_view family = "binary";
};

template <class Self>
struct Ternary {
  static constexpr int arity = 3;
  static constexpr std::string_view family = "ternary";
};

namespace detail {

/// What the slope by operand I reads and, if nothing, what number it is.
template <int I, class Op>
constexpr Probe probe_slope() {
  if constexpr (Op::arity == 1) {
    return partial<I>(Op{}, Probe::of(1), Probe::of(kReadsResult));
  } else if constexpr (Op::arity == 2) {
    return partial<I>(Op{}, Probe::of(1), Probe::of(2), Probe::of(kReadsResult));
  } else {
    return partial<I>(Op{}, Probe::of(1), Probe::of(2), Probe::of(4), Probe::of(kReadsResult));
  }
}

}  // namespace detail
}  // namespace nabla
