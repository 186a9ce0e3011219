// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nabla/engine/tape.hpp>

#include "program/dual_row.hpp"
#include "program/graph.hpp"

namespace nabla::detail {

/// What the function computes at this point.
[[nodiscard]] ProgramGraph record_program(const Program::Function& f, std::span<const double> at,
                                          const ProgramOps& ops);

/// Rows without a graph: each recorded on the same tape, swept, forgotten.
class RowTape {
 public:
  RowTape(const Program::Function& f, const ProgramOps& ops)
      : f_(f), start_(tape_.mark()), dual_row_(ops) {}

  /// The results at this point, and unless `jacobian` is empty their derivatives. Gives ProgramGraph::way
  /// if that is asked for.
  /// Shapes    at (inputs), ys (outputs), jacobian (outputs, inputs)
  /// Errors    ShapeError that names `row` if the function gives another number of results; GraphError
  ///           if it leads through Externals, several results do
  std::uint64_t evaluate(std::size_t row, std::span<const double> at, std::span<double> ys,
                         std::span<double> jacobian, bool asks_way);
  /// Puts a row of one result on the tape; gives its way.
  /// Errors    ShapeError as evaluate
  std::uint64_t record(std::size_t row, std::span<const double> at);
  /// The Hessian of that result times a direction.
  /// Shapes    direction, product (inputs)
  /// Errors    GraphError if the function leads through Externals, or uses an op that is not among the ops
  void multiply_hessian(std::span<const double> direction, std::span<double> product);

 private:
  std::uint64_t record_row(std::size_t row, std::span<const double> at, std::size_t results,
                           bool asks_way);

  const Program::Function& f_;
  Tape tape_;
  Mark start_;
  std::vector<Value> xs_, outputs_;
  DualRow dual_row_;
};

/// Errors    ShapeError that names the row
void check_results(std::size_t got, std::size_t need, std::size_t row);

}  // namespace nabla::detail
