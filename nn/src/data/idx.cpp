// SPDX-License-Identifier: MIT
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/data/idx.hpp>

#include "byte_source.hpp"

namespace nabla::data {
namespace {

struct Header {
  std::uint8_t type = 0;
  Shape shape;
  std::size_t element_bytes = 0;
  std::size_t payload_bytes = 0;
};

std::size_t element_bytes(std::uint8_t type) {
  switch (type) {
    case 0x08:
    case 0x09:
      return 1;
    case 0x0B:
      return 2;
    case 0x0C:
    case 0x0D:
      return 4;
    case 0x0E:
      return 8;
    default:
      return 0;
  }
}

/// An unsigned number of sizeof(Bits) bytes, big endian.
template <class Bits>
Bits big_endian(const std::byte* bytes) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i)
    bits = static_cast<Bits>(static_cast<std::uint64_t>(bits) << 8 |
                             std::to_integer<std::uint64_t>(bytes[i]));
  return bits;
}

/// a * b, or nothing if that does not fit.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

/// The bytes that the sizes claim, where a zero among them does not hide an absurd other one.
std::size_t claimed_bytes(const std::string& path, std::span<const std::int64_t> sizes,
                          std::size_t bytes_each, std::uint64_t limit) {
  std::optional<std::uint64_t> bytes = bytes_each, nonzero = bytes_each;
  for (const std::int64_t size : sizes) {
    const auto count = static_cast<std::uint64_t>(size);
    if (nonzero && count != 0) nonzero = product(*nonzero, count);
    bytes = nonzero && bytes ? product(*bytes, count) : std::nullopt;
  }
  if (!nonzero || *nonzero >= std::uint64_t{1} << 62 || !bytes || *bytes > limit)
    throw FormatError(fmt::format(
        "[load_idx] {}: its header claims {} elements of {} bytes, which the file cannot hold",
        path, fmt::join(sizes, " x "), bytes_each));
  return static_cast<std::size_t>(*bytes);
}

Header read_header(ByteSource& source, const std::string& path) {
  std::array<std::byte, 4> magic{};
  source.read(magic, "the IDX magic number");
  source.refuse_markup(magic);
  Header header;
  header.type = std::to_integer<std::uint8_t>(magic[2]);
  header.element_bytes = element_bytes(header.type);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || header.element_bytes == 0)
    throw FormatError(fmt::format(
        "[load_idx] {}: not an IDX file: got magic number {:08x}, need 0000 and an element type "
        "(08, 09, 0b, 0c, 0d or 0e) and the number of axes",
        path, big_endian<std::uint32_t>(magic.data())));
  const int rank = std::to_integer<int>(magic[3]);
  if (rank > kMaxRank)
    throw FormatError(
        fmt::format("[load_idx] {}: got {} axes, need at most {}", path, rank, kMaxRank));
  std::array<std::byte, 4 * kMaxRank> raw{};
  source.read(std::span(raw).first(4 * static_cast<std::size_t>(rank)), "the IDX header");
  std::vector<std::int64_t> sizes;
  for (int axis = 0; axis < rank; ++axis)
    sizes.push_back(big_endian<std::uint32_t>(raw.data() + 4 * axis));
  header.payload_bytes = claimed_bytes(path, sizes, header.element_bytes, source.size_limit());
  header.shape = Shape(std::span<const std::int64_t>(sizes));
  return header;
}

/// Elements stored as Stored, in bits of the unsigned type Bits, converted to T.
template <class Stored, class Bits, class T>
void convert(std::span<const std::byte> payload, double divisor, std::span<T> out) {
  const auto by = static_cast<T>(divisor);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto stored = std::bit_cast<Stored>(big_endian<Bits>(payload.data() + i * sizeof(Bits)));
    if constexpr (std::is_floating_point_v<T>)
      out[i] = static_cast<T>(stored) / by;
    else
      out[i] = static_cast<T>(stored);
  }
}

template <class T>
void convert(std::uint8_t type, std::span<const std::byte> payload, double divisor,
             std::span<T> out) {
  switch (type) {
    case 0x08:
      return convert<std::uint8_t, std::uint8_t>(payload, divisor, out);
    case 0x09:
      return convert<std::int8_t, std::uint8_t>(payload, divisor, out);
    case 0x0B:
      return convert<std::int16_t, std::uint16_t>(payload, divisor, out);
    case 0x0C:
      return convert<std::int32_t, std::uint32_t>(payload, divisor, out);
    case 0x0D:
      return convert<float, std::uint32_t>(payload, divisor, out);
    default:
      return convert<double, std::uint64_t>(payload, divisor, out);
  }
}

DType natural_dtype(std::uint8_t type) {
  return type == 0x0D ? float32 : type == 0x0E ? float64 : int64;
}

}  // namespace

Tensor load_idx(const std::string& path, const IdxOptions& options) {
  if (options.divisor == 0.0 || !std::isfinite(options.divisor))
    throw DomainError(fmt::format("[load_idx] .divisor = {}, need a finite number other than 0",
                                  options.divisor));
  ByteSource source(path, "load_idx");
  const Header header = read_header(source, path);
  const DType dtype = options.dtype.value_or(natural_dtype(header.type));
  if (options.divisor != 1.0 && !is_floating(dtype))
    throw DTypeError(
        fmt::format("[load_idx] .divisor = {} with {} elements: need float32 or "
                    "float64; set .dtype",
                    options.divisor, name_of(dtype)));
  std::vector<std::byte> payload(header.payload_bytes);
  source.read(payload, "the elements");
  source.expect_end("the elements");
  Tensor result = empty(header.shape, dtype);
  visit_dtype(dtype, [&]<class T>(T) {
    convert<T>(header.type, payload, options.divisor, result.mutable_data<T>());
  });
  return result;
}

}  // namespace nabla::data
