// SPDX-License-Identifier: MIT
#include "program/compiled.hpp"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "program/writer.hpp"

namespace nabla::detail {
namespace {

/// Ways other than the recorded one that are kept, for each kind of evaluation.
constexpr std::size_t kWays = 16;

/// Some rows of the arrays, in arrays of their own.
class Rows {
 public:
  Rows(const ProgramArrays& all, std::span<const std::size_t> rows) : all_(all), rows_(rows) {
    some_ = all;
    for (std::size_t i = 0; i < all.sources.size(); ++i) {
      const std::size_t columns = all.source_columns[i];
      for (const std::size_t row : rows) {
        const double* from = all.sources[i] + row * columns;
        sources_[i].insert(sources_[i].end(), from, from + columns);
      }
      some_.sources[i] = sources_[i].data();
      targets_[i].resize(rows.size() * all.target_columns[i]);
      some_.targets[i] = targets_[i].data();
    }
  }
  [[nodiscard]] const ProgramArrays& arrays() const { return some_; }
  void put_back() const {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const std::size_t columns = all_.target_columns[i];
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        const auto from = targets_[i].begin() + static_cast<std::ptrdiff_t>(k * columns);
        std::copy_n(from, columns, all_.targets[i] + rows_[k] * columns);
      }
    }
  }

 private:
  const ProgramArrays& all_;
  std::span<const std::size_t> rows_;
  std::array<std::vector<double>, 2> sources_, targets_;
  ProgramArrays some_;
};

std::vector<std::size_t> places_of(std::span<const std::uint8_t> left) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != 0) places.push_back(i);
  return places;
}

ScheduleWriter written(CompiledProgram::Kind kind, const ProgramGraph& graph) {
  switch (kind) {
    case CompiledProgram::Kind::values:
      return write_values(graph);
    case CompiledProgram::Kind::jacobian:
      return write_jacobian(graph);
    case CompiledProgram::Kind::hessian_product:
      break;
  }
  return write_hessian_product(graph);
}

/// Evaluates these rows; gives those that leave the way.
std::vector<std::size_t> evaluate_some(const ProgramSchedule& schedule, const ProgramArrays& arrays,
                                       std::span<const std::size_t> rows) {
  const Rows some(arrays, rows);
  std::vector<std::uint8_t> left(rows.size());
  evaluate(schedule, some.arrays(), rows.size(), left);
  some.put_back();
  std::vector<std::size_t> rest;
  for (const std::size_t place : places_of(left)) rest.push_back(rows[place]);
  return rest;
}

}  // namespace

const ProgramSchedule& CompiledProgram::schedule(Kind kind) const {
  const auto place = static_cast<std::size_t>(kind);
  std::call_once(is_made_[place], [&] { schedules_[place] = written(kind, graph_).finish(); });
  return schedules_[place];
}

const RowSchedule& CompiledProgram::row_schedule(Kind kind) const {
  const auto place = static_cast<std::size_t>(kind);
  std::call_once(is_row_made_[place],
                 [&] { row_schedules_[place] = written(kind, graph_).finish_row(); });
  return *row_schedules_[place];
}

void CompiledProgram::evaluate(Kind kind, const char* operation, const ProgramArrays& arrays,
                               std::size_t rows) const {
  const std::vector<std::size_t> places = evaluate_along(kind, arrays, rows);
  if (places.empty()) return;
  if (!function_) {
    throw DomainError(
        fmt::format("[{}] {} of {} evaluations leave the recorded way, the first is row {}: a "
                    "comparison ends otherwise there; load the program with its function",
                    operation, places.size(), rows, places.front()));
  }
  evaluate_again(kind, arrays, places);
}

std::vector<std::size_t> CompiledProgram::evaluate_along(Kind kind, const ProgramArrays& arrays,
                                                         std::size_t rows) const {
  constexpr std::size_t kFewRows =
      4;  // a block of so many would be mostly of rows that are not there
  if (rows <= kFewRows) {
    std::vector<std::size_t> places;
    for (std::size_t row = 0; row < rows; ++row)
      if (!row_schedule(kind).evaluate(arrays, row)) places.push_back(row);
    return places;
  }
  const ProgramSchedule& steps = schedule(kind);
  std::vector<std::uint8_t> left(steps.has_guards ? rows : 0);
  detail::evaluate(steps, arrays, rows, left);
  return places_of(left);
}

// Some rows at a time, so that many ways cost no more than a recording each: first along ways that are
// known, then the first row that is left is recorded, and all that go the same way are done. That one is
// done whatever its guards say: where vector functions and the C library differ in the last place, what
// the function did is right.
void CompiledProgram::evaluate_again(Kind kind, const ProgramArrays& arrays,
                                     std::span<const std::size_t> rows) const {
  constexpr std::size_t kRows = 256;
  Ways ways;
  {
    const std::lock_guard lock(mutex_);
    ways = ways_[static_cast<std::size_t>(kind)];
  }
  for (std::size_t first = 0; first < rows.size(); first += kRows) {
    const auto part = rows.subspan(first, std::min(kRows, rows.size() - first));
    std::vector<std::size_t> rest(part.begin(), part.end());
    for (std::size_t i = 0; i < ways.size() && !rest.empty(); ++i)
      rest = evaluate_some(*ways[i], arrays, rest);
    while (!rest.empty()) {
      const std::size_t recorded = rest.front();
      const Way way = way_of(kind, arrays, recorded);
      std::vector<std::size_t> leaving = evaluate_some(*way, arrays, rest);
      if (leaving.size() < rest.size()) {
        ways.push_front(way);
        keep(kind, way);
        if (ways.size() > kWays) ways.pop_back();
      }
      if (!leaving.empty() && leaving.front() == recorded) leaving.erase(leaving.begin());
      rest = std::move(leaving);
    }
  }
}

void CompiledProgram::keep(Kind kind, const Way& way) const {
  const std::lock_guard lock(mutex_);
  Ways& ways = ways_[static_cast<std::size_t>(kind)];
  ways.push_front(way);
  if (ways.size() > kWays) ways.pop_back();
}

CompiledProgram::Way CompiledProgram::way_of(Kind kind, const ProgramArrays& arrays,
                                             std::size_t row) const {
  const std::span at(arrays.sources[0] + row * graph_.inputs, graph_.inputs);
  const ProgramGraph graph = record_program(function_, at, ProgramOps(options_));
  if (graph.outputs.size() != graph_.outputs.size()) {
    throw ShapeError(
        fmt::format("[Program] the function gives {} results in row {}, need {} as when "
                    "it was recorded",
                    graph.outputs.size(), row, graph_.outputs.size()));
  }
  return std::make_shared<const ProgramSchedule>(written(kind, graph).finish());
}

}  // namespace nabla::detail
