// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <nabla/check/options.hpp>
#include <nabla/check/report.hpp>

// Problem: a function with a gradient, as the checker sees it: numbers in, numbers out. gradcheck
// makes one from functions of Values and of Tensors and from models; anything else that claims to
// know its gradient can be checked by filling one in.

namespace nabla::check {

/// Something odd about the gradient of one input.
struct Remark {
  Verdict verdict = Verdict::pass;
  std::size_t input = 0;
  std::string text;
};

/// The claim that is checked: upstream^T (d outputs / d inputs), all inputs one after another.
struct Gradient {
  std::vector<double> values;
  std::vector<Remark> remarks;
};

struct Problem {
  std::vector<Input> inputs;
  std::vector<double> at;   ///< all inputs, one after another
  bool is_float32 = false;  ///< inputs and arithmetic are single precision
  std::function<std::vector<double>(std::span<const double>)> evaluate;
  std::function<Gradient(std::span<const double> upstream)> gradient;
  /// How far rounding inside can move <upstream, outputs>; empty where that is not known. The noise of
  /// 1 - tanh(x)^2 does not show in its size (see rounding_of).
  std::function<double(std::span<const double> upstream)> rounding = {};
};

/// Checks the gradient of a problem at its point.
/// Errors    DomainError if `at` is not as long as the inputs say, or an option is out of range
/// Cost      4 to 8 evaluations for most derivatives, about 50 for hard ones; the rounding of each of
///           up to 64 outputs
[[nodiscard]] Report check_problem(const Problem& problem, const Options& options = {});

}  // namespace nabla::check
