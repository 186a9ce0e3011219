// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
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

// A strip of kSide numbers in each of kRows rows, and kSide whole registers of its columns: one becomes
// the other. A register holds the pieces of rows kSide apart, and each square of pieces side by side is
// transposed by itself, in steps that deal out two registers by turns.
template <class T, int Bytes, int Side>
class Strip {
 public:
  static constexpr std::int64_t kSide = Side;
  static constexpr std::int64_t kRows = Bytes / static_cast<std::int64_t>(sizeof(T));

  // Row i is at rows + i * step, column j at columns + j * column_step.
  static void deal(const T* rows, std::int64_t step, T* columns, std::int64_t column_step) {
    Strip strip;
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kSide; ++j) strip.gather(j, rows + j * step, kSide * step, All());
    strip.transpose();
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kSide; ++j)
      std::memcpy(columns + j * column_step, &strip.registers_[j], Bytes);
  }
  static void collect(const T* columns, std::int64_t column_step, T* rows, std::int64_t step) {
    Strip strip;
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kSide; ++j)
      std::memcpy(&strip.registers_[j], columns + j * column_step, Bytes);
    strip.transpose();
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kSide; ++j) strip.scatter(j, rows + j * step, kSide * step, All());
  }

 private:
  static constexpr int kNumbers = static_cast<int>(kRows);
  static constexpr int kPiece = Side * static_cast<int>(sizeof(T));
  // Pieces go as whole numbers between memory and a register: there are instructions for that.
  __extension__ using Long = __int128;
  using Piece = std::conditional_t<kPiece == sizeof(Long), Long, std::int64_t>;
  static_assert(kPiece == sizeof(Piece) && Bytes >= 16);
  using Pieces = Register<Piece, Bytes>;
  using All = std::make_integer_sequence<int, Bytes / kPiece>;

  static Piece piece_at(const T* from) {
    Piece piece;
    std::memcpy(&piece, from, kPiece);
    return piece;
  }
  template <int... K>
  void gather(std::int64_t j, const T* from, std::int64_t step, std::integer_sequence<int, K...>) {
    registers_[j] = reinterpret_cast<Register<T, Bytes>>(Pieces{piece_at(from + K * step)...});
  }
  template <int... K>
  void scatter(std::int64_t j, T* to, std::int64_t step, std::integer_sequence<int, K...>) {
    const auto pieces = reinterpret_cast<Pieces>(registers_[j]);
    const auto put = [&](int k) {
      const Piece piece = pieces[k];
      std::memcpy(to + k * step, &piece, kPiece);
    };
    (put(K), ...);
  }

  void transpose() {
    by_turns();
    if constexpr (kSide == 4) by_turns();
  }
  // Register j and the one half of them further, a0 a1 ..., b0 b1 ..., become a0 b0 a1 b1 ..., a piece by
  // itself; of which the first half of each is register 2 j, the second the next.
  void by_turns() {
    constexpr int kHalf = Side / 2;
    [this]<int... L>(std::integer_sequence<int, L...>) {
      Register<T, Bytes> dealt[kSide];
#pragma GCC unroll 4
      for (int j = 0; j < kHalf; ++j) {
        const Register<T, Bytes> a = registers_[j], b = registers_[j + kHalf];
        constexpr auto place = [](int l, int half) {
          return l / Side * Side + half * kHalf + l % Side / 2 + l % 2 * kNumbers;
        };
        dealt[2 * j] = __builtin_shufflevector(a, b, place(L, 0)...);
        dealt[2 * j + 1] = __builtin_shufflevector(a, b, place(L, 1)...);
      }
#pragma GCC unroll 4
      for (int j = 0; j < kSide; ++j) registers_[j] = dealt[j];
    }
    (std::make_integer_sequence<int, kNumbers>());
  }

  Register<T, Bytes> registers_[kSide];
};

}  // namespace nabla::kernels
