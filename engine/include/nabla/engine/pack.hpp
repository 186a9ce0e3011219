// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <nabla/engine/adjoint.hpp>

// A Pack is N gradients side by side, all of which are multiplied by the same slope: the tangents
// of a Dual, the adjoints of a value in a sweep of many directions. For plain numbers and N a power
// of two it is as many vector registers as the target needs (a vector of the compiler that is wider
// than these is compared number by number); for anything else an array.

namespace nabla::detail {

template <class T, int N>
class Pack {
 public:
  constexpr Pack() = default;
  constexpr explicit Pack(const std::array<T, N>& numbers) : numbers_(numbers) {}

  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return numbers_[i]; }
  constexpr void set(std::size_t i, const T& number) { numbers_[i] = number; }

  /// Each number times a slope.
  template <class S>
  [[nodiscard]] constexpr Pack times(const S& slope) const {
    Pack result;
    for (std::size_t i = 0; i < N; ++i) result.numbers_[i] = product(numbers_[i], slope);
    return result;
  }
  /// The same, where a number that is exactly zero gives zero whatever the slope is.
  template <class S>
  [[nodiscard]] constexpr Pack times_or_zero(const S& slope) const {
    Pack result;
    for (std::size_t i = 0; i < N; ++i) result.numbers_[i] = product_or_zero(numbers_[i], slope);
    return result;
  }
  /// The same of tangents, which gives zero also if the slope is exactly zero.
  template <bool kFinite, class S>
  [[nodiscard]] constexpr Pack tangents_times(const S& slope) const {
    Pack result;
    for (std::size_t i = 0; i < N; ++i)
      result.numbers_[i] = tangent_product<kFinite>(numbers_[i], slope);
    return result;
  }
  /// The same for a number that is a gradient where the pack holds slopes: zero if that is zero.
  [[nodiscard]] constexpr Pack times_number_or_zero(const T& number) const {
    Pack result;
    for (std::size_t i = 0; i < N; ++i) result.numbers_[i] = product_or_zero(number, numbers_[i]);
    return result;
  }
  [[nodiscard]] constexpr Pack plus(const Pack& other) const {
    Pack result;
    for (std::size_t i = 0; i < N; ++i) result.numbers_[i] = sum(numbers_[i], other.numbers_[i]);
    return result;
  }
  [[nodiscard]] constexpr bool is_zero() const {
    for (const T& number : numbers_) {
      if (!detail::is_zero(number)) return false;
    }
    return true;
  }

 private:
  std::array<T, N> numbers_{};
};

/// One number, not in an array: compilers keep it in a register, and what contains it too.
template <class T>
class Pack<T, 1> {
 public:
  constexpr Pack() = default;
  [[gnu::always_inline]] constexpr explicit Pack(const std::array<T, 1>& numbers)
      : number_(numbers[0]) {}
  [[gnu::always_inline]] constexpr explicit Pack(const T& number) : number_(number) {}

  [[nodiscard]] [[gnu::always_inline]] constexpr const T& operator[](std::size_t) const {
    return number_;
  }
  [[gnu::always_inline]] constexpr void set(std::size_t, const T& number) { number_ = number; }

  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times(const S& slope) const {
    return Pack(product(number_, slope));
  }
  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_or_zero(const S& slope) const {
    return Pack(product_or_zero(number_, slope));
  }
  template <bool kFinite, class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack tangents_times(const S& slope) const {
    return Pack(tangent_product<kFinite>(number_, slope));
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_number_or_zero(const T& number) const {
    return Pack(product_or_zero(number, number_));
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack plus(const Pack& other) const {
    return Pack(sum(number_, other.number_));
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr bool is_zero() const {
    return detail::is_zero(number_);
  }

 private:
  T number_{};
};

#if defined(__GNUC__)
#if defined(__AVX512F__)
inline constexpr int kRegisterBytes = 64;
#elif defined(__AVX__)
inline constexpr int kRegisterBytes = 32;
#else
inline constexpr int kRegisterBytes = 16;
#endif

template <class T, int N>
concept IsVector = std::floating_point<T> &&(N > 1) && std::has_single_bit(unsigned{N});
template <class T, int N>
concept FitsRegister = IsVector<T, N> && N * sizeof(T) <= kRegisterBytes;
template <class T, int N>
concept FillsRegisters = IsVector<T, N> && N * sizeof(T) > kRegisterBytes;

/// One register.
template <class T, int N>
requires FitsRegister<T, N>
class Pack<T, N> {
 public:
  constexpr Pack() = default;
  constexpr explicit Pack(const std::array<T, N>& numbers) {
    for (std::size_t i = 0; i < N; ++i) numbers_[i] = numbers[i];
  }

  [[nodiscard]] constexpr T operator[](std::size_t i) const { return numbers_[i]; }
  constexpr void set(std::size_t i, T number) { numbers_[i] = number; }

  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times(const S& slope) const {
    return Pack(numbers_ * static_cast<T>(slope));
  }
  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_or_zero(const S& slope) const {
    return Pack(numbers_ == T(0) ? Vector{} : numbers_ * static_cast<T>(slope));
  }
  template <bool kFinite, class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack tangents_times(const S& slope) const {
    if (detail::is_zero(slope)) return Pack();
    return kFinite ? times(slope) : times_or_zero(slope);
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_number_or_zero(T number) const {
    return number == T(0) ? Pack() : Pack(numbers_ * number);
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack plus(const Pack& other) const {
    return Pack(numbers_ + other.numbers_);
  }
  [[nodiscard]] [[gnu::always_inline]] bool is_zero() const {
    return !any_bit(bits() << 1);  // without signs
  }

 private:
  using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  template <class, int>
  friend class Pack;
  // Aligned as a single number is, so that it fits wherever numbers do.
  using Vector [[gnu::vector_size(N * sizeof(T)), gnu::aligned(alignof(T))]] = T;
  using Bits [[gnu::vector_size(N * sizeof(T))]] = Word;
  constexpr explicit Pack(const Vector& numbers) : numbers_(numbers) {}

  [[gnu::always_inline]] Bits bits() const { return reinterpret_cast<Bits>(numbers_); }
  /// True if a bit is set. By halves: asked one after another, words would wait for each other.
  template <class V>
  [[gnu::always_inline]] static bool any_bit(const V& words) {
    constexpr int half = static_cast<int>(sizeof(V) / sizeof(Word) / 2);
    if constexpr (half == 0) {
      return words != 0;
    } else {
      return any_bit_of_halves(words, std::make_integer_sequence<int, half>{});
    }
  }
  template <class V, int... I>
  [[gnu::always_inline]] static bool any_bit_of_halves(const V& words,
                                                       std::integer_sequence<int, I...>) {
    constexpr int half = sizeof...(I);
    if constexpr (half == 1) {
      return any_bit(words[0] | words[1]);
    } else {
      return any_bit(__builtin_shufflevector(words, words, I...) |
                     __builtin_shufflevector(words, words, (half + I)...));
    }
  }

  Vector numbers_{};
};

/// Several registers: two halves.
template <class T, int N>
requires FillsRegisters<T, N>
class Pack<T, N> {
  using Half = Pack<T, N / 2>;

 public:
  constexpr Pack() = default;
  constexpr explicit Pack(const std::array<T, N>& numbers) {
    for (std::size_t i = 0; i < N; ++i) set(i, numbers[i]);
  }

  [[nodiscard]] constexpr T operator[](std::size_t i) const {
    return i < kHalf ? low_[i] : high_[i - kHalf];
  }
  constexpr void set(std::size_t i, T number) {
    i < kHalf ? low_.set(i, number) : high_.set(i - kHalf, number);
  }

  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times(const S& slope) const {
    return Pack(low_.times(slope), high_.times(slope));
  }
  template <class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_or_zero(const S& slope) const {
    return Pack(low_.times_or_zero(slope), high_.times_or_zero(slope));
  }
  template <bool kFinite, class S>
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack tangents_times(const S& slope) const {
    if (detail::is_zero(slope)) return Pack();
    return kFinite ? times(slope) : times_or_zero(slope);
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack times_number_or_zero(T number) const {
    return Pack(low_.times_number_or_zero(number), high_.times_number_or_zero(number));
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr Pack plus(const Pack& other) const {
    return Pack(low_.plus(other.low_), high_.plus(other.high_));
  }
  [[nodiscard]] [[gnu::always_inline]] bool is_zero() const {
    return !Register::any_bit(bits() << 1);  // without signs
  }

 private:
  static constexpr std::size_t kHalf = N / 2;
  template <class, int>
  friend class Pack;
  using Register = Pack<T, static_cast<int>(kRegisterBytes / sizeof(T))>;
  [[gnu::always_inline]] constexpr Pack(const Half& low, const Half& high)
      : low_(low), high_(high) {}
  [[gnu::always_inline]] auto bits() const { return low_.bits() | high_.bits(); }

  Half low_, high_;
};
#endif

}  // namespace nabla::detail
