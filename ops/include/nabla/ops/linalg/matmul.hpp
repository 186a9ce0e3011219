// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/ops/binary/add.hpp>
#include <nabla/ops/binary/mul.hpp>
#include <nabla/ops/family/chain_rule.hpp>
#include <nabla/ops/family/structured.hpp>
#include <nabla/ops/view/reshape.hpp>
#include <nabla/ops/view/transpose.hpp>

namespace nabla {
[[nodiscard]] Tensor matmul(const Tensor& a, const Tensor& b);

namespace op {
struct Matmul : Structured {
  static constexpr OpInfo info{
      .name = "matmul",
      .formula = "Y = A B",
      .gradient = "dL/dA = G B^T, dL/dB = A^T G",
      .accuracy = "error <= k eps |A| |B|, eps of the type of the operands",
      .source = "Giles 2008, \"Collected matrix derivative results\"",
      .instead = "a*c + b*d"};
  static constexpr std::uint32_t saves = 3;  // both operands
  Result shape(Inputs x) const { return result_of(x[0], x[1], info.name.data()); }
  /// What the product is going to be.
  /// Errors    ShapeError, DTypeError that name `op`
  static Result result_of(const Tensor& a, const Tensor& b, const char* op) {
    if (are_plain(a, b)) return {{a.node()->sizes()[0], b.node()->sizes()[1]}, a.dtype()};
    const auto shapes = [&] {
      return "a is " + to_string(a.shape()) + ", b is " + to_string(b.shape());
    };
    const auto name = [op] { return "[" + std::string(op) + "] "; };
    if (detail::defined(a, op).rank() == 0 || detail::defined(b, op).rank() == 0)
      throw ShapeError(name() + shapes() + ", need at least one axis; use * for numbers");
    detail::check_same_floating(a, b, op);
    const Matrices m(a, b, op);
    if (a.size(-1) != m.k) {
      throw ShapeError(name() + "inner sizes differ: " + shapes() +
                       ", need a columns = b rows; transpose b?");
    }
    Shape shape = m.batch;
    if (a.rank() > 1) shape = shape.inserted(shape.rank(), m.m);
    if (b.rank() > 1) shape = shape.inserted(shape.rank(), m.n);
    return {shape, a.dtype()};
  }
  void forward(Inputs x, Tensor& y) const {
    if (are_plain(x[0], x[1]))
      return detail::multiply(x[0], detail::Read::as_it_is, x[1], detail::Read::as_it_is, y);
    const Matrices m(x[0], x[1]);
    const Strides batch_a = m.batch_strides(x[0]);
    const Strides batch_b = m.batch_strides(x[1]);
    const auto loop =
        kernels::make_loop<2>(m.batch.rank(), m.batch.begin(), {batch_a.data(), batch_b.data()});
    visit_floating(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::gemm_batch(loop, m.m, m.n, m.k, elements<T>(x[0]), m.a_row, m.a_column,
                          elements<T>(x[1]), m.b_row, m.b_column, elements<T>(y));
    });
  }
  void backward(BackwardCall& call) const {
    const Tensor a = call.input(0);
    const Tensor b = call.input(1);
    if (!call.create_graph() && are_plain(a, b)) {
      const Tensor& g = call.gradient();
      if (call.wants(0)) call.add(0, detail::gradient_times_transposed(g, b, a));
      if (call.wants(1)) call.add(1, detail::transposed_times_gradient(a, g, b));
      return;
    }
    const Matrices m(a, b);
    const Shape whole = m.batch.inserted(m.batch.rank(), m.m).inserted(m.batch.rank() + 1, m.n);
    const Tensor g = of_shape(call.gradient(), whole);
    if (call.wants(0)) {
      const Shape row{1, m.k};
      call.add(0, of_shape(sum_to(detail::gradient_times(g, b, &from_right),
                                  a.rank() > 1 ? a.shape() : row),
                           a.shape()));
    }
    if (call.wants(1)) {
      const Shape column{m.k, 1};
      call.add(1, of_shape(sum_to(detail::times_gradient(a, g, &from_left),
                                  b.rank() > 1 ? b.shape() : column),
                           b.shape()));
    }
  }
  static std::vector<Sample> samples() {
    const auto apply = [](std::span<const Tensor> x) { return matmul(x[0], x[1]); };
    return {
        {"matrices", {sample_tensor({2, 3}), sample_tensor({3, 4})}, apply},
        {"matrix and vector", {sample_tensor({2, 3}), sample_tensor({3})}, apply},
        {"vector and matrix", {sample_tensor({3}), sample_tensor({3, 2})}, apply},
        {"vectors", {sample_tensor({3}), sample_tensor({3}, -2, 2, 2)}, apply},
        {"batches that broadcast", {sample_tensor({2, 1, 2, 3}), sample_tensor({3, 3, 2})}, apply},
        {"batch and vector", {sample_tensor({2, 2, 3}), sample_tensor({3})}, apply},
        {"transposed", {sample_tensor({3, 2}).transpose(), sample_tensor({3, 3})}, apply},
        {"nothing to sum", {sample_tensor({2, 0}), sample_tensor({0, 3})}, apply}};
  }
  static std::vector<ErrorCase> errors() {
    return {{"inner sizes differ",
             [] {
               static_cast<void>(matmul(zeros({2, 3}), zeros({4, 5})));
             },
             "[matmul] inner sizes differ: a is (2, 3), b is (4, 5), need a columns = b rows"},
            {"a number",
             [] {
               static_cast<void>(matmul(zeros({}), zeros({4, 5})));
             },
             "[matmul] a is (), b is (4, 5), need at least one axis"},
            {"batches that do not broadcast",
             [] {
               static_cast<void>(matmul(zeros({2, 2, 2}), zeros({3, 2, 2})));
             },
             "[matmul] shapes do not broadcast: a is (2,), b is (3,)"},
            {"two dtypes",
             [] {
               static_cast<void>(matmul(zeros({2, 2}, float64), zeros({2, 2})));
             },
             "[matmul] a is float64, b is float32, need the same floating type"}};
  }

 private:
  // Two matrices that can be multiplied: what most products are of.
  static bool are_plain(const Tensor& a, const Tensor& b) {
    if (!a.defined() || !b.defined()) return false;
    const detail::Node &x = *a.node(), &y = *b.node();
    return x.rank == 2 && y.rank == 2 && x.dtype == y.dtype && is_floating(x.dtype) &&
           x.sizes()[1] == y.sizes()[0];
  }

  // B^T and A^T; a vector is a column on the right, a row on the left.
  static Tensor from_right(const Tensor& b) {
    return b.rank() > 1 ? b.transpose() : b.reshape({1, b.numel()});
  }
  static Tensor from_left(const Tensor& a) {
    return a.rank() > 1 ? a.transpose() : a.reshape({a.numel(), 1});
  }

  // The operands as batches of matrices: sizes, and steps in elements inside one matrix.
  struct Matrices {
    std::int64_t m, n, k, a_row, a_column, b_row, b_column;
    Shape batch;

    Matrices(const Tensor& a, const Tensor& b, const char* op = info.name.data()) {
      const detail::Node& x = *a.node();
      const detail::Node& y = *b.node();
      const bool a_matrix = x.rank > 1;
      const bool b_matrix = y.rank > 1;
      m = a_matrix ? x.sizes()[x.rank - 2] : 1;
      a_row = a_matrix ? x.strides()[x.rank - 2] : 0;
      a_column = x.strides()[x.rank - 1];
      k = b_matrix ? y.sizes()[y.rank - 2] : y.sizes()[0];
      n = b_matrix ? y.sizes()[y.rank - 1] : 1;
      b_row = b_matrix ? y.strides()[y.rank - 2] : y.strides()[0];
      b_column = b_matrix ? y.strides()[y.rank - 1] : 0;
      if (x.rank > 2 || y.rank > 2) batch = broadcast_shape(batch_shape(a), batch_shape(b), op);
    }

    static Shape batch_shape(const Tensor& x) {
      return Shape(std::span<const std::int64_t>(
          x.node()->sizes(), static_cast<std::size_t>(std::max(0, x.rank() - 2))));
    }
    // The steps of an operand from batch to batch, 0 where it is repeated.
    [[nodiscard]] Strides batch_strides(const Tensor& x) const {
      Strides strides{};
      const Shape own = batch_shape(x);
      for (int axis = 0; axis < own.rank(); ++axis) {
        const int to = batch.rank() - own.rank() + axis;
        if (own[axis] != 1) strides[static_cast<std::size_t>(to)] = x.node()->strides()[axis];
      }
      return strides;
    }
  };
};
}  // namespace op

/// The matrix product. Axes before the last two are batches and broadcast; a vector on the left is
/// a row, on the right a column, and that axis is gone from the result.
/// Shapes    a (..., m, k), b (..., k, n) -> (..., m, n)
/// Errors    ShapeError if inner sizes or batches do not fit; DTypeError unless both are the same
///           floating type
/// Cost      2 m n k operations a batch
[[nodiscard]] inline Tensor matmul(const Tensor& a, const Tensor& b) {
  return record_structured(op::Matmul{}, a, b);
}

namespace detail {
/// What the products of two batches of as many matrices are going to be.
/// Errors    ShapeError, DTypeError that name `op`
[[nodiscard]] inline Result products_of(const Tensor& a, const Tensor& b, const char* op) {
  const bool are_batches =
      defined(a, op).rank() == 3 && defined(b, op).rank() == 3 && a.size(0) == b.size(0);
  if (!are_batches) {
    throw ShapeError("[" + std::string(op) + "] a is " + to_string(a.shape()) + ", b is " +
                     to_string(b.shape()) +
                     ", need two batches of as many matrices; matmul broadcasts");
  }
  return op::Matmul::result_of(a, b, op);
}
}  // namespace detail

/// The products of two batches of as many matrices.
/// Shapes    a (b, m, k), b (b, k, n) -> (b, m, n)
/// Errors    ShapeError on other shapes; DTypeError as matmul
[[nodiscard]] inline Tensor bmm(const Tensor& a, const Tensor& b) {
  static_cast<void>(detail::products_of(a, b, "bmm"));
  return matmul(a, b);
}

/// A matrix times a vector.
/// Shapes    a (m, k), x (k) -> (m)
/// Errors    ShapeError on other shapes; DTypeError as matmul
[[nodiscard]] inline Tensor mv(const Tensor& a, const Tensor& x) {
  if (detail::defined(a, "mv").rank() != 2 || detail::defined(x, "mv").rank() != 1) {
    throw ShapeError("[mv] a is " + to_string(a.shape()) + ", x is " + to_string(x.shape()) +
                     ", need a matrix and a vector");
  }
  static_cast<void>(op::Matmul::result_of(a, x, "mv"));
  return matmul(a, x);
}

/// The factors of a sum with a product.
struct AddmmOptions {
  double beta = 1.0;   ///< of what is added; with 0 its elements do not matter, not even NaN
  double alpha = 1.0;  ///< of the product
};

namespace detail {
/// beta C + alpha A B, with a product that is going to be `product`.
/// Errors    ShapeError that names `op` if c does not broadcast to it
[[nodiscard]] inline Tensor add_product(const Tensor& c, const Tensor& a, const Tensor& b,
                                        const Result& product, const AddmmOptions& options,
                                        const char* op) {
  static_cast<void>(broadcast_shape(defined(c, op).shape(), product.shape, op));
  const auto times = [](const Tensor& x, double factor) { return factor == 1.0 ? x : x * factor; };
  const Tensor scaled = times(matmul(a, b), options.alpha);
  return options.beta == 0.0 ? scaled : times(c, options.beta) + scaled;
}
}  // namespace detail

/// beta C + alpha A B
/// Shapes    c broadcasts to the product
/// Errors    as matmul; ShapeError if c does not broadcast
[[nodiscard]] inline Tensor addmm(const Tensor& c, const Tensor& a, const Tensor& b,
                                  const AddmmOptions& options = {}) {
  return detail::add_product(c, a, b, op::Matmul::result_of(a, b, "addmm"), options, "addmm");
}

/// The same for two batches of as many matrices.
/// Errors    as bmm; ShapeError if c does not broadcast
[[nodiscard]] inline Tensor baddbmm(const Tensor& c, const Tensor& a, const Tensor& b,
                                    const AddmmOptions& options = {}) {
  return detail::add_product(c, a, b, detail::products_of(a, b, "baddbmm"), options, "baddbmm");
}
}  // namespace nabla
