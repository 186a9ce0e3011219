// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/ops/family/elementwise.hpp>
#include <nabla/ops/family/instantiate.hpp>
#include <nabla/ops/family/structured.hpp>

// An op of your own. Derive it from Unary, Binary or Structured, as the ops of the library are
// (CONTRIBUTING.md has one in full), in a source that includes this header; record() and
// record_structured() then apply it, on Values and on Tensors. It is drawn, explained and checked like
// any other.
//
//   struct Swish : Unary<Swish> {
//     static constexpr OpInfo info{.name = "swish", .formula = "y = x s(x)"};
//     template <class T> static constexpr T value(const T& x) {
//       using std::exp;
//       return x / (1 + exp(-x));
//     }
//     template <class T> static constexpr T slope(const T& x, const T& y) {
//       const T s = sigmoid(x);
//       return s + y * (1 - s);
//     }
//   };
//   Tensor y = record(Swish{}, x);
//   check::check_op(entry_of<Swish>()).ok();

namespace nabla {

/// The op as the registry would list it: what check_op asks for.
template <class Op>
[[nodiscard]] const OpEntry& entry_of() {
  return detail::entry<Op>();
}

}  // namespace nabla
