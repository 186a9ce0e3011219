// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/family/pick.hpp>
#include <nabla/ops/family/scan.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {

std::vector<Sample> pick_samples(const std::function<Tensor(std::span<const Tensor>, int)>& call) {
  const auto along = [&call](int axis) {
    return [call, axis](std::span<const Tensor> x) { return call(x, axis); };
  };
  const Tensor ties = tensor({{1.0, 1.0, 0.5, 0.5}, {-1.0, 2.0, 2.0, -1.0}}, float64);
  return {{"rows", {sample_tensor({2, 4})}, along(-1)},
          {"columns", {sample_tensor({4, 2})}, along(0)},
          {"middle axis", {sample_tensor({2, 3, 2})}, along(1)},
          {"transposed view", {sample_tensor({3, 2}).transpose()}, along(1)},
          {"ties", {ties}, along(1), false},
          {"a number", {sample_tensor({})}, along(-1)},
          {"no lines", {sample_tensor({0, 3})}, along(1)}};
}

std::vector<ErrorCase> pick_errors(std::string_view op,
                                   const std::function<Tensor(std::span<const Tensor>, int)>& call,
                                   std::vector<ErrorCase> more) {
  const auto wrong_axis = [call, x = zeros({2, 3})] {
    static_cast<void>(call(std::span(&x, 1), 2));
  };
  more.push_back({"no such axis", wrong_axis, "[" + std::string(op) + "] no such axis: got 2"});
  return more;
}

namespace detail {
namespace {

template <class T>
bool is_nan([[maybe_unused]] T number) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(number);
  } else {
    return false;
  }
}

template <class T>
struct Entry {
  T value;
  std::int64_t index;
};

// The total order of entries: by value, NaN as the greatest, and where that is equal by place.
template <bool kDescending>
struct Before {
  template <class T>
  bool operator()(const Entry<T>& a, const Entry<T>& b) const {
    if (kDescending ? a.value > b.value : a.value < b.value) return true;
    if (kDescending ? a.value < b.value : a.value > b.value) return false;
    if (is_nan(a.value) != is_nan(b.value)) return is_nan(a.value) == kDescending;
    return a.index < b.index;
  }
};
using Ascending = Before<false>;
using Descending = Before<true>;

// `choose` brings `count` entries of each line to its front; the result says where they stood. Lines
// along another axis than the last are turned, to lie one behind another.
template <class Choose>
Tensor chosen_index(const Tensor& x, int axis, std::int64_t count, const Choose& choose) {
  const NoGrad no_grad;
  const int last = x.rank() - 1;
  const auto turned = [=](const Tensor& t) {
    return contiguous(axis == last ? t : t.transpose(axis, last));
  };
  const Tensor rows = turned(x);
  Tensor index = make_tensor(rows.shape().with(last, count), int64, "index");
  if (index.numel() == 0) return turned(index);
  const std::int64_t n = x.size(axis), lines = x.numel() / n;
  std::int64_t* out = elements<std::int64_t>(index);
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(rows);
    std::vector<Entry<T>, kernels::Allocator<Entry<T>>> all(static_cast<std::size_t>(x.numel()));
    const auto run = [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t line = first; line < end; ++line) {
        const std::span<Entry<T>> entries(all.data() + line * n, static_cast<std::size_t>(n));
        for (std::int64_t j = 0; j < n; ++j)
          entries[static_cast<std::size_t>(j)] = {from[line * n + j], j};
        choose(entries);
        for (std::int64_t j = 0; j < count; ++j)
          out[line * count + j] = entries[static_cast<std::size_t>(j)].index;
      }
    };
    if (x.numel() < kernels::kLargeLoop) return run(0, lines);
    kernels::for_each_range(lines, std::max(kernels::kLoopBlock / n, std::int64_t{1}), run);
  });
  return turned(index);
}

// The entry that a sort would put at this place comes to the front.
template <class T>
void bring_nth_to_front(std::span<Entry<T>> entries, std::int64_t place) {
  std::nth_element(entries.begin(), entries.begin() + place, entries.end(), Ascending{});
  std::swap(entries.front(), entries[static_cast<std::size_t>(place)]);
}

// The best so far stay in order at the front; most others are no better than the last of them. What
// they displace is lost.
template <class T, class Order>
void insert_best_at_front(std::span<Entry<T>> entries, std::size_t k, Order order) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry<T> entry = entries[i];
    if (i >= k && !order(entry, entries[k - 1])) continue;
    std::size_t place = std::min(i, k - 1);
    for (; place > 0 && order(entry, entries[place - 1]); --place)
      entries[place] = entries[place - 1];
    entries[place] = entry;
  }
}

// A heap of few is rarely touched by the many.
template <class T, class Order>
void bring_top_to_front(std::span<Entry<T>> entries, std::int64_t k, bool sorted, Order order) {
  constexpr std::int64_t kFew = 16, kMany = 64;
  if (k <= kFew) return insert_best_at_front(entries, static_cast<std::size_t>(k), order);
  const auto end = entries.begin() + k;
  if (k * kMany <= std::ssize(entries))
    return std::partial_sort(entries.begin(), end, entries.end(), order);
  std::nth_element(entries.begin(), end, entries.end(), order);
  if (sorted) std::sort(entries.begin(), end, order);
}

// The longest run of equal numbers in sorted order; NaN equals nothing.
template <class T>
void bring_mode_to_front(std::span<Entry<T>> entries) {
  std::sort(entries.begin(), entries.end(), Ascending{});
  std::size_t longest = 0, run = 0, last_of_longest = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    run = i > 0 && entries[i].value == entries[i - 1].value ? run + 1 : 1;
    const bool run_ends = i + 1 == entries.size() || entries[i + 1].value != entries[i].value;
    if (!run_ends || run <= longest) continue;
    longest = run;
    last_of_longest = i;
  }
  std::swap(entries.front(), entries[last_of_longest]);
}

template <class T>
struct Champion {
  T value;
  std::int64_t index, next;
};

}  // namespace

Tensor sorted_index(const Tensor& x, int axis, bool descending) {
  return chosen_index(x, axis, x.size(axis), [descending](auto entries) {
    descending ? std::sort(entries.begin(), entries.end(), Descending{})
               : std::sort(entries.begin(), entries.end(), Ascending{});
  });
}

Tensor top_index(const Tensor& x, int axis, std::int64_t k, bool largest, bool sorted) {
  return chosen_index(x, axis, k, [=](auto entries) {
    largest ? bring_top_to_front(entries, k, sorted, Descending{})
            : bring_top_to_front(entries, k, sorted, Ascending{});
  });
}

Tensor kth_index(const Tensor& x, int axis, std::int64_t k) {
  return chosen_index(x, axis, 1, [k](auto entries) { bring_nth_to_front(entries, k - 1); });
}

Tensor median_index(const Tensor& x, int axis) {
  const std::int64_t middle = (x.size(axis) - 1) / 2;
  return chosen_index(x, axis, 1, [middle](auto entries) {
    const auto nan = std::find_if(entries.begin(), entries.end(),
                                  [](const auto& entry) { return is_nan(entry.value); });
    if (nan != entries.end()) return std::swap(entries.front(), *nan);
    bring_nth_to_front(entries, middle);
  });
}

Tensor mode_index(const Tensor& x, int axis) {
  return chosen_index(x, axis, 1, [](auto entries) { bring_mode_to_front(entries); });
}

Tensor running_index(const Tensor& x, int axis, bool greatest) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  Tensor index = make_tensor(x.shape(), int64, "index");
  const kernels::Lines lines = lines_along(x.shape(), axis);
  std::int64_t* out = elements<std::int64_t>(index);
  visit_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    const auto run = [&](auto reaches) {
      const Champion<T> nobody{T{}, 0, 0};
      scan(lines, false, nobody, [=](Champion<T>& best, std::int64_t at, std::int64_t before) {
        const T rival = from[at];
        if (before < 0 || is_nan(rival) || reaches(rival, best.value)) {
          best.value = rival;
          best.index = best.next;
        }
        ++best.next;
        out[at] = best.index;
      });
    };
    greatest ? run(std::greater_equal<T>{}) : run(std::less_equal<T>{});
  });
  return index;
}

void check_not_empty(const Tensor& x, int axis, std::string_view op) {
  if (x.size(axis) > 0) return;
  throw ShapeError("[" + std::string(op) + "] no elements: got " + to_string(x.shape()) +
                   ", need at least one along axis " + std::to_string(axis));
}

}  // namespace detail
}  // namespace nabla
