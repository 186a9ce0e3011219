// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <nabla/kernels/parallel.hpp>

namespace nabla::kernels {

/// Contiguous memory of the shape (outer, n, inner), seen as lines: the n elements with the same outer
/// and inner index.
struct Lines {
  std::int64_t outer, n, inner;
};

/// Some of the lines after another: f(these, place of their first element, number of the first of them).
/// Where they are short, so few that what is kept of each stays in the nearest cache, and shared out over
/// threads where there are many.
template <class F>
void for_some_lines(const Lines& lines, const F& f) {
  constexpr std::int64_t kElements = 1 << 14;
  const std::int64_t elements = lines.n * lines.inner;
  if (2 * elements > kElements || lines.outer * elements < kLargeLoop)
    return f(lines, std::int64_t{0}, std::int64_t{0});
  for_each_range(lines.outer, kElements / elements, [&](std::int64_t first, std::int64_t last) {
    f(Lines{last - first, lines.n, lines.inner}, first * elements, first * lines.inner);
  });
}

/// Elements whose lines have sums, products and extremes.
template <class T>
concept Reducible =
    std::floating_point<T> || std::same_as<T, std::int64_t> || std::same_as<T, bool>;

/// What they are summed up and multiplied in: floating numbers in double, integers modulo 2^64.
template <class T>
using Total = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
/// The same while it is computed: only unsigned integers may wrap around.
template <class T>
using WrappingTotal = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

/// The sum of each line: totals has the shape (outer, inner). Each is a sum in an order that depends
/// on the shape alone.
template <Reducible T>
void sum(const Lines& lines, const T* x, Total<T>* totals);
/// The same of |x|; of x^2; of (x - the mean of the line)^2, which is not finite if that or an x is not.
template <std::floating_point T>
void sum_of_magnitudes(const Lines& lines, const T* x, double* totals);
template <std::floating_point T>
void sum_of_squares(const Lines& lines, const T* x, double* totals);
template <std::floating_point T>
void squared_deviations(const Lines& lines, const T* x, double* totals);
/// The product of each line, likewise; products of some of the elements may leave the range of double.
template <Reducible T>
void product(const Lines& lines, const T* x, Total<T>* totals);

/// The mean of each line, exact where all elements are equal. Their sum may leave the range of double; NaN if
/// one of them is infinite.
/// Requires  n > 0
template <std::floating_point T>
void mean(const Lines& lines, const T* x, double* means);

/// The greatest, the least element of each line: y has the shape (outer, inner). NaN beats all.
/// Requires  n > 0
template <Reducible T>
void greatest(const Lines& lines, const T* x, T* y);
template <Reducible T>
void least(const Lines& lines, const T* x, T* y);
/// Its number in the line, 0, ..., n - 1: of equals the first one.
template <Reducible T>
void place_of_greatest(const Lines& lines, const T* x, std::int64_t* places);
template <Reducible T>
void place_of_least(const Lines& lines, const T* x, std::int64_t* places);

}  // namespace nabla::kernels
