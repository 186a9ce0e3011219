// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/rule.hpp>

namespace nabla {
namespace {

// Calls write(pointer to the first element) with the element type of `result`.
template <class F>
Tensor filled(Tensor result, F&& write) {
  visit_dtype(result.dtype(),
              [&](auto zero) { write(reinterpret_cast<decltype(zero)*>(result.node()->data)); });
  return result;
}

Tensor from_doubles(const std::vector<double>& numbers, const Shape& shape, DType dtype) {
  return filled(empty(shape, dtype), [&](auto* data) {
    std::ranges::transform(numbers, data, [&](double number) {
      return static_cast<std::remove_pointer_t<decltype(data)>>(number);
    });
  });
}

[[noreturn]] void throw_ragged(std::size_t got, std::size_t need) {
  throw ShapeError(
      fmt::format("[tensor] rows differ in length: got {}, need {} as in the first", got, need));
}

template <class F>
Tensor drawn(const Shape& shape, DType dtype, const char* op, F&& draw) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("[{}] got {}, need float32 or float64", op, name_of(dtype)));
  Tensor result = empty(shape, dtype);
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

Tensor tensor(double number, DType dtype) { return full({}, number, dtype); }

Tensor tensor(std::initializer_list<double> numbers, DType dtype) {
  return from_doubles(numbers, {static_cast<std::int64_t>(numbers.size())}, dtype);
}

Tensor tensor(std::initializer_list<std::initializer_list<double>> rows, DType dtype) {
  const std::size_t columns = rows.size() == 0 ? 0 : rows.begin()->size();
  std::vector<double> numbers;
  for (const auto& row : rows) {
    if (row.size() != columns) throw_ragged(row.size(), columns);
    numbers.insert(numbers.end(), row);
  }
  return from_doubles(
      numbers, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns)}, dtype);
}

Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<double>>> blocks,
              DType dtype) {
  const std::size_t rows = blocks.size() == 0 ? 0 : blocks.begin()->size();
  const std::size_t columns = rows == 0 ? 0 : blocks.begin()->begin()->size();
  std::vector<double> numbers;
  for (const auto& block : blocks) {
    if (block.size() != rows) throw_ragged(block.size(), rows);
    for (const auto& row : block) {
      if (row.size() != columns) throw_ragged(row.size(), columns);
      numbers.insert(numbers.end(), row);
    }
  }
  return from_doubles(numbers,
                      {static_cast<std::int64_t>(blocks.size()), static_cast<std::int64_t>(rows),
                       static_cast<std::int64_t>(columns)},
                      dtype);
}

Tensor empty(const Shape& shape, DType dtype) { return detail::make_tensor(shape, dtype); }

Tensor full(const Shape& shape, double value, DType dtype) {
  Tensor result = empty(shape, dtype);
  return filled(std::move(result), [&, count = shape.numel()](auto* data) {
    std::fill_n(data, count, static_cast<std::remove_pointer_t<decltype(data)>>(value));
  });
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0.0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1.0, dtype); }
Tensor zeros_like(const Tensor& tensor) { return zeros(tensor.shape(), tensor.dtype()); }
Tensor ones_like(const Tensor& tensor) { return ones(tensor.shape(), tensor.dtype()); }
Tensor full_like(const Tensor& tensor, double value) {
  return full(tensor.shape(), value, tensor.dtype());
}

Tensor eye(std::int64_t n, DType dtype) {
  return filled(zeros({n, n}, dtype), [&](auto* data) {
    for (std::int64_t i = 0; i < n; ++i)
      data[i * n + i] = static_cast<std::remove_pointer_t<decltype(data)>>(1);
  });
}

Tensor arange(std::int64_t count, DType dtype) {
  return filled(empty({count}, dtype), [&](auto* data) {
    for (std::int64_t i = 0; i < count; ++i)
      data[i] = static_cast<std::remove_pointer_t<decltype(data)>>(i);
  });
}

Tensor arange(double start, double stop, double step, DType dtype) {
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
  return filled(empty({size}, dtype), [&](auto* data) {
    for (std::int64_t i = 0; i < size; ++i) {
      data[i] =
          static_cast<std::remove_pointer_t<decltype(data)>>(start + static_cast<double>(i) * step);
    }
  });
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  return filled(empty({count}, dtype), [&](auto* data) {
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
  if (static_cast<std::int64_t>(elements.size()) != shape.numel()) {
    throw ShapeError(
        fmt::format("[from_span] wrong number of elements: got {}, need {} for shape {}",
                    elements.size(), shape.numel(), to_string(shape)));
  }
  Tensor result = empty(shape, dtype_of<T>());
  std::ranges::copy(elements, reinterpret_cast<T*>(result.node()->data));
  return result;
}
template Tensor from_span<bool>(std::span<const bool>, const Shape&);
template Tensor from_span<std::int64_t>(std::span<const std::int64_t>, const Shape&);
template Tensor from_span<float>(std::span<const float>, const Shape&);
template Tensor from_span<double>(std::span<const double>, const Shape&);

}  // namespace nabla
