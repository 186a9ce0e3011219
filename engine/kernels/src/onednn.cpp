// SPDX-License-Identifier: MIT
#include "onednn.hpp"

#include <algorithm>
#include <atomic>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/parallel.hpp>

#if defined(NABLA_HAS_ONEDNN)
#include <csignal>

#include <dnnl.h>

// Of OpenMP, which oneDNN runs on; the same in every implementation of it.
extern "C" int omp_get_max_threads(void);
extern "C" void omp_set_num_threads(int);

namespace nabla::kernels {
namespace {

// One thread a call: threads of its own wait for work so eagerly that they take the processor from
// others. A large product is shared out here.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// The code that oneDNN generates keeps data in the stack pointer: the handler of a signal that arrives
// there writes over what that points to. So signals wait; what a fault raises cannot be held back.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_;
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
  const auto part = [&](std::int64_t rows, std::int64_t columns, const float* from_a,
                        const float* from_b, float* to) {
    const OneThread one_thread;
    const SignalsWait signals_wait;
    return dnnl_sgemm(left.transposed, right.transposed, rows, columns, k, 1, from_a, left.step,
                      from_b, right.step, 0, to, n) == dnnl_success;
  };
  if (m * n * k < kLargeProduct || threads() == 1) return part(m, n, a, b, c);
  const bool is_tall = m >= n;
  const std::int64_t lines = is_tall ? m : n, share = (lines + threads() - 1) / threads();
  constexpr std::int64_t kStep = 48;  // lines that oneDNN takes together
  std::atomic<bool> is_done = true;
  for_each_range(
      lines, (share + kStep - 1) / kStep * kStep, [&](std::int64_t first, std::int64_t last) {
        const bool done = is_tall ? part(last - first, n, a + first * a_row, b, c + first * n)
                                  : part(m, last - first, a, b + first * b_column, c + first);
        if (!done) is_done = false;
      });
  return is_done;
}

std::string gemm_library() {
  const dnnl_version_t* version = dnnl_version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + " for float32 beyond " + std::to_string(kLeastForOneDnn) +
         " multiplications, a packed kernel for the rest";
}

}  // namespace nabla::kernels

#else

namespace nabla::kernels {

bool gemm_by_onednn(std::int64_t, std::int64_t, std::int64_t, const float*, std::int64_t,
                    std::int64_t, const float*, std::int64_t, std::int64_t, float*) {
  return false;
}

std::string gemm_library() { return "a packed kernel"; }

}  // namespace nabla::kernels

#endif
