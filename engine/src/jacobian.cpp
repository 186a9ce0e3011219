// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/memory_block.hpp>
#include <nabla/engine/tape.hpp>

// Several reverse sweeps in one: each value has kLanes adjoints side by side, one for each row of
// the Jacobian that is being computed. A statement is asked once for its derivative by each leaf,
// and each leaf gets kLanes products in a few vector instructions.

namespace nabla {
namespace detail {
namespace {

constexpr std::size_t kLanes = 8;

/// What the sweep walks over.
template <class T>
struct Stream {
  const std::uint32_t* end;  ///< the id of the last record
  std::uint32_t last;        ///< the index of its last value
  const T* values;
  T* adjoints;  ///< kLanes a value
};

/// The adjoints of one value.
template <class T>
using Lanes [[gnu::vector_size(kLanes * sizeof(T)), gnu::aligned(alignof(T)), gnu::may_alias]] = T;

/// The sum of g times each slope goes to the leaves. A gradient of exactly zero contributes exactly
/// zero, whatever the slope is.
template <class T>
[[gnu::always_inline]] inline void add_products(const Stream<T>& stream, const std::uint32_t* leaf,
                                                const T* slopes, std::uint32_t leaves,
                                                const Lanes<T>& g) {
  for (std::uint32_t k = 0; k < leaves; ++k) {
    auto& to = *reinterpret_cast<Lanes<T>*>(stream.adjoints + std::size_t{leaf[k]} * kLanes);
    const T slope = slopes[k];
    const Lanes<T> products = g * slope;
    if (std::abs(slope) <= std::numeric_limits<T>::max()) [[likely]] {
      to += products;
    } else {
      to += g == 0 ? Lanes<T>{} : products;
    }
  }
}

template <class T>
[[gnu::always_inline]] inline bool is_zero(const Lanes<T>& g) {
  for (std::size_t lane = 0; lane < kLanes; ++lane)
    if (g[lane] != 0) return false;
  return true;
}

template <class T>
[[gnu::always_inline]] inline void sweep_lanes(const Stream<T>& stream, std::vector<T>& slopes) {
  const StatementInfo* const* table = statement_table();
  const std::uint32_t* word = stream.end;
  std::uint32_t index = stream.last;
  while (*word != kStop) {
    if (*word < kFirstStatement) {  // a run of variables or sources
      index = word[-1] - 1;
      word -= 2;
      continue;
    }
    const auto& type = static_cast<const StatementType<T>&>(*table[*word & kNumberMask]);
    const std::uint32_t* record = word - type.words;
    const Lanes<T> g =
        *reinterpret_cast<const Lanes<T>*>(stream.adjoints + std::size_t{index} * kLanes);
    if (!is_zero<T>(g)) {
      if (slopes.size() < type.leaves) slopes.resize(type.leaves);
      type.slopes(record, index, stream.values, slopes.data());
      add_products<T>(stream, record, slopes.data(), type.leaves, g);
    }
    word = record - 1;
    --index;
  }
}

template <class T>
using SweepLanes = void (*)(const Stream<T>& stream, std::vector<T>& slopes);

template <class T>
void sweep_baseline(const Stream<T>& stream, std::vector<T>& slopes) {
  sweep_lanes(stream, slopes);
}
#if defined(__x86_64__)
template <class T>
[[gnu::target("avx2,fma")]] void sweep_avx2(const Stream<T>& stream, std::vector<T>& slopes) {
  sweep_lanes(stream, slopes);
}
template <class T>
[[gnu::target("avx512f,avx512vl,avx512dq,fma")]] void sweep_avx512(const Stream<T>& stream,
                                                                   std::vector<T>& slopes) {
  sweep_lanes(stream, slopes);
}
#endif

template <class T>
SweepLanes<T> choose_sweep() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return sweep_avx512<T>;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return sweep_avx2<T>;
#endif
  return sweep_baseline<T>;
}

}  // namespace
}  // namespace detail

template <class T>
void basic_tape<T>::jacobian(std::span<const basic_value<T>> ys, std::span<const basic_value<T>> xs,
                             std::span<T> rows) {
  const auto check = [this](const basic_value<T>& x) {
    if (!is_live(x.index(), x.epoch())) detail::throw_stale("jacobian");
  };
  for (const basic_value<T>& x : xs) {
    if (!x.has_history()) detail::throw_passive("jacobian");
    check(x);
  }
  std::vector<std::size_t> active;  // the rows that are not zero
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (!ys[i].has_history()) continue;
    check(ys[i]);
    active.push_back(i);
  }
  std::ranges::fill(rows, T(0));
  constexpr std::size_t kLanes = detail::kLanes;
  const std::size_t count_in_lanes = std::size_t{this->size} * kLanes;
  lanes_.grow(count_in_lanes * sizeof(T), 0, false);
  T* const adjoint = lanes_.template data<T>();
  std::vector<T> slopes(64);
  const detail::SweepLanes<T> sweep_block = detail::choose_sweep<T>();
  for (std::size_t first = 0; first < active.size(); first += kLanes) {
    const std::size_t count = std::min(kLanes, active.size() - first);
    std::fill_n(adjoint, count_in_lanes, T(0));
    for (std::size_t lane = 0; lane < count; ++lane) {
      adjoint[ys[active[first + lane]].index() * kLanes + lane] = T(1);
    }
    sweep_block({this->write - 1, this->size - 1, this->values, adjoint}, slopes);
    for (std::size_t lane = 0; lane < count; ++lane) {
      T* row = rows.data() + active[first + lane] * xs.size();
      for (const basic_value<T>& x : xs) *row++ = adjoint[x.index() * kLanes + lane];
    }
  }
}

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
      if (y.has_history()) std::ranges::copy(grad(y, xs), row);
      row += static_cast<std::ptrdiff_t>(xs.size());
    }
  }
  return from_span(std::span<const double>(rows), Shape{static_cast<std::int64_t>(ys.size()),
                                                        static_cast<std::int64_t>(xs.size())});
}

}  // namespace nabla
