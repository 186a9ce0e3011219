// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/instantiate_elementwise.hpp>
#include <nabla/ops/family/instantiate_structured.hpp>
#include <nabla/ops/family/reduction.hpp>
#include <nabla/ops/family/total_rule.hpp>
#include <nabla/ops/registry.hpp>

// The code that each op gets once, in a generated source: kernels, rule, row of the registry.

namespace nabla::detail {

template <class Op>
Tensor Instantiate<Op>::apply(const Op& op, std::span<const Tensor* const> operands,
                              std::span<Tensor* const> temporaries) {
  if constexpr (std::is_base_of_v<Structured, Op>) {
    return StructuredRule<Op>::apply(op, operands);
  } else {
    return ElementwiseRule<Op>::apply(op, operands, temporaries);
  }
}

template <class Op>
bool Instantiate<Op>::overwrite(const Op& op, std::span<const Tensor* const> operands,
                                const char* name) {
  if constexpr (std::is_base_of_v<Structured, Op>) {
    return false;
  } else {
    return ElementwiseRule<Op>::overwrite(op, operands, name);
  }
}

template <class Op>
Tensor Instantiate<Op>::total(Total total, const Op& op, std::span<const Tensor* const> operands) {
  if constexpr (Totalled<Op>) {
    using Terms = ElementwiseRule<Op>;
    static_assert(!Terms::kReadsTerms, "has_total: a slope reads the result, which is not kept");
    return total == Total::mean ? TotalRule<Terms, Total::mean>::apply(op, operands)
                                : TotalRule<Terms, Total::sum>::apply(op, operands);
  } else {
    return {};
  }
}

template <class Op>
inline constexpr bool kForLists = requires {
  Op::for_lists;
};
template <class Op>
inline constexpr bool kParametersLead = requires {
  Op::parameters_lead;
};

template <class Op>
const OpEntry& Instantiate<Op>::entry() {
  if constexpr (std::is_base_of_v<Reduction, Op>) {
    using OfNumbers = ReductionOfNumbers<Op>;
    static constexpr OpEntry row{&Op::info,    Op::family,  Op::arity,          true,
                                 &Op::samples, &Op::errors, &OfNumbers::scalar, &OfNumbers::tensor};
    return row;
  } else if constexpr (std::is_base_of_v<Structured, Op>) {
    static constexpr OpEntry row{&Op::info,    Op::family,  Op::arity, kForLists<Op>,
                                 &Op::samples, &Op::errors, nullptr,   nullptr};
    return row;
  } else {
    using Rule = ElementwiseRule<Op>;
    static constexpr OpEntry row{&Op::info,
                                 Op::family,
                                 Op::arity,
                                 true,
                                 &Rule::samples,
                                 &Rule::errors,
                                 &Rule::scalar,
                                 &Rule::tensor,
                                 Rule::parameters(),
                                 kParametersLead<Op>,
                                 Rule::kIsMadeOfParameters ? &Rule::lanes : nullptr};
    return row;
  }
}

template <class Op>
const OpEntry& entry() {
  return Instantiate<Op>::entry();
}

}  // namespace nabla::detail
