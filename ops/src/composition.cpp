// SPDX-License-Identifier: MIT
#include <algorithm>

#include <nabla/ops/index/concat.hpp>
#include <nabla/ops/view/reshape.hpp>

#include "composition/parts.hpp"

namespace nabla {

OpEntry Composition::entry(std::string_view family) const {
  return {.info = &info,
          .family = family,
          .arity = -1,
          .has_scalar = false,
          .samples = samples,
          .errors = errors,
          .scalar = nullptr,
          .tensor = nullptr,
          .made_of = made_of};
}

std::span<const Composition> all_compositions() {
  static const std::vector<Composition> all = [] {
    std::vector<Composition> table;
    for (const auto part : {detail::made_of_numbers(), detail::made_of_shapes(),
                            detail::made_of_indices(), detail::made_of_matrices()})
      table.insert(table.end(), part.begin(), part.end());
    std::ranges::sort(table, {}, [](const Composition& made) { return made.info.name; });
    return table;
  }();
  return all;
}

std::span<const OpInfo> without_derivative() {
  static constexpr OpInfo table[] = {
      {.name = "all",
       .formula = "y = true where all elements are, or are not 0, over axes",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "any",
       .formula = "y = true where an element is, or is not 0, over axes",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "argmax",
       .formula = "y = the index of the greatest element along an axis, the first one at a tie",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "argmin",
       .formula = "y = the index of the least element along an axis, the first one at a tie",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "argsort",
       .formula = "y = the indices that sort gives",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "compare",
       .formula = "y = true where a < b, a <= b, a > b, a >= b, a == b, a != b",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "count_nonzero",
       .formula = "y = number of x != 0 over axes",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "isfinite",
       .formula = "y = true where x is neither infinite nor NaN",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "isinf",
       .formula = "y = true where x is infinite",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "isnan",
       .formula = "y = true where x is NaN",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "logical_and",
       .formula = "y = true where both are",
       .gradient = "none",
       .domain = "booleans",
       .accuracy = "exact"},
      {.name = "logical_not",
       .formula = "y = true where x is false",
       .gradient = "none",
       .domain = "booleans",
       .accuracy = "exact"},
      {.name = "logical_or",
       .formula = "y = true where one of them is",
       .gradient = "none",
       .domain = "booleans",
       .accuracy = "exact"},
      {.name = "nonzero",
       .formula = "y = the indices of x != 0, a row for each",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "one_hot",
       .formula = "y = 1 at the place of the label, 0 elsewhere",
       .gradient = "none",
       .domain = "integers",
       .accuracy = "exact"},
      {.name = "searchsorted",
       .formula = "y = the place that a number would have among sorted ones",
       .gradient = "none",
       .accuracy = "exact"},
      {.name = "unique",
       .formula = "y = the different elements of x, sorted; where each stands, and how often",
       .gradient = "none",
       .accuracy = "exact"},
  };
  return table;
}

namespace detail {
Tensor together(std::span<const Tensor> results) {
  std::vector<Tensor> flat;
  for (const Tensor& result : results) flat.push_back(reshape(result, {-1}));
  return concat(flat);
}
}  // namespace detail

}  // namespace nabla
