// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/finite.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/chain.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/binary/sub.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/linalg.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/sqrt.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla::detail {

bool is_finite(const Tensor& x) {
  const Node& node = *x.node();
  if (kernels::is_contiguous(node.rank, node.sizes(), node.strides())) {
    return visit_floating(node.dtype, [&](auto zero) {
      constexpr std::int64_t kFew = 32;
      const auto* data = elements<decltype(zero)>(x);
      const std::int64_t n = node.numel();
      if (n > kFew) return kernels::all_finite(data, n);
      return std::all_of(data, data + n, [](auto number) { return std::isfinite(number); });
    });
  }
  std::array<std::int64_t, kernels::kMaxAxes> sizes{}, strides{};
  for (int axis = 0; axis < node.rank; ++axis) {  // each is put behind those with greater strides
    auto place = static_cast<std::size_t>(axis);
    for (; place > 0 && strides[place - 1] < node.strides()[axis]; --place) {
      sizes[place] = sizes[place - 1];
      strides[place] = strides[place - 1];
    }
    sizes[place] = node.strides()[axis] == 0 ? std::min<std::int64_t>(node.sizes()[axis], 1)
                                             : node.sizes()[axis];  // the same again
    strides[place] = node.strides()[axis];
  }
  const auto loop = kernels::make_loop<1>(node.rank, sizes.data(), {strides.data()});
  bool finite = true;
  visit_floating(x.dtype(), [&](auto zero) {
    const auto* data = elements<decltype(zero)>(x);
    kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
      const auto* row = data + offset[0];
      if (step[0] == 1) {
        finite = finite && kernels::all_finite(row, n);
      } else {
        for (std::int64_t i = 0; finite && i < n; ++i) finite = std::isfinite(row[i * step[0]]);
      }
    });
  });
  return finite;
}

Tensor masked_product(const Tensor& g, const Tensor& slope) {
  const Tensor product = record(op::Chain{}, g, slope);
  if (is_finite(product)) return product;
  return where(logical_and(slope == 0, logical_not(isfinite(g))), 0.0, product);
}

Tensor arrived(const Tensor& dx, const Tensor& g) {
  if (is_finite(dx)) return passing(dx, g);
  return passing(where(any(g.detach() != 0, {-2, -1}, true), dx, 0.0), g);
}

Tensor rounding_of(const Tensor& w) {
  const NoGrad no_grad;
  return sum(w.abs(), {-1}, true) * (static_cast<double>(w.size(-1)) * 0x1p-52);
}

Tensor are_alike(const Tensor& w) {
  const NoGrad no_grad;
  return logical_and(logical_not(on_diagonal(w.size(-1))),
                     (w - w.transpose()).abs() <= rounding_of(w));
}

Tensor through_undefined(const Tensor& k, const Tensor& has_none) {
  return record(op::Chain{}, k,
                to(where(has_none, std::numeric_limits<double>::quiet_NaN(), 0.0), k.dtype()));
}

Tensor undefined_beyond(const Tensor& y, const Tensor& has_none) {
  // Two roots of 0, whose slopes are infinite, less each other.
  const Tensor zero = y - y.detach();
  const Tensor nothing = where(any(has_none, {-2, -1}, true), sqrt(zero) - sqrt(zero), 0.0);
  return sum(nothing, {-2, -1}, true);
}

}  // namespace nabla::detail
