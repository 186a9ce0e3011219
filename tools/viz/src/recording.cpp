// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

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

// The lines of a file, or of what another program writes.
class Lines {
 public:
  explicit Lines(std::istream& file) : file_(file) {}

  /// The next one without its end; false where the file ends before that.
  bool next(std::string& line) {
    line.clear();
    while (!rest_.empty() || fill()) {
      const std::size_t end = rest_.find('\n');
      line += rest_.substr(0, end);
      if (line.size() > kMaxLineBytes) fail("a line of more than 512 MiB is too large");
      rest_.remove_prefix(std::min(end, rest_.size() - 1) + 1);
      if (end != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  bool fill() {
    file_.read(part_.data(), static_cast<std::streamsize>(part_.size()));
    rest_ = {part_.data(), static_cast<std::size_t>(file_.gcount())};
    if ((all_ += rest_.size()) > kMaxFileBytes) fail("a file of more than 2 GiB is too large");
    return !rest_.empty();
  }

  std::istream& file_;
  std::vector<char> part_ = std::vector<char>(std::size_t{1} << 16);
  std::string_view rest_;  ///< of the part that was read last
  std::size_t all_ = 0;
};

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
  std::error_code is_nothing;
  const std::filesystem::file_status status = std::filesystem::status(path, is_nothing);
  const bool ends = std::filesystem::is_regular_file(status) || std::filesystem::is_fifo(status);
  if (!file || !ends) throw IoError(fmt::format("[read_recording] cannot read \"{}\"", name));
  Recording recording;
  Lines lines(file);
  std::string line;
  std::size_t number = 0;
  // A line without an end was being written when the run was killed.
  try {
    while (++number, lines.next(line)) read_line(line, number, recording);
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
