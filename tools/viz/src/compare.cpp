// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/compare.hpp>

#include "names.hpp"
#include "partners.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Doubles as whole numbers in the order of their size: neighbours are 1 apart, 0 and -0 are equal.
std::int64_t rank_of(double x) {
  const auto bits = std::bit_cast<std::int64_t>(x);
  return bits < 0 ? std::numeric_limits<std::int64_t>::min() - bits : bits;
}

std::uint64_t ulps_between(double a, double b) {
  const auto x = static_cast<std::uint64_t>(rank_of(a)), y = static_cast<std::uint64_t>(rank_of(b));
  return rank_of(a) < rank_of(b) ? y - x : x - y;
}

void note(Apart& apart, double a, double b, const Tolerance& tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return;
  if (!std::isfinite(a) || !std::isfinite(b)) {
    apart = {.differs = true, .relative = kInfinity};
    return;
  }
  const double scale = std::max(std::abs(a), std::abs(b));
  const double relative = std::abs(a / scale - b / scale);
  if (relative <= tolerance.relative) return;
  if (ulps_between(a, b) <= static_cast<std::uint64_t>(tolerance.ulps)) return;
  apart.differs = true;
  apart.relative = std::max(apart.relative, relative);
}

void note(Apart& apart, const Stats& a, const Stats& b, const Tolerance& tolerance) {
  note(apart, a.min, b.min, tolerance);
  note(apart, a.max, b.max, tolerance);
  note(apart, a.mean, b.mean, tolerance);
  note(apart, a.norm, b.norm, tolerance);
  const std::size_t samples = std::min(a.samples.size(), b.samples.size());
  for (std::size_t i = 0; i < samples; ++i) {
    note(apart, a.samples[i], b.samples[i], tolerance);
  }
  const bool other_kinds = a.nans != b.nans || a.infinities != b.infinities;
  if (other_kinds) apart = {.differs = true, .relative = kInfinity};
}

class Comparer {
 public:
  Comparer(const Graph& before, const Graph& after, const Tolerance& tolerance)
      : before_(before),
        after_(after),
        tolerance_(tolerance),
        before_scopes_(scope_hashes(before)),
        after_scopes_(scope_hashes(after)),
        before_operands_(operand_offsets(before)),
        after_operands_(operand_offsets(after)) {
    Partners partners = find_partners(before, after);
    result_.after_of = std::move(partners.after_of);
    result_.before_of = std::move(partners.before_of);
  }

  Comparison operator()() {
    for (std::uint32_t i = 0; i < after_.nodes.size(); ++i) {
      if (result_.before_of[i] == kNoPartner) continue;
      NodeChange change = change_of(result_.before_of[i], i);
      if (!change.structure.empty() || change.value.differs || change.gradient.differs) {
        result_.changes.push_back(std::move(change));
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] NodeChange change_of(std::uint32_t before, std::uint32_t after) const {
    const GraphNode& a = before_.nodes[before];
    const GraphNode& b = after_.nodes[after];
    NodeChange change{.before = before, .after = after, .structure = structure(before, after)};
    note(change.value, a.value, b.value, tolerance_);
    note(change.value, a.tensor->value, b.tensor->value, tolerance_);
    if (a.has_gradient != b.has_gradient) {
      change.gradient = {.differs = true, .relative = kInfinity};
    } else {
      note(change.gradient, a.gradient, b.gradient, tolerance_);
      note(change.gradient, a.tensor->gradient, b.tensor->gradient, tolerance_);
    }
    return change;
  }

  [[nodiscard]] std::string structure(std::uint32_t before, std::uint32_t after) const {
    const GraphNode& a = before_.nodes[before];
    const GraphNode& b = after_.nodes[after];
    std::string what;
    const auto add = [&what](bool differs, const char* word) {
      if (differs) what += (what.empty() ? "" : ", ") + std::string(word);
    };
    add(a.name != b.name, "name");
    add(a.role != b.role, "role");
    add(before_scopes_[a.scope] != after_scopes_[b.scope], "scope");
    add(a.tensor->shape != b.tensor->shape, "shape");
    add(a.dtype != b.dtype, "dtype");
    add(!same_operands(before, after), "operands");
    return what;
  }

  [[nodiscard]] bool same_operands(std::uint32_t before, std::uint32_t after) const {
    const auto edges = [](const Graph& graph, const std::vector<std::size_t>& offsets,
                          std::uint32_t node) {
      return std::span(graph.edges).subspan(offsets[node], offsets[node + 1] - offsets[node]);
    };
    return std::ranges::equal(edges(before_, before_operands_, before),
                              edges(after_, after_operands_, after),
                              [this](const GraphEdge& a, const GraphEdge& b) {
                                return a.slot == b.slot && result_.after_of[a.from] == b.from;
                              });
  }

  const Graph& before_;
  const Graph& after_;
  const Tolerance& tolerance_;
  std::vector<std::uint64_t> before_scopes_, after_scopes_;
  std::vector<std::size_t> before_operands_, after_operands_;
  Comparison result_;
};

std::size_t without_partner(const std::vector<std::uint32_t>& partners) {
  return static_cast<std::size_t>(std::ranges::count(partners, kNoPartner));
}

}  // namespace

bool Comparison::is_same() const { return changes.empty() && removed() == 0 && added() == 0; }
std::size_t Comparison::removed() const { return without_partner(after_of); }
std::size_t Comparison::added() const { return without_partner(before_of); }

Comparison compare(const Graph& before, const Graph& after, const Tolerance& tolerance) {
  require_sound(before, "compare");
  require_sound(after, "compare");
  if (!(tolerance.relative >= 0.0) || tolerance.ulps < 0) {
    throw DomainError(
        fmt::format("[compare] tolerance: got {} relative and {} ulps, need none below 0",
                    tolerance.relative, tolerance.ulps));
  }
  return Comparer(before, after, tolerance)();
}

}  // namespace nabla::viz
