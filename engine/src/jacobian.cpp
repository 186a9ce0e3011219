// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/pack.hpp>
#include <nabla/engine/tape.hpp>

// Several reverse sweeps in one: each value has kLanes adjoints side by side, one for each row of
// the Jacobian that is being computed. A statement is asked once for its derivative by each leaf,
// and each leaf gets kLanes products in a few vector instructions.

namespace nabla {
namespace detail {
namespace {

constexpr int kLanes = 8;

/// The adjoints of one value.
template <class T>
using Lanes = Pack<T, kLanes>;

/// What the sweep walks over.
template <class T>
struct Stream {
  const std::uint32_t* end;  ///< the id of the last record
  std::uint32_t last;        ///< the index of its last value
  const T* values;
  Lanes<T>* adjoints;
};

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
    const std::uint32_t* leaf = word - type.words;
    const Lanes<T> g = stream.adjoints[index];
    if (!is_zero<T>(g)) {
      if (slopes.size() < type.leaves) slopes.resize(type.leaves);
      type.slopes(leaf, index, stream.values, slopes.data());
      for (std::uint32_t k = 0; k < type.leaves; ++k) {
        Lanes<T>& to = stream.adjoints[leaf[k]];
        to = to.plus(g.times_or_zero(slopes[k]));
      }
    }
    word = leaf - 1;
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
  using Lanes = detail::Lanes<T>;
  lanes_.grow(std::size_t{this->size} * sizeof(Lanes), 0, false);
  Lanes* const gradients = lanes_.template data<Lanes>();
  std::vector<T> slopes(64);
  const detail::SweepLanes<T> sweep_block = detail::choose_sweep<T>();
  for (std::size_t first = 0; first < active.size(); first += detail::kLanes) {
    const std::size_t count = std::min<std::size_t>(detail::kLanes, active.size() - first);
    std::memset(static_cast<void*>(gradients), 0, std::size_t{this->size} * sizeof(Lanes));
    for (std::size_t lane = 0; lane < count; ++lane) {
      gradients[ys[active[first + lane]].index()].set(lane, T(1));
    }
    sweep_block({this->write - 1, this->size - 1, this->values, gradients}, slopes);
    for (std::size_t lane = 0; lane < count; ++lane) {
      T* row = rows.data() + active[first + lane] * xs.size();
      for (const basic_value<T>& x : xs) *row++ = gradients[x.index()][lane];
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
