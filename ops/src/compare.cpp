// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <initializer_list>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/elementwise_run.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/clone.hpp>

namespace nabla {
namespace {

// y = f(a, b) elementwise, where T is the dtype both operands are read as and y is boolean.
template <class T, class F>
Tensor map_to_boolean(const Tensor& a, const Tensor& b, const Shape& shape, F f) {
  Tensor y = detail::make_tensor(shape, boolean, "compare");
  const Tensor* operands[] = {&a, &b};
  detail::run_plain<T, bool, 2>(f, operands, *y.node());
  return y;
}

template <class T>
Tensor compare_as(Comparison comparison, const Tensor& a, const Tensor& b, const Shape& shape) {
  switch (comparison) {
    case Comparison::less:
      return map_to_boolean<T>(a, b, shape, std::less<T>{});
    case Comparison::less_equal:
      return map_to_boolean<T>(a, b, shape, std::less_equal<T>{});
    case Comparison::greater:
      return map_to_boolean<T>(a, b, shape, std::greater<T>{});
    case Comparison::greater_equal:
      return map_to_boolean<T>(a, b, shape, std::greater_equal<T>{});
    case Comparison::equal:
      return map_to_boolean<T>(a, b, shape, std::equal_to<T>{});
    default:
      return map_to_boolean<T>(a, b, shape, std::not_equal_to<T>{});
  }
}

// Of each element of x alone. (What branches, and && does, is no vector code.)
template <class F>
Tensor map_each_to_boolean(const Tensor& x, F f) {
  return visit_dtype(x.dtype(), [&](auto zero) {
    return map_to_boolean<decltype(zero)>(x, x, x.shape(),
                                          [f](auto element, auto) { return f(element); });
  });
}

void check_boolean(const Tensor& tensor, const char* op) {
  if (detail::defined(tensor, op).dtype() != boolean) {
    throw DTypeError(fmt::format("[{}] got {}, need bool; compare first, as in x != 0", op,
                                 name_of(tensor.dtype())));
  }
}

// True if one is not 0, or is.
bool has_element(const Tensor& x, bool is_set) {
  const NoGrad no_grad;
  const Tensor dense = contiguous(x);
  return visit_dtype(x.dtype(), [&](auto zero) {
    const auto* from = elements<decltype(zero)>(dense);
    return std::any_of(from, from + dense.numel(),
                       [=](auto element) { return (element != zero) == is_set; });
  });
}

}  // namespace

Tensor compare(Comparison comparison, const Tensor& a, const Tensor& b) {
  const Tensor* operands[] = {&a, &b};
  const detail::ElementwiseResult result =
      detail::elementwise_result(operands, boolean, false, "compare");
  return visit_dtype(result.dtype, [&](auto zero) {
    return compare_as<decltype(zero)>(comparison, a, b, result.shape);
  });
}

Tensor isnan(const Tensor& x) { return detail::defined(x, "isnan") != x; }
Tensor isinf(const Tensor& x) {
  return map_each_to_boolean(detail::defined(x, "isinf"), [](auto element) {
    return static_cast<bool>((element == element) & (element - element != 0));
  });
}
Tensor isfinite(const Tensor& x) {
  return map_each_to_boolean(detail::defined(x, "isfinite"),
                             [](auto element) { return element - element == 0; });
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  check_boolean(a, "logical_and");
  check_boolean(b, "logical_and");
  return map_to_boolean<bool>(a, b, broadcast_shape(a.shape(), b.shape(), "logical_and"),
                              std::bit_and<bool>{});
}

Tensor logical_or(const Tensor& a, const Tensor& b) {
  check_boolean(a, "logical_or");
  check_boolean(b, "logical_or");
  return map_to_boolean<bool>(a, b, broadcast_shape(a.shape(), b.shape(), "logical_or"),
                              std::bit_or<bool>{});
}

Tensor logical_not(const Tensor& a) {
  check_boolean(a, "logical_not");
  return map_to_boolean<bool>(a, ones({}, boolean), a.shape(), std::bit_xor<bool>{});
}

void detail::check_mask(const Tensor& mask, const char* op) {
  if (defined(mask, op).dtype() == boolean) return;
  throw DTypeError(
      fmt::format("[{}] the mask is {}, need bool; compare with 0", op, name_of(mask.dtype())));
}

void detail::check_broadcast(std::initializer_list<const Tensor*> operands, const char* op) {
  Shape shape;
  for (const Tensor* operand : operands)
    shape = broadcast_shape(shape, defined(*operand, op).shape(), op);
}

bool any(const Tensor& a) { return has_element(detail::defined(a, "any"), true); }
bool all(const Tensor& a) { return !has_element(detail::defined(a, "all"), false); }

}  // namespace nabla
