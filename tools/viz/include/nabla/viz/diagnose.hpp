// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/viz/recording.hpp>

// What is wrong with the numbers of a computation: NaN and infinities and where they came in, and
// gradients that vanish, explode or cannot get through. Pictures, summaries and the program say the
// same.
//
//   for (const Finding& finding : diagnose(graph)) std::puts(finding.text.c_str());

namespace nabla::viz {

enum class Trouble : std::uint8_t {
  non_finite,  ///< a value or gradient is NaN or infinite
  exploding,  ///< the gradient is far above that of the parameters and, of an operation, of the root
  vanished,   ///< the gradient is far below it, or nearly all of its elements are 0
  dead,  ///< a relu that gives 0 only and lets nothing back: a tensor; in a recording, in every frame;
         ///< of a single number, where no parameter or input has a gradient but 0
  saturated,  ///< a tanh or sigmoid whose slope is nearly 0
  detached,  ///< a parameter the root does not depend on (see capture with leaves), or no sweep reaches
  unused,  ///< another leaf that nothing is computed from
};
[[nodiscard]] const char* name_of(Trouble trouble);

struct Finding {
  Trouble trouble;
  std::uint32_t node;  ///< index into Graph::nodes
  std::string text;    ///< "vanished: w1, |grad| 1e-12; the median is 0.3"

  bool operator==(const Finding&) const = default;
};

/// Where trouble begins. |grad| of a tensor is that of an element: the root of the mean square, so that
/// large tensors and single numbers compare. "The median" is that over parameters, or over inputs if
/// there are none.
struct DiagnoseOptions {
  double exploding = 1e3;   ///< times the median
  double vanished = 1e-7;   ///< times the median
  double zeros = 0.99;      ///< share of a gradient's elements that are 0
  double saturated = 1e-3;  ///< slope; of a tensor, the mean one
};

/// All findings, gravest kind first; of a kind in the order of computation. The first of non_finite
/// is the first value that went wrong or, if all values are right, the gradient that the sweep met
/// first.
/// Errors    GraphError if `graph` is not consistent; DomainError if a threshold is negative or NaN
[[nodiscard]] std::vector<Finding> diagnose(const Graph& graph,
                                            const DiagnoseOptions& options = {});

/// Of a training run: where in it a number was first not finite, what is dead from its first frame to its
/// last, and everything else as of the first.
/// Errors    as above
[[nodiscard]] std::vector<Finding> diagnose(const Recording& recording,
                                            const DiagnoseOptions& options = {});

}  // namespace nabla::viz
