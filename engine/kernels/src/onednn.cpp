// SPDX-License-Identifier: MIT
#include "onednn.hpp"

#include <algorithm>

#include <nabla/kernels/gemm.hpp>

#if defined(NABLA_HAS_ONEDNN)
#include <dnnl.h>

// Of OpenMP, which oneDNN runs on; the same in every implementation of it.
extern "C" int omp_get_max_threads(void);
extern "C" void omp_set_num_threads(int);

namespace nabla::kernels {
namespace {

// One thread: a second one is not worth its start for most products of a training step, and waits
// for work so eagerly that it takes the processor from others.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// A matrix as BLAS has it: its rows or its columns are contiguous, so many elements apart.
struct Layout {
  char transposed = 0;
  dnnl_dim_t step = 0;
};

Layout layout_of(std::int64_t rows, std::int64_t columns, std::int64_t row, std::int64_t column) {
  if ((column == 1 || columns == 1) && (row >= columns || rows == 1))
    return {'N', std::max(rows == 1 ? columns : row, std::int64_t{1})};
  if ((row == 1 || rows == 1) && (column >= rows || columns == 1))
    return {'T', std::max(columns == 1 ? rows : column, std::int64_t{1})};
  return {};
}

}  // namespace

bool gemm_by_onednn(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                    std::int64_t a_row, std::int64_t a_column, const float* b, std::int64_t b_row,
                    std::int64_t b_column, float* c) {
  const Layout left = layout_of(m, k, a_row, a_column), right = layout_of(k, n, b_row, b_column);
  if (left.transposed == 0 || right.transposed == 0) return false;
  const OneThread one_thread;
  return dnnl_sgemm(left.transposed, right.transposed, m, n, k, 1, a, left.step, b, right.step, 0,
                    c, n) == dnnl_success;
}

std::string gemm_library() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + " for float32, packed kernel for float64";
}

}  // namespace nabla::kernels

#else

namespace nabla::kernels {

bool gemm_by_onednn(std::int64_t, std::int64_t, std::int64_t, const float*, std::int64_t,
                    std::int64_t, const float*, std::int64_t, std::int64_t, float*) {
  return false;
}

std::string gemm_library() { return "packed kernel"; }

}  // namespace nabla::kernels

#endif
