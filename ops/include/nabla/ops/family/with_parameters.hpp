// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <nabla/engine/op_info.hpp>
#include <nabla/ops/family/parameter.hpp>

namespace nabla::detail {

/// Refuses values that parameter_fault objects to.
/// Errors    DomainError
void require_parameters(const OpInfo& info, std::span<const OpParameter> parameters,
                        std::span<const double> values);

/// The op with these values of its parameters.
/// Errors    DomainError unless each is in its range
template <class Op, class... Numbers>
Op with_parameters(Numbers... values) {
  const double numbers[] = {static_cast<double>(values)...};
  require_parameters(Op::info, Op::parameters, numbers);
  return Op::with(values...);
}

}  // namespace nabla::detail
