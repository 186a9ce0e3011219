// SPDX-License-Identifier: MIT
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/recording.hpp>

#include "frames_schema.hpp"
#include "json_reader.hpp"
#include "text.hpp"
#include "told.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr std::size_t kMaxLineBytes = std::size_t{512} << 20;
constexpr std::size_t kMaxFileBytes = std::size_t{2} << 30;
constexpr int kMaxFrameDepth = 5;  // the schema needs 4: frame, weights, histogram, counts
constexpr std::size_t kMaxWeights = 100'000;

void read_header(const std::string& line, Recording& recording) {
  const json document = parse_json(line, kMaxLineBytes, kMaxFrameDepth);
  Reader reader(document, "the header");
  if (reader.need("schema") != kFramesSchema) reader.wrong("schema", kFramesSchema);
  for (const json& name : reader.list("weights")) {
    if (!name.is_string() || recording.weights.size() == kMaxWeights) {
      reader.wrong("weights", "a list of at most 100000 names");
    }
    recording.weights.push_back(name.get<std::string>());
  }
  reader.end();
}

std::vector<float> read_numbers(Reader& reader, std::string_view key, std::size_t size) {
  const json& list = reader.list(key);
  if (list.size() != size) {
    fail(fmt::format("\"{}\": got {} numbers, need one for each of {} nodes", key, list.size(),
                     size));
  }
  std::vector<float> numbers;
  numbers.reserve(size);
  for (const json& number : list) {
    numbers.push_back(narrowed(reader.as_number(number, key)));
  }
  return numbers;
}

Histogram read_histogram(const json& object) {
  Histogram histogram;
  Reader reader(object, "a histogram");
  reader.number("lower", histogram.lower);
  reader.number("upper", histogram.upper);
  const json& counts = reader.list("counts");
  if (counts.size() > kHistogramBins) reader.wrong("counts", "a list of at most 24 counts");
  for (const json& count : counts) {
    histogram.counts.push_back(reader.as_count<std::int64_t>(count, "counts"));
  }
  if (!(histogram.lower <= histogram.upper) ||
      histogram.upper > std::numeric_limits<double>::max() ||
      histogram.lower < std::numeric_limits<double>::lowest()) {
    fail("the range of a histogram is not finite or upside down");
  }
  reader.end();
  return histogram;
}

RecordedFrame read_frame(const std::string& line, const Recording& recording) {
  const json document = parse_json(line, kMaxLineBytes, kMaxFrameDepth);
  Reader reader(document, "the frame");
  RecordedFrame frame;
  frame.step = reader.as_count<std::int64_t>(reader.need("step"), "step");
  frame.loss = reader.as_number(reader.need("loss"), "loss");
  const std::size_t nodes = recording.graph.nodes.size();
  frame.values = read_numbers(reader, "values", nodes);
  frame.gradients = read_numbers(reader, "gradients", nodes);
  for (const json& object : reader.list("weights")) {
    frame.weights.push_back(read_histogram(object));
  }
  if (frame.weights.size() != recording.weights.size()) {
    fail(fmt::format("\"weights\": got {} histograms, need one for each of {} names",
                     frame.weights.size(), recording.weights.size()));
  }
  if (!recording.frames.empty() && frame.step <= recording.frames.back().step) {
    fail(fmt::format("step {} stands after step {}", frame.step, recording.frames.back().step));
  }
  reader.end();
  return frame;
}

// The next line without its end; false where the file ends before that.
bool next_line(std::istream& file, std::string& line) {
  line.clear();
  for (char c = 0; file.get(c);) {
    if (c == '\n') return true;
    if (line.size() == kMaxLineBytes) fail("a line of more than 512 MiB is too large");
    line += c;
  }
  return false;
}

void read_line(const std::string& line, std::size_t number, Recording& recording) {
  if (number == 1) {
    read_header(line, recording);
  } else if (number == 2) {
    recording.graph = from_json(line);
  } else {
    recording.frames.push_back(read_frame(line, recording));
  }
}

}  // namespace

Recording read_recording(const std::filesystem::path& path) {
  const std::string name = clean_line(path.string());
  std::ifstream file(path, std::ios::binary);
  std::error_code not_a_file;
  const bool is_file = std::filesystem::is_regular_file(path, not_a_file);
  if (!file || !is_file) throw IoError(fmt::format("[read_recording] cannot read \"{}\"", name));
  if (const auto size = std::filesystem::file_size(path, not_a_file);
      !not_a_file && size > kMaxFileBytes) {
    throw FormatError(fmt::format("[read_recording] \"{}\", line 1: a file of {} is too large",
                                  name, bytes_text(static_cast<double>(size))));
  }
  Recording recording;
  std::string line;
  std::size_t number = 0;
  // A line without an end was being written when the run was killed.
  try {
    while (++number, next_line(file, line)) read_line(line, number, recording);
  } catch (const FormatError& error) {
    throw FormatError(
        fmt::format("[read_recording] \"{}\", line {}: {}", name, number, error.what()));
  }
  if (file.bad()) throw IoError(fmt::format("[read_recording] cannot read \"{}\"", name));
  if (recording.frames.empty()) {
    throw FormatError(
        fmt::format("[read_recording] \"{}\", line {}: ends before the first frame", name, number));
  }
  return recording;
}

}  // namespace nabla::viz
