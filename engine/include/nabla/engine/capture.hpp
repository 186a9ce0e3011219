// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>

#include <nabla/engine/graph.hpp>
#include <nabla/engine/recorded_tape.hpp>

// Snapshots of tapes whose numbers are not double: float, Dual, numbers that have tapes themselves.
//
//   basic_value<float> y = f(x);
//   Graph graph = capture(y);

namespace nabla {

namespace detail {
[[nodiscard]] Graph capture_on(const RecordedTape& tape, std::uint32_t root);
[[nodiscard]] Graph capture_constant(const RecordedTape& tape, double value);
}  // namespace detail

/// The computation behind `root`, as the plain numbers inside show it.
/// Errors    GraphError if `root` was rewound
template <class T>
requires(!std::same_as<T, double>) [[nodiscard]] Graph capture(const basic_value<T>& root) {
  const detail::ActiveTape<T> tape;
  if (!root.has_history()) return detail::capture_constant(tape, detail::plain_number(root));
  return detail::capture_on(tape, tape.place_of(root, "capture"));
}

}  // namespace nabla
