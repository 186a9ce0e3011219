// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nabla/check/verdict.hpp>
#include <nabla/engine/graph.hpp>

// Report: what a check found. Plain data that outlives everything it was made from. Nothing is
// printed: to_string gives a table for people, to_json a text for programs.
//
//   check::Report report = check::gradcheck(f, at);
//   if (!report.ok()) std::puts(to_string(report).c_str());

namespace nabla::check {

/// A named block of consecutive numbers among the inputs.
struct Input {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string dtype = "float64";
  std::vector<std::int64_t> strides = {};  ///< in elements; empty where they lie one after another

  [[nodiscard]] std::int64_t numel() const {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    return count;
  }
};

/// One derivative that was checked: by one element, or along a direction through many.
struct Entry {
  std::string input;                ///< the input's name, or the direction's
  std::vector<std::int64_t> index;  ///< the element; empty for directions and scalars
  std::int64_t position = -1;       ///< the element among all numbers of all inputs; -1 if several
  std::int64_t output = -1;         ///< the output element; -1 is a random mixture of all
  double analytic = 0.0;            ///< what the engine says
  double numeric = 0.0;             ///< what the finite difference says
  double bound = 0.0;               ///< and how wrong that may be
  double slack = 0.0;               ///< |analytic - numeric| / bound
  double left = 0.0, right = 0.0;   ///< the slopes on both sides, where they differ
  bool is_direction = false;
  Verdict verdict = Verdict::pass;
  std::string reason;  ///< why it is inconclusive, or what is special
};

struct Counts {
  std::int64_t checked = 0;
  std::int64_t passed = 0;
  std::int64_t kinks = 0;  ///< passed at a kink or an infinite slope
  std::int64_t inconclusive = 0;
  std::int64_t failed = 0;
  std::int64_t quick = 0;  ///< decided by 8 evaluations or fewer
};

/// An operation whose own derivative is wrong, whatever surrounds it.
struct Culprit {
  std::string op;
  bool is_scalar = false;  ///< on the tape; else in tensors
  std::int64_t occurrence =
      0;  ///< so many operations of this kind and name were computed before it
  std::int64_t checkpoint =
      -1;                    ///< if it is inside a checkpoint: so many of those were before that
  std::uint64_t number = 0;  ///< of the operation, or of its statement on the tape
  std::string scope = {};    ///< "net/0:Dense (model.cpp:40)"; may be empty
  std::string operand = {};  ///< "operand 1"
  Verdict verdict = Verdict::fail;
};

struct Report {
  Verdict verdict = Verdict::pass;  ///< the gravest of all entries
  std::vector<Entry> worst;         ///< gravest first
  Counts counts;
  std::int64_t evaluations = 0;   ///< of the function
  std::string reason;             ///< where the verdict is about the whole function
  std::string hint;               ///< the pattern in the failures, if there is one
  std::vector<Culprit> culprits;  ///< where a failure comes from, if single operations are wrong
  std::string reproducer;  ///< C++ that shows the failure on a small input, if one was found; `f`
                           ///< stands for the function that was checked
  std::vector<Input> inputs;  ///< what was perturbed
  int order = 1;
  std::uint64_t seed = 0;     ///< of the directions
  double milliseconds = 0.0;  ///< how long the check took

  /// True if every derivative was found right.
  [[nodiscard]] bool ok() const { return is_ok(verdict); }
  [[nodiscard]] bool inconclusive() const { return is_inconclusive(verdict); }
};

/// A table with one line for each of the worst entries.
[[nodiscard]] std::string to_string(const Report& report);
/// Writes what the report says of single operations into the picture of the computation that was
/// checked: GraphNode::remark of each culprit. For checks of first order.
/// Errors    GraphError if the graph has no such operation
///
///   Graph graph = capture(loss);
///   check::annotate(graph, report);
///   viz::save(graph, "wrong.svg");
void annotate(Graph& graph, const Report& report);

/// One JSON object. Numbers that are not finite are strings: "nan", "inf", "-inf".
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace nabla::check
