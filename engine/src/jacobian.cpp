// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/statement.hpp>
#include <nabla/engine/tape.hpp>

// Several reverse sweeps in one: each value has kLanes adjoints side by side, one for each row of
// the Jacobian that is being computed. A statement's slopes are computed once for all of them.

namespace nabla {
namespace detail {
namespace {

template <class T>
void clear(Lanes<T>* adjoints, std::size_t first, std::size_t last) {
  std::memset(static_cast<void*>(adjoints + first), 0, (last - first) * sizeof(Lanes<T>));
}

/// Leaves zeros behind, but in the adjoints of variables; if `retain` everywhere what arrived.
template <class T>
void sweep_lanes(SweepPoint at, const T* values, Lanes<T>* adjoints, bool retain) {
  const StatementTable& table = statement_table();
  while (*at.word != kStop) {
    const std::uint32_t id = *at.word;
    if (id < kFirstStatement) {  // a run of variables or sources
      const std::uint32_t first = at.word[-1];
      if (id == kSources && !retain) clear<T>(adjoints, first, std::size_t{at.index} + 1);
      at = {at.word - 2, first - 1};
    } else {
      const auto& type = static_cast<const StatementType<T>&>(*table.types[id & kNumberMask]);
      at = type.reverse_lanes(at.word, at.index, adjoints, values, id, retain);
    }
  }
}

}  // namespace
}  // namespace detail

template <class T>
void basic_tape<T>::jacobian(std::span<const basic_value<T>> ys, std::span<const basic_value<T>> xs,
                             std::span<T> rows) {
  std::vector<std::uint32_t> each(ys.size());
  std::iota(each.begin(), each.end(), 0u);
  jacobian_of_sums(ys, each, xs, rows);
}

template <class T>
void basic_tape<T>::jacobian_of_sums(std::span<const basic_value<T>> ys,
                                     std::span<const std::uint32_t> sums,
                                     std::span<const basic_value<T>> xs, std::span<T> rows) {
  if (has_externals()) {
    throw GraphError(
        "[jacobian] tensors or Externals are on this tape: lanes do not go through them; use "
        "jacobian(ys, xs), or sweeps");
  }
  if (sums.size() != ys.size()) {
    throw ShapeError(fmt::format("[jacobian] sums: got {}, need one for each of {} results",
                                 sums.size(), ys.size()));
  }
  const std::size_t n_rows = sums.empty() ? 0 : std::size_t{*std::ranges::max_element(sums)} + 1;
  if (rows.size() != n_rows * xs.size()) {
    throw ShapeError(fmt::format("[jacobian] rows: got {} numbers, need {} x {}", rows.size(),
                                 n_rows, xs.size()));
  }
  const auto check = [this](const basic_value<T>& x) {
    if (!is_live(x.place())) detail::throw_stale("jacobian");
  };
  bool all_are_inputs = true;
  for (const basic_value<T>& x : xs) {
    if (!x.has_history()) detail::throw_passive("jacobian");
    check(x);
    all_are_inputs = all_are_inputs && (this->is_recent_input(x.place()) || is_input(x.index()));
  }
  std::vector<std::vector<std::uint32_t>> members(n_rows);  // where the terms of a sum stand
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (!ys[i].has_history()) continue;
    check(ys[i]);
    members[sums[i]].push_back(ys[i].index());
  }
  std::vector<std::size_t> active;  // the rows that are not zero
  for (std::size_t row = 0; row < n_rows; ++row)
    if (!members[row].empty()) active.push_back(row);
  std::ranges::fill(rows, T(0));
  using Lanes = detail::Lanes<T>;
  // Each in a line of the cache of its own, which malloc does not promise. Between sweeps all are zero.
  std::size_t room = (std::size_t{this->size} + 1) * sizeof(Lanes);
  lanes_.grow(room, 0, true);
  void* memory = lanes_.template data<std::byte>();
  auto* const gradients =
      static_cast<Lanes*>(std::align(sizeof(Lanes), room - sizeof(Lanes), memory, room));
  for (std::size_t first = 0; first < active.size(); first += detail::kLanes) {
    const std::size_t count = std::min<std::size_t>(detail::kLanes, active.size() - first);
    for (std::size_t lane = 0; lane < count; ++lane) {
      for (const std::uint32_t index : members[active[first + lane]])
        gradients[index].set(lane, gradients[index][lane] + T(1));
    }
    detail::sweep_lanes<T>({this->write - 1, this->size - 1}, this->values, gradients,
                           !all_are_inputs);
    // Each x once for all rows: its gradients are one line of the cache.
    for (std::size_t column = 0; column < xs.size(); ++column) {
      const Lanes& gradient = gradients[xs[column].index()];
      for (std::size_t lane = 0; lane < count; ++lane)
        rows[active[first + lane] * xs.size() + column] = gradient[lane];
    }
    if (all_are_inputs) {
      for_each_run([gradients](std::uint32_t run_first, std::uint32_t run_end) {
        detail::clear<T>(gradients, run_first, run_end);
      });
    } else {
      detail::clear<T>(gradients, 0, this->size);
    }
  }
}

template void basic_tape<double>::jacobian_of_sums(std::span<const Value> ys,
                                                   std::span<const std::uint32_t> sums,
                                                   std::span<const Value> xs,
                                                   std::span<double> rows);
template void basic_tape<float>::jacobian_of_sums(std::span<const basic_value<float>> ys,
                                                  std::span<const std::uint32_t> sums,
                                                  std::span<const basic_value<float>> xs,
                                                  std::span<float> rows);
template void basic_tape<double>::jacobian(std::span<const Value> ys, std::span<const Value> xs,
                                           std::span<double> rows);
template void basic_tape<float>::jacobian(std::span<const basic_value<float>> ys,
                                          std::span<const basic_value<float>> xs,
                                          std::span<float> rows);

Tensor jacobian(std::span<const Value> ys, std::span<const Value> xs) {
  Tape& tape = Tape::active();
  std::vector<double> rows(ys.size() * xs.size(), 0.0);
  if (!tape.has_externals()) {
    tape.jacobian(ys, xs, rows);
  } else {
    auto row = rows.begin();
    for (const Value& y : ys) {
      if (y.has_history()) std::ranges::copy(grad(y, xs, {.allow_unused = true}), row);
      row += static_cast<std::ptrdiff_t>(xs.size());
    }
  }
  return from_span(std::span<const double>(rows), Shape{static_cast<std::int64_t>(ys.size()),
                                                        static_cast<std::int64_t>(xs.size())});
}

}  // namespace nabla
