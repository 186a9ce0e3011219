// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/finite.hpp>
#include <nabla/kernels/gemm.hpp>
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
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/reduction/sum.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
#include <nabla/ops/unary/abs.hpp>
#include <nabla/ops/unary/sqrt.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/to.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla::detail {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// True where a row of `a` and a column of `b` are both true at some place.
Tensor meet(const Tensor& a, const Tensor& b) { return matmul(to(a, float32), to(b, float32)) > 0; }

// What g brings to the elements of B that are not finite, and those of g that are `cut` to what counts
// in B: infinite or NaN, else 0.
Tensor gradient_times_infinite(const Tensor& g, const Tensor& b, const Tensor& cut,
                               const Tensor& counts) {
  const NoGrad no_grad;
  const Tensor up = g > 0, down = g < 0, high = b == kInfinity, low = b == -kInfinity;
  Tensor to_high = logical_or(meet(up, high), meet(down, low));
  Tensor to_low = logical_or(meet(up, low), meet(down, high));
  Tensor to_nan = meet(g != 0, isnan(b));
  if (cut.defined()) {
    const Tensor up_to = logical_and(cut, up), down_to = logical_and(cut, down);
    to_high = logical_or(to_high, logical_or(meet(up_to, b > 0), meet(down_to, b < 0)));
    to_low = logical_or(to_low, logical_or(meet(up_to, b < 0), meet(down_to, b > 0)));
    to_nan = logical_or(to_nan, logical_or(meet(logical_and(cut, isnan(g)), counts),
                                           meet(cut, logical_and(counts, b == 0))));
  }
  to_nan = logical_or(to_nan, logical_and(to_high, to_low));
  const Tensor number = where(to_high, kInfinity, where(to_low, -kInfinity, 0.0));
  return to(where(to_nan, kNan, number), b.dtype());
}

// As matmul where all is finite. `counts`: where B is not 0 by a mask; undefined if g is finite.
Tensor gradient_times_any(const Tensor& g, const Tensor& b, const Tensor& counts) {
  Tensor cut;
  if (counts.defined()) {
    const NoGrad no_grad;
    const Tensor meets_mask = any(logical_not(counts), {-1}, true).transpose();
    cut = logical_and(logical_not(isfinite(g)), meets_mask);
    if (!any(cut)) cut = Tensor();
  }
  return matmul(cut.defined() ? where(cut, 0.0, g) : g, where(isfinite(b), b, 0.0)) +
         gradient_times_infinite(g, b, cut, counts);
}

// A product is finite if both factors are, but for what overflows: that leaks nothing. What is infinite
// in G leaks nothing if no 0 of a mask can meet it, as in a variable.
bool may_leak(const Tensor& product, const Tensor& g, const Tensor& factor, const Tensor& operand) {
  const bool has_mask = !operand.is_leaf() || !operand.requires_grad();
  if (product.numel() <= factor.numel() + (has_mask ? g.numel() : 0)) return !is_finite(product);
  return !is_finite(factor) || (has_mask && !is_finite(g));
}

Tensor made(const Tensor& operand, Arrangement factor) {
  return factor == nullptr ? operand : factor(operand);
}
// Where the factor counts, if it is asked.
Tensor counted(const Tensor& g, const Tensor& operand, Arrangement factor) {
  return is_finite(g) ? Tensor() : made(may_be_nonzero(operand), factor);
}
Tensor as_column(const Tensor& x) { return x.defined() ? unsqueeze(x, -1) : x; }
Tensor transposed(const Tensor& x) { return x.defined() ? x.transpose() : x; }

}  // namespace

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

Tensor gradient_times(const Tensor& g, const Tensor& operand, Arrangement factor) {
  const Tensor b = made(operand, factor);
  const Tensor product = matmul(g, b);
  if (!may_leak(product, g, b, operand)) return product;
  const Tensor counts = counted(g, operand, factor);
  if (b.rank() > 1) return gradient_times_any(g, b, counts);
  return squeeze(gradient_times_any(g, as_column(b), as_column(counts)), -1);
}

Tensor times_gradient(const Tensor& operand, const Tensor& g, Arrangement factor) {
  const Tensor a = made(operand, factor);
  const Tensor product = matmul(a, g);
  if (!may_leak(product, g, a, operand)) return product;
  const Tensor counts = counted(g, operand, factor);
  if (a.rank() > 1) {
    return gradient_times_any(g.transpose(), a.transpose(), transposed(counts)).transpose();
  }
  return squeeze(gradient_times_any(g.transpose(), as_column(a), as_column(counts)), -1);
}

void multiply(const Tensor& a, Read read_a, const Tensor& b, Read read_b, Tensor& y) {
  struct Matrix {
    std::int64_t rows, columns, row, column;
    Matrix(const Node& x, Read read) {
      const int first = read == Read::transposed ? 1 : 0;
      rows = x.sizes()[first];
      columns = x.sizes()[1 - first];
      row = x.strides()[first];
      column = x.strides()[1 - first];
    }
  };
  const Matrix left(*a.node(), read_a), right(*b.node(), read_b);
  visit_floating(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::gemm(left.rows, right.columns, left.columns, elements<T>(a), left.row, left.column,
                  elements<T>(b), right.row, right.column, elements<T>(y));
  });
}

namespace {

// A product laid out as the operand whose gradient it is: by columns if that is the transpose of a matrix
// that lies by rows, which then gets a gradient that lies by rows.
template <class F, class G>
Tensor product_like(const Tensor& operand, const F& multiply, const G& multiply_transposed) {
  const Node& node = *operand.node();
  const bool is_by_columns = node.sizes()[0] > 1 && node.sizes()[1] > 1 && node.strides()[0] == 1 &&
                             node.strides()[1] == node.sizes()[0];
  if (!is_by_columns) {
    Tensor product = make_tensor_like(operand, op::Matmul::info.name);
    multiply(product);
    return product;
  }
  Tensor product =
      make_tensor({node.sizes()[1], node.sizes()[0]}, operand.dtype(), op::Matmul::info.name);
  multiply_transposed(product);
  return product.transpose();
}

}  // namespace

Tensor gradient_times_transposed(const Tensor& g, const Tensor& b, const Tensor& like) {
  const Tensor product = product_like(
      like, [&](Tensor& y) { multiply(g, Read::as_it_is, b, Read::transposed, y); },
      [&](Tensor& y) { multiply(b, Read::as_it_is, g, Read::transposed, y); });
  if (!may_leak(product, g, b, b)) return product;
  return gradient_times(g, b, [](const Tensor& x) { return x.transpose(); });
}

Tensor transposed_times_gradient(const Tensor& a, const Tensor& g, const Tensor& like) {
  const Tensor product = product_like(
      like, [&](Tensor& y) { multiply(a, Read::transposed, g, Read::as_it_is, y); },
      [&](Tensor& y) { multiply(g, Read::transposed, a, Read::as_it_is, y); });
  if (!may_leak(product, g, a, a)) return product;
  return times_gradient(a, g, [](const Tensor& x) { return x.transpose(); });
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
  return record(op::Chain{}, k, to(where(has_none, kNan, 0.0), k.dtype()));
}

Tensor undefined_beyond(const Tensor& y, const Tensor& has_none) {
  // Two roots of 0, whose slopes are infinite, less each other.
  const Tensor zero = y - y.detach();
  const Tensor nothing = where(any(has_none, {-2, -1}, true), sqrt(zero) - sqrt(zero), 0.0);
  return sum(nothing, {-2, -1}, true);
}

}  // namespace nabla::detail
