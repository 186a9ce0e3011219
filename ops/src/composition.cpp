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
          .errors = nullptr,
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

namespace detail {
Tensor together(std::span<const Tensor> results) {
  std::vector<Tensor> flat;
  for (const Tensor& result : results) flat.push_back(reshape(result, {-1}));
  return concat(flat);
}
}  // namespace detail

}  // namespace nabla
