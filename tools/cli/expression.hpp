// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nabla/engine/error.hpp>
#include <nabla/engine/value.hpp>
#include <nabla/ops/registry.hpp>

// ScalarExpression: a formula that a person typed, such as tanh(a*b) + c^2, parsed once and
// computed for any inputs. Its functions are the elementwise ops of the registry, by name, so an op
// that is added there can be used here at once, and the reductions, of as many numbers as a call
// has. It owns a flat program in postfix order; computing it is a loop over a stack, and parsing
// refuses nesting beyond kMaxDepth. Constant after parsing, so threads may share it.
//
//   sum      = term { ("+" | "-") term }
//   term     = factor { ("*" | "/") factor }
//   factor   = ("-" | "+") factor | power          -x^2 is -(x^2)
//   power    = primary [ "^" factor ]              2^3^2 is 2^(3^2)
//   primary  = number | name | name "(" sum { "," sum } ")" | "(" sum ")"
//
// A call gives the op's operands and then its parameters, all or none of them: clamp(x, 0, 1).
// Parameters are numbers or formulas of numbers, such as -pi/2.
//
//   const std::vector<std::string> names{"a", "b"};
//   ScalarExpression f = ScalarExpression::parse("tanh(a*b)", names);
//   const Value inputs[] = {variable(1.0, "a"), variable(2.0, "b")};
//   Value y = f(inputs);

namespace nabla::cli {

/// A formula that cannot be understood. The text has three lines: what is wrong, the formula, and a
/// caret under the place.
class ExpressionError : public FormatError {
 public:
  ExpressionError(const std::string& text, std::size_t column)
      : FormatError(text), column_(column) {}
  /// Where it is wrong, counted in characters from 1.
  [[nodiscard]] std::size_t column() const { return column_; }

 private:
  std::size_t column_;
};

/// Parentheses, function calls, signs and powers may be nested this deep.
inline constexpr int kMaxDepth = 200;
/// Formulas may be this long.
inline constexpr std::size_t kMaxExpressionBytes = std::size_t{1} << 16;

class ScalarExpression {
 public:
  /// Understands `text`, in which the names in `inputs` may stand.
  /// Errors    ExpressionError
  [[nodiscard]] static ScalarExpression parse(std::string_view text,
                                              std::span<const std::string> inputs);

  /// The value for these inputs, in the order of the names given to parse. On Values and Tensors
  /// the computation is recorded if inputs are variables.
  /// Requires  as many inputs as names; tensors of rank 0 and dtype float64
  [[nodiscard]] Value operator()(std::span<const Value> inputs) const;
  [[nodiscard]] Tensor operator()(std::span<const Tensor> inputs) const;
  [[nodiscard]] double operator()(std::span<const double> inputs) const;

  /// A call that has no finite result although its operands are finite: outside the op's domain.
  struct Undefined {
    const OpInfo* op = nullptr;
    std::vector<double> arguments;  ///< operands and parameters, as in the call
    double result = 0.0;            ///< NaN, or infinite at a pole; too large a number is none
  };
  /// All of them for these inputs, in the order of computing.
  [[nodiscard]] std::vector<Undefined> undefined(std::span<const double> inputs) const;

  /// The formula as it was typed, made printable.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// True if input `index` stands somewhere in the formula.
  [[nodiscard]] bool uses(std::size_t index) const;

 private:
  friend class ExpressionParser;

  /// Pushes a number, pushes an input, or replaces the last `count` entries by an op of them.
  struct Instruction {
    enum class Kind : std::uint8_t { number, input, call } kind;
    std::uint32_t count = 0;  ///< operands of a call, index of an input
    double number = 0.0;
    const OpEntry* op = nullptr;
    std::vector<double> parameters{};  ///< of the op; none for the usual ones
  };

  template <class T, class MakeNumber, class Call>
  T compute(std::span<const T> inputs, MakeNumber make_number, Call call) const;

  static std::vector<double> arguments_of(const Instruction& call,
                                          std::span<const double> operands);

  std::string text_;
  std::vector<Instruction> program_;
};

/// True if `name` can stand for an input: a letter or _, then letters, digits or _, and not one of
/// the constants pi and e.
[[nodiscard]] bool is_input_name(std::string_view name);

/// The names of all functions that a formula may call.
[[nodiscard]] std::vector<std::string> function_names();

/// How a formula calls this op: "clamp(x) or clamp(x, lo, hi)".
/// Requires  an op on numbers
[[nodiscard]] std::string call_forms(const OpEntry& op);

}  // namespace nabla::cli
