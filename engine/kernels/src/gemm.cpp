// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/memory.hpp>

#include "onednn.hpp"

// The classical three blocks: panels of b (kDepth x kWide) and of a (kTall x kDepth) are packed so
// that the innermost loop reads both in order; that loop keeps a kRows x kColumns tile of c in
// registers. Source: Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication".

namespace nabla::kernels {
namespace {

constexpr std::int64_t kDepth = 256;
constexpr std::int64_t kTall = 96;
constexpr std::int64_t kWide = 512;

// A tile of c with 12 vectors of 32 bytes; wider registers hold it in fewer.
template <class T>
constexpr std::int64_t kRows = 6;
template <class T>
constexpr std::int64_t kColumns = 64 / static_cast<std::int64_t>(sizeof(T));

// A vector of kColumns numbers, one row of the tile. The compiler splits it over the registers
// that the instruction set has.
template <class T>
struct RowType;
template <>
struct RowType<float> {
  typedef float type __attribute__((vector_size(64), aligned(4), may_alias));
};
template <>
struct RowType<double> {
  typedef double type __attribute__((vector_size(64), aligned(8), may_alias));
};
template <class T>
using Row = typename RowType<T>::type;

// tile = a_panel b_panel; a is packed in columns of kRows, b in rows of kColumns.
template <class T>
struct Tile {
  static void run(std::int64_t depth, const T* a, const T* b, T* tile) {
    Row<T> sums[kRows<T>] = {};
    for (std::int64_t p = 0; p < depth; ++p) {
      const Row<T> row = *reinterpret_cast<const Row<T>*>(b + p * kColumns<T>);
      for (std::int64_t i = 0; i < kRows<T>; ++i) sums[i] += a[p * kRows<T> + i] * row;
    }
    for (std::int64_t i = 0; i < kRows<T>; ++i)
      *reinterpret_cast<Row<T>*>(tile + i * kColumns<T>) = sums[i];
  }
};
template <class T>
using TileKernel = PerIsa<void(std::int64_t, const T*, const T*, T*)>;

// Packs a block of `count` lines into groups of `group`, zero-filled at the end.
template <class T>
void pack(std::int64_t count, std::int64_t depth, std::int64_t group, const T* from,
          std::int64_t line_step, std::int64_t depth_step, T* to) {
  for (std::int64_t first = 0; first < count; first += group) {
    const std::int64_t lines = std::min(group, count - first);
    for (std::int64_t p = 0; p < depth; ++p) {
      const T* source = from + first * line_step + p * depth_step;
      for (std::int64_t i = 0; i < lines; ++i) to[i] = source[i * line_step];
      for (std::int64_t i = lines; i < group; ++i) to[i] = T{0};
      to += group;
    }
  }
}

template <class T>
class Block {
 public:
  explicit Block(std::int64_t count)
      : bytes_(static_cast<std::size_t>(count) * sizeof(T)),
        data_(static_cast<T*>(allocate(bytes_))) {}
  ~Block() { deallocate(data_, bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  [[nodiscard]] T* data() const { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
};

// Adds the product of one packed block of a and one of b to c.
template <class T>
void multiply_block(std::int64_t rows, std::int64_t columns, std::int64_t depth, const T* a,
                    const T* b, T* c, std::int64_t c_row, bool first,
                    typename TileKernel<T>::Function tile_function) {
  alignas(64) T tile[kRows<T> * kColumns<T>];
  for (std::int64_t j = 0; j < columns; j += kColumns<T>) {
    const std::int64_t width = std::min(kColumns<T>, columns - j);
    for (std::int64_t i = 0; i < rows; i += kRows<T>) {
      const std::int64_t height = std::min(kRows<T>, rows - i);
      tile_function(depth, a + i * depth, b + j * depth, tile);
      for (std::int64_t r = 0; r < height; ++r) {
        T* target = c + (i + r) * c_row + j;
        const T* sums = tile + r * kColumns<T>;
        if (first) {
          for (std::int64_t s = 0; s < width; ++s) target[s] = sums[s];
        } else {
          for (std::int64_t s = 0; s < width; ++s) target[s] += sums[s];
        }
      }
    }
  }
}

template <class T>
std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

// Without packing, for products too small to pay for it.
template <class T>
void gemm_small(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row,
                std::int64_t a_column, const T* b, std::int64_t b_row, std::int64_t b_column,
                T* c) {
  for (std::int64_t i = 0; i < m; ++i) {
    T* row = c + i * n;
    std::fill(row, row + n, T{0});
    for (std::int64_t p = 0; p < k; ++p) {
      const T factor = a[i * a_row + p * a_column];
      const T* source = b + p * b_row;
      for (std::int64_t j = 0; j < n; ++j) row[j] += factor * source[j * b_column];
    }
  }
}

template <class T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row,
                 std::int64_t a_column, const T* b, std::int64_t b_row, std::int64_t b_column,
                 T* c) {
  static constexpr auto kernel = TileKernel<T>::template of<Tile<T>>();
  const auto tile_function = kernel.chosen();
  const std::int64_t depth_block = std::min(k, kDepth);
  const Block<T> packed_a(round_up<T>(std::min(m, kTall), kRows<T>) * depth_block);
  const Block<T> packed_b(round_up<T>(std::min(n, kWide), kColumns<T>) * depth_block);
  for (std::int64_t j = 0; j < n; j += kWide) {
    const std::int64_t columns = std::min(kWide, n - j);
    for (std::int64_t p = 0; p < k; p += kDepth) {
      const std::int64_t depth = std::min(kDepth, k - p);
      pack(columns, depth, kColumns<T>, b + j * b_column + p * b_row, b_column, b_row,
           packed_b.data());
      for (std::int64_t i = 0; i < m; i += kTall) {
        const std::int64_t rows = std::min(kTall, m - i);
        pack(rows, depth, kRows<T>, a + i * a_row + p * a_column, a_row, a_column, packed_a.data());
        multiply_block(rows, columns, depth, packed_a.data(), packed_b.data(), c + i * n + j, n,
                       p == 0, tile_function);
      }
    }
  }
}

template <class T>
void gemm_any(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row,
              std::int64_t a_column, const T* b, std::int64_t b_row, std::int64_t b_column, T* c) {
  if (m == 0 || n == 0) return;
  if (k == 0) return std::fill(c, c + m * n, T{0}), void();
  constexpr std::int64_t kTiny = 1024;
  if (m * n * k <= kTiny) return gemm_small(m, n, k, a, a_row, a_column, b, b_row, b_column, c);
  if constexpr (std::is_same_v<T, float>) {
    if (gemm_by_onednn(m, n, k, a, a_row, a_column, b, b_row, b_column, c)) return;
  }
  constexpr std::int64_t kSmall = 4096;
  if (m * n * k <= kSmall) return gemm_small(m, n, k, a, a_row, a_column, b, b_row, b_column, c);
  gemm_packed(m, n, k, a, a_row, a_column, b, b_row, b_column, c);
}

}  // namespace

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row,
          std::int64_t a_column, const float* b, std::int64_t b_row, std::int64_t b_column,
          float* c) {
  gemm_any(m, n, k, a, a_row, a_column, b, b_row, b_column, c);
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t a_row,
          std::int64_t a_column, const double* b, std::int64_t b_row, std::int64_t b_column,
          double* c) {
  gemm_any(m, n, k, a, a_row, a_column, b, b_row, b_column, c);
}

}  // namespace nabla::kernels
