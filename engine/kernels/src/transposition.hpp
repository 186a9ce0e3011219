// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "register.hpp"

namespace nabla::kernels {

// A square of numbers in registers, to be transposed: where bit `kStep` of a row and of a column differ,
// two blocks change places, for each bit.
// Source: Eklundh 1972, "A fast computer method for matrix transposing".
template <class T, int Bytes>
class Transposition {
 public:
  static constexpr std::int64_t kSide = Bytes / static_cast<std::int64_t>(sizeof(T));

  // Its row i is at from + i * from_step, and comes to be column i at `to`.
  static void run(const T* from, std::int64_t from_step, T* to, std::int64_t to_step) {
    Transposition square;
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kSide; ++i)
      std::memcpy(&square.rows_[i], from + i * from_step, Bytes);
    if constexpr (kSide > 4) square.template swap<4>();
    if constexpr (kSide > 2) square.template swap<2>();
    square.template swap<1>();
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kSide; ++i) std::memcpy(to + i * to_step, &square.rows_[i], Bytes);
  }

 private:
  template <int kStep>
  void swap() {
    [this]<int... L>(std::integer_sequence<int, L...>) {
#pragma GCC unroll 8
      for (int i = 0; i < kSide; ++i) {
        if ((i & kStep) != 0) continue;
        const Register<T, Bytes> a = rows_[i], b = rows_[i + kStep];
        rows_[i] =
            __builtin_shufflevector(a, b, ((L & kStep) == 0 ? L : int{kSide} + L - kStep)...);
        rows_[i + kStep] =
            __builtin_shufflevector(a, b, ((L & kStep) == 0 ? L + kStep : int{kSide} + L)...);
      }
    }
    (std::make_integer_sequence<int, static_cast<int>(kSide)>());
  }

  Register<T, Bytes> rows_[kSide];
};

}  // namespace nabla::kernels
