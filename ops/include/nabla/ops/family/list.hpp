// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/compare.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/div.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/stop_gradient.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/unary/abs.hpp>

// Reductions of lists of scalars: sum(x), max(x), norm(x), softmax(x) ... of a std::vector<Value>, a
// span of Duals, an array of doubles. They are written in scalar ops, so that a picture shows them
// number by number; each stands in the file of the op on Tensors that does the same.
//
// Where they branch on the numbers they compare the elements themselves, so that who computes the same
// again for other numbers (Program) is told; what is taken off and put on again is held by stop_gradient.
//
//   std::vector<Value> p = softmax(z);   Value loss = -log(p[label]);

namespace nabla {

/// A Value, a Dual or a plain floating number.
template <class X>
concept RealNumber = ScalarNumber<X> || std::floating_point<X>;

/// Numbers one after the other in memory.
template <class X>
concept ScalarList = std::ranges::contiguous_range<X> && RealNumber<std::ranges::range_value_t<X>>;

/// What a list holds.
template <ScalarList X>
using NumberOf = std::ranges::range_value_t<X>;

namespace detail {

/// f(x_0) + f(x_1) + ..., 0 for none.
template <ScalarList X, class F>
[[nodiscard]] NumberOf<X> sum_of(const X& x, F f) {
  auto at = std::ranges::begin(x);
  if (at == std::ranges::end(x)) return NumberOf<X>(0.0);
  NumberOf<X> total(f(*at));
  while (++at != std::ranges::end(x)) total = total + f(*at);
  return total;
}

/// Errors    ShapeError that names `op` unless both lists have one length
template <ScalarList A, ScalarList B>
void check_as_many(std::string_view op, const A& a, const B& b) {
  if (std::ranges::size(a) != std::ranges::size(b)) {
    throw ShapeError("[" + std::string(op) + "] got lists of " +
                     std::to_string(std::ranges::size(a)) + " and " +
                     std::to_string(std::ranges::size(b)) + " numbers, need as many");
  }
}

/// The element before which no other comes; NaN comes before all.
/// Errors    ShapeError that names `op` if there are no elements
template <ScalarList X, class Before>
[[nodiscard]] const NumberOf<X>& first_of(const X& x, std::string_view op, Before before) {
  if (std::ranges::empty(x)) {
    throw ShapeError("[" + std::string(op) +
                     "] no elements: got an empty list, need at least one number");
  }
  const NumberOf<X>* first = std::ranges::data(x);
  for (const auto& element : x)
    if (before(element, *first) || element != element) first = &element;
  return *first;
}

/// x / unit, for each x of a list; the unit is a number of about the size of the largest. Who is told of
/// comparisons learns whether it is: elsewhere it would be another one.
template <ScalarList X, class Plain>
[[nodiscard]] std::vector<NumberOf<X>> in_units(const X& x, Plain unit) {
  using std::abs;
  std::vector<NumberOf<X>> all;
  for (const auto& element : x) all.push_back(NumberOf<X>(element / unit));
  const auto is_larger = [](const auto& a, const auto& b) { return abs(a) > abs(b); };
  const auto largest = abs(first_of(all, "in_units", is_larger));
  static_cast<void>(largest > Plain(0x1p-100) && largest < Plain(0x1p100));
  return all;
}

/// A number whose slope by each element is 0.
template <ScalarList X, class Plain>
[[nodiscard]] NumberOf<X> constant_of(const X& x, Plain number) {
  NumberOf<X> constant(number);
  for (const auto& element : x) constant = record(op::Where{}, 0.0, element, constant);
  return constant;
}

/// The elements that are equal to one of them, averaged: each has an even share in the gradient.
template <ScalarList X>
[[nodiscard]] NumberOf<X> average_of_ties(const X& x, const NumberOf<X>& extreme) {
  using std::isfinite;
  if (extreme != extreme) return constant_of(x, plain(extreme));
  NumberOf<X> average(extreme);
  double count = 0.0;
  for (const auto& element : x) {
    if (element != extreme) continue;
    const double share = 1.0 / ++count;
    if (count == 1) {
      average = element;
    } else if (isfinite(extreme)) {
      average = average + (element - average) * share;  // exactly the extreme again
    } else {
      average = average * (1 - share) + element * share;
    }
  }
  return average;
}

}  // namespace detail
}  // namespace nabla
