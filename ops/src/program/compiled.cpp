// SPDX-License-Identifier: MIT
#include "program/compiled.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#include "program/record.hpp"
#include "program/writer.hpp"

namespace nabla::detail {
namespace {

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

// Some rows at a time: first along ways that are usual; then the first row that is left makes a way of its
// own, along which all that go the same way are done, or is done by itself, whichever promises to cost less.
// A row that was recorded is done whatever its guards say: where vector functions and the C library differ
// in the last place, what the function did is right.
void CompiledProgram::evaluate_again(Kind kind, const ProgramArrays& arrays,
                                     std::span<const std::size_t> rows) const {
  constexpr std::size_t kRows = 256, kSample = 8;
  const auto place = static_cast<std::size_t>(kind);
  Ways ways;
  {
    const std::lock_guard lock(mutex_);
    ways = ways_[place];
  }
  ways.expect(rows.size());
  const ProgramOps ops(options_);
  RowTape tape(function_, ops);
  const auto part_of = [](auto* numbers, std::size_t columns, std::size_t row) {
    return std::span(numbers + row * columns, columns);
  };
  std::vector<std::size_t> rest;
  // Evaluates the rest along the way of its first row.
  const auto make_way = [&] {
    const std::size_t row = rest.front();
    const ProgramGraph graph =
        record_program(function_, part_of(arrays.sources[0], graph_.inputs, row), ops);
    check_results(graph.outputs.size(), graph_.outputs.size(), row);
    const auto steps = std::make_shared<const ProgramSchedule>(written(kind, graph).finish());
    std::vector<std::size_t> leaving = evaluate_some(*steps, arrays, rest);
    ways.made(graph.way, steps, rest.size(), rest.size() - leaving.size());
    if (!leaving.empty() && leaving.front() == row) leaving.erase(leaving.begin());
    rest = std::move(leaving);
  };
  // Its results; and its way, which is asked of some rows that stand for the others.
  std::size_t alone = 0;
  const auto do_alone = [&](std::size_t row, bool is_sample) {
    return tape.evaluate(row, part_of(arrays.sources[0], graph_.inputs, row),
                         part_of(arrays.targets[0], arrays.target_columns[0], row),
                         part_of(arrays.targets[1], arrays.target_columns[1], row), is_sample);
  };
  // The same of a Hessian times a vector, unless the way is known: then the row waits for others of its way.
  std::map<std::shared_ptr<const ProgramSchedule>, std::vector<std::size_t>> waiting;
  std::unordered_map<std::uint64_t, std::size_t> rows_of_way;  // by its signature
  const auto multiply_alone = [&](std::size_t row) {
    tape.multiply_hessian(part_of(arrays.sources[1], graph_.inputs, row),
                          part_of(arrays.targets[1], graph_.inputs, row));
  };
  const auto multiply_or_wait = [&](std::size_t row) {
    const auto at = part_of(arrays.sources[0], graph_.inputs, row);
    const std::uint64_t signature = tape.record(row, at);
    ways.took(signature, 1);
    auto [way, shall_make] = known_ways_.find(signature, ++rows_of_way[signature]);
    if (shall_make) {
      way = std::make_shared<const ProgramSchedule>(
          written(kind, record_program(function_, at, ops)).finish());
      known_ways_.made(signature, way);
    }
    if (way != nullptr) {
      waiting[way].push_back(row);
    } else {
      multiply_alone(row);
    }
  };
  for (std::size_t first = 0; first < rows.size(); first += kRows) {
    const auto part = rows.subspan(first, std::min(kRows, rows.size() - first));
    rest.assign(part.begin(), part.end());
    for (const Way& way : ways.worth_trying()) {
      if (rest.empty()) break;
      const std::size_t before = rest.size();
      rest = evaluate_some(*way.schedule, arrays, rest);
      ways.took(way.signature, before - rest.size());
    }
    while (!rest.empty()) {
      if (ways.may_hope()) {
        make_way();
        continue;
      }
      if (kind == Kind::hessian_product) {
        multiply_or_wait(rest.front());
        rest.erase(rest.begin());
        continue;
      }
      const bool is_sample = alone++ % kSample == 0;
      const std::uint64_t signature = do_alone(rest.front(), is_sample);
      if (is_sample) ways.took(signature, std::min(kSample, rest.size()));
      if (is_sample && ways.should_make(signature)) {
        make_way();
      } else {
        rest.erase(rest.begin());
      }
    }
  }
  // Guards end otherwise in lanes than on the tape, or two ways have one signature: both are rare.
  for (const auto& [way, of_way] : waiting) {
    for (const std::size_t row : evaluate_some(*way, arrays, of_way)) {
      tape.record(row, part_of(arrays.sources[0], graph_.inputs, row));
      multiply_alone(row);
    }
  }
  const std::lock_guard lock(mutex_);
  ways_[place] = std::move(ways);
}

}  // namespace nabla::detail
