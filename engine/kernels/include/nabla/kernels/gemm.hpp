// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include <nabla/kernels/loop.hpp>

// Matrix products on raw memory.

namespace nabla::kernels {

/// c = a b, with a (m, k), b (k, n), c (m, n) contiguous and c not overlapping a or b.
/// `a_row`, `a_column` and `b_row`, `b_column` are steps in elements, so transposes cost nothing.
/// Each element of c is a sum in a fixed order: the same bits every time. float goes to oneDNN where
/// the build has it, but for small products; the rest is a packed kernel. Large ones are shared out.
/// Cost      2 m n k operations; packs a and b in blocks of at most 2.3 MB
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row,
          std::int64_t a_column, const float* b, std::int64_t b_row, std::int64_t b_column,
          float* c);
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t a_row,
          std::int64_t a_column, const double* b, std::int64_t b_row, std::int64_t b_column,
          double* c);

/// A batch of products: `batch` says where each a and b begins, in elements from the first ones, and
/// c is contiguous of shape (batch, m, n). Large batches of small products are shared out whole.
/// Errors    std::bad_alloc
void gemm_batch(const Loop<2>& batch, std::int64_t m, std::int64_t n, std::int64_t k,
                const float* a, std::int64_t a_row, std::int64_t a_column, const float* b,
                std::int64_t b_row, std::int64_t b_column, float* c);
void gemm_batch(const Loop<2>& batch, std::int64_t m, std::int64_t n, std::int64_t k,
                const double* a, std::int64_t a_row, std::int64_t a_column, const double* b,
                std::int64_t b_row, std::int64_t b_column, double* c);

/// What multiplies: "oneDNN 2.6.3 for float32, ...".
[[nodiscard]] std::string gemm_library();

}  // namespace nabla::kernels
