// SPDX-License-Identifier: MIT
// Products of two matrices, and what they bring to gradients.
#include <cstdint>
#include <limits>

#include <nabla/engine/recording.hpp>
#include <nabla/kernels/gemm.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/compare.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/structural_zeros.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/linalg/matmul.hpp>
#include <nabla/ops/ternary/where.hpp>
#include <nabla/ops/truth.hpp>
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

// A product laid out as the operand whose gradient it is: by columns if that is the transpose of a matrix
// that lies by rows, which then gets a gradient that lies by rows.
Tensor product_like(const Tensor& operand, const Tensor& a, Read read_a, const Tensor& b,
                    Read read_b) {
  const Node& node = *operand.node();
  const bool is_by_columns = node.sizes()[0] > 1 && node.sizes()[1] > 1 && node.strides()[0] == 1 &&
                             node.strides()[1] == node.sizes()[0];
  if (!is_by_columns) {
    Tensor product = make_tensor_like(operand, op::Matmul::info.name);
    multiply(a, read_a, b, read_b, product);
    return product;
  }
  const auto other = [](Read read) {
    return read == Read::as_it_is ? Read::transposed : Read::as_it_is;
  };
  Tensor product =
      make_tensor({node.sizes()[1], node.sizes()[0]}, operand.dtype(), op::Matmul::info.name);
  multiply(b, other(read_b), a, other(read_a), product);  // (A B)^T = B^T A^T
  return product.transpose();
}

}  // namespace

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

Tensor gradient_times_transposed(const Tensor& g, const Tensor& b, const Tensor& like) {
  const Tensor product = product_like(like, g, Read::as_it_is, b, Read::transposed);
  if (!may_leak(product, g, b, b)) return product;
  return gradient_times(g, b, [](const Tensor& x) { return x.transpose(); });
}

Tensor transposed_times_gradient(const Tensor& a, const Tensor& g, const Tensor& like) {
  const Tensor product = product_like(like, a, Read::transposed, g, Read::as_it_is);
  if (!may_leak(product, g, a, a)) return product;
  return times_gradient(a, g, [](const Tensor& x) { return x.transpose(); });
}

}  // namespace nabla::detail
