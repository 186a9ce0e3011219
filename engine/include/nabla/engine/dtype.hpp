// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

// DType: the type of a tensor's elements. float32 and float64 carry gradients; int64 and boolean
// exist for labels, indices and masks and never do. Promotion: the higher category
// (boolean < int64 < floating) wins, then the wider type; a tensor of rank 0 adapts to one of higher
// rank, a plain number to both, unless its category is higher. As in PyTorch, but that booleans
// count as 0 and 1 where PyTorch refuses them (a - b, -a).

namespace nabla {

enum class DType : std::uint8_t { boolean, int64, float32, float64 };

inline constexpr DType boolean = DType::boolean;
inline constexpr DType int64 = DType::int64;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

[[nodiscard]] constexpr const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return "bool";
    case DType::int64:
      return "int64";
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
  }
  return "?";
}

[[nodiscard]] constexpr std::size_t size_bytes(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return 1;
    case DType::float32:
      return 4;
    default:
      return 8;
  }
}

[[nodiscard]] constexpr bool is_floating(DType dtype) { return dtype >= DType::float32; }

/// The type that holds values of both.
[[nodiscard]] constexpr DType promote(DType a, DType b) { return a < b ? b : a; }

/// The DType of a C++ element type: bool, std::int64_t, float, double.
template <class T>
[[nodiscard]] constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return DType::boolean;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::int64;
  if constexpr (std::is_same_v<T, float>) return DType::float32;
  if constexpr (std::is_same_v<T, double>) return DType::float64;
}

/// A C++ type that a tensor can hold.
template <class T>
concept Element = std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, float> || std::is_same_v<T, double>;

/// Calls f with a zero of the C++ type that belongs to dtype.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(bool{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::float32:
      return f(float{});
    default:
      return f(double{});
  }
}

/// The same for the floating types only.
/// Requires  is_floating(dtype)
template <class F>
decltype(auto) visit_floating(DType dtype, F&& f) {
  return dtype == DType::float32 ? f(float{}) : f(double{});
}

}  // namespace nabla
