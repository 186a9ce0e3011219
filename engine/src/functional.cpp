// SPDX-License-Identifier: MIT
#include <cstdint>

#include <fmt/core.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/sweep.hpp>

namespace nabla::detail {

void check_arguments(const char* operation, std::size_t count) {
  if (count == 0) {
    throw DomainError(fmt::format(
        "[{}] point: got no arguments, need at least one to differentiate by", operation));
  }
}

void check_direction(std::size_t point, std::size_t direction) {
  if (point != direction) {
    throw ShapeError(fmt::format("[hvp] direction: got {} elements, need {} as the point has",
                                 direction, point));
  }
}

void sweep_once(Tape& tape, const Value& y) {
  if (!tape.has_externals()) return tape.sweep(y, 1.0);
  Sweep tensors(false);
  tensors.set_tape_under_way(true);
  tape.sweep(y, 1.0);
}

Tensor matrix(std::span<const double> elements, std::size_t rows, std::size_t columns) {
  return from_span(elements,
                   Shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)});
}

}  // namespace nabla::detail
