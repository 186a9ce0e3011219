// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <nabla/engine/graph.hpp>

#include "layered.hpp"

namespace nabla::viz::detail {

/// Lines from boxes to their gradients, which the layout knows nothing of: from the side that faces the
/// other one across the computation to the opposite side of that one, around other boxes, and from one
/// lane to the next between the two. Beyond 2,000 boxes straight.
/// `adjoints` are indices into `plan.boxes`.
[[nodiscard]] std::vector<std::vector<Place>> lines_to_gradients(
    const Plan& plan, const Placed& placed, std::span<const GraphAdjoint> adjoints);

}  // namespace nabla::viz::detail
