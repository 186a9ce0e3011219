// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <concepts>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/tensor.hpp>
#include <nabla/engine/value.hpp>

namespace nabla {
namespace {

// Above this many elements only the first and last kEdge of each axis are shown.
constexpr std::int64_t kMostElements = 200;
constexpr std::int64_t kEdge = 3;

struct Printer {
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;  // in place of numbers, which would round them
  Shape shape;
  DType dtype;
  bool shortened;
  std::size_t width;

  std::string number(std::int64_t index) const {
    if (dtype == int64) return std::to_string(integers[static_cast<std::size_t>(index)]);
    const double x = numbers[static_cast<std::size_t>(index)];
    if (dtype == boolean) return x != 0 ? "true" : "false";
    if (std::isnan(x)) return "nan";  // also for the NaN that is printed with a sign
    return fmt::format("{:.6g}", x);
  }

  // Recursion is bounded by kMaxRank.
  void write(std::string& text, int axis, std::int64_t first) const {
    if (axis == shape.rank()) {
      text += fmt::format("{:>{}}", number(first), width);
      return;
    }
    std::int64_t step = 1;
    for (int a = axis + 1; a < shape.rank(); ++a) step *= shape[a];
    const bool innermost = axis + 1 == shape.rank();
    text += '[';
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (i > 0) text += innermost ? std::string(", ") : separator(axis);
      if (shortened && i == kEdge && shape[axis] > 2 * kEdge) {
        text += "...";
        i = shape[axis] - kEdge - 1;
        continue;
      }
      write(text, axis + 1, first + i * step);
    }
    text += ']';
  }

  std::string separator(int axis) const {
    return "," + std::string(static_cast<std::size_t>(std::max(1, shape.rank() - 1 - axis)), '\n') +
           std::string(static_cast<std::size_t>(axis + 8), ' ');
  }
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "tensor(undefined)";
  const Shape shape = tensor.shape();
  const bool is_integer = tensor.dtype() == int64;
  Printer printer{is_integer ? std::vector<double>() : tensor.to_vector<double>(),
                  is_integer ? tensor.to_vector<std::int64_t>() : std::vector<std::int64_t>(),
                  shape,
                  tensor.dtype(),
                  tensor.numel() > kMostElements,
                  0};
  if (!printer.shortened) {
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      printer.width = std::max(printer.width, printer.number(i).size());
  }
  std::string text = "tensor(";
  printer.write(text, 0, 0);
  text += fmt::format(", shape={}, {}", to_string(shape), name_of(tensor.dtype()));
  if (tensor.requires_grad()) text += tensor.is_leaf() ? ", variable" : ", recorded";
  return text + ")";
}

std::ostream& operator<<(std::ostream& stream, const Tensor& tensor) {
  return stream << to_string(tensor);
}

template <std::floating_point T>
std::string to_string(const basic_value<T>& x) {
  return fmt::format("{}", x.value());
}
template std::string to_string(const basic_value<double>& x);
template std::string to_string(const basic_value<float>& x);

}  // namespace nabla
