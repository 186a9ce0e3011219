// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/problem.hpp>
#include <nabla/engine/random.hpp>

namespace nabla::check::detail {

/// A straight line through the point: input index[k] moves by t * step[k]. Steps have few binary
/// digits, so that the points x + t * step are exact for dyadic t.
struct Direction {
  std::string name;
  std::vector<std::size_t> index;
  std::vector<double> step;
};

/// What one unit of t means for this input: a power of two, at most |x| unless x is close to 0.
[[nodiscard]] double unit_of(const Problem& problem, std::size_t element);

/// Along one input element.
[[nodiscard]] Direction along_element(const Problem& problem, std::size_t element);
/// Each element by plus or minus its unit.
[[nodiscard]] Direction along_signs(const Problem& problem, Random& random);
/// Each element of [first, first + count) by a normal multiple of its unit.
[[nodiscard]] Direction along_normal(const Problem& problem, Random& random, std::size_t first,
                                     std::size_t count);
/// About the square root of all elements.
[[nodiscard]] Direction along_few(const Problem& problem, Random& random);
/// Every element by the same amount.
[[nodiscard]] Direction along_ones(const Problem& problem);
/// The same direction with steps in proportion to inputs that are closer to 0 than the unit; none
/// if there is no such input.
[[nodiscard]] std::optional<Direction> narrowed(const Problem& problem, const Direction& direction);

}  // namespace nabla::check::detail
