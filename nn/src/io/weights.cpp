// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/nn/io/weights.hpp>
#include <nabla/ops/view/clone.hpp>

#include "data/byte_source.hpp"
#include "safetensors.hpp"

namespace nabla::nn {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are written as they lie");

constexpr std::size_t kLengthBytes = 8;

struct File {
  std::vector<std::byte> bytes;
  std::vector<TensorEntry> entries;
  std::size_t buffer = 0;  // where the elements begin

  [[nodiscard]] std::span<const std::byte> elements(const TensorEntry& entry) const {
    return std::span(bytes).subspan(buffer + entry.begin, entry.end - entry.begin);
  }
};

File read_safetensors(const std::string& path) {
  File file{data::read_file(path, "load"), {}, 0};
  std::uint64_t header_bytes = 0;
  if (file.bytes.size() < kLengthBytes)
    throw FormatError(
        fmt::format("[load] {}: got {} bytes, need a safetensors file", path, file.bytes.size()));
  std::memcpy(&header_bytes, file.bytes.data(), kLengthBytes);
  const std::uint64_t rest = file.bytes.size() - kLengthBytes;
  if (header_bytes > std::min(rest, kMaxHeaderBytes))
    throw FormatError(
        fmt::format("[load] {}: not a safetensors file, or cut short: got a header "
                    "of {} bytes, need at most {}",
                    path, header_bytes, std::min(rest, kMaxHeaderBytes)));
  const auto* text = reinterpret_cast<const char*>(file.bytes.data() + kLengthBytes);
  file.entries =
      read_header({text, static_cast<std::size_t>(header_bytes)}, rest - header_bytes, path);
  file.buffer = kLengthBytes + static_cast<std::size_t>(header_bytes);
  return file;
}

/// Calls f with the elements of a contiguous tensor as bytes to be written.
void fill(Tensor& tensor, std::span<const std::byte> bytes) {
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    const std::span<T> elements = tensor.mutable_data<T>();
    if constexpr (std::is_same_v<T, bool>) {
      // A bool that is neither 0 nor 1 would be undefined behaviour.
      std::ranges::transform(bytes, elements.begin(), [](std::byte b) { return b != std::byte{}; });
    } else if (!bytes.empty()) {
      std::memcpy(elements.data(), bytes.data(), bytes.size());
    }
  });
}

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  std::span<const std::byte> bytes;
  visit_dtype(tensor.dtype(),
              [&]<class T>(T) { bytes = std::as_bytes(std::span(tensor.data<T>())); });
  return bytes;
}

void require_match(const std::string& path, const std::vector<NamedTensor>& wanted,
                   const File& file) {
  const auto fail = [&](const std::string& text) {
    throw FormatError(fmt::format("[load] {}: {}; another network?", path, text));
  };
  for (const TensorEntry& entry : file.entries)
    if (std::ranges::none_of(wanted, [&](const NamedTensor& w) { return w.name == entry.name; }))
      fail(
          fmt::format("its tensor \"{}\" is no parameter of the module", entry.name.substr(0, 80)));
  for (const auto& [name, tensor] : wanted) {
    const auto entry = std::ranges::find(file.entries, name, &TensorEntry::name);
    if (entry == file.entries.end()) fail(fmt::format("it has no tensor \"{}\"", name));
    if (entry->shape != tensor.shape() || entry->dtype != tensor.dtype())
      fail(fmt::format("tensor \"{}\" is {} of shape {}, need {} of shape {}", name,
                       name_of(entry->dtype), to_string(entry->shape), name_of(tensor.dtype()),
                       to_string(tensor.shape())));
  }
}

}  // namespace

void save_tensors(std::span<const NamedTensor> tensors, const std::string& path) {
  std::vector<NamedTensor> sorted;
  for (const auto& [name, tensor] : tensors) sorted.push_back({name, tensor.contiguous()});
  std::ranges::sort(sorted, {}, &NamedTensor::name);
  std::vector<TensorEntry> entries;
  std::vector<std::span<const std::byte>> pieces(2);
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : sorted) {
    if (name == "__metadata__" || (!entries.empty() && entries.back().name == name))
      throw FormatError(fmt::format("[save] the name \"{}\" is given twice or reserved", name));
    const std::span<const std::byte> bytes = bytes_of(tensor);
    entries.push_back({name, tensor.dtype(), tensor.shape(), end, end + bytes.size()});
    end += bytes.size();
    pieces.push_back(bytes);
  }
  const std::string header = write_header(entries);
  const std::uint64_t header_bytes = header.size();
  pieces[0] = std::as_bytes(std::span(&header_bytes, 1));
  pieces[1] = std::as_bytes(std::span(header));
  OutputFile file(path, "save");
  for (const std::span<const std::byte> piece : pieces) file.write(piece);
  file.commit();
}

void save(const Module& module, const std::string& path) {
  save_tensors(module.named_parameters(), path);
}

std::vector<NamedTensor> load_tensors(const std::string& path) {
  const File file = read_safetensors(path);
  std::vector<NamedTensor> tensors;
  for (const TensorEntry& entry : file.entries) {
    tensors.push_back({entry.name, empty(entry.shape, entry.dtype)});
    fill(tensors.back().tensor, file.elements(entry));
  }
  return tensors;
}

void load(Module& module, const std::string& path) {
  const File file = read_safetensors(path);
  std::vector<NamedTensor> wanted = module.named_parameters();
  require_match(path, wanted, file);
  const NoGrad no_grad;
  for (auto& [name, tensor] : wanted) {
    const auto entry = std::ranges::find(file.entries, name, &TensorEntry::name);
    fill(tensor, file.elements(*entry));
  }
}

}  // namespace nabla::nn
