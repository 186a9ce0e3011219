// SPDX-License-Identifier: MIT
#include "safetensors.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <nabla/engine/error.hpp>

namespace nabla::nn {
namespace {

using nlohmann::json;

// A tensor's sizes stand at depth 3.
constexpr int kMaxDepth = 4;

struct Kind {
  const char* name;
  DType dtype;
};
constexpr Kind kKinds[] = {{"F32", DType::float32},
                           {"F64", DType::float64},
                           {"I64", DType::int64},
                           {"BOOL", DType::boolean}};

[[noreturn]] void fail(const std::string& path, const std::string& text) {
  throw FormatError(fmt::format("[load] {}: {}", path, text));
}

/// Parses strictly: no key twice in an object, no deep nesting.
json parse(std::string_view text, const std::string& path) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) fail(path, "its header is nested too deeply");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key &&
        !keys.back().insert(parsed.get_ref<const std::string&>()).second)
      fail(path, fmt::format("its header has the name \"{}\" twice",
                             parsed.get_ref<const std::string&>().substr(0, 80)));
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    fail(path, fmt::format("its header is not JSON: {}", error.what()));
  }
}

/// The whole numbers in a JSON array; nothing if there is anything else.
std::optional<std::vector<std::uint64_t>> whole_numbers(const json& array) {
  if (!array.is_array()) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  for (const json& element : array) {
    if (!element.is_number_unsigned()) return std::nullopt;
    numbers.push_back(element.get<std::uint64_t>());
  }
  return numbers;
}

/// The shape with these sizes; nothing if it would be too large to count, also beside a zero.
std::optional<Shape> to_shape(const std::vector<std::uint64_t>& sizes) {
  constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 56;
  if (sizes.size() > static_cast<std::size_t>(kMaxRank)) return std::nullopt;
  std::uint64_t nonzero = 1;
  std::vector<std::int64_t> checked;
  for (const std::uint64_t size : sizes) {
    if (size > kMaxElements || (size != 0 && nonzero > kMaxElements / size)) return std::nullopt;
    if (size != 0) nonzero *= size;
    checked.push_back(static_cast<std::int64_t>(size));
  }
  return Shape(std::span<const std::int64_t>(checked));
}

TensorEntry read_entry(const std::string& name, const json& value, const std::string& path) {
  const auto require = [&](bool good, const char* what) {
    if (!good) fail(path, fmt::format("tensor \"{}\": {}", name.substr(0, 80), what));
  };
  require(value.is_object() && value.size() == 3 && value.contains("dtype") &&
              value.contains("shape") && value.contains("data_offsets"),
          "need dtype, shape and data_offsets, and nothing else");
  const json& dtype = value["dtype"];
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& k) { return dtype == k.name; });
  require(kind != std::end(kKinds), "its dtype is unknown, need F32, F64, I64 or BOOL");
  const auto sizes = whole_numbers(value["shape"]);
  const auto shape = sizes ? to_shape(*sizes) : std::nullopt;
  require(shape.has_value(), "its shape is not a list of at most 8 sizes that can be counted");
  const auto offsets = whole_numbers(value["data_offsets"]);
  require(offsets && offsets->size() == 2 && (*offsets)[0] <= (*offsets)[1],
          "its data_offsets are not two numbers in order");
  const std::uint64_t bytes = static_cast<std::uint64_t>(shape->numel()) * size_bytes(kind->dtype);
  require((*offsets)[1] - (*offsets)[0] == bytes, "its data_offsets do not match its shape");
  return {name, kind->dtype, *shape, (*offsets)[0], (*offsets)[1]};
}

}  // namespace

std::string write_header(std::span<const TensorEntry> entries) {
  json header = json::object();
  for (const TensorEntry& entry : entries) {
    const auto kind =
        std::ranges::find_if(kKinds, [&](const Kind& k) { return k.dtype == entry.dtype; });
    header[entry.name] = {{"dtype", kind->name},
                          {"shape", std::vector(entry.shape.begin(), entry.shape.end())},
                          {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception& error) {
    throw FormatError(fmt::format("[save] a name is not UTF-8 text: {}", error.what()));
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

std::vector<TensorEntry> read_header(std::string_view text, std::uint64_t buffer_bytes,
                                     const std::string& path) {
  if (!text.starts_with('{')) fail(path, "its header does not begin with {, need a JSON object");
  const json header = parse(text, path);
  std::vector<TensorEntry> entries;
  for (const auto& [name, value] : header.items())
    if (name != "__metadata__") entries.push_back(read_entry(name, value, path));

  std::vector<const TensorEntry*> by_place;
  for (const TensorEntry& entry : entries) by_place.push_back(&entry);
  std::ranges::sort(by_place, [](const TensorEntry* a, const TensorEntry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  std::uint64_t covered = 0;
  for (const TensorEntry* entry : by_place) {
    if (entry->begin != covered)
      fail(path, fmt::format("tensor \"{}\" begins at byte {}, need {}: tensors must lie side by "
                             "side",
                             entry->name.substr(0, 80), entry->begin, covered));
    covered = entry->end;
  }
  if (covered != buffer_bytes)
    fail(path, fmt::format("its tensors take {} bytes, but it holds {}: cut short, or something "
                           "was appended",
                           covered, buffer_bytes));
  return entries;
}

}  // namespace nabla::nn
