// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/lines.hpp>
#include <nabla/kernels/loop.hpp>
#include <nabla/kernels/memory.hpp>
#include <nabla/kernels/parallel.hpp>

#include "element.hpp"

namespace nabla::kernels {
namespace {

constexpr std::int64_t kBlockBytes = 4096;

template <class E>
E* elements(std::byte* bytes) {
  return reinterpret_cast<E*>(bytes);
}
template <class E>
const E* elements(const std::byte* bytes) {
  return reinterpret_cast<const E*>(bytes);
}

// One input, read in blocks one behind another.
class Reader {
 public:
  void start(const ElementwiseInput& input, int rank, const std::int64_t* sizes,
             std::size_t element_bytes, std::int64_t block) {
    data_ = static_cast<const std::byte*>(input.data);
    conversion_ = input.conversion;
    bytes_ = conversion_ != nullptr ? input.bytes : element_bytes;
    loop_ = make_loop<1>(rank, sizes, {input.strides});
    const auto last = static_cast<std::size_t>(std::max(loop_.rank - 1, 0));
    row_ = loop_.rank == 0 ? 1 : loop_.sizes[last];
    step_ = loop_.rank == 0 ? 0 : loop_.strides[0][last];
    const bool repeats = std::all_of(loop_.strides[0].begin(), loop_.strides[0].begin() + last,
                                     [](std::int64_t stride) { return stride == 0; });
    if (loop_.rank <= 1 && step_ == 1) {
      kind_ = Kind::contiguous;
    } else if (loop_.rank <= 1 && step_ == 0) {
      kind_ = Kind::pattern;  // of one element
      row_ = 1;
      visit_element(bytes_, [&]<class E>(E) {
        copy_row(elements<E>(buffer_), elements<E>(data_), block, 0);
      });
    } else if (repeats && row_ <= block) {
      kind_ = Kind::pattern;
      visit_element(bytes_, [&]<class E>(E) {
        for (std::int64_t filled = 0; filled < block + row_; filled += row_)
          copy_row(elements<E>(buffer_) + filled, elements<E>(data_),
                   std::min(row_, block + row_ - filled), step_);
      });
    } else {
      kind_ = Kind::gathered;
    }
  }

  // The next element to read is this one of the shape.
  void seek(std::int64_t first) {
    if (kind_ != Kind::gathered) return;
    column_ = first % row_;
    std::int64_t rows = first / row_;
    offset_ = 0;
    for (int axis = loop_.rank - 2; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      index_[a] = rows % loop_.sizes[a];
      rows /= loop_.sizes[a];
      offset_ += index_[a] * loop_.strides[0][a];
    }
  }

  // Elements first, ..., first + n - 1 of the shape. Requires  the block before ended at `first`
  const void* read(std::int64_t first, std::int64_t n) {
    const void* const elements = read_as_stored(first, n);
    if (conversion_ == nullptr) return elements;
    void* const converted = converted_;
    (*conversion_)(nullptr, &elements, &converted, n);
    return converted;
  }

 private:
  enum class Kind { contiguous, pattern, gathered };

  const void* read_as_stored(std::int64_t first, std::int64_t n) {
    if (kind_ == Kind::contiguous) return data_ + static_cast<std::size_t>(first) * bytes_;
    if (kind_ == Kind::pattern) return at(buffer_, row_ == 1 ? 0 : first % row_);
    if (step_ == 1 && column_ + n <= row_) {
      const std::byte* const from = next_element();
      advance(n);
      return from;
    }
    visit_element(bytes_, [&]<class E>(E) { gather(elements<E>(buffer_), n); });
    return buffer_;
  }
  // A part of a row, or whole rows as long as they are one step apart.
  template <class E>
  void gather(E* to, std::int64_t n) {
    const auto last = static_cast<std::size_t>(loop_.rank - 1);
    while (n > 0) {
      const E* const from = elements<E>(next_element());
      std::int64_t count = std::min(row_ - column_, n);
      if (count == row_ && last > 0) {
        std::int64_t& index = index_[last - 1];
        const std::int64_t apart = loop_.strides[0][last - 1];
        const std::int64_t rows = std::min(n / row_, loop_.sizes[last - 1] - index);
        copy_rows(to, from, rows, row_, step_, apart);
        offset_ += (rows - 1) * apart;
        index += rows - 1;
        next_row();
        count = rows * row_;
      } else {
        copy_row(to, from, count, step_);
        advance(count);
      }
      to += count;
      n -= count;
    }
  }
  [[nodiscard]] const std::byte* next_element() const {
    return data_ + (offset_ + column_ * step_) * signed_bytes();
  }
  // By elements of one row.
  void advance(std::int64_t count) {
    column_ += count;
    if (column_ == row_) next_row();
  }
  [[nodiscard]] std::int64_t signed_bytes() const { return static_cast<std::int64_t>(bytes_); }
  [[nodiscard]] std::byte* at(std::byte* buffer, std::int64_t element) const {
    return buffer + element * signed_bytes();
  }
  void next_row() {
    column_ = 0;
    for (int axis = loop_.rank - 2; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      offset_ += loop_.strides[0][a];
      if (++index_[a] < loop_.sizes[a]) return;
      offset_ -= loop_.strides[0][a] * loop_.sizes[a];
      index_[a] = 0;
    }
  }

  const std::byte* data_ = nullptr;
  const ElementwiseKernel* conversion_ = nullptr;
  std::size_t bytes_ = 0;
  Kind kind_ = Kind::contiguous;
  Loop<1> loop_;
  std::int64_t row_ = 1, step_ = 0;
  std::int64_t offset_ = 0, column_ = 0;
  std::array<std::int64_t, kMaxAxes> index_{};
  alignas(
      64) std::byte buffer_[2 * kBlockBytes];  // a pattern and a piece, or a piece and some room
  alignas(64) std::byte converted_[kBlockBytes];
};

bool is_constant(int rank, const std::int64_t* sizes, const std::int64_t* strides) {
  for (int axis = 0; axis < rank; ++axis)
    if (sizes[axis] != 1 && strides[axis] != 0) return false;
  return true;
}

// A result that no cache holds is not read again soon. Written past the caches, it need not be
// fetched first, and leaves them to the inputs: a third less to move.
constexpr std::int64_t kStreamedBytes = std::int64_t{16} << 20;

constexpr std::size_t kStreamedStep = 64;  // bytes, a line of the caches

bool is_streamed(std::span<void* const> results, std::int64_t bytes) {
#if defined(__x86_64__)
  return bytes >= kStreamedBytes && std::ranges::all_of(results, [](const void* y) {
           return reinterpret_cast<std::uintptr_t>(y) % kStreamedStep == 0;
         });
#else
  static_cast<void>(results);
  static_cast<void>(bytes);
  return false;
#endif
}

// Requires  pointers that are multiples of kStreamedStep. What is left of a step is copied.
#if defined(__x86_64__)
struct Stream {
  static void run(const std::byte* from, std::byte* to, std::int64_t bytes) {
    std::int64_t i = 0;
    for (; i + 16 <= bytes; i += 16) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                       _mm_load_si128(reinterpret_cast<const __m128i*>(from + i)));
    }
    std::memcpy(to + i, from + i, static_cast<std::size_t>(bytes - i));
  }
};
// A line of the caches at once: pieces of one may reach memory one by one.
struct StreamLines {
  [[NABLA_TARGET_AVX512]] static void run(const std::byte* from, std::byte* to,
                                          std::int64_t bytes) {
    std::int64_t i = 0;
    for (; i + 64 <= bytes; i += 64)
      _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), _mm512_load_si512(from + i));
    Stream::run(from + i, to + i, bytes - i);
  }
};
constexpr auto stream =
    PerIsa<void(const std::byte*, std::byte*, std::int64_t)>::of<Stream, Stream, StreamLines>();
#else
constexpr PerIsa<void(const std::byte*, std::byte*, std::int64_t)> stream;
#endif

// Where the results are, and what the kernel gets of them.
struct Results {
  std::span<void* const> all;
  std::int64_t element_bytes;

  [[nodiscard]] std::byte* at(std::size_t i, std::int64_t first) const {
    return static_cast<std::byte*>(all[i]) + first * element_bytes;
  }
  [[nodiscard]] std::array<void*, kMaxResults> from(std::int64_t first) const {
    std::array<void*, kMaxResults> pointers{};
    for (std::size_t i = 0; i < all.size(); ++i) pointers[i] = at(i, first);
    return pointers;
  }
};

bool is_direct(const ElementwiseInput& input, int rank, const std::int64_t* sizes) {
  return input.conversion == nullptr && is_contiguous(rank, sizes, input.strides);
}

// How a loop that reads through strides is cut: into pieces that the buffers of a Reader hold, as stored and
// as they are read; of whole rows, or of even parts of one, so that a Reader can give the memory itself
// where rows are contiguous.
class Pieces {
 public:
  Pieces(int rank, const std::int64_t* sizes, std::int64_t total,
         std::span<const ElementwiseInput> inputs, std::size_t input_bytes) {
    std::size_t bytes = std::max(input_bytes, std::size_t{4});
    for (const ElementwiseInput& input : inputs) bytes = std::max(bytes, input.bytes);
    const std::int64_t held = kBlockBytes / static_cast<std::int64_t>(bytes);
    const std::int64_t row = rank == 0 ? 1 : sizes[rank - 1];
    if (row <= held) {
      most_ = whole_ = std::min(held, total) / row * row;
    } else {
      const auto parts_of = [](std::int64_t n, std::int64_t part) { return (n + part - 1) / part; };
      const std::int64_t even = parts_of(row, parts_of(row, held));
      most_ = parts_of(even, kLanesBlock) * kLanesBlock;
      whole_ = row;
    }
  }
  [[nodiscard]] std::int64_t most() const { return most_; }
  // Of elements first, ..., last - 1, how many the first piece has.
  [[nodiscard]] std::int64_t size(std::int64_t first, std::int64_t last) const {
    return std::min({most_, whole_ - first % whole_, last - first});
  }

 private:
  std::int64_t most_, whole_;
};

// What a loop over contiguous elements does with a part of them.
struct ContiguousLoop {
  const ElementwiseKernel& kernel;
  const void* parameters;
  std::span<const void* const> inputs;
  std::size_t input_bytes;
  Results results;

  void run(std::int64_t first, std::int64_t last, void* const* to) const {
    std::array<const void*, kMaxInputs> pointers{};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      pointers[i] =
          static_cast<const std::byte*>(inputs[i]) + static_cast<std::size_t>(first) * input_bytes;
    }
    kernel(parameters, pointers.data(), to, last - first);
  }
  void run(std::int64_t first, std::int64_t last) const {
    run(first, last, results.from(first).data());
  }

  // What comes kAhead later is asked for now: between the writes, processors do not see by themselves that
  // the inputs are read in order.
  void fetch_ahead(std::int64_t first, std::int64_t last) const {
    constexpr std::size_t kAhead = 8192, kLine = 64;
    for (const void* input : inputs) {
      const auto* data = static_cast<const std::byte*>(input);
      for (std::size_t i = static_cast<std::size_t>(first) * input_bytes;
           i < static_cast<std::size_t>(last) * input_bytes; i += kLine)
        __builtin_prefetch(data + i + kAhead);
    }
  }

  // In blocks of so few bytes that the processor computes the next one while it writes this one.
  void run_streamed(std::int64_t first, std::int64_t last) const {
    constexpr std::int64_t kStreamedBlock = 1024;
    alignas(kStreamedStep) std::byte buffers[kMaxResults][kStreamedBlock];
    std::array<void*, kMaxResults> to{};
    std::ranges::copy(buffers, to.begin());
    const std::int64_t block = kStreamedBlock / results.element_bytes;
    for (; first < last; first += block) {
      const std::int64_t end = std::min(first + block, last);
      fetch_ahead(first, end);
      run(first, end, to.data());
      for (std::size_t i = 0; i < results.all.size(); ++i)
        stream(buffers[i], results.at(i, first), (end - first) * results.element_bytes);
    }
#if defined(__x86_64__)
    _mm_sfence();
#endif
  }
};

// One that reads through strides.
struct StridedLoop {
  const ElementwiseKernel& kernel;
  const void* parameters;
  int rank;
  const std::int64_t* sizes;
  std::span<const ElementwiseInput> inputs;
  std::size_t input_bytes;
  Results results;
  Pieces pieces;

  void start(std::array<Reader, kMaxInputs>& readers, std::int64_t first) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      readers[i].start(inputs[i], rank, sizes, input_bytes, pieces.most());
      readers[i].seek(first);
    }
  }
  // n elements from `first` on, a piece, where the readers are.
  void compute(std::array<Reader, kMaxInputs>& readers, std::int64_t first, std::int64_t n,
               void* const* to) const {
    std::array<const void*, kMaxInputs> pointers{};
    for (std::size_t i = 0; i < inputs.size(); ++i) pointers[i] = readers[i].read(first, n);
    kernel(parameters, pointers.data(), to, n);
  }
  void run(std::int64_t first, std::int64_t last) const {
    std::array<Reader, kMaxInputs> readers;
    start(readers, first);
    while (first < last) {
      const std::int64_t n = pieces.size(first, last);
      compute(readers, first, n, results.from(first).data());
      first += n;
    }
  }
};

}  // namespace

void elementwise_contiguous(const ElementwiseKernel& kernel, const void* parameters,
                            std::span<const void* const> inputs, std::size_t input_bytes,
                            std::span<void* const> results, std::size_t result_bytes,
                            std::int64_t n) {
  if (n < kLargeLoop) return kernel(parameters, inputs.data(), results.data(), n);
  const ContiguousLoop loop{
      kernel, parameters, inputs, input_bytes, {results, static_cast<std::int64_t>(result_bytes)}};
  const bool streamed = is_streamed(results, n * loop.results.element_bytes);
  for_each_range(n, kLoopBlock, [&](std::int64_t first, std::int64_t last) {
    streamed ? loop.run_streamed(first, last) : loop.run(first, last);
  });
}

namespace {

// The sum of elements first, ..., last - 1 of a result, which compute(first, how many, to) gives: so many at
// a time that the nearest cache holds them.
template <std::floating_point T, class F>
double sum_of_part(std::int64_t first, std::int64_t last, const F& compute) {
  constexpr std::int64_t kTerms = 2048;
  alignas(64) std::array<T, static_cast<std::size_t>(kTerms)> terms;
  double total = 0;
  for (; first < last; first += kTerms) {
    const std::int64_t count = std::min(kTerms, last - first);
    compute(first, count, terms.data());
    double some = 0;
    sum(Lines{1, count, 1}, terms.data(), &some);
    total += some;
  }
  return total;
}

}  // namespace

template <std::floating_point T>
double elementwise_sum(const ElementwiseKernel& kernel, const void* parameters, int rank,
                       const std::int64_t* sizes, std::span<const ElementwiseInput> inputs) {
  std::int64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) total *= sizes[axis];
  if (total == 0) return 0;
  std::array<const void*, kMaxInputs> data{};
  bool all_direct = true;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    data[i] = inputs[i].data;
    all_direct = all_direct && is_direct(inputs[i], rank, sizes);
  }
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    if (all_direct) {
      const ContiguousLoop loop{kernel, parameters, {data.data(), inputs.size()}, sizeof(T), {}};
      return sum_of_part<T>(begin, end, [&](std::int64_t first, std::int64_t n, void* to) {
        loop.run(first, first + n, &to);
      });
    }
    const StridedLoop loop{kernel, parameters, rank, sizes,
                           inputs, sizeof(T),  {},   {rank, sizes, total, inputs, sizeof(T)}};
    std::array<Reader, kMaxInputs> readers;
    loop.start(readers, begin);
    return sum_of_part<T>(begin, end, [&](std::int64_t first, std::int64_t n, T* to) {
      for (const std::int64_t next = first + n; first < next;) {
        const std::int64_t count = loop.pieces.size(first, next);
        void* const some = to;
        loop.compute(readers, first, count, &some);
        first += count;
        to += count;
      }
    });
  };
  if (total < kLargeLoop) return part(0, total);
  std::vector<double, Allocator<double>> totals(
      static_cast<std::size_t>((total + kLoopBlock - 1) / kLoopBlock));
  for_each_range(total, kLoopBlock, [&](std::int64_t first, std::int64_t last) {
    totals[static_cast<std::size_t>(first / kLoopBlock)] = part(first, last);
  });
  return std::accumulate(totals.begin(), totals.end(), 0.0);
}
template double elementwise_sum<float>(const ElementwiseKernel&, const void*, int,
                                       const std::int64_t*, std::span<const ElementwiseInput>);
template double elementwise_sum<double>(const ElementwiseKernel&, const void*, int,
                                        const std::int64_t*, std::span<const ElementwiseInput>);

void elementwise(const ElementwiseKernel& kernel, const void* parameters, int rank,
                 const std::int64_t* sizes, std::span<const ElementwiseInput> inputs,
                 std::size_t input_bytes, std::span<void* const> results,
                 std::size_t result_bytes) {
  std::int64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) total *= sizes[axis];
  if (total == 0) return;
  std::array<const void*, kMaxInputs> pointers{};
  // What is small and has no odd strides needs no readers: a number among tensors is repeated here.
  constexpr std::int64_t kFew = 64;
  alignas(64) std::array<std::array<std::byte, kFew * 8>, kMaxInputs> repeated;
  bool all_direct = true;
  for (std::size_t i = 0; all_direct && i < inputs.size(); ++i) {
    pointers[i] = inputs[i].data;
    if (is_direct(inputs[i], rank, sizes)) continue;
    all_direct = inputs[i].conversion == nullptr && total <= kFew &&
                 is_constant(rank, sizes, inputs[i].strides);
    if (!all_direct) break;
    visit_element(input_bytes, [&]<class E>(E) {
      copy_row(elements<E>(repeated[i].data()), static_cast<const E*>(inputs[i].data), total, 0);
    });
    pointers[i] = repeated[i].data();
  }
  if (all_direct) {
    return elementwise_contiguous(kernel, parameters, {pointers.data(), inputs.size()}, input_bytes,
                                  results, result_bytes, total);
  }
  const StridedLoop loop{kernel,
                         parameters,
                         rank,
                         sizes,
                         inputs,
                         input_bytes,
                         {results, static_cast<std::int64_t>(result_bytes)},
                         {rank, sizes, total, inputs, input_bytes}};
  for_elements(total, [&](std::int64_t first, std::int64_t last) { loop.run(first, last); });
}

}  // namespace nabla::kernels
