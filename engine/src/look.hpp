// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// What a NanGuard looks at in sweeps; see look_at in rule.hpp for results.

namespace nabla::detail {

/// Errors    DomainError if a contribution is not finite
void look_at_contribution(const Node& node, int operand, const Tensor& contribution,
                          const Tensor& gradient);
/// Errors    DomainError if a Value that y depends on, or its gradient, is not finite
void look_at_values(const Value& y);

}  // namespace nabla::detail
