// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/engine/recording.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// Where does the NaN come from? While a NanGuard lives, the first operation in this thread whose result
// is not finite throws, and so does the first one whose gradient is not: the exception leaves the very
// call, so a debugger that stops at throws shows the line.
//
//   { NanGuard guard; backward(loss_of(net, batch)); }
//   // DomainError: [log] non-finite result: got -inf at [3] of float32 (32,); operand 0 is 0 there; in
//   // scope net/head (train.cpp:40)

namespace nabla {

namespace detail {
/// Switches the look at results on or off in this thread while it lives.
class [[nodiscard]] SetGuarded {
 public:
  explicit SetGuarded(bool guarded) { recording.guarded = guarded; }
  ~SetGuarded() { recording.guarded = before_; }
  SetGuarded(const SetGuarded&) = delete;
  SetGuarded& operator=(const SetGuarded&) = delete;

 private:
  bool before_ = recording.guarded;
};
}  // namespace detail

/// While it lives, in this thread: each tensor operation is looked at when it has computed its result,
/// and when a sweep has computed what it gives to an operand; of Values, what a result depends on when
/// backward(y) begins.
/// Errors    DomainError that names the operation, the element and its operands there, shapes, scope,
///           and where that scope was opened or, with SourceLines, the line of the operation. Nothing has
///           changed then
/// Cost      a pass over each result and each gradient
class [[nodiscard]] NanGuard : detail::SetGuarded {
 public:
  NanGuard() : SetGuarded(true) {}
};

namespace detail {
/// While it lives, results are not looked at: those inside a rule, which the user did not ask for. What
/// the rule gives to an operand is looked at all the same.
class [[nodiscard]] Unguarded : SetGuarded {
 public:
  Unguarded() : SetGuarded(false) {}
};

// What a guard looks at in sweeps; at results see look_at in rule.hpp.

/// Errors    DomainError if a contribution is not finite
void look_at_contribution(const Node& node, int operand, const Tensor& contribution,
                          const Tensor& gradient);
/// Errors    DomainError if a Value that y depends on, or its gradient, is not finite
void look_at_values(const Value& y);
}  // namespace detail

}  // namespace nabla
