// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <nabla/nn/loss/reduction.hpp>
#include <nabla/ops/map.hpp>

namespace nabla::nn {

/// The losses f(xs...) of all elements, reduced, f as of map: in one pass over the elements, which are
/// written only without reduction.
template <class F, std::same_as<Tensor>... Xs>
[[nodiscard]] Tensor mapped(Reduction reduction, const F& f, const Xs&... xs) {
  switch (reduction) {
    case Reduction::mean:
      return map_mean(f, xs...);
    case Reduction::sum:
      return map_sum(f, xs...);
    default:
      return map(f, xs...);
  }
}

}  // namespace nabla::nn
