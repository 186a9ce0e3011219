// SPDX-License-Identifier: MIT
// The programs in ADOL-C, as its drivers do it: a tape that also keeps what the sweep needs, then
// one sweep. Only where CMake found it.
#pragma once

#ifdef NABLA_HAS_ADOLC

#include <cstddef>
#include <span>
#include <vector>

#include <adolc/adolc.h>

/// 1 - erf x; ADOL-C has no function of its own.
inline adub erfc(const badouble& x) { return 1.0 - erf(x); }

namespace nabla::bench {

/// The gradient of `program` at `at`, recorded and swept once.
template <class Program>
void gradient_by_adolc(const Program& program, std::span<const double> at, std::span<double> g) {
  constexpr short kTag = 1;
  constexpr int kKeepForTheSweep = 1;
  trace_on(kTag, kKeepForTheSweep);
  {
    std::vector<adouble> x(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) x[i] <<= at[i];
    adouble y = program(x);
    double result = 0;
    y >>= result;
  }
  trace_off();
  double weight = 1;
  reverse(kTag, 1, static_cast<int>(at.size()), 0, &weight, g.data());
}

}  // namespace nabla::bench

#endif
