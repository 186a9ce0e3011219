// SPDX-License-Identifier: MIT
#include "checks.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <span>
#include <type_traits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/nn/loss/reduction.hpp>
#include <nabla/ops/ops.hpp>

namespace nabla::nn {
namespace {

using nabla::detail::defined;

// Looks at every number, with nothing to decide on the way.
template <class Good, class T>
struct Faults {
  using Number = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t, std::uint32_t>;
  static bool run(const T* numbers, std::int64_t n) {
    Bits faults = 0;
    for (std::int64_t i = 0; i < n; ++i)
      faults |= static_cast<Bits>(!Good::holds(static_cast<Number>(numbers[i])));
    return faults != 0;
  }
};
template <class Good, class T>
constexpr auto has_faults =
    kernels::PerIsa<bool(const T*, std::int64_t)>::template of<Faults<Good, T>>();

template <class Good, class T>
bool are_all(std::span<const T> numbers) {
  std::atomic<bool> all = true;
  kernels::for_elements(std::ssize(numbers), [&](std::int64_t first, std::int64_t last) {
    if (has_faults<Good, T>(numbers.data() + first, last - first)) all = false;
  });
  return all;
}

}  // namespace

void require_same_shape(const char* loss, const Tensor& a, const Tensor& b) {
  if (defined(a, loss).shape() == defined(b, loss).shape()) return;
  throw ShapeError(fmt::format("[{}] got shapes {} and {}, need the same; reshape one of them?",
                               loss, to_string(a.shape()), to_string(b.shape())));
}

void require_floating(const char* loss, const Tensor& x) {
  if (!is_floating(defined(x, loss).dtype())) nabla::detail::throw_not_floating(x, loss);
}

template <class Good>
void require_all(const char* loss, const Tensor& x, const char* needed) {
  const Tensor dense = x.detach().contiguous();
  visit_dtype(x.dtype(), [&]<class T>(T) {
    const std::span<const T> numbers = dense.data<T>();
    if (are_all<Good>(numbers)) return;
    const T wrong = *std::ranges::find_if_not(
        numbers, [](T number) { return Good::holds(static_cast<double>(number)); });
    throw DomainError(
        fmt::format("[{}] got {}, need {}", loss, static_cast<double>(wrong), needed));
  });
}
template void require_all<FromZeroToOne>(const char*, const Tensor&, const char*);
template void require_all<ZeroOrMore>(const char*, const Tensor&, const char*);
template void require_all<MinusOneOrOne>(const char*, const Tensor&, const char*);

void require_sides(const char* loss, const Tensor& targets) {
  require_all<MinusOneOrOne>(loss, targets, "targets of -1 or 1");
}

void require_labels(const char* loss, const Tensor& scores, const Tensor& labels) {
  if (defined(scores, loss).rank() < 2 ||
      defined(labels, loss).shape() != scores.shape().without(1))
    throw ShapeError(fmt::format("[{}] got {} and labels {}, need (n, classes, ...) and (n, ...)",
                                 loss, to_string(scores.shape()), to_string(labels.shape())));
  if (labels.dtype() != int64)
    throw DTypeError(
        fmt::format("[{}] got labels of type {}, need int64", loss, name_of(labels.dtype())));
}

void require_weights(const char* loss, const Tensor& weights, std::int64_t classes) {
  if (weights.defined() && weights.shape() != Shape{classes})
    throw ShapeError(
        fmt::format("[{}] got weights {}, need ({},)", loss, to_string(weights.shape()), classes));
}

void require_broadcast(const char* loss, const char* what, const Tensor& x, const Shape& shape) {
  bool fits = x.rank() <= shape.rank();
  for (int axis = 1; fits && axis <= x.rank(); ++axis) {
    const std::int64_t size = x.shape()[x.rank() - axis];
    fits = size == 1 || size == shape[shape.rank() - axis];
  }
  if (!fits)
    throw ShapeError(fmt::format("[{}] got {} {}, need a shape that broadcasts to {}", loss, what,
                                 to_string(x.shape()), to_string(shape)));
}

Tensor class_rows(const Tensor& scores) {
  if (scores.rank() == 2) return scores;
  const Shape shape = scores.shape();
  const std::int64_t positions = shape.without(0).without(0).numel();
  return scores.reshape({shape[0], shape[1], positions})
      .transpose(1, 2)
      .reshape({shape[0] * positions, shape[1]});
}

Labelled labelled(const char* loss, const Tensor& scores, const Tensor& labels,
                  const Tensor& weights, std::optional<std::int64_t> ignored) {
  require_labels(loss, scores, labels);
  const std::int64_t classes = scores.size(1);
  require_weights(loss, weights, classes);
  Labelled all{class_rows(scores), of_shape(labels, {labels.numel()}), {}, {}, labels.shape()};
  bool all_count = true;
  const Tensor dense = labels.contiguous();
  for (const std::int64_t label : dense.data<std::int64_t>()) {
    if (label == ignored) {
      all_count = false;
    } else if (label < 0 || label >= classes) {
      throw DomainError(
          fmt::format("[{}] got label {}, need 0 <= label < {}", loss, label, classes));
    }
  }
  if (!all_count) {
    all.counts = all.labels != *ignored;
    all.labels = where(all.counts, all.labels, 0);
  }
  if (weights.defined()) all.shares = gather(weights.to(scores.dtype()), 0, all.labels);
  if (!all_count)
    all.shares =
        weights.defined() ? where(all.counts, all.shares, 0.0) : all.counts.to(scores.dtype());
  return all;
}

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return losses.mean();
    case Reduction::sum:
      return losses.sum();
    default:
      return losses;
  }
}

}  // namespace nabla::nn
