// SPDX-License-Identifier: MIT
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <nabla/kernels/copy.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>
#include <nabla/ops/family/lines.hpp>
#include <nabla/ops/family/shapes.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/reshape.hpp>

namespace nabla::detail {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 59;  // as Shape::check says

// add(sums): y as double, which is y itself if it is that.
template <class T, class F>
void in_double(Tensor& y, const F& add) {
  if constexpr (std::is_same_v<T, double>) {
    add(elements<double>(y));
  } else {
    std::vector<double, kernels::Allocator<double>> sums(static_cast<std::size_t>(y.numel()));
    add(sums.data());
    std::transform(sums.begin(), sums.end(), elements<T>(y),
                   [](double sum) { return static_cast<T>(sum); });
  }
}

// f(first, last) for parts of 0 ... count - 1, each of which takes `cost` elements.
template <class F>
void in_parts(std::int64_t count, std::int64_t cost, const F& f) {
  if (count * cost < kernels::kLargeLoop) return f(0, count);
  kernels::for_each_range(
      count, std::max(kernels::kLoopBlock / std::max<std::int64_t>(cost, 1), std::int64_t{1}), f);
}

// Which of n elements stands at `place`, which is before 0 or behind n - 1.
std::int64_t source_of(std::int64_t place, std::int64_t n, PadMode mode) {
  if (mode == PadMode::replicate) return std::clamp<std::int64_t>(place, 0, n - 1);
  if (mode == PadMode::circular) return place < 0 ? place + n : place - n;
  return place < 0 ? -place : 2 * (n - 1) - place;
}

// f(place, source) for each place that padding adds to n elements, counted from their first.
template <class F>
void for_each_added(std::int64_t n, std::int64_t before, std::int64_t whole, PadMode mode,
                    const F& f) {
  for (std::int64_t place = -before; place < 0; ++place) f(place, source_of(place, n, mode));
  for (std::int64_t place = n; place < whole - before; ++place) f(place, source_of(place, n, mode));
}

// "(2, 3)"
std::string listed(std::span<const std::int64_t> numbers) {
  return fmt::format("({}{})", fmt::join(numbers, ", "), numbers.size() == 1 ? "," : "");
}

}  // namespace

std::optional<Strides> reshaped_strides(const Tensor& x, const Shape& target) {
  if (x.is_contiguous()) return contiguous_strides(target);
  const Node& node = *x.node();
  // Runs of elements at equal steps; each is cut into whole axes of the target, from the last on.
  const auto runs = kernels::make_loop<1>(node.rank, node.sizes(), {node.strides()});
  Strides strides{};
  int axis = target.rank() - 1;
  for (int run = runs.rank - 1; run >= 0; --run) {
    std::int64_t left = runs.sizes[static_cast<std::size_t>(run)];
    std::int64_t step = runs.strides[0][static_cast<std::size_t>(run)];
    for (; left > 1; --axis) {
      if (left % target[axis] != 0) return std::nullopt;
      strides[static_cast<std::size_t>(axis)] = step;
      step *= target[axis];
      left /= target[axis];
    }
  }
  return strides;
}

void copy_rolled(const Tensor& x, const std::array<std::int64_t, kMaxRank>& shifts, Tensor& y) {
  const Node& from = *x.node();
  const auto bytes = static_cast<std::int64_t>(size_bytes(y.dtype()));
  // Each axis has two parts, which change places; so the tensor is moved in 2^rank blocks.
  for (std::uint32_t block = 0; block < (1u << from.rank); ++block) {
    std::array<std::int64_t, kMaxRank> sizes{};
    std::int64_t source = 0, target = 0;
    for (int axis = 0; axis < from.rank; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      const bool is_end = ((block >> axis) & 1u) != 0;
      const std::int64_t kept = from.sizes()[axis] - shifts[a];
      sizes[a] = is_end ? shifts[a] : kept;
      source += is_end ? kept * from.strides()[axis] : 0;
      target += is_end ? 0 : shifts[a] * y.node()->strides()[axis];
    }
    kernels::copy(from.rank, sizes.data(), y.node()->data + target * bytes, y.node()->strides(),
                  from.data + source * bytes, from.strides(), size_bytes(y.dtype()));
  }
}

void check_two_axes(const Tensor& x, std::string_view op) {
  if (x.rank() >= 2) return;
  throw ShapeError("[" + std::string(op) + "] got " + to_string(x.shape()) +
                   ", need at least two axes");
}

void copy_band(const Tensor& x, std::int64_t lowest, std::int64_t highest, Tensor& y) {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const std::int64_t rows = y.size(-2), columns = y.size(-1);
  // So that i + lowest and i + highest cannot overflow.
  lowest = std::clamp(lowest, -rows, columns);
  highest = std::clamp(highest, -rows, columns);
  visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    T* to = elements<T>(y);
    in_parts(y.numel() / columns, columns, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t row = first; row < last; ++row) {
        const std::int64_t i = row % rows, at = row * columns;
        const std::int64_t begin = std::clamp<std::int64_t>(i + lowest, 0, columns);
        const std::int64_t end = std::clamp<std::int64_t>(i + highest + 1, begin, columns);
        std::fill(to + at, to + at + begin, T{});
        std::copy(from + at + begin, from + at + end, to + at + begin);
        std::fill(to + at + end, to + at + columns, T{});
      }
    });
  });
}

void copy_framed(const Tensor& x, const std::array<Padding, kMaxRank>& widths, double value,
                 Tensor& y) {
  if (y.numel() == 0) return;
  if (y.rank() == 0) return copy_elements(*x.node(), *y.node());
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const Shape inside = x.shape(), whole = y.shape();
  const int last = whole.rank() - 1;
  const auto [before, after] = widths[static_cast<std::size_t>(last)];
  const std::int64_t columns = whole[last], cut = std::max<std::int64_t>(-before, 0);
  const std::int64_t start = std::max<std::int64_t>(before, 0);
  const std::int64_t kept = std::min(inside[last] + after, inside[last]) - cut;
  // Which row of x comes into this row of y; -1 for none.
  const auto source_of_row = [&](std::int64_t row) {
    std::int64_t source = 0, step = 1;
    for (int axis = last - 1; axis >= 0; --axis) {
      const std::int64_t place = row % whole[axis] - widths[static_cast<std::size_t>(axis)].before;
      if (place < 0 || place >= inside[axis]) return std::int64_t{-1};
      source += place * step;
      step *= inside[axis];
      row /= whole[axis];
    }
    return source;
  };
  visit_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    in_parts(y.numel() / columns, columns, [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t row = first; row < end; ++row) {
        const std::int64_t source = source_of_row(row);
        T* to = elements<T>(y) + row * columns;
        const std::int64_t left = source < 0 ? columns : start;
        std::fill_n(to, left, static_cast<T>(value));
        if (source < 0) continue;
        std::copy_n(elements<T>(dense) + source * inside[last] + cut, kept, to + left);
        std::fill(to + left + kept, to + columns, static_cast<T>(value));
      }
    });
  });
}

void check_width(std::int64_t width, std::string_view op) {
  if (width >= -kMostElements && width <= kMostElements) return;
  throw ShapeError("[" + std::string(op) + "] too far: got " + std::to_string(width) +
                   ", need at most 2^59 either way");
}

void check_padding(std::int64_t n, std::int64_t before, std::int64_t after, PadMode mode,
                   std::string_view op) {
  check_width(before, op);
  check_width(after, op);
  const std::int64_t reflected = std::max<std::int64_t>(n - 1, 0);
  const bool has_limit = mode != PadMode::replicate || n == 0;
  const std::int64_t most = mode == PadMode::reflect ? reflected : n;
  const bool fits = !has_limit || std::max(before, after) <= most;
  if (n >= 0 && std::min(before, after) >= 0 && fits) return;
  throw ShapeError("[" + std::string(op) + "] does not fit: got {" + std::to_string(before) + ", " +
                   std::to_string(after) + "} for " + std::to_string(n) +
                   " elements, need 0 or more" +
                   (has_limit ? ", at most " + std::to_string(most) : ""));
}

void copy_padded(const Tensor& x, int axis, std::int64_t before, PadMode mode, Tensor& y) {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const auto [outer, n, inner] = lines_along(x.shape(), axis);
  const std::int64_t whole = y.size(axis);
  visit_dtype(y.dtype(), [&, outer = outer, n = n, inner = inner](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    T* to = elements<T>(y);
    in_parts(outer, whole * inner, [=](std::int64_t first, std::int64_t last) {
      for (std::int64_t o = first; o < last; ++o) {
        const T* line = from + o * n * inner;
        T* core = to + (o * whole + before) * inner;
        std::copy_n(line, n * inner, core);
        for_each_added(n, before, whole, mode, [=](std::int64_t place, std::int64_t source) {
          std::copy_n(line + source * inner, inner, core + place * inner);
        });
      }
    });
  });
}

void add_padded(const Tensor& x, int axis, std::int64_t before, PadMode mode, Tensor& y) {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const auto [outer, n, inner] = lines_along(y.shape(), axis);
  const std::int64_t whole = x.size(axis);
  visit_floating(y.dtype(), [&, outer = outer, n = n, inner = inner](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    in_double<T>(y, [=](double* to) {
      in_parts(outer, whole * inner, [=](std::int64_t first, std::int64_t last) {
        for (std::int64_t o = first; o < last; ++o) {
          const T* core = from + (o * whole + before) * inner;
          double* line = to + o * n * inner;
          std::copy_n(core, n * inner, line);
          for_each_added(n, before, whole, mode, [=](std::int64_t place, std::int64_t source) {
            for (std::int64_t i = 0; i < inner; ++i)
              line[source * inner + i] += static_cast<double>(core[place * inner + i]);
          });
        }
      });
    });
  });
}

void add_windows(const Tensor& x, int axis, std::int64_t step, Tensor& y) {
  if (y.numel() == 0) return;
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  const auto [outer, n, inner] = lines_along(y.shape(), axis);
  const std::int64_t windows = x.size(axis), size = x.size(-1);
  visit_floating(y.dtype(), [&, outer = outer, n = n, inner = inner](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(dense);
    in_double<T>(y, [=](double* to) {
      in_parts(outer, windows * inner * size, [=](std::int64_t first, std::int64_t last) {
        std::fill(to + first * n * inner, to + last * n * inner, 0.0);
        const T* next = from + first * windows * inner * size;
        for (std::int64_t o = first; o < last; ++o) {
          for (std::int64_t w = 0; w < windows; ++w) {
            for (std::int64_t i = 0; i < inner; ++i, next += size) {
              double* window = to + (o * n + w * step) * inner + i;
              for (std::int64_t k = 0; k < size; ++k)
                window[k * inner] += static_cast<double>(next[k]);
            }
          }
        }
      });
    });
  });
}

Strides checked_steps(const Shape& shape, std::span<const std::int64_t> strides,
                      std::int64_t offset, std::int64_t n, std::string_view op) {
  const auto name = [op] { return "[" + std::string(op) + "] "; };
  if (strides.size() != static_cast<std::size_t>(shape.rank())) {
    throw ShapeError(name() + "got steps of " + listed(strides) + " for " + to_string(shape) +
                     ", need one for each axis");
  }
  if (offset < 0)
    throw ShapeError(name() + "got offset " + std::to_string(offset) + ", need 0 or more");
  Strides steps{};
  std::int64_t left = n - 1 - offset;  // how far it is from here to the last element
  bool fits = left >= 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t step = strides[static_cast<std::size_t>(axis)], moves = shape[axis] - 1;
    if (step < 0) {
      throw ShapeError(name() + "negative step: got " + listed(strides) +
                       ", need 0 or more; flip() turns axes round");
    }
    if (moves < 1) continue;  // whatever the step, it is not taken
    fits = fits && step <= left / moves;
    left = fits ? left - step * moves : left;
    steps[static_cast<std::size_t>(axis)] = step;
  }
  if (!fits && shape.numel() > 0) {
    throw ShapeError(name() + "beyond the end: got " + to_string(shape) + " in steps of " +
                     listed(strides) + " from " + std::to_string(offset) + ", need places below " +
                     std::to_string(n));
  }
  return steps;
}

void add_strided(const Tensor& x, const Strides& strides, std::int64_t offset, Tensor& y) {
  const Node& node = *x.node();
  const auto loop =
      kernels::make_loop<2>(node.rank, node.sizes(), {node.strides(), strides.data()});
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = elements<T>(x);
    in_double<T>(y, [&](double* to) {
      std::fill_n(to, y.numel(), 0.0);
      if (x.numel() == 0) return;
      kernels::for_each_row(loop, [&](const auto& start, std::int64_t n, const auto& step) {
        const T* row = from + start[0];
        double* place = to + offset + start[1];
        for (std::int64_t i = 0; i < n; ++i)
          place[i * step[1]] += static_cast<double>(row[i * step[0]]);
      });
    });
  });
}

}  // namespace nabla::detail
