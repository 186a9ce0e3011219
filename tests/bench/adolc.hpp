// SPDX-License-Identifier: MIT
// The programs in ADOL-C, as its drivers do it: a tape that also keeps what the sweep needs, then
// one sweep. Only where CMake found it.
#pragma once

#ifdef NABLA_BENCH_ADOLC

#include <cstddef>
#include <span>
#include <vector>

#include <adolc/adolc.h>

/// 1 - erf x; ADOL-C has no function of its own.
inline adub erfc(const badouble& x) { return 1.0 - erf(x); }

namespace nabla::bench {

/// The gradient of `program` at `at`, recorded and swept once; about so many operations.
template <class Program>
void gradient_by_adolc(const Program& program, double operations, std::span<const double> at,
                       std::span<double> g) {
  constexpr short kTag = 1;
  constexpr int kKeepForTheSweep = 1;
  // Entries of each buffer: what does not fit goes to files in the current folder.
  const auto room =
      static_cast<unsigned>(8 * operations) + 8 * static_cast<unsigned>(at.size()) + 4096;
  trace_on(kTag, kKeepForTheSweep, room, room, room, room);
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
