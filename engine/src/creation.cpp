// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/parallel.hpp>

namespace nabla {
namespace {

// Calls write(pointer to the first element) with the element type of `result`.
template <class F>
Tensor filled(Tensor result, F&& write) {
  visit_dtype(result.dtype(),
              [&](auto zero) { write(reinterpret_cast<decltype(zero)*>(result.node()->data)); });
  return result;
}

// The numbers of a list in row-major order, checked against the sizes that its first items gave.
// Recursion is bounded by kMaxRank.
template <class T>
void flatten(const NumberList& list, const Shape& shape, int axis, std::vector<T>& numbers) {
  if (list.is_number() != (axis == shape.rank())) {
    throw ShapeError(fmt::format(
        "[tensor] rows differ in depth: got a {} at depth {}, need a {} there as in the first",
        list.is_number() ? "number" : "list", axis, list.is_number() ? "list" : "number"));
  }
  if (list.is_number()) return numbers.push_back(list.number<T>());
  if (static_cast<std::int64_t>(list.items().size()) != shape[axis]) {
    throw ShapeError(fmt::format("[tensor] rows differ in length: got {}, need {} as in the first",
                                 list.items().size(), shape[axis]));
  }
  for (const NumberList& item : list.items()) flatten(item, shape, axis + 1, numbers);
}

Tensor filled_with(double value, const Shape& shape, DType dtype, const char* op) {
  Tensor result = detail::make_tensor(shape, dtype, op);
  return filled(result, [&](auto* data) {
    const auto number = static_cast<std::remove_pointer_t<decltype(data)>>(value);
    kernels::for_elements(result.numel(), [=](std::int64_t first, std::int64_t last) {
      std::fill(data + first, data + last, number);
    });
  });
}

Tensor filled_like(const Tensor& tensor, double value, const char* op) {
  const Tensor& model = detail::defined(tensor, op);
  return filled_with(value, model.shape(), model.dtype(), op);
}

template <class F>
Tensor drawn(const Shape& shape, DType dtype, const char* op, F&& draw) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("[{}] got {}, need float32 or float64", op, name_of(dtype)));
  Tensor result = detail::make_tensor(shape, dtype, op);
  visit_floating(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* data = reinterpret_cast<T*>(result.node()->data);
    std::generate_n(data, result.numel(), [&] { return static_cast<T>(draw()); });
  });
  return result;
}

}  // namespace

Tensor::Tensor(double number) : Tensor(full({}, number, float64)) {
  node_->flags |= detail::kNumber;
}

Tensor tensor(const NumberList& numbers, DType dtype) {
  std::vector<std::int64_t> sizes;
  const NumberList* first = &numbers;
  while (!first->is_number()) {
    sizes.push_back(static_cast<std::int64_t>(first->items().size()));
    if (first->items().empty()) break;
    first = first->items().data();
  }
  const Shape shape(sizes);
  return filled(detail::make_tensor(shape, dtype), [&](auto* data) {
    std::vector<std::remove_pointer_t<decltype(data)>> flat;
    flatten(numbers, shape, 0, flat);
    std::ranges::copy(flat, data);
  });
}

Tensor empty(const Shape& shape, DType dtype) { return detail::make_tensor(shape, dtype, "empty"); }
Tensor full(const Shape& shape, double value, DType dtype) {
  return filled_with(value, shape, dtype, "full");
}
Tensor zeros(const Shape& shape, DType dtype) { return filled_with(0.0, shape, dtype, "zeros"); }
Tensor ones(const Shape& shape, DType dtype) { return filled_with(1.0, shape, dtype, "ones"); }
Tensor zeros_like(const Tensor& tensor) { return filled_like(tensor, 0.0, "zeros_like"); }
Tensor ones_like(const Tensor& tensor) { return filled_like(tensor, 1.0, "ones_like"); }
Tensor full_like(const Tensor& tensor, double value) {
  return filled_like(tensor, value, "full_like");
}

Tensor eye(std::int64_t n, DType dtype) {
  return filled(filled_with(0.0, {n, n}, dtype, "eye"), [&](auto* data) {
    for (std::int64_t i = 0; i < n; ++i)
      data[i * n + i] = static_cast<std::remove_pointer_t<decltype(data)>>(1);
  });
}

Tensor arange(std::int64_t count, DType dtype) {
  return filled(detail::make_tensor({count}, dtype, "arange"), [&](auto* data) {
    for (std::int64_t i = 0; i < count; ++i)
      data[i] = static_cast<std::remove_pointer_t<decltype(data)>>(i);
  });
}

Tensor detail::counted(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype) {
  if (step == 0) {
    throw DomainError(fmt::format(
        "[arange] got start {}, stop {}, step {}, need a step that is not 0", start, stop, step));
  }
  // Unsigned, as a difference of two numbers may need one bit more than they have.
  const auto way = [](std::int64_t from, std::int64_t to) {
    return from < to ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) : 0;
  };
  const std::uint64_t length = step > 0 ? way(start, stop) : way(stop, start);
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = length / stride + (length % stride != 0 ? 1 : 0);
  const std::int64_t size = static_cast<std::int64_t>(
      std::min(count, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
  return filled(make_tensor({size}, dtype, "arange"), [&](auto* data) {
    std::int64_t number = start;
    for (std::int64_t i = 0; i < size; ++i, number += i < size ? step : 0)
      data[i] = static_cast<std::remove_pointer_t<decltype(data)>>(number);
  });
}

Tensor detail::counted(double start, double stop, double step, DType dtype) {
  if (step == 0.0 || !std::isfinite(step) || !std::isfinite(start) || !std::isfinite(stop)) {
    throw DomainError(fmt::format(
        "[arange] got start {}, stop {}, step {}, need finite numbers and a step that is not 0",
        start, stop, step));
  }
  constexpr double kMostElements = 4e18;
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  if (!(count < kMostElements))
    throw ShapeError(fmt::format("[arange] too many elements: got {}, need less than 4e18", count));
  const auto size = static_cast<std::int64_t>(count);
  return filled(make_tensor({size}, dtype, "arange"), [&](auto* data) {
    for (std::int64_t i = 0; i < size; ++i) {
      data[i] =
          static_cast<std::remove_pointer_t<decltype(data)>>(start + static_cast<double>(i) * step);
    }
  });
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  return filled(detail::make_tensor({count}, dtype, "linspace"), [&](auto* data) {
    for (std::int64_t i = 0; i < count; ++i) {
      // The end point itself, not what rounding makes of it.
      const double fraction =
          count == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(count - 1);
      const double number = i + 1 == count && count > 1 ? stop : start + (stop - start) * fraction;
      data[i] = static_cast<std::remove_pointer_t<decltype(data)>>(number);
    }
  });
}

Tensor randn(const Shape& shape, DType dtype) { return randn(shape, default_random(), dtype); }
Tensor randn(const Shape& shape, Random& random, DType dtype) {
  return drawn(shape, dtype, "randn", [&] { return random.normal(); });
}
Tensor rand(const Shape& shape, DType dtype) { return rand(shape, default_random(), dtype); }
Tensor rand(const Shape& shape, Random& random, DType dtype) {
  // Rounding to float32 must not reach 1: only the upper 24 of the 53 bits are kept then.
  const double grain = dtype == float32 ? 0x1p24 : 0x1p53;
  return drawn(shape, dtype, "rand", [&] { return std::floor(random.uniform() * grain) / grain; });
}

template <Element T>
Tensor from_span(std::span<const T> elements, const Shape& shape) {
  shape.check("from_span");
  if (static_cast<std::int64_t>(elements.size()) != shape.numel()) {
    throw ShapeError(
        fmt::format("[from_span] wrong number of elements: got {}, need {} for shape {}",
                    elements.size(), shape.numel(), to_string(shape)));
  }
  Tensor result = detail::make_tensor(shape, dtype_of<T>(), "from_span");
  std::ranges::copy(elements, reinterpret_cast<T*>(result.node()->data));
  return result;
}
template Tensor from_span<bool>(std::span<const bool>, const Shape&);
template Tensor from_span<std::int64_t>(std::span<const std::int64_t>, const Shape&);
template Tensor from_span<float>(std::span<const float>, const Shape&);
template Tensor from_span<double>(std::span<const double>, const Shape&);

}  // namespace nabla
