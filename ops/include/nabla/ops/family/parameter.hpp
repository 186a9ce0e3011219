// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include <nabla/engine/op_info.hpp>

// OpParameter: a constant of an elementwise op beside its operands, such as lo and hi of
// clamp(x, lo, hi). An op that has some lists them once, in its file, and says how it is made:
//
//   static constexpr OpParameter parameters[]{{.name = "lo", .value = -1},
//                                             {.name = "hi", .value = 1}};
//   static constexpr Clamp with(double lo, double hi);
//
// Its first members are the parameters, in this order: an int for a whole one, else a double.
// `static constexpr bool parameters_lead = true` says that they stand before the operands in a
// call. Formulas, the op table and the registry follow from that.

namespace nabla {

struct OpParameter {
  std::string_view name;
  double value;        ///< what a call that gives no parameters uses
  bool whole = false;  ///< an integer, passed on as int
  Interval range{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
};

namespace detail {

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

}  // namespace detail
}  // namespace nabla
