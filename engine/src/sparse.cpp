// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <unordered_map>
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

[[noreturn]] void throw_externals() {
  throw GraphError(
      "[sparsity] tensors or Externals are on this tape: the pattern is that of Values alone");
}

/// Numbers in ascending order, to which others are added at either end in constant time each.
class NumberSet {
 public:
  NumberSet() = default;
  explicit NumberSet(std::uint32_t number) : numbers_{number} {}

  [[nodiscard]] auto begin() const { return numbers_.begin() + static_cast<std::ptrdiff_t>(room_); }
  [[nodiscard]] auto end() const { return numbers_.end(); }
  [[nodiscard]] std::size_t size() const { return numbers_.size() - room_; }

  /// Requires  `more` is sorted, and none of it is in the set
  void add(const Set& more) {
    if (size() > 0 && more.back() < *begin()) {
      make_room(more.size());
      room_ -= more.size();
      std::ranges::copy(more, numbers_.begin() + static_cast<std::ptrdiff_t>(room_));
      return;
    }
    const auto middle = static_cast<std::ptrdiff_t>(numbers_.size());
    const bool is_behind = size() == 0 || numbers_.back() < more.front();
    numbers_.insert(numbers_.end(), more.begin(), more.end());
    if (!is_behind)
      std::inplace_merge(numbers_.begin() + static_cast<std::ptrdiff_t>(room_),
                         numbers_.begin() + middle, numbers_.end());
  }

 private:
  void make_room(std::size_t count) {
    if (room_ >= count) return;
    const std::size_t more = count + size();
    numbers_.insert(numbers_.begin(), more, 0);
    room_ += more;
  }

  Set numbers_;
  std::size_t room_ = 0;  ///< numbers before the first that are not in use
};

/// Sets of numbers that values have in common, kept as long as one of these needs them. Set 0 is
/// empty.
class SharedSets {
 public:
  static constexpr std::uint32_t kEmpty = 0;

  std::uint32_t make(NumberSet set) {
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
  [[nodiscard]] const NumberSet& operator[](std::uint32_t place) const { return sets_[place]; }

  /// What is in one of these sets. Of each that is given up a holder ends here: the largest is taken over
  /// if it has no other, so that a long sum does not copy it with each term.
  std::uint32_t united(std::span<const std::uint32_t> places,
                       std::span<const std::uint32_t> given_up) {
    std::uint32_t largest = kEmpty;
    for (const std::uint32_t place : places)
      if (sets_[place].size() > sets_[largest].size()) largest = place;
    Set more;
    for (const std::uint32_t place : places) {
      if (place == largest) continue;
      for (const std::uint32_t number : sets_[place])
        if (!std::ranges::binary_search(sets_[largest], number)) more.push_back(number);
    }
    std::uint32_t result = largest;
    if (more.empty()) {
      share(largest);
    } else {
      std::ranges::sort(more);
      more.erase(std::unique(more.begin(), more.end()), more.end());
      const auto ending = static_cast<std::uint32_t>(std::ranges::count(given_up, largest));
      NumberSet all = holders_[largest] == ending ? std::move(sets_[largest]) : sets_[largest];
      all.add(more);
      result = make(std::move(all));
    }
    for (const std::uint32_t place : given_up) release(place);
    return result;
  }

 private:
  std::vector<NumberSet> sets_{1};
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

/// Gives each row of `order` the least color that `forbid(row, f)`, which calls f(color), leaves, and
/// calls `done(row)`.
template <class Forbid, class Done>
void color_greedily(Coloring& coloring, const std::vector<std::uint32_t>& order,
                    const Forbid& forbid, const Done& done) {
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
    done(row);
  }
}

/// What a star coloring must know of the neighbors that are colored, kept as colors are given.
class NeighborColors {
 public:
  explicit NeighborColors(std::size_t count) : of_(count), repeated_at_(count) {}

  /// True if several neighbors of `at` have this color.
  [[nodiscard]] bool is_repeated(std::uint32_t at, std::uint32_t color) const {
    const auto found = of_[at].find(color);
    return found != of_[at].end() && found->second.is_repeated;
  }
  /// f(color) for each color among the neighbors of `at`.
  template <class F>
  void for_each_color(std::uint32_t at, const F& f) const {
    for (const auto& [color, neighbors] : of_[at]) f(color);
  }
  /// The neighbors of w at which others have the color of w as well.
  [[nodiscard]] const Set& repeated_at(std::uint32_t w) const { return repeated_at_[w]; }

  void add(std::uint32_t v, std::uint32_t color, std::span<const std::uint32_t> row) {
    for (const std::uint32_t u : row) {
      if (u == v) continue;
      const auto [at, is_new] = of_[u].try_emplace(color, Neighbors{v, false});
      if (is_new) continue;
      if (!at->second.is_repeated) repeated_at_[at->second.first].push_back(u);
      at->second.is_repeated = true;
      repeated_at_[v].push_back(u);
    }
  }

 private:
  struct Neighbors {
    std::uint32_t first;
    bool is_repeated;
  };
  std::vector<std::unordered_map<std::uint32_t, Neighbors>> of_;  ///< by vertex and color
  std::vector<Set> repeated_at_;                                  ///< by vertex
};

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
  if (has_externals()) throw_externals();
  SharedSets sets;
  std::vector<std::uint32_t> set_of(this->size, SharedSets::kEmpty), uses(this->size, 0), roots;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!xs[i].has_history()) detail::throw_passive("sparsity");
    if (!is_live(xs[i].place())) detail::throw_stale("sparsity");
    if (!is_input(xs[i].index())) {
      throw GraphError(
          fmt::format("[sparsity] x number {} is the result of a statement, need a variable", i));
    }
    set_of[xs[i].index()] = sets.make(NumberSet(static_cast<std::uint32_t>(i)));
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
  Set places, given_up;
  for (auto record = needed.records.rbegin(); record != needed.records.rend(); ++record) {
    with_leaves(*record, [&](std::uint32_t index, std::span<const std::uint32_t> leaves) {
      places.clear();
      for (const std::uint32_t leaf : leaves) places.push_back(set_of[leaf]);
      given_up.clear();
      for (const std::uint32_t leaf : leaves)
        if (--uses[leaf] == 0) given_up.push_back(std::exchange(set_of[leaf], SharedSets::kEmpty));
      set_of[index] = sets.united(places, given_up);
    });
  }
  std::vector<Set> rows;
  rows.reserve(ys.size());
  for (const basic_value<T>& y : ys) {
    const NumberSet& set = sets[y.has_history() ? set_of[y.index()] : SharedSets::kEmpty];
    rows.emplace_back(set.begin(), set.end());
  }
  return rows;
}

template <class T>
std::uint64_t basic_tape<T>::structure(std::span<const basic_value<T>> ys) const {
  if (has_externals()) throw_externals();
  std::uint64_t hash = ys.size();
  const auto add = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  };
  std::vector<std::uint32_t> roots;
  for (const basic_value<T>& y : ys) {
    if (y.has_history() && !is_live(y.place())) detail::throw_stale("sparsity");
    if (y.has_history()) roots.push_back(y.index());
    add(y.has_history() ? y.index() : 0);
  }
  const detail::StatementTable& table = detail::statement_table();
  for (const detail::RecordPlace& place : dependencies(roots, nullptr).records) {
    const std::uint32_t* word = words() + place.word;
    if (*word < detail::kFirstStatement) continue;
    const detail::StatementInfo& type = *table.types[*word & detail::kNumberMask];
    add(place.last);
    add(*word);
    for (const std::uint32_t leaf : std::span(word - type.words, type.leaves)) add(leaf);
  }
  return hash;
}

template std::uint64_t basic_tape<double>::structure(std::span<const Value> ys) const;
template std::uint64_t basic_tape<float>::structure(std::span<const basic_value<float>> ys) const;
template std::vector<std::vector<std::uint32_t>> basic_tape<double>::sparsity(
    std::span<const Value> ys, std::span<const Value> xs) const;
template std::vector<std::vector<std::uint32_t>> basic_tape<float>::sparsity(
    std::span<const basic_value<float>> ys, std::span<const basic_value<float>> xs) const;

// --- colors ------------------------------------------------------------------------------------

Coloring color_rows(const SparsityPattern& pattern) {
  Coloring coloring{std::vector<std::uint32_t>(pattern.row_count, kUncolored), 0};
  const SparsityPattern transposed = pattern.transposed();
  const auto forbid_others = [&](std::uint32_t row, const auto& forbid) {
    for (const std::uint32_t column : pattern.row(row))
      for (const std::uint32_t other : transposed.row(column)) forbid(coloring.colors[other]);
  };
  color_greedily(coloring, longest_first(pattern), forbid_others, [](std::uint32_t) {});
  return coloring;
}

Coloring color_symmetric(const SparsityPattern& pattern) {
  if (pattern.row_count != pattern.column_count) {
    throw ShapeError(fmt::format("[color_symmetric] got {} x {}, need a square pattern",
                                 pattern.row_count, pattern.column_count));
  }
  Coloring coloring{std::vector<std::uint32_t>(pattern.row_count, kUncolored), 0};
  const std::vector<std::uint32_t>& colors = coloring.colors;
  NeighborColors neighbors(pattern.row_count);
  // A path of four that two colors alternate on is closed by its vertex that is colored last, which
  // is an end of it (v - w - x - y) or not (u - v - w - x).
  const auto forbid_closing = [&](std::uint32_t v, const auto& forbid) {
    for (const std::uint32_t w : pattern.row(v)) {
      if (w == v || colors[w] == kUncolored) continue;
      forbid(colors[w]);
      if (neighbors.is_repeated(v, colors[w])) neighbors.for_each_color(w, forbid);
      for (const std::uint32_t x : neighbors.repeated_at(w)) forbid(colors[x]);
    }
  };
  color_greedily(coloring, longest_first(pattern), forbid_closing,
                 [&](std::uint32_t v) { neighbors.add(v, colors[v], pattern.row(v)); });
  return coloring;
}

// --- plans, and what they are for --------------------------------------------------------------

namespace detail {

void check_plan(const char* operation, const SparsePlan& plan, bool is_for_hessian,
                std::size_t results, std::size_t arguments) {
  const SparsityPattern& pattern = plan.pattern;
  if (plan.is_for_hessian != is_for_hessian) {
    throw GraphError(fmt::format("[{}] the plan is for a {}, need one that {} made", operation,
                                 plan.is_for_hessian ? "Hessian" : "Jacobian",
                                 is_for_hessian ? "plan_hessian" : "plan_jacobian"));
  }
  if (pattern.row_count != results || pattern.column_count != arguments) {
    throw ShapeError(fmt::format("[{}] the plan is for {} results and {} arguments, got {} and {}",
                                 operation, pattern.row_count, pattern.column_count, results,
                                 arguments));
  }
  const std::size_t lines = plan.by_columns ? pattern.column_count : pattern.row_count;
  const Coloring& coloring = plan.coloring;
  const bool has_colors =
      coloring.colors.size() == lines &&
      std::ranges::all_of(coloring.colors, [&](auto color) { return color < coloring.count; });
  const std::size_t lines_across = plan.by_columns ? pattern.row_count : pattern.column_count;
  const Coloring& across = plan.across;
  const bool has_across =
      across.count == 0 ||
      (across.colors.size() == lines_across && std::ranges::all_of(across.colors, [&](auto color) {
         return color < across.count || color == Coloring::kNoColor;
       }));
  if (has_colors && has_across) return;
  if (has_colors) {
    throw ShapeError(
        fmt::format("[{}] the plan has {} colors across, need one or none for each of {}, "
                    "less than {}",
                    operation, across.colors.size(), lines_across, across.count));
  }
  throw ShapeError(
      fmt::format("[{}] the plan has {} colors of {}, need one for each of {} {}, less than {}",
                  operation, coloring.colors.size(), plan.by_columns ? "columns" : "rows", lines,
                  plan.by_columns ? "columns" : "rows", coloring.count));
}

namespace {

SparsityPattern pattern_of(std::span<const Value> ys, std::span<const Value> xs) {
  SparsityPattern pattern{ys.size(), xs.size(), {0}, {}};
  for (const Set& row : Tape::active().sparsity(ys, xs)) {
    pattern.columns.insert(pattern.columns.end(), row.begin(), row.end());
    pattern.starts.push_back(pattern.columns.size());
  }
  return pattern;
}

std::size_t longest_row(const SparsityPattern& pattern) {
  std::size_t longest = 0;
  for (std::size_t i = 0; i < pattern.row_count; ++i)
    longest = std::max(longest, pattern.row(i).size());
  return longest;
}

std::size_t passes_for(std::size_t colors) { return (colors + kLanes - 1) / kLanes; }

/// The same rows, of which some have no elements.
template <class IsKept>
SparsityPattern kept_rows(const SparsityPattern& pattern, const IsKept& is_kept) {
  SparsityPattern kept{pattern.row_count, pattern.column_count, {0}, {}};
  for (std::size_t i = 0; i < pattern.row_count; ++i) {
    if (is_kept(i)) {
      const std::span<const std::uint32_t> row = pattern.row(i);
      kept.columns.insert(kept.columns.end(), row.begin(), row.end());
    }
    kept.starts.push_back(kept.columns.size());
  }
  return kept;
}

/// Computes the longest `rows` across the columns, if that takes fewer passes than the plan.
/// `by_columns`: these are the rows of the Jacobian, and not those of its transpose.
void use_both_sides(SparsePlan& plan, const SparsityPattern& rows, bool by_columns) {
  const std::size_t passes = passes_for(plan.coloring.count) + passes_for(plan.across.count);
  if (passes <= 2) return;
  // Without the k longest rows, columns need as many colors as the next one has elements.
  const std::vector<std::uint32_t> order = longest_first(rows);
  const auto least_passes = [&](std::size_t k) {
    return passes_for(k) + passes_for(rows.row(order[k]).size());
  };
  std::size_t best = 0;
  for (std::size_t k = 1; k < order.size() && passes_for(k) < passes; ++k)
    if (least_passes(k) < least_passes(best)) best = k;
  if (best == 0 || least_passes(best) >= passes) return;
  std::vector<bool> is_long(rows.row_count);
  for (std::size_t k = 0; k < best; ++k) is_long[order[k]] = true;

  Coloring others =
      color_rows(kept_rows(rows, [&](std::size_t i) { return !is_long[i]; }).transposed());
  Coloring across = color_rows(kept_rows(rows, [&](std::size_t i) { return is_long[i]; }));
  for (std::size_t i = 0; i < rows.row_count; ++i)
    if (!is_long[i]) across.colors[i] = Coloring::kNoColor;
  if (passes_for(others.count) + passes_for(across.count) >= passes) return;
  plan.coloring = std::move(others);
  plan.across = std::move(across);
  plan.by_columns = by_columns;
}

}  // namespace

void check_recording(const char* operation, const SparsePlan& plan, std::span<const Value> ys,
                     std::span<const Value> xs) {
  if (Tape::active().structure(ys) == plan.structure) return;
  const SparsityPattern here = pattern_of(ys, xs);
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (std::ranges::includes(plan.pattern.row(i), here.row(i))) continue;
    throw GraphError(
        fmt::format("[{}] row {} has elements that the plan knows nothing of: another branch was "
                    "taken where it was made; make a plan here",
                    operation, i));
  }
}

SparsePlan jacobian_plan(std::span<const Value> ys, std::span<const Value> xs) {
  SparsePlan plan;
  plan.pattern = pattern_of(ys, xs);
  plan.structure = Tape::active().structure(ys);
  const SparsityPattern transposed = plan.pattern.transposed();
  // Rows that share a column need as many colors as it has elements. So the side that may need fewer is
  // colored first, and the other one only if it may need fewer still.
  const std::size_t least_rows = longest_row(transposed), least_columns = longest_row(plan.pattern);
  if (least_rows <= least_columns) {
    plan.coloring = color_rows(plan.pattern);
    if (plan.coloring.count > least_columns) {
      Coloring columns = color_rows(transposed);
      plan.by_columns = columns.count < plan.coloring.count;
      if (plan.by_columns) plan.coloring = std::move(columns);
    }
  } else {
    plan.coloring = color_rows(transposed);
    plan.by_columns = true;
    if (plan.coloring.count >= least_rows) {
      Coloring rows = color_rows(plan.pattern);
      plan.by_columns = plan.coloring.count < rows.count;
      if (!plan.by_columns) plan.coloring = std::move(rows);
    }
  }
  use_both_sides(plan, plan.pattern, true);
  use_both_sides(plan, transposed, false);
  return plan;
}

SparsePlan hessian_plan(std::span<const Value> slopes, std::span<const Value> xs) {
  const SparsityPattern pattern = pattern_of(slopes, xs);
  const SparsityPattern transposed = pattern.transposed();
  SparsityPattern both{pattern.row_count, pattern.column_count, {0}, {}};
  for (std::size_t i = 0; i < pattern.row_count; ++i) {
    std::ranges::set_union(pattern.row(i), transposed.row(i), std::back_inserter(both.columns));
    both.starts.push_back(both.columns.size());
  }
  Coloring coloring = color_symmetric(both);
  return {.pattern = std::move(both),
          .coloring = std::move(coloring),
          .is_for_hessian = true,
          .structure = Tape::active().structure(slopes)};
}

void sweep_rows(const SparsePlan& plan, const Coloring& rows, std::span<const Value> ys,
                std::span<const Value> xs, std::span<double> elements) {
  std::vector<Value> colored;
  std::vector<std::uint32_t> colors;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (rows.colors[i] == Coloring::kNoColor) continue;
    colored.push_back(ys[i]);
    colors.push_back(rows.colors[i]);
  }
  std::vector<double> sums(rows.count * xs.size());
  Tape::active().jacobian_of_sums(colored, colors, xs, sums);
  const SparsityPattern& pattern = plan.pattern;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (rows.colors[i] == Coloring::kNoColor) continue;
    for (std::size_t k = pattern.starts[i]; k < pattern.starts[i + 1]; ++k)
      elements[k] = sums[rows.colors[i] * xs.size() + pattern.columns[k]];
  }
}

SparseMatrix swept_hessian(const SparsePlan& plan, std::span<const Value> slopes,
                           std::span<const Value> xs) {
  const SparsityPattern& pattern = plan.pattern;
  const Coloring& coloring = plan.coloring;
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
