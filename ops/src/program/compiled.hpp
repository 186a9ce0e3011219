// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "program/evaluate.hpp"
#include "program/graph.hpp"
#include "program/row.hpp"
#include "program/schedule.hpp"
#include "program/ways.hpp"

namespace nabla::detail {

/// A graph with its schedules, each made when it is first asked for, and the function to record again.
class CompiledProgram {
 public:
  enum class Kind : std::uint8_t { values, jacobian, hessian_product };

  CompiledProgram(ProgramGraph graph, Program::Function function, const ProgramOptions& options)
      : graph_(std::move(graph)), function_(std::move(function)), options_(options) {}

  [[nodiscard]] const ProgramGraph& graph() const { return graph_; }
  /// Errors    DomainError that names `operation` if a row leaves the recorded way and there is no
  ///           function
  void evaluate(Kind kind, const char* operation, const ProgramArrays& arrays,
                std::size_t rows) const;

 private:
  [[nodiscard]] const ProgramSchedule& schedule(Kind kind) const;
  [[nodiscard]] const RowSchedule& row_schedule(Kind kind) const;
  /// Evaluates all rows along the recorded way; gives those that leave it.
  [[nodiscard]] std::vector<std::size_t> evaluate_along(Kind kind, const ProgramArrays& arrays,
                                                        std::size_t rows) const;
  void evaluate_again(Kind kind, const ProgramArrays& arrays,
                      std::span<const std::size_t> rows) const;

  ProgramGraph graph_;
  Program::Function function_;
  ProgramOptions options_;
  mutable std::array<std::once_flag, 3> is_made_, is_row_made_;
  mutable std::array<ProgramSchedule, 3> schedules_;
  mutable std::array<std::unique_ptr<const RowSchedule>, 3> row_schedules_;
  mutable std::mutex mutex_;  ///< of `ways_`
  /// Other than the recorded one, by Kind. A row by itself is dearer where it goes along in dual numbers,
  /// operation by operation.
  mutable std::array<Ways, 3> ways_{Ways(), Ways(), Ways({.trial = 1.0 / 50, .making = 2.5})};
  mutable KnownWays known_ways_;  ///< of Hessians times vectors
};

/// The text that stands in a file.
[[nodiscard]] std::string write_program(const ProgramGraph& graph);
/// Errors    FormatError that names `path` and the line
[[nodiscard]] ProgramGraph read_program(std::string_view text, const std::string& path,
                                        const ProgramOps& ops);

}  // namespace nabla::detail
