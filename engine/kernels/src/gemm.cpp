// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include <nabla/kernels/gemm.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>

#include "onednn.hpp"
#include "register.hpp"
#include "transposition.hpp"

#if defined(__clang__)  // which unrolls by itself where a loop is short
#pragma clang diagnostic ignored "-Wunknown-pragmas"
#endif

// Blocks of b (kDepth x kWide) are packed into panels as wide as a tile of c, which the innermost loop
// holds in registers: it reads a panel in order, one number of each row of a at a time, where a lies: to
// pack a as well costs more than it gains. Where b is small, or there are few rows to multiply it with,
// it is read where it lies, too.
// Source: Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication".

namespace nabla::kernels {
namespace {

using Size = std::int64_t;

constexpr Size kDepth = 192;  // a panel of b stays in the first-level cache
constexpr Size kWide = 960;
constexpr Size kTall = 96;  // the most rows that one thread takes at a time

// Tiles of c are measured in 64 bytes of numbers, however many registers of an instruction set these are.
template <class T>
constexpr Size kLanes = 64 / static_cast<Size>(sizeof(T));

// A matrix by its first element and the steps between rows and between columns.
template <class T>
struct Matrix {
  T* data;
  Size row, column;

  [[nodiscard]] T* at(Size i, Size j) const { return data + i * row + j * column; }
};

// c = a b or c += a b, for a tile of c. The rows of b and of c are contiguous.
template <class T, int Rows, int Vectors, int Bytes>
struct Tile {
  static void run(Size depth, const T* a, Size a_row, Size a_column, const T* b, Size b_row, T* c,
                  Size c_row, bool add) {
    constexpr int kRegisters = Vectors * 64 / Bytes;
    constexpr Size kNumbers = Bytes / static_cast<Size>(sizeof(T));
    Register<T, Bytes> sums[Rows][kRegisters] = {};
    for (Size p = 0; p < depth; ++p, a += a_column, b += b_row) {
      Register<T, Bytes> row[kRegisters];
#pragma GCC unroll 16
      for (int v = 0; v < kRegisters; ++v) std::memcpy(&row[v], b + v * kNumbers, Bytes);
#pragma GCC unroll 8
      for (int i = 0; i < Rows; ++i) {
        const T factor = a[i * a_row];
#pragma GCC unroll 16
        for (int v = 0; v < kRegisters; ++v) sums[i][v] += factor * row[v];
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
      for (int v = 0; v < kRegisters; ++v) {
        T* to = c + i * c_row + v * kNumbers;
        Register<T, Bytes> before{};
        if (add) std::memcpy(&before, to, Bytes);
        sums[i][v] += before;
        std::memcpy(to, &sums[i][v], Bytes);
      }
    }
  }
};

template <class T>
using TileKernel = PerIsa<void(Size, const T*, Size, Size, const T*, Size, T*, Size, bool)>;

// Tiles of 8, 4, 2, 1 rows and of 1, 2, 3 times 64 bytes.
constexpr int kMostVectors = 3;
template <class T, int Rows, int Vectors>
constexpr auto kTile = TileKernel<T>::template of<
    Tile<T, Rows, Vectors, 16>, Tile<T, Rows, Vectors, 32>, Tile<T, Rows, Vectors, 64>>();
template <class T, int Rows>
constexpr std::array<TileKernel<T>, kMostVectors> kTilesOf{kTile<T, Rows, 1>, kTile<T, Rows, 2>,
                                                           kTile<T, Rows, 3>};
template <class T>
constexpr std::array kTiles{kTilesOf<T, 1>, kTilesOf<T, 2>, kTilesOf<T, 4>, kTilesOf<T, 8>};

// The largest tile that the registers hold.
struct Shape {
  Size rows, vectors;
};
Shape largest_tile() {
  switch (isa()) {
    case Isa::avx512:
      return {8, kMostVectors};
    case Isa::avx2:
      return {4, 1};
    default:
      return {2, 1};
  }
}

template <class T>
class Block {
 public:
  explicit Block(Size count)
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

// `count` lines of `depth` numbers, transposed by squares in registers.
template <class T, int Bytes>
struct PackedLines {
  static void run(Size count, Size depth, const T* from, Size step, T* to, Size width) {
    using Square = Transposition<T, Bytes>;
    constexpr Size kSide = Square::kSide;
    Size i = 0;
    for (; depth >= kSide && i + kSide <= count; i += kSide) {
      for (Size at = 0; at < depth; at += kSide) {
        const Size p = std::min(at, depth - kSide);
        Square::run(from + i * step + p, step, to + p * width + i, width);
      }
    }
    for (; i < count; ++i)
      for (Size p = 0; p < depth; ++p) to[p * width + i] = from[i * step + p];
  }
};
template <class T>
constexpr auto kPackedLines = PerIsa<void(Size, Size, const T*, Size, T*, Size)>::template of<
    PackedLines<T, 16>, PackedLines<T, 32>, PackedLines<T, 32>>();

// `count` neighbours, `step` apart, at each of `depth` places: they come to lie side by side, filled
// up with zeros to `width`.
template <class T>
void pack(Size count, Size width, Size depth, const T* from, Size step, Size depth_step, T* to) {
  if (step == 1) {
    for (Size p = 0; p < depth; ++p, from += depth_step, to += width) {
      std::copy_n(from, count, to);
      std::fill(to + count, to + width, T{0});
    }
    return;
  }
  if (depth_step == 1) {
    kPackedLines<T>(count, depth, from, step, to, width);
  } else {
    for (Size p = 0; p < depth; ++p)
      for (Size i = 0; i < count; ++i) to[p * width + i] = from[i * step + p * depth_step];
  }
  for (Size p = 0; p < depth; ++p) std::fill(to + p * width + count, to + (p + 1) * width, T{0});
}

// Columns in whole vectors.
template <class T>
Size whole_vectors(Size columns) {
  return (columns + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
}

template <class T>
class Product {
 public:
  Product(Size m, Size n, Size k, Matrix<const T> a, Matrix<const T> b, T* c, Size c_row)
      : m_(m), n_(n), k_(k), a_(a), b_(b), c_(c), c_row_(c_row), tile_(largest_tile()) {
    constexpr Size kSmallB = 8192, kFew = 32;
    reads_b_ = b.column == 1 && (n * k <= kSmallB || m <= kFew);
  }

  void run() const {
    is_large() && threads() > 1 && is_one_share() ? run_by_columns() : run_by_blocks();
  }

 private:
  // Columns and depth of a block of b, and where it is packed.
  struct Part {
    Size j, columns, p, depth;
    T* panels;
  };

  [[nodiscard]] Size panel_width() const { return tile_.vectors * kLanes<T>; }
  [[nodiscard]] bool is_large() const { return m_ * n_ * k_ >= kLargeProduct; }
  [[nodiscard]] bool is_one_share() const { return fair_share(m_) >= m_; }
  // Whole vectors of b can be read where they lie.
  [[nodiscard]] bool is_read(Size width) const { return reads_b_ && width % kLanes<T> == 0; }

  // For rows so few that a second thread would get none. Where b is read where it lies, blocks are so wide
  // that it is read in order.
  void run_by_columns() const {
    const Size width = (reads_b_ ? 4 : 1) * panel_width();
    for_each_range(n_, width, [&](Size first, Size last) {
      Product(m_, last - first, k_, a_, {b_.at(0, first), b_.row, b_.column}, c_ + first, c_row_)
          .run_by_blocks();
    });
  }
  void run_by_blocks() const {
    const Size depth = std::min(k_, kDepth), columns = std::min(n_, kWide);
    const Block<T> panels(depth * whole_vectors<T>(columns));
    for (Size j = 0; j < n_; j += kWide) {
      for (Size p = 0; p < k_; p += kDepth) {
        const Part part{j, std::min(kWide, n_ - j), p, std::min(kDepth, k_ - p), panels.data()};
        pack_panels(part);
        multiply(part);
      }
    }
  }

  // f(first column, how many, vectors that hold them)
  template <class F>
  void for_each_panel(const Part& part, Size first, Size last, const F& f) const {
    for (Size j = first; j < last; j += panel_width()) {
      const Size width = std::min(panel_width(), part.columns - j);
      f(j, width, whole_vectors<T>(width) / kLanes<T>);
    }
  }

  void pack_panels(const Part& part) const {
    const auto range = [&](Size first, Size last) {
      for_each_panel(part, first, last, [&](Size j, Size width, Size vectors) {
        if (is_read(width)) return;
        pack(width, vectors * kLanes<T>, part.depth, b_.at(part.p, part.j + j), b_.column, b_.row,
             part.panels + j * part.depth);
      });
    };
    is_large() ? for_each_range(part.columns, panel_width(), range) : range(0, part.columns);
  }

  void multiply(const Part& part) const {
    const auto range = [&](Size first, Size last) { multiply_rows(part, first, last - first); };
    is_large() ? for_each_range(m_, fair_share(m_), range) : range(0, m_);
  }
  // Of an even number of shares, in whole tiles: two threads have as much to do.
  [[nodiscard]] Size fair_share(Size rows) const {
    const Size shares = (rows + 2 * kTall - 1) / (2 * kTall) * 2;
    const Size share = (rows + shares - 1) / shares;
    return (share + tile_.rows - 1) / tile_.rows * tile_.rows;
  }

  void multiply_rows(const Part& part, Size first, Size rows) const {
    for_each_panel(part, 0, part.columns, [&](Size j, Size width, Size vectors) {
      const Matrix<const T> b =
          is_read(width) ? Matrix<const T>{b_.at(part.p, part.j + j), b_.row, 1}
                         : Matrix<const T>{part.panels + j * part.depth, vectors * kLanes<T>, 1};
      T* c = c_ + first * c_row_ + part.j + j;
      for_each_tile(rows, [&](Size i, Size height, std::size_t size) {
        const auto tile = kTiles<T>[size][static_cast<std::size_t>(vectors - 1)].chosen();
        const Matrix<const T> a{a_.at(first + i, part.p), a_.row, a_.column};
        if (width == vectors * kLanes<T>) {
          tile(part.depth, a.data, a.row, a.column, b.data, b.row, c + i * c_row_, c_row_,
               part.p > 0);
        } else {
          multiply_edge(tile, part, a, b, c + i * c_row_, height, width);
        }
      });
    });
  }

  // f(first row, how many, the size of tile: 2^size rows)
  template <class F>
  void for_each_tile(Size rows, const F& f) const {
    for (Size i = 0; i < rows;) {
      std::size_t size = 0;
      while ((Size{2} << size) <= std::min(tile_.rows, rows - i)) ++size;
      f(i, Size{1} << size, size);
      i += Size{1} << size;
    }
  }

  // A tile that is wider than what is left of c.
  void multiply_edge(typename TileKernel<T>::Function tile, const Part& part, Matrix<const T> a,
                     Matrix<const T> b, T* c, Size height, Size width) const {
    alignas(64) std::array<T, static_cast<std::size_t>(8 * kMostVectors * kLanes<T>)> sums;
    const Size step = whole_vectors<T>(width);
    tile(part.depth, a.data, a.row, a.column, b.data, b.row, sums.data(), step, false);
    for (Size i = 0; i < height; ++i) {
      const T* from = sums.data() + i * step;
      T* to = c + i * c_row_;
      if (part.p > 0) {
        for (Size j = 0; j < width; ++j) to[j] += from[j];
      } else {
        std::copy_n(from, width, to);
      }
    }
  }
  Size m_, n_, k_;
  Matrix<const T> a_, b_;
  T* c_;
  Size c_row_;
  Shape tile_;
  bool reads_b_;
};

// A row times columns that are contiguous: as many dot products at a time as registers hold.
template <class T, int Columns, int AtOnce, int Bytes>
struct Dots {
  static void run(Size depth, const T* a, const T* b, Size b_column, T* c) {
    for (int j = 0; j < Columns; j += AtOnce) some(depth, a, b + j * b_column, b_column, c + j);
  }

 private:
  static void some(Size depth, const T* a, const T* b, Size b_column, T* c) {
    constexpr int kRegisters = 64 / Bytes;
    constexpr Size kNumbers = Bytes / static_cast<Size>(sizeof(T));
    Register<T, Bytes> sums[AtOnce][kRegisters] = {};
    T rest[AtOnce] = {};
    const Size whole = depth / kLanes<T> * kLanes<T>;
    for (Size p = 0; p < whole; p += kLanes<T>) {
#pragma GCC unroll 8
      for (int j = 0; j < AtOnce; ++j) {
#pragma GCC unroll 4
        for (int v = 0; v < kRegisters; ++v) {
          Register<T, Bytes> row, column;
          std::memcpy(&row, a + p + v * kNumbers, Bytes);
          std::memcpy(&column, b + j * b_column + p + v * kNumbers, Bytes);
          sums[j][v] += row * column;
        }
      }
    }
    for (Size p = whole; p < depth; ++p)
      for (int j = 0; j < AtOnce; ++j) rest[j] += a[p] * b[j * b_column + p];
    for (int j = 0; j < AtOnce; ++j) {
      T lanes[kLanes<T>];
      std::memcpy(lanes, sums[j], sizeof(lanes));
      for (Size half = kLanes<T> / 2; half > 0; half /= 2)
        for (Size i = 0; i < half; ++i) lanes[i] += lanes[i + half];
      c[j] = lanes[0] + rest[j];
    }
  }
};
template <class T>
using DotsKernel = PerIsa<void(Size, const T*, const T*, Size, T*)>;
template <class T>
constexpr auto kEightDots =
    DotsKernel<T>::template of<Dots<T, 8, 2, 16>, Dots<T, 8, 4, 32>, Dots<T, 8, 8, 64>>();
template <class T>
constexpr auto kOneDot =
    DotsKernel<T>::template of<Dots<T, 1, 1, 16>, Dots<T, 1, 1, 32>, Dots<T, 1, 1, 64>>();

template <class T>
void multiply_by_dots(Size n, Size k, const T* a, const T* b, Size b_column, T* c) {
  constexpr Size kAtOnce = 8, kTogether = 256;
  const auto eight = kEightDots<T>.chosen(), one = kOneDot<T>.chosen();
  const auto range = [&](Size j, Size last) {
    for (; j + kAtOnce <= last; j += kAtOnce) eight(k, a, b + j * b_column, b_column, c + j);
    for (; j < last; ++j) one(k, a, b + j * b_column, b_column, c + j);
  };
  if (n * k >= kLargeProduct)
    for_each_range(n, kTogether, range);
  else
    range(0, n);
}

// So small that to choose a tile, and to fill it up, would cost more than the product.
constexpr Size kTiny = 64;
template <class T>
void multiply_plainly(Size m, Size n, Size k, Matrix<const T> a, Matrix<const T> b, T* c) {
  for (Size i = 0; i < m; ++i) {
    for (Size j = 0; j < n; ++j) {
      const T *x = a.at(i, 0), *y = b.at(0, j);
      T sum{0};
      for (Size p = 0; p < k; ++p, x += a.column, y += b.row) sum += *x * *y;
      *c++ = sum;
    }
  }
}

template <class T>
void gemm_any(Size m, Size n, Size k, Matrix<const T> a, Matrix<const T> b, T* c) {
  if (m == 0 || n == 0) return;
  if (k == 0) return std::fill(c, c + m * n, T{0}), void();
  if (m * n * k <= kTiny) return multiply_plainly(m, n, k, a, b, c);
  if (n == 1 && m > 1)  // a column is a row of the transposed product
    return gemm_any<T>(1, m, k, {b.data, b.column, b.row}, {a.data, a.column, a.row}, c);
  if (m == 1 && a.column == 1 && b.row == 1 && b.column != 1 && k >= kLanes<T>)
    return multiply_by_dots(n, k, a.data, b.data, b.column, c);
  if constexpr (std::is_same_v<T, float>) {
    // A row and an outer product read or write one matrix once: nothing to gain by blocks.
    if (m * n * k > kLeastForOneDnn && m > 1 && k > 1 &&
        gemm_by_onednn(m, n, k, a.data, a.row, a.column, b.data, b.row, b.column, c))
      return;
  }
  Product<T>(m, n, k, a, b, c, n).run();
}

template <class T>
void gemm_batch_any(const Loop<2>& batch, Size m, Size n, Size k, Matrix<const T> a,
                    Matrix<const T> b, T* c) {
  Size count = 1;
  for (int axis = 0; axis < batch.rank; ++axis)
    count *= batch.sizes[static_cast<std::size_t>(axis)];
  const auto products = [&](Size first, Size last) {
    for (Size i = first; i < last; ++i) {
      const auto [at_a, at_b] = places_of(batch, i);
      gemm_any<T>(m, n, k, {a.data + at_a, a.row, a.column}, {b.data + at_b, b.row, b.column},
                  c + i * m * n);
    }
  };
  const Size size = m * n * k;
  if (size >= kLargeProduct || count * size < kLargeProduct) return products(0, count);
  constexpr Size kTogether = kLargeProduct / 8;
  for_each_range(count, std::max(kTogether / size, Size{1}), products);
}

}  // namespace

void gemm(Size m, Size n, Size k, const float* a, Size a_row, Size a_column, const float* b,
          Size b_row, Size b_column, float* c) {
  gemm_any<float>(m, n, k, {a, a_row, a_column}, {b, b_row, b_column}, c);
}

void gemm(Size m, Size n, Size k, const double* a, Size a_row, Size a_column, const double* b,
          Size b_row, Size b_column, double* c) {
  gemm_any<double>(m, n, k, {a, a_row, a_column}, {b, b_row, b_column}, c);
}

void gemm_batch(const Loop<2>& batch, Size m, Size n, Size k, const float* a, Size a_row,
                Size a_column, const float* b, Size b_row, Size b_column, float* c) {
  gemm_batch_any<float>(batch, m, n, k, {a, a_row, a_column}, {b, b_row, b_column}, c);
}

void gemm_batch(const Loop<2>& batch, Size m, Size n, Size k, const double* a, Size a_row,
                Size a_column, const double* b, Size b_row, Size b_column, double* c) {
  gemm_batch_any<double>(batch, m, n, k, {a, a_row, a_column}, {b, b_row, b_column}, c);
}

}  // namespace nabla::kernels
