// SPDX-License-Identifier: MIT
#pragma once

#include <nabla/kernels/isa.hpp>

namespace nabla::test {

/// Calls f(isa) with each instruction set that this processor has in use.
template <class F>
void for_each_instruction_set(const F& f) {
  const kernels::Isa before = kernels::isa();
  for (const kernels::Isa isa :
       {kernels::Isa::baseline, kernels::Isa::avx2, kernels::Isa::avx512}) {
    if (isa > kernels::best_isa()) break;
    kernels::use_isa(isa);
    f(isa);
  }
  kernels::use_isa(before);
}

}  // namespace nabla::test
