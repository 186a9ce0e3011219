// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/sparse.hpp>
#include <nabla/engine/statement.hpp>

namespace nabla {
namespace {

using Set = std::vector<std::uint32_t>;

/// Sets of numbers that values have in common, kept as long as one of these needs them. Set 0 is
/// empty.
class SharedSets {
 public:
  static constexpr std::uint32_t kEmpty = 0;

  std::uint32_t make(Set set) {
    if (set.empty()) return kEmpty;
    std::uint32_t place = static_cast<std::uint32_t>(sets_.size());
    if (free_.empty()) {
      sets_.emplace_back();
      holders_.push_back(0);
    } else {
      place = free_.back();
      free_.pop_back();
    }
    sets_[place] = std::move(set);
    return share(place);
  }
  std::uint32_t share(std::uint32_t place) {
    if (place != kEmpty) ++holders_[place];
    return place;
  }
  void release(std::uint32_t place) {
    if (place == kEmpty || --holders_[place] > 0) return;
    sets_[place] = {};
    free_.push_back(place);
  }
  [[nodiscard]] const Set& operator[](std::uint32_t place) const { return sets_[place]; }

  /// What is in one of these sets, which are sorted here.
  std::uint32_t united(Set& places) {
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (!places.empty() && places.front() == kEmpty) places.erase(places.begin());
    if (places.empty()) return share(kEmpty);
    std::uint32_t largest = places.front();
    for (const std::uint32_t place : places)
      if (sets_[place].size() > sets_[largest].size()) largest = place;
    Set all = sets_[largest], merged;
    for (const std::uint32_t place : places) {
      if (std::ranges::includes(all, sets_[place])) continue;
      merged.clear();
      std::ranges::set_union(all, sets_[place], std::back_inserter(merged));
      all.swap(merged);
    }
    return all.size() == sets_[largest].size() ? share(largest) : make(std::move(all));
  }

 private:
  std::vector<Set> sets_{1};
  std::vector<std::uint32_t> holders_{0};
  Set free_;
};

/// The rows from the longest to the shortest: an order in which few colors are needed.
std::vector<std::uint32_t> longest_first(const SparsityPattern& pattern) {
  std::vector<std::uint32_t> order(pattern.row_count);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(
      order, [&](auto a, auto b) { return pattern.row(a).size() > pattern.row(b).size(); });
  return order;
}

constexpr std::uint32_t kUncolored = ~0u;

/// Gives each row of `order` the least color that `forbid(row, f)`, which calls f(color), leaves.
template <class Forbid>
void color_greedily(Coloring& coloring, const std::vector<std::uint32_t>& order,
                    const Forbid& forbid) {
  std::vector<std::uint32_t> forbidden_by;  // for each color the last row that must not have it
  for (const std::uint32_t row : order) {
    forbid(row, [&](std::uint32_t color) {
      if (color != kUncolored) forbidden_by[color] = row;
    });
    std::uint32_t color = 0;
    while (color < coloring.count && forbidden_by[color] == row) ++color;
    if (color == coloring.count) {
      ++coloring.count;
      forbidden_by.push_back(kUncolored);
    }
    coloring.colors[row] = color;
  }
}

}  // namespace

// --- patterns ----------------------------------------------------------------------------------

SparsityPattern SparsityPattern::transposed() const {
  SparsityPattern result{column_count, row_count, std::vector<std::size_t>(column_count + 1),
                         std::vector<std::uint32_t>(columns.size())};
  for (const std::uint32_t column : columns) ++result.starts[column + 1];
  std::partial_sum(result.starts.begin(), result.starts.end(), result.starts.begin());
  std::vector<std::size_t> next(result.starts.begin(), result.starts.end() - 1);
  for (std::size_t i = 0; i < row_count; ++i) {
    for (const std::uint32_t column : row(i))
      result.columns[next[column]++] = static_cast<std::uint32_t>(i);
  }
  return result;
}

double SparseMatrix::at(std::size_t row, std::size_t column) const {
  if (row >= pattern.row_count || column >= pattern.column_count) {
    throw ShapeError(fmt::format("[SparseMatrix::at] got ({}, {}), the matrix is {} x {}", row,
                                 column, pattern.row_count, pattern.column_count));
  }
  const std::span<const std::uint32_t> columns = pattern.row(row);
  const auto found = std::ranges::lower_bound(columns, column);
  if (found == columns.end() || *found != column) return 0.0;
  return elements[pattern.starts[row] + static_cast<std::size_t>(found - columns.begin())];
}

Tensor SparseMatrix::dense() const {
  std::vector<double> all(pattern.row_count * pattern.column_count);
  for (std::size_t i = 0; i < pattern.row_count; ++i) {
    for (std::size_t k = pattern.starts[i]; k < pattern.starts[i + 1]; ++k)
      all[i * pattern.column_count + pattern.columns[k]] = elements[k];
  }
  return detail::matrix(all, pattern.row_count, pattern.column_count);
}

template <class T>
std::vector<std::vector<std::uint32_t>> basic_tape<T>::sparsity(
    std::span<const basic_value<T>> ys, std::span<const basic_value<T>> xs) const {
  if (has_externals()) {
    throw GraphError(
        "[sparsity] tensors or Externals are on this tape: the pattern is that of Values alone");
  }
  SharedSets sets;
  std::vector<std::uint32_t> set_of(this->size, SharedSets::kEmpty), uses(this->size, 0), roots;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!xs[i].has_history()) detail::throw_passive("sparsity");
    if (!is_live(xs[i].place())) detail::throw_stale("sparsity");
    if (!is_input(xs[i].index())) {
      throw GraphError(
          fmt::format("[sparsity] x number {} is the result of a statement, need a variable", i));
    }
    set_of[xs[i].index()] = sets.make({static_cast<std::uint32_t>(i)});
  }
  for (const basic_value<T>& y : ys) {
    if (!y.has_history()) continue;
    if (!is_live(y.place())) detail::throw_stale("sparsity");
    roots.push_back(y.index());
    ++uses[y.index()];
  }
  const detail::Dependencies needed = dependencies(roots, nullptr);
  const detail::StatementTable& table = detail::statement_table();
  // f(index of the value, its leaves) for each statement that is needed
  const auto with_leaves = [&](const detail::RecordPlace& place, const auto& f) {
    const std::uint32_t* word = words() + place.word;
    if (*word < detail::kFirstStatement) return;
    const detail::StatementInfo& type = *table.types[*word & detail::kNumberMask];
    f(place.last, std::span<const std::uint32_t>(word - type.words, type.leaves));
  };
  for (const detail::RecordPlace& place : needed.records) {
    with_leaves(place, [&](std::uint32_t, std::span<const std::uint32_t> leaves) {
      for (const std::uint32_t leaf : leaves) ++uses[leaf];
    });
  }
  Set places;
  for (auto record = needed.records.rbegin(); record != needed.records.rend(); ++record) {
    with_leaves(*record, [&](std::uint32_t index, std::span<const std::uint32_t> leaves) {
      places.clear();
      for (const std::uint32_t leaf : leaves) places.push_back(set_of[leaf]);
      set_of[index] = sets.united(places);
      for (const std::uint32_t leaf : leaves)
        if (--uses[leaf] == 0) sets.release(std::exchange(set_of[leaf], SharedSets::kEmpty));
    });
  }
  std::vector<Set> rows;
  rows.reserve(ys.size());
  for (const basic_value<T>& y : ys)
    rows.push_back(y.has_history() ? sets[set_of[y.index()]] : Set());
  return rows;
}

template std::vector<std::vector<std::uint32_t>> basic_tape<double>::sparsity(
    std::span<const Value> ys, std::span<const Value> xs) const;
template std::vector<std::vector<std::uint32_t>> basic_tape<float>::sparsity(
    std::span<const basic_value<float>> ys, std::span<const basic_value<float>> xs) const;

// --- colors ------------------------------------------------------------------------------------

Coloring color_rows(const SparsityPattern& pattern) {
  Coloring coloring{std::vector<std::uint32_t>(pattern.row_count, kUncolored), 0};
  const SparsityPattern transposed = pattern.transposed();
  color_greedily(coloring, longest_first(pattern), [&](std::uint32_t row, const auto& forbid) {
    for (const std::uint32_t column : pattern.row(row))
      for (const std::uint32_t other : transposed.row(column)) forbid(coloring.colors[other]);
  });
  return coloring;
}

Coloring color_symmetric(const SparsityPattern& pattern) {
  if (pattern.row_count != pattern.column_count) {
    throw ShapeError(fmt::format("[color_symmetric] got {} x {}, need a square pattern",
                                 pattern.row_count, pattern.column_count));
  }
  Coloring coloring{std::vector<std::uint32_t>(pattern.row_count, kUncolored), 0};
  const std::vector<std::uint32_t>& colors = coloring.colors;
  // How many neighbors of `at`, which is not its own, have this color.
  const auto neighbors_of_color = [&](std::uint32_t at, std::uint32_t color) {
    return std::ranges::count_if(pattern.row(at),
                                 [&](std::uint32_t v) { return v != at && colors[v] == color; });
  };
  // A path of four that two colors alternate on is closed by its vertex that is colored last, which
  // is an end of it (v - w - x - y) or not (u - v - w - x).
  color_greedily(coloring, longest_first(pattern), [&](std::uint32_t v, const auto& forbid) {
    for (const std::uint32_t w : pattern.row(v)) {
      if (w == v || colors[w] == kUncolored) continue;
      forbid(colors[w]);
      const bool is_repeated = neighbors_of_color(v, colors[w]) > 1;
      for (const std::uint32_t x : pattern.row(w)) {
        if (x == w || x == v || colors[x] == kUncolored) continue;
        if (is_repeated || neighbors_of_color(x, colors[w]) > 1) forbid(colors[x]);
      }
    }
  });
  return coloring;
}

// --- plans, and what they are for --------------------------------------------------------------

namespace detail {

void check_plan(const char* operation, const SparsePlan& plan, std::size_t results,
                std::size_t arguments) {
  const SparsityPattern& pattern = plan.pattern;
  if (pattern.row_count == results && pattern.column_count == arguments) return;
  throw ShapeError(fmt::format("[{}] the plan is for {} results and {} arguments, got {} and {}",
                               operation, pattern.row_count, pattern.column_count, results,
                               arguments));
}

SparsityPattern pattern_of(std::span<const Value> ys, std::span<const Value> xs) {
  SparsityPattern pattern{ys.size(), xs.size(), {0}, {}};
  for (const Set& row : Tape::active().sparsity(ys, xs)) {
    pattern.columns.insert(pattern.columns.end(), row.begin(), row.end());
    pattern.starts.push_back(pattern.columns.size());
  }
  return pattern;
}

SparsePlan cheaper_plan(SparsityPattern pattern) {
  Coloring rows = color_rows(pattern), columns = color_rows(pattern.transposed());
  const bool by_columns = columns.count < rows.count;
  return {std::move(pattern), by_columns ? std::move(columns) : std::move(rows), by_columns};
}

SparsePlan symmetric_plan(const SparsityPattern& pattern) {
  const SparsityPattern transposed = pattern.transposed();
  SparsityPattern both{pattern.row_count, pattern.column_count, {0}, {}};
  for (std::size_t i = 0; i < pattern.row_count; ++i) {
    std::ranges::set_union(pattern.row(i), transposed.row(i), std::back_inserter(both.columns));
    both.starts.push_back(both.columns.size());
  }
  Coloring coloring = color_symmetric(both);
  return {std::move(both), std::move(coloring), false};
}

SparseMatrix swept_jacobian(const SparsePlan& plan, std::span<const Value> ys,
                            std::span<const Value> xs) {
  const auto& [pattern, coloring, by_columns] = plan;
  std::vector<double> sums(coloring.count * xs.size());
  Tape::active().jacobian_of_sums(ys, coloring.colors, xs, sums);
  SparseMatrix result{pattern, {}};
  result.elements.reserve(pattern.columns.size());
  for (std::size_t i = 0; i < pattern.row_count; ++i)
    for (const std::uint32_t column : pattern.row(i))
      result.elements.push_back(sums[coloring.colors[i] * xs.size() + column]);
  return result;
}

SparseMatrix swept_hessian(const SparsePlan& plan, std::span<const Value> slopes,
                           std::span<const Value> xs) {
  const auto& [pattern, coloring, by_columns] = plan;
  const std::size_t n = xs.size();
  std::vector<double> sums(coloring.count * n);
  Tape::active().jacobian_of_sums(slopes, coloring.colors, xs, sums);
  SparseMatrix result{pattern, {}};
  result.elements.reserve(pattern.columns.size());
  std::vector<std::uint32_t> in_row(coloring.count);  // how many of each color row i has
  for (std::size_t i = 0; i < n; ++i) {
    std::ranges::fill(in_row, 0u);
    for (const std::uint32_t j : pattern.row(i)) ++in_row[coloring.colors[j]];
    for (const std::uint32_t j : pattern.row(i)) {
      const bool is_alone = in_row[coloring.colors[j]] == 1;
      result.elements.push_back(is_alone ? sums[coloring.colors[j] * n + i]
                                         : sums[coloring.colors[i] * n + j]);
    }
  }
  return result;
}

}  // namespace detail
}  // namespace nabla
