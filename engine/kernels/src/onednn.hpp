// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace nabla::kernels {

/// Products of no more multiplications are done nearly as fast by the packed kernel, which asks malloc for nothing.
inline constexpr std::int64_t kLeastForOneDnn = std::int64_t{1} << 25;

/// c = a b as gemm() has it, by oneDNN; false, with nothing done, if this build has no oneDNN or the
/// steps are not those of a matrix or its transpose.
bool gemm_by_onednn(std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                    std::int64_t a_row, std::int64_t a_column, const float* b, std::int64_t b_row,
                    std::int64_t b_column, float* c);

}  // namespace nabla::kernels
