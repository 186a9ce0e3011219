// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

// OpInfo is what an op says about itself, once. The op table, the gradient check, the labels in
// pictures, the command line and the documentation are all derived from it.
//
//   static constexpr OpInfo info{.name = "tanh", .formula = "y = tanh x",
//                                .gradient = "dy/dx = 1 - y^2", .source = "DLMF 4.34"};

namespace nabla {

/// An interval of real numbers from which sample inputs are drawn.
struct Interval {
  double lower = -2.0;
  double upper = 2.0;
};

/// A few numbers.
class Points {
 public:
  constexpr Points() = default;
  /// Requires  at most 4 numbers
  constexpr Points(std::initializer_list<double> numbers) {
    for (const double number : numbers) numbers_.at(count_++) = number;
  }
  [[nodiscard]] constexpr const double* begin() const { return numbers_.data(); }
  [[nodiscard]] constexpr const double* end() const { return numbers_.data() + count_; }

 private:
  std::array<double, 4> numbers_{};
  std::size_t count_ = 0;
};

/// What an op says about itself. Letters in `formula` are the letters of the code; g is the
/// gradient that arrives from above.
struct OpInfo {
  std::string_view name{};      ///< the function's name: "tanh"
  std::string_view symbol{};    ///< how an expression prints it, where that is not the name: "*"
  std::string_view formula{};   ///< "y = tanh x"
  std::string_view gradient{};  ///< "dy/dx = 1 - y^2"
  std::string_view domain{"all real numbers"};
  std::string_view kinks{};     ///< singular points, and the (sub)gradient returned there
  std::string_view accuracy{};  ///< "<= 2 ulp"
  std::string_view source{};    ///< where the formula stands: "DLMF 4.34"
  std::string_view instead{};   ///< what a formula of single numbers says: "a - logsumexp(a, b)"
  Interval samples[3]{};        ///< inputs for checks, an interval for each operand
  Points singular{};  ///< kinks, poles, ends of the domain: where every operand has this value
  bool singular_at_ties = false;  ///< where all operands are equal, whatever they are

  /// The symbol if there is one, else the name.
  [[nodiscard]] constexpr std::string_view label() const { return symbol.empty() ? name : symbol; }
};

}  // namespace nabla
