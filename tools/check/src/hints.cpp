// SPDX-License-Identifier: MIT
#include "hints.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <fmt/core.h>

namespace nabla::check::detail {

namespace {

/// True if this derivative, right or wrong, is not `ratio` times the slope.
bool contradicts(const Entry& entry, double ratio) {
  constexpr double kRelative = 1e-6, kBounds = 4.0;
  if (!std::isfinite(entry.numeric)) return false;
  const double error = std::abs(entry.analytic - ratio * entry.numeric);
  const double factor = std::max(std::abs(ratio), 1e-3);
  return !(error <= factor * (kRelative * std::abs(entry.numeric) + kBounds * entry.bound));
}

// analytic / numeric, if it is the same number wherever a derivative is wrong.
std::optional<double> common_ratio(const std::vector<Entry>& entries) {
  std::optional<double> ratio;
  for (const Entry& entry : entries) {
    if (entry.is_direction || !is_failure(entry.verdict) || entry.numeric == 0 ||
        !std::isfinite(entry.numeric)) {
      continue;
    }
    const double now = entry.analytic / entry.numeric;
    if (ratio && !(std::abs(now - *ratio) <= 1e-6 * std::max(std::abs(*ratio), 1e-3))) return {};
    ratio = now;
  }
  return ratio;
}

// What such a ratio usually means; empty if it means nothing in particular.
std::string meaning_of(double ratio) {
  const auto is = [&](double value) { return std::abs(ratio - value) <= 1e-6; };
  if (is(-1)) return "analytic = -numeric: a wrong sign";
  if (is(0)) return "analytic = 0 where the slope is not: detached, or not registered?";
  if (is(2)) return "analytic = 2 numeric: counted twice?";
  if (is(0.5)) return "analytic = numeric / 2: a missing factor 2";
  const double whole = std::abs(ratio) > 1 ? ratio : 1 / ratio;
  const bool is_whole = std::abs(whole - std::nearbyint(whole)) <= 1e-5;
  if (is_whole && std::abs(whole) > 1.5 && std::abs(whole) < 1e6) {
    return fmt::format("analytic = {} numeric: a sum for a mean, or a broadcast not reduced?",
                       std::abs(ratio) > 1 ? fmt::format("{}", std::nearbyint(whole))
                                           : fmt::format("1 / {}", std::nearbyint(whole)));
  }
  if (std::abs(ratio - 1) < 1e-3)
    return "analytic and numeric differ by a constant factor close to "
           "1: a constant with too few digits?";
  return {};
}

/// All derivatives by one input, claimed and found, if each element was looked at.
struct Block {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> analytic, numeric, bound;
  std::size_t known = 0;
  bool is_wrong = false;

  [[nodiscard]] bool is_complete() const { return known > 0 && known == analytic.size(); }
};

std::vector<Block> blocks_of(const Problem& problem, const std::vector<Entry>& entries) {
  std::vector<Block> blocks;
  for (const Input& input : problem.inputs) {
    const auto count = static_cast<std::size_t>(input.numel());
    blocks.push_back({input.name, input.shape, std::vector<double>(count),
                      std::vector<double>(count), std::vector<double>(count)});
  }
  for (const Entry& entry : entries) {
    if (entry.position < 0 || entry.output >= 0) continue;
    auto place = static_cast<std::size_t>(entry.position);
    auto block = blocks.begin();
    while (place >= block->analytic.size()) place -= (block++)->analytic.size();
    block->analytic[place] = entry.analytic;
    block->numeric[place] = entry.numeric;
    block->bound[place] = entry.bound;
    ++block->known;
    block->is_wrong = block->is_wrong || is_failure(entry.verdict);
  }
  return blocks;
}

/// True if the claims are the slopes, taken in another order.
template <class Place>
bool is_reordered(const Block& block, const std::vector<double>& numeric, Place place) {
  for (std::size_t i = 0; i < block.analytic.size(); ++i) {
    const double n = numeric[place(i)];
    const double allowed = 1e-6 * std::abs(n) + 4 * block.bound[i];
    if (!(std::abs(block.analytic[i] - n) <= allowed)) return false;
  }
  return true;
}

std::string order_of(const Block& block) {
  const std::size_t count = block.analytic.size();
  const std::size_t rank = block.shape.size();
  const auto last = rank == 0 ? std::size_t{1} : static_cast<std::size_t>(block.shape[rank - 1]);
  if (rank >= 2) {
    const auto rows = static_cast<std::size_t>(block.shape[rank - 2]);
    // What was computed as columns by rows, read as rows by columns.
    const auto turned = [&](std::size_t i) {
      const std::size_t matrix = i / (rows * last), inside = i % (rows * last);
      return matrix * rows * last + inside % rows * last + inside / rows;
    };
    if (is_reordered(block, block.numeric, turned))
      return "the gradient is transposed: a transpose that is missing in the rule?";
  }
  const auto neighbour = [&](std::size_t step) {
    return [last, step](std::size_t i) { return i - i % last + (i % last + step) % last; };
  };
  if (last > 1 && (is_reordered(block, block.numeric, neighbour(1)) ||
                   is_reordered(block, block.numeric, neighbour(last - 1))))
    return "the gradient is shifted by one along the last axis: an index that is off by one?";
  if (is_reordered(block, block.numeric, [&](std::size_t i) { return count - 1 - i; }))
    return "the gradient is in reverse order: a flip that is not undone?";
  std::vector<double> a = block.analytic, n = block.numeric;
  std::sort(a.begin(), a.end());
  std::sort(n.begin(), n.end());
  for (std::size_t i = 0; i < count; ++i)
    if (!(std::abs(a[i] - n[i]) <= 1e-6 * std::abs(n[i]))) return {};
  return "the gradient has the right numbers in another order: a permutation that is not undone?";
}

/// Whether the failures are the right numbers in the wrong places.
std::string order_hint(const Problem& problem, const std::vector<Entry>& entries) {
  const std::vector<Block> blocks = blocks_of(problem, entries);
  for (const Block& block : blocks) {
    if (!block.is_wrong || !block.is_complete()) continue;
    for (const Block& other : blocks) {
      const bool is_other = &other != &block && other.is_complete() && other.shape == block.shape;
      if (is_other && is_reordered(block, other.numeric, [](std::size_t i) { return i; }))
        return fmt::format("the gradient of {} is that of {}: exchanged in the rule?", block.name,
                           other.name);
    }
    if (block.analytic.size() < 2) continue;
    if (std::string order = order_of(block); !order.empty()) return order;
  }
  return {};
}

}  // namespace

std::string hint_from(const Problem& problem, const std::vector<Entry>& entries) {
  if (std::none_of(entries.begin(), entries.end(),
                   [](const Entry& entry) { return is_failure(entry.verdict); }))
    return {};
  const bool is_broken = std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
    return entry.verdict == Verdict::non_finite_analytic;
  });
  if (is_broken)
    return "the gradient is not finite where the function is: a 0 * inf in a rule? A branch that "
           "is "
           "masked out afterwards still computes; mask its operand too, with where()";
  const std::optional<double> ratio = common_ratio(entries);
  if (!ratio) return order_hint(problem, entries);
  if (std::string meaning = meaning_of(*ratio); !meaning.empty()) return meaning;
  if (std::string order = order_hint(problem, entries); !order.empty()) return order;
  const bool is_everywhere = std::none_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    return contradicts(entry, *ratio);
  });
  return is_everywhere ? fmt::format("analytic = {:.6g} numeric everywhere", *ratio) : "";
}

}  // namespace nabla::check::detail
