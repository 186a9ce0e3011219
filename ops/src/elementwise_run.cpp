// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
namespace detail {

namespace {

// The dtype of operands together with weaker ones, which count only if they are of a higher
// category. Dtypes are ordered so that the greater one holds both; -1 stands for no operand.
int with_weaker(int strong, int weak) {
  return strong >= static_cast<int>(float32) ? strong : std::max(strong, weak);
}

}  // namespace

ElementwiseResult elementwise_result(std::span<const Tensor* const> operands, DType least,
                                     bool has_condition, const char* op) {
  check_defined(op, operands);
  ElementwiseResult result{operands[0]->shape(), boolean, true};
  int arrays = -1;
  int points = -1;  // of rank 0
  int numbers = -1;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Tensor& operand = *operands[i];
    if (i > 0) result.shape = broadcast_shape(result.shape, operand.shape(), op);
    if (i == 0 && has_condition) continue;
    int& kind = operand.node()->has(kNumber) ? numbers : operand.rank() == 0 ? points : arrays;
    kind = std::max(kind, static_cast<int>(operand.dtype()));
  }
  result.is_number = std::max(arrays, points) < 0;
  const DType floating = result.is_number ? float64 : float32;
  numbers = std::min(numbers, static_cast<int>(floating));
  result.dtype = static_cast<DType>(with_weaker(arrays, with_weaker(points, numbers)));
  if (result.dtype < least) result.dtype = least == float32 ? floating : least;
  return result;
}

const Tensor* common_operand(std::span<const Tensor* const> operands) {
  const Tensor* common = nullptr;
  for (const Tensor* operand : operands) {
    if (!operand->defined()) return nullptr;
    const Node& node = *operand->node();
    if (node.has(kNumber) && node.rank == 0) continue;
    if (!is_floating(node.dtype)) return nullptr;
    if (common == nullptr) {
      if (!kernels::is_contiguous(node.rank, node.sizes(), node.strides())) return nullptr;
      common = operand;
      continue;
    }
    const Node& first = *common->node();
    if (node.dtype != first.dtype || !have_same_layout(node, first)) return nullptr;
  }
  return common;
}

Strides broadcast_strides(const Node& operand, int rank, const std::int64_t* sizes) {
  Strides strides{};
  const int missing = rank - operand.rank;
  for (int axis = 0; axis < operand.rank; ++axis) {
    const bool stretched = operand.sizes()[axis] != sizes[missing + axis];
    strides[static_cast<std::size_t>(missing + axis)] = stretched ? 0 : operand.strides()[axis];
  }
  return strides;
}

Tensor brought_back(const Tensor& gradient, const Node& operand) {
  const std::span sizes(operand.sizes(), static_cast<std::size_t>(operand.rank));
  return to(sum_to(gradient, Shape(sizes)), operand.dtype);
}

namespace {

// Contiguous, of this dtype, and as many elements as the result: nothing stretches it.
bool is_plain(const Node& node, DType dtype, std::int64_t numel) {
  if (node.dtype != dtype) return false;
  const std::int64_t *sizes = node.sizes(), *strides = node.strides();
  std::int64_t count = 1;
  for (int axis = node.rank - 1; axis >= 0; --axis) {
    if (sizes[axis] != 1 && strides[axis] != count) return false;
    count *= sizes[axis];
  }
  return count == numel;
}

bool run_plain_operands(const kernels::ElementwiseKernel& kernel, const void* parameters,
                        std::span<Node* const> operands, DType dtype, const Node& y,
                        std::span<void* const> results) {
  std::array<const void*, kernels::kMaxInputs> data;
  std::array<FewElements, kernels::kMaxInputs> rooms;
  const std::int64_t numel = y.numel();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Node& operand = *operands[i];
    data[i] = operand.data;
    // Nearly always it has the sizes and strides of the result.
    const bool is_alike = operand.dtype == dtype && have_same_layout(operand, y);
    if (is_alike || is_plain(operand, dtype, numel)) continue;
    data[i] = few_elements(operand, dtype, y, rooms[i]);
    if (data[i] == nullptr) return false;
  }
  kernels::elementwise_contiguous(kernel, parameters, {data.data(), operands.size()},
                                  size_bytes(dtype), results, size_bytes(y.dtype), numel);
  return true;
}

// A bool is read as the byte that it is, 0 or 1: GCC makes no vector code of masks that become numbers.
template <class From, class Into>
struct Conversion {
  using Read = std::conditional_t<std::is_same_v<From, bool>, std::uint8_t, From>;
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    const Read* from = static_cast<const Read*>(inputs[0]);
    Into* into = static_cast<Into*>(results[0]);
    const auto convert = [&](std::int64_t i) { into[i] = static_cast<Into>(from[i]); };
    constexpr bool has_bytes = sizeof(From) == 1 || sizeof(Into) == 1;
    has_bytes ? kernels::for_lanes_of_bytes(n, convert) : kernels::for_lanes(n, convert);
  }
};
template <class From, class Into>
constexpr auto kConversion = kernels::ElementwiseKernel::of<Conversion<From, Into>>();

const kernels::ElementwiseKernel& conversion(DType from, DType into) {
  return *visit_dtype(from, [&](auto source) {
    return visit_dtype(
        into, [&](auto target) { return &kConversion<decltype(source), decltype(target)>; });
  });
}

// Nobody else can ask for anything that it holds.
bool is_only_elements(const Node& node) {
  return is_floating(node.dtype) && is_sole(node) && node.rule == nullptr && node.name == 0 &&
         node.gradient == nullptr && (node.flags & ~kHolds) == 0 && node.storage->version == 0 &&
         kernels::is_contiguous(node.rank, node.sizes(), node.strides());
}

// What has lost its history to another handle is for the op to refuse.
bool is_overtaken(const Node& node) {
  return node.has(kSuperseded) || (node.rule != nullptr && node.version != node.storage->version);
}

}  // namespace

void convert_element(const Node& from, DType dtype, std::byte* to) {
  visit_dtype(from.dtype, [&](auto source) {
    visit_dtype(dtype, [&](auto target) {
      const auto number = *reinterpret_cast<const decltype(source)*>(from.data);
      const auto converted_number = static_cast<decltype(target)>(number);
      std::memcpy(to, &converted_number, sizeof(converted_number));
    });
  });
}

const void* few_elements(const Node& operand, DType dtype, const Node& y, FewElements& room) {
  const std::int64_t numel = y.numel();
  if (numel > FewElements::kMost) return nullptr;
  std::byte* const to = room.bytes.data();
  if (operand.numel() == 1) {
    convert_element(operand, dtype, to);
    visit_dtype(dtype, [&](auto zero) {
      auto* const elements = reinterpret_cast<decltype(zero)*>(to);
      kernels::for_lanes(numel,
                         [elements, first = *elements](std::int64_t i) { elements[i] = first; });
    });
  } else if (have_same_layout(operand, y)) {
    const void* const from = operand.data;
    void* const into = to;
    conversion(operand.dtype, dtype)(nullptr, &from, &into, numel);
  } else {
    return nullptr;
  }
  return to;
}

bool can_take_result(std::span<const Tensor* const> operands, const ElementwiseResult& result) {
  const Node& target = *operands[0]->node();
  const std::int64_t numel = result.shape.numel();
  if (operands[0]->shape() != result.shape || !is_plain(target, result.dtype, numel)) return false;
  return std::ranges::all_of(operands, [&](const Tensor* operand) {
    const Node& node = *operand->node();
    if (is_overtaken(node)) return false;
    return node.storage != target.storage ||
           (node.data == target.data && is_plain(node, result.dtype, numel));
  });
}

Tensor* replaceable(std::span<Tensor* const> temporaries, std::span<const Tensor* const> operands,
                    DType least, bool has_condition, const char* op) {
  const auto is_free = [](const Tensor* tensor) {
    return tensor != nullptr && tensor->defined() && is_only_elements(*tensor->node());
  };
  if (std::ranges::none_of(temporaries, is_free) || recording.guarded) return nullptr;
  const auto is_usable = [](const Tensor* operand) {
    return operand->defined() && !is_overtaken(*operand->node());
  };
  if (!std::ranges::all_of(operands, is_usable) || wants_history(operands)) return nullptr;
  const Tensor* common = has_condition ? nullptr : common_operand(operands);
  const ElementwiseResult result = common != nullptr
                                       ? ElementwiseResult{common->shape(), common->dtype(), false}
                                       : elementwise_result(operands, least, has_condition, op);
  const auto found = std::ranges::find_if(temporaries, [&](const Tensor* tensor) {
    return is_free(tensor) && tensor->dtype() == result.dtype && tensor->shape() == result.shape;
  });
  return found == temporaries.end() ? nullptr : *found;
}

namespace {

// Large, and its rows are far apart in memory: an element by element loop would fetch a line of the
// cache for each.
bool is_transposed(const Node& node) {
  constexpr std::int64_t kFew = 4096;
  int last = node.rank - 1;
  while (last > 0 && node.sizes()[last] == 1) --last;
  if (last < 1 || node.numel() < kFew) return false;
  const std::int64_t step = node.strides()[last];
  return step > 1 &&
         std::any_of(node.strides(), node.strides() + last,
                     [step](std::int64_t stride) { return stride != 0 && stride < step; });
}

Tensor in_own_order(const Node& x) {
  Tensor copy = make_tensor(Shape(std::span(x.sizes(), static_cast<std::size_t>(x.rank))), x.dtype);
  copy_elements(x, *copy.node());
  return copy;
}

// Operands as a loop over a shape reads them: broadcast, and converted on the way.
class LoopInputs {
 public:
  LoopInputs(std::span<Node* const> operands, DType dtype, int rank, const std::int64_t* sizes)
      : count_(operands.size()) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Node* operand = operands[i];
      const void* data = operand->data;
      const bool is_converted = operand->dtype != dtype && operand->numel() != 1;
      if (operand->dtype != dtype && !is_converted) {
        convert_element(*operand, dtype, numbers_[i].data());
        data = numbers_[i].data();
      } else if (is_transposed(*operand)) {
        copies_[i] = in_own_order(*operand);
        operand = copies_[i].node();
        data = operand->data;
      }
      strides_[i] = broadcast_strides(*operand, rank, sizes);
      inputs_[i] = {data, strides_[i].begin()};
      if (is_converted) {
        inputs_[i].conversion = &conversion(operand->dtype, dtype);
        inputs_[i].bytes = size_bytes(operand->dtype);
      }
    }
  }
  LoopInputs(const LoopInputs&) = delete;
  LoopInputs& operator=(const LoopInputs&) = delete;
  [[nodiscard]] std::span<const kernels::ElementwiseInput> all() const {
    return {inputs_.data(), count_};
  }

 private:
  std::size_t count_;
  std::array<Tensor, kernels::kMaxInputs> copies_;
  alignas(8) std::array<std::array<std::byte, 8>, kernels::kMaxInputs> numbers_;
  std::array<Strides, kernels::kMaxInputs> strides_;
  std::array<kernels::ElementwiseInput, kernels::kMaxInputs> inputs_{};
};

// Into results that are all like y.
void run_any_operands(const kernels::ElementwiseKernel& kernel, const void* parameters,
                      std::span<Node* const> operands, DType dtype, const Node& y,
                      std::span<void* const> results) {
  const LoopInputs inputs(operands, dtype, y.rank, y.sizes());
  kernels::elementwise(kernel, parameters, y.rank, y.sizes(), inputs.all(), size_bytes(dtype),
                       results, size_bytes(y.dtype));
}

}  // namespace

void convert_elements(const Node& from, Node& into) {
  const kernels::ElementwiseInput inputs[] = {{from.data, from.strides()}};
  void* const results[] = {into.data};
  kernels::elementwise(conversion(from.dtype, into.dtype), nullptr, into.rank, into.sizes(), inputs,
                       size_bytes(from.dtype), results, size_bytes(into.dtype));
}

void run_elementwise(const kernels::ElementwiseKernel& kernel, const void* parameters,
                     std::span<Node* const> operands, DType dtype, std::span<Node* const> results) {
  std::array<void*, kernels::kMaxResults> elements;
  for (std::size_t i = 0; i < results.size(); ++i) elements[i] = results[i]->data;
  const std::span<void* const> to(elements.data(), results.size());
  const Node& y = *results[0];
  if (!run_plain_operands(kernel, parameters, operands, dtype, y, to))
    run_any_operands(kernel, parameters, operands, dtype, y, to);
}

double sum_elementwise(const kernels::ElementwiseKernel& kernel, const void* parameters,
                       std::span<Node* const> operands, DType dtype, const Shape& shape) {
  const LoopInputs inputs(operands, dtype, shape.rank(), shape.begin());
  return visit_floating(dtype, [&]<class T>(T) {
    return kernels::elementwise_sum<T>(kernel, parameters, shape.rank(), shape.begin(),
                                       inputs.all());
  });
}

namespace {

std::string describe(std::span<const Shape> shapes) {
  std::string text;
  for (const Shape& shape : shapes) text += (text.empty() ? "" : " and ") + to_string(shape);
  return text;
}

}  // namespace

std::vector<Sample> elementwise_samples(const OpInfo& info, int arity,
                                        Tensor (*apply)(std::span<const Tensor>)) {
  // Each row: the shapes of up to three operands; the fourth shape family is a transposed view.
  const std::vector<std::vector<Shape>> shape_sets = {
      {{}, {}, {}}, {{3}, {3}, {3}}, {{2, 3}, {3}, {2, 1}}, {{2, 1}, {1, 4}, {}}, {{0}, {1}, {0}}};
  std::vector<Sample> samples;
  for (const auto& set : shape_sets) {
    Sample sample;
    const std::span<const Shape> shapes(set.data(), static_cast<std::size_t>(arity));
    sample.description = describe(shapes);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      sample.inputs.push_back(
          sample_tensor(shapes[i], info.samples[i].lower, info.samples[i].upper, 11 + i));
    }
    sample.apply = apply;
    samples.push_back(std::move(sample));
  }
  Sample view{"transposed view", {}, apply, true};
  for (int i = 0; i < arity; ++i) {
    const Interval& range = info.samples[i];
    view.inputs.push_back(
        sample_tensor({3, 2}, range.lower, range.upper, 21 + static_cast<unsigned>(i)).transpose());
  }
  samples.push_back(std::move(view));
  const auto add = [&](std::string description, auto operand) {
    Sample sample{std::move(description), {}, apply, false};
    for (int i = 0; i < arity; ++i) sample.inputs.push_back(operand(i));
    samples.push_back(std::move(sample));
  };
  const auto everywhere = [&](std::string description, const Tensor& x) {
    add(std::move(description), [&x](int) { return x; });
  };
  for (const double x : info.singular) {
    everywhere(fmt::format("at {}", x), full({2}, x, float64));
    everywhere(fmt::format("beside {}", x),
               tensor({x - 1e-2, x + 1e-2, x - 1e-4, x + 1e-4, x - 1e-6, x + 1e-6}, float64));
  }
  if (info.singular_at_ties) everywhere("ties", tensor({0.75, -1.25, 3.0}, float64));
  // Far out, differences cannot tell a tie of operands from a kink.
  for (const double x : {50.0, 700.0, 1e8, 1e-30}) {
    if (arity > 1 && x < 1) continue;
    add(fmt::format("+-{}", x), [x](int i) { return tensor({x, -x}, float64) * (1 + i / 8.0); });
  }
  return samples;
}

std::vector<ErrorCase> elementwise_errors(const OpInfo& info, int arity,
                                          Tensor (*apply)(std::span<const Tensor>)) {
  if (arity == 1) {
    return {{"an empty handle", [apply] { static_cast<void>(apply(std::vector<Tensor>(1))); },
             "empty"}};
  }
  const auto run = [apply, arity] {
    std::vector<Tensor> operands(static_cast<std::size_t>(arity), zeros({2, 3}, float64));
    operands.back() = zeros({4}, float64);
    static_cast<void>(apply(operands));
  };
  return {{"shapes that do not broadcast", run,
           fmt::format("[{}] shapes do not broadcast: a is (2, 3), b is (4,)", info.name)}};
}

}  // namespace detail

Tensor sample_tensor(const Shape& shape, double lower, double upper, std::uint64_t seed) {
  Random random(seed);
  Tensor result = empty(shape, float64);
  std::generate_n(elements<double>(result), shape.numel(),
                  [&] { return random.uniform(lower, upper); });
  return result;
}

}  // namespace nabla
