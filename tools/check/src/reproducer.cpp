// SPDX-License-Identifier: MIT
#include "reproducer.hpp"

#include <cmath>
#include <cstdint>
#include <exception>
#include <functional>
#include <set>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <nabla/engine/creation.hpp>
#include <nabla/ops/registry.hpp>
#include <nabla/ops/view/clone.hpp>
#include <nabla/ops/view/slice.hpp>

#include "tensors.hpp"

namespace nabla::check::detail {

namespace {

/// Numbers that are shrunk at most, and printed at most.
constexpr std::int64_t kMostNumbers = 65536, kMostPrinted = 32;
/// Smaller inputs that are tried.
constexpr int kMostChecks = 40;

/// Rounded to so many decimal digits.
double short_number(double x, int digits) {
  if (x == 0 || !std::isfinite(x)) return x;
  const double scale = std::pow(10.0, digits - 1 - std::floor(std::log10(std::abs(x))));
  const double rounded = std::round(x * scale) / scale;
  return std::isfinite(rounded) ? rounded : x;
}

std::string number_of(double x, DType dtype) {
  if (std::isnan(x)) return "NAN";
  if (std::isinf(x)) return x > 0 ? "INFINITY" : "-INFINITY";
  if (dtype == float32) return fmt::format("{}", static_cast<float>(x));
  return fmt::format("{}", x);
}

/// {{1.0, 2.0}, {3.0, 4.0}}
std::string braces(std::span<const double> numbers, std::span<const std::int64_t> sizes,
                   DType dtype) {
  if (sizes.empty()) return number_of(numbers[0], dtype);
  std::vector<std::string> items;
  const std::size_t each = numbers.size() / static_cast<std::size_t>(sizes[0]);
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    const auto first = static_cast<std::size_t>(i) * each;
    items.push_back(braces(numbers.subspan(first, each), sizes.subspan(1), dtype));
  }
  return fmt::format("{{{}}}", fmt::join(items, ", "));
}

/// How a program says it.
std::string_view constant_of(DType dtype) {
  return dtype == boolean ? std::string_view("boolean") : name_of(dtype);
}

std::string tensor_text(const Tensor& x) {
  const Shape shape = x.shape();
  const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  if (x.numel() == 0)
    return fmt::format("zeros({{{}}}, {})", fmt::join(sizes, ", "), constant_of(x.dtype()));
  const std::vector<double> numbers = numbers_of(x);
  return fmt::format("tensor({}, {})", braces(numbers, sizes, x.dtype()), constant_of(x.dtype()));
}

/// The check as a statement that shows what it found.
std::string printed(const std::string& check) {
  return fmt::format("std::puts(to_string({}).c_str());\n", check);
}

/// ", {.order = 2}"
std::string options_text(const Options& options) {
  std::vector<std::string> members;
  if (options.order != 1) members.push_back(fmt::format(".order = {}", options.order));
  const Options usual;
  if (options.full) members.emplace_back(".full = true");
  if (options.thorough) members.emplace_back(".thorough = true");
  if (options.seed != usual.seed) members.push_back(fmt::format(".seed = {}", options.seed));
  if (options.directions != usual.directions)
    members.push_back(fmt::format(".directions = {}", options.directions));
  if (options.sweep != usual.sweep) members.push_back(fmt::format(".sweep = {}", options.sweep));
  if (options.safety != usual.safety)
    members.push_back(fmt::format(".safety = {}", options.safety));
  if (options.relative_floor != usual.relative_floor)
    members.push_back(fmt::format(".relative_floor = {}", options.relative_floor));
  return members.empty() ? "" : fmt::format(", {{{}}}", fmt::join(members, ", "));
}

class Shrinking {
 public:
  Shrinking(Failure failure, const Options& options)
      : failure_(std::move(failure)), options_(options) {}

  std::string operator()() {
    std::int64_t numbers = 0;
    for (const Tensor& x : failure_.inputs) numbers += x.numel();
    if (numbers > kMostNumbers) return {};
    verdict_ = verdict_of(failure_.inputs);
    if (!is_failure(verdict_)) return {};
    shrink_axes();
    shorten_numbers();
    return text();
  }

 private:
  [[nodiscard]] Verdict verdict_of(std::span<const Tensor> inputs) const {
    try {
      return report_on_tensors(failure_.f, inputs, options_).verdict;
    } catch (const std::exception&) {
      return Verdict::pass;  // not what was to be shown
    }
  }

  bool keep_if_fails(std::vector<Tensor> inputs) {
    if (checks_ == kMostChecks) return false;
    ++checks_;
    if (verdict_of(inputs) != verdict_) return false;
    failure_.inputs = std::move(inputs);
    return true;
  }

  /// Axes of one size are made shorter together: they are likely to belong together.
  void shrink_axes() {
    std::set<std::int64_t, std::greater<>> sizes;
    for (const Tensor& x : failure_.inputs) {
      const Shape shape = x.shape();
      sizes.insert(shape.begin(), shape.end());
    }
    for (const std::int64_t size : sizes) {
      for (const std::int64_t less : {1, 2, 3}) {
        if (less >= size) break;
        std::vector<Tensor> inputs;
        for (const Tensor& x : failure_.inputs) inputs.push_back(cut(x, size, less));
        if (keep_if_fails(std::move(inputs))) break;
      }
    }
  }

  static Tensor cut(const Tensor& x, std::int64_t size, std::int64_t less) {
    Tensor shorter = x.detach();
    for (int axis = 0; axis < x.rank(); ++axis)
      if (x.size(axis) == size) shorter = shorter.slice(axis, 0, less);
    return shorter.clone();
  }

  void shorten_numbers() {
    for (std::size_t k = 0; k < failure_.inputs.size(); ++k) {
      const Tensor x = failure_.inputs[k];
      if (!is_floating(x.dtype())) continue;
      for (int digits = 1; digits <= 4; ++digits) {
        std::vector<double> numbers = numbers_of(x);
        for (double& number : numbers) number = short_number(number, digits);
        std::vector<Tensor> inputs = failure_.inputs;
        inputs[k] = tensor_from(numbers, x.shape(), x.dtype());
        if (keep_if_fails(std::move(inputs))) break;
      }
    }
  }

  [[nodiscard]] std::string text() const {
    std::int64_t numbers = 0;
    for (const Tensor& x : failure_.inputs) numbers += x.numel();
    if (numbers > kMostPrinted) return {};
    std::string lines;
    std::vector<std::string> names;
    for (std::size_t k = 0; k < failure_.inputs.size(); ++k) {
      names.push_back(fmt::format("x{}", k));
      lines += fmt::format("const Tensor {} = {};\n", names[k], tensor_text(failure_.inputs[k]));
    }
    return lines + printed(fmt::format("check::gradcheck({}, {{{}}}{})", failure_.text,
                                       fmt::join(names, ", "), options_text(options_)));
  }

  Failure failure_;
  Options options_;
  Verdict verdict_ = Verdict::fail;  ///< of the inputs as they came
  int checks_ = 0;
};

}  // namespace

std::optional<Failure> failure_of(const Operation& operation) {
  const OpEntry* entry = find_op(operation.info().name);
  std::vector<Tensor> operands = operation.operands();
  const bool is_plain = entry != nullptr && entry->info == &operation.info() &&
                        operation.info().name != "chain" &&  // no function has that name
                        entry->family != "structured" && entry->parameters.empty() &&
                        entry->arity == static_cast<int>(operands.size());
  if (!is_plain) return std::nullopt;
  std::vector<std::string> arguments;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    arguments.push_back(fmt::format("x[{}]", k));
    operands[k] = operands[k].detach();
  }
  return Failure{[operation](std::span<const Tensor> xs) { return operation.again(xs); },
                 fmt::format("[](std::span<const Tensor> x) {{ return {}({}); }}",
                             operation.info().name, fmt::join(arguments, ", ")),
                 std::move(operands)};
}

std::string reproducer(Failure failure, const Options& options) {
  return Shrinking(std::move(failure), options)();
}

std::string reproducer(const std::string& f, std::span<const double> at, const Options& options,
                       const std::function<bool(std::span<const double>)>& fails) {
  const auto still_fails = [&](std::span<const double> x) {
    try {
      return fails(x);
    } catch (const std::exception&) {
      return false;
    }
  };
  if (static_cast<std::int64_t>(at.size()) > kMostPrinted || !still_fails(at)) return {};
  std::vector<double> numbers(at.begin(), at.end());
  for (int digits = 1; digits <= 4; ++digits) {
    std::vector<double> shorter = numbers;
    for (double& number : shorter) number = short_number(number, digits);
    if (!still_fails(shorter)) continue;
    numbers = std::move(shorter);
    break;
  }
  std::vector<std::string> texts;
  for (const double number : numbers) texts.push_back(number_of(number, float64));
  return printed(fmt::format("check::gradcheck({}, std::vector<double>{{{}}}{})", f,
                             fmt::join(texts, ", "), options_text(options)));
}

}  // namespace nabla::check::detail
