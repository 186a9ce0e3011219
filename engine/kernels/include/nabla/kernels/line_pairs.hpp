// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <nabla/kernels/lines.hpp>

// How near the lines of arrays of one shape are to each other, for float and double: one number a line, of
// the shape (outer, inner), summed up in double; and on the way back what each element gets of the g that
// arrives there: 0 where g is 0, though elements may be infinite or NaN. Each goes over its arrays once.
//
// But for dot(), all give false where sums of squares left their range: these are to be computed in
// another way, and what was written is of no use.

namespace nabla::kernels {

/// The sum of a b, of n elements each, in double: in an order that depends on n alone.
template <std::floating_point T>
[[nodiscard]] double dot(std::int64_t n, const T* a, const T* b);

/// y = sum a b / (max(|a|, epsilon) max(|b|, epsilon)) of each line.
/// Requires  epsilon > 0
template <std::floating_point T>
[[nodiscard]] bool cosines(const Lines& lines, const T* a, const T* b, double epsilon, T* y);
template <std::floating_point T>
[[nodiscard]] bool cosine_gradients(const Lines& lines, const T* a, const T* b, const T* g,
                                    double epsilon, T* da, T* db);

/// Which distances are compared, and how.
struct TripletMargin {
  double margin;
  int order;  ///< of the norm: 2 or 1
  bool swap;  ///< the negative's distance is that to the positive, where it is less
};

/// y = max(0, |a - p| - |a - n| + margin) of each line. At a tie of the distances of the negative each has
/// half of the gradient; a distance of 0 has none.
template <std::floating_point T>
[[nodiscard]] bool triplet_margins(const Lines& lines, const T* anchor, const T* positive,
                                   const T* negative, const TripletMargin& options, T* y);
template <std::floating_point T>
[[nodiscard]] bool triplet_margin_gradients(const Lines& lines, const T* anchor, const T* positive,
                                            const T* negative, const T* g,
                                            const TripletMargin& options, T* danchor, T* dpositive,
                                            T* dnegative);

}  // namespace nabla::kernels
