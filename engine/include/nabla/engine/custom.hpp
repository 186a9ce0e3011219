// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

// A function of the user's with a gradient of the user's: something that another library computes, or
// whose derivative is better known than what the chain rule would make of it. The engine does not look
// inside; in pictures, checks and errors it is one operation with this name.
//
//   const CustomFunction cube{
//       .name = "cube",
//       .forward = [](std::span<const Tensor> x) { return x[0] * x[0] * x[0]; },
//       .backward = [](const CustomCall& call) {
//         return std::vector{call.gradient * 3.0 * call.inputs[0] * call.inputs[0]};
//       }};
//   Tensor y = custom(cube, {x});
//
// CustomScalars is the same for lists of Values. For an op with a rule of its own, see ops/family.

namespace nabla {

/// What a gradient is computed from.
struct CustomCall {
  std::span<const Tensor> inputs;
  const Tensor& result;
  const Tensor& gradient;  ///< of the result, and like it
};

struct CustomFunction {
  std::string name;
  TensorFunction forward;  ///< runs without history
  /// The gradient of each input, like that input; an undefined one is zero. Written in ops, it can be
  /// differentiated again.
  std::function<std::vector<Tensor>(const CustomCall& call)> backward;
  std::string formula = {};   ///< for pictures and explanations
  std::string gradient = {};  ///< the same
};

/// f.forward(inputs), with f.backward as its rule.
/// Errors    GraphError that names f if an input is an empty Tensor; from a sweep, ShapeError that names
///           f unless backward gives a gradient for each input that is like it; whatever f throws
[[nodiscard]] Tensor custom(const CustomFunction& f, std::span<const Tensor> inputs);
[[nodiscard]] inline Tensor custom(const CustomFunction& f, std::initializer_list<Tensor> inputs) {
  return custom(f, std::span<const Tensor>(inputs.begin(), inputs.size()));
}

/// What the gradient of a function of scalars is computed from.
struct CustomScalarsCall {
  std::span<const double> inputs, results;
  std::span<const double> gradient;  ///< of each result
};

/// A function of a list of scalars that gives a list of them, in plain numbers.
struct CustomScalars {
  std::string name;
  std::function<std::vector<double>(std::span<const double>)> forward;
  /// The gradient of each input, for those of the results: gradient^T J.
  std::function<std::vector<double>(const CustomScalarsCall& call)> backward;
  std::string formula = {};   ///< for pictures and explanations
  std::string gradient = {};  ///< the same
};

/// f.forward of the numbers of the inputs, recorded as one External whose rule is f.backward. Of first
/// order: it takes Values alone, so a function that calls it does not compile with Dual numbers or
/// Values over Values, of which second derivatives are made.
/// Both run with a Tape of their own active, so they may use Values.
/// Errors    GraphError that names f if one of its functions is empty; from a sweep, ShapeError that
///           names f unless backward gives a number for each input; whatever f throws
[[nodiscard]] std::vector<Value> custom(const CustomScalars& f, std::span<const Value> inputs);

}  // namespace nabla
