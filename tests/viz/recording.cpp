// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/nabla.hpp>
#include <nabla/viz/recording.hpp>

#include "viz/graphs.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

namespace nabla::viz::test {
namespace {

const std::filesystem::path kFile = "recording-test.jsonl";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& text) { std::ofstream(kFile, std::ios::binary) << text; }

template <class E>
std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

std::string reading_error() {
  return error_of<FormatError>([] { (void)read_recording(kFile); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string small_recording() {
  Recorder recorder(kFile, {.every = 1});
  recorder.frame(0, neuron());
  recorder.frame(1, neuron());
  return text_of(kFile);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recording)

BOOST_AUTO_TEST_CASE(values_are_recorded_every_k_steps) {
  Recorder recorder(kFile, {.every = 3});
  std::vector<double> losses;
  double w = 1.0;
  for (int step = 0; step < 7; ++step) {
    const Tape tape;
    const Value x = variable(w, "w");
    const Value loss = named(x * x, "loss");
    BOOST_TEST(recorder.frame(step, loss) == (step % 3 == 0));
    if (step % 3 == 0) losses.push_back(w * w);
    w *= 0.5;
  }
  const Recording recording = read_recording(kFile);
  BOOST_REQUIRE(recording.frames.size() == 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const RecordedFrame& frame = recording.frames[i];
    BOOST_TEST(frame.step == static_cast<std::int64_t>(3 * i));
    BOOST_TEST(frame.loss == losses[i]);
    const double root = std::sqrt(losses[i]);
    BOOST_TEST(frame.values == (std::vector<float>{float(root), float(losses[i])}));
    BOOST_TEST(frame.gradients == (std::vector<float>{float(2 * root), 1.0F}));
  }
  const std::string& name = recording.graph.nodes[0].name;
  BOOST_TEST(name == "w");
}

BOOST_AUTO_TEST_CASE(a_recording_comes_through_a_pipe_as_from_a_file) {
  const std::string text = small_recording();
  const Recording from_file = read_recording(kFile);
  const std::filesystem::path pipe = "recording-test.pipe";
  std::filesystem::remove(pipe);
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] {
    std::ofstream out(pipe, std::ios::binary);
    for (std::size_t at = 0; at < text.size(); at += 1'000)
      out << text.substr(at, 1'000) << std::flush;
  });
  const Recording from_pipe = read_recording(pipe);
  writer.join();
  std::filesystem::remove(pipe);
  BOOST_TEST((from_pipe == from_file));
}

BOOST_AUTO_TEST_CASE(lines_may_end_where_a_part_of_the_file_does) {
  // The header and the graph are as long as they must be; blanks move where the frames begin.
  const std::string text = small_recording();
  const Recording plain = read_recording(kFile);
  const std::size_t head = text.find('\n'), part = std::size_t{1} << 16;
  for (std::size_t place : {part - 2, part - 1, part, part + 1}) {
    std::string padded = text;
    padded.insert(head, std::string(place - head, ' '));
    write(padded);
    BOOST_TEST((read_recording(kFile) == plain));
  }
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_recording) {
  BOOST_CHECK_EXCEPTION((void)read_recording("."), IoError, [](const IoError& error) {
    return std::string(error.what()) == "[read_recording] cannot read \".\"";
  });
}

BOOST_AUTO_TEST_CASE(of_tensors_norms_and_the_weights_are_recorded) {
  const Tensor w = named(variable(tensor({0.0, 1.0, 1.0, 2.0})), "w");
  Recorder recorder(kFile, {.every = 1, .weights = {{"the w", w}}});
  recorder.frame(5, sum(w * w));
  const Recording recording = read_recording(kFile);
  const RecordedFrame& frame = recording.frames.at(0);
  BOOST_TEST(frame.loss == 6.0);
  BOOST_TEST(frame.values.front() == float(std::sqrt(6.0)));
  BOOST_TEST(frame.gradients.front() == float(std::sqrt(24.0)));
  BOOST_TEST(recording.weights == std::vector<std::string>{"the w"});
  const Histogram& histogram = frame.weights.at(0);
  BOOST_TEST(histogram.lower == 0.0);
  BOOST_TEST(histogram.upper == 2.0);
  BOOST_TEST(histogram.counts[0] == 1);
  BOOST_TEST(histogram.counts[kHistogramBins / 2] == 2);
  BOOST_TEST(histogram.counts.back() == 1);
}

BOOST_AUTO_TEST_CASE(histograms_leave_out_what_is_not_finite) {
  constexpr double kMax = std::numeric_limits<double>::max();
  const Tensor wide = tensor({-kMax, kMax, std::nan(""), INFINITY}, float64);
  const Tensor equal = tensor({3.0, 3.0}), bad = tensor({std::nan("")});
  Recorder(kFile, {.every = 1, .weights = {{"a", wide}, {"b", equal}, {"c", bad}}})
      .frame(0, neuron());
  const std::vector<Histogram> weights = read_recording(kFile).frames.at(0).weights;
  BOOST_TEST(weights.at(0).counts.front() == 1);
  BOOST_TEST(weights[0].counts.back() == 1);
  BOOST_TEST(std::accumulate(weights[0].counts.begin(), weights[0].counts.end(), 0) == 2);
  BOOST_TEST(weights.at(1).counts.front() == 2);
  BOOST_TEST(weights.at(2).counts.empty());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_come_back) {
  Graph graph = neuron();
  graph.nodes[0].value = std::nan("");
  graph.nodes[1].value = -INFINITY;
  graph.nodes[0].gradient = INFINITY;
  graph.nodes[1].gradient = -0.0;
  Recorder(kFile).frame(0, graph);
  const RecordedFrame frame = read_recording(kFile).frames.at(0);
  BOOST_TEST(std::isnan(frame.values[0]));
  BOOST_TEST(frame.values[1] == -INFINITY);
  BOOST_TEST(frame.gradients[0] == INFINITY);
  BOOST_TEST(std::signbit(frame.gradients[1]));
}

BOOST_AUTO_TEST_CASE(each_frame_is_on_the_disk_when_it_is_written) {
  Recorder recorder(kFile, {.every = 1});
  for (std::size_t i = 0; i < 4; ++i) {
    recorder.frame(static_cast<std::int64_t>(i), neuron());
    BOOST_TEST(read_recording(kFile).frames.size() == i + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_half_line_at_the_end_is_not_read) {
  const std::string text = small_recording();
  const std::size_t second = text.rfind('\n', text.size() - 2) + 1;
  for (std::size_t size = second; size < text.size(); ++size) {
    write(text.substr(0, size));
    BOOST_TEST(read_recording(kFile).frames.size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(another_computation_is_refused_and_the_file_stays_good) {
  Recorder recorder(kFile, {.every = 1});
  recorder.frame(0, neuron());
  const auto refusal = [&](const Graph& graph) {
    return error_of<GraphError>([&] { recorder.frame(1, graph); });
  };
  Graph other = neuron();
  other.nodes.back().op.edit().name = "relu";
  BOOST_TEST(contains(refusal(other), "became \"relu\""));
  other = neuron();
  other.nodes[0].name = "q";
  BOOST_TEST(contains(refusal(other), "node 0: name \"x1\" became \"q\""));
  other = neuron();
  other.edges.back().from = 0;
  BOOST_TEST(contains(refusal(other), "operands of node"));
  BOOST_TEST(contains(refusal(chain(3)), "nodes became"));
  BOOST_TEST(recorder.frame(1, neuron()));
  BOOST_TEST(read_recording(kFile).frames.size() == 2U);
}

BOOST_AUTO_TEST_CASE(steps_ascend) {
  BOOST_CHECK_THROW(Recorder(kFile, {.every = 0}), DomainError);
  Recorder recorder(kFile, {.every = 2});
  BOOST_CHECK_THROW(recorder.frame(-2, neuron()), DomainError);
  recorder.frame(4, neuron());
  BOOST_CHECK_THROW(recorder.frame(4, neuron()), DomainError);
  BOOST_CHECK_THROW(recorder.frame(2, neuron()), DomainError);
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_named) {
  BOOST_CHECK_THROW(Recorder("no/such/folder/r.jsonl"), IoError);
  BOOST_CHECK_THROW((void)read_recording("no-such-file.jsonl"), IoError);
  BOOST_CHECK_THROW((void)read_recording("."), IoError);
}

BOOST_AUTO_TEST_CASE(errors_name_the_line) {
  const std::string text = small_recording();
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.rfind(from);
    BOOST_REQUIRE(at != std::string::npos);
    write(changed.replace(at, from.size(), to));
    return reading_error();
  };
  BOOST_TEST(contains(error("frames/1", "frames/2"), "line 1: \"schema\""));
  BOOST_TEST(contains(error("\"root\"", "\"boot\""), "line 2: "));
  BOOST_TEST(contains(error("\"step\":1", "\"step\":0"), "line 4: step 0 stands after step 0"));
  BOOST_TEST(contains(error("\"loss\"", "\"lost\""), "line 4: the frame lacks \"loss\""));
  BOOST_TEST(contains(error("\"values\":[", "\"values\":[1,"), "line 4: \"values\": got"));
  BOOST_TEST(contains(error("\"weights\":[", "\"weights\":[{}"), "line 4: "));
  BOOST_TEST(contains(error("{\"step\"", "\n{\"step\""), "line 4: "));
  write(text.substr(0, text.find('\n') + 1));
  BOOST_TEST(contains(reading_error(), "line 2: ends before the first frame"));
}

BOOST_AUTO_TEST_CASE(damaged_files_are_read_or_refused) {
  const std::string text = small_recording();
  constexpr unsigned kSeed = 11;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937 random(kSeed);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = text;
    for (unsigned k = 0; k <= i % 3U; ++k) {
      const std::size_t at = random() % damaged.size();
      if (random() % 2 == 0)
        damaged[at] = static_cast<char>(random() % 256);
      else
        damaged.erase(at, random() % 9);
      if (damaged.empty()) damaged = "x";
    }
    write(damaged);
    try {
      const Recording recording = read_recording(kFile);
      for (const RecordedFrame& frame : recording.frames)
        BOOST_TEST(frame.values.size() == recording.graph.nodes.size());
    } catch (const FormatError&) {
      ++refused;
    }
  }
  BOOST_TEST(refused > 1000);
}

BOOST_AUTO_TEST_CASE(elements_that_are_not_finite_are_told_by_value_and_gradient) {
  const double nan = std::nan("");
  const auto recorded = [](const Tensor& factors) {
    // The gradient of sum(x * c) by x is c.
    const Tensor x = variable(ones_like(factors));
    Recorder(kFile, {.every = 1}).frame(0, sum(x * factors));
    const Recording recording = read_recording(kFile);
    const auto place = [&](auto is_it) {
      return static_cast<std::size_t>(std::ranges::find_if(recording.graph.nodes, is_it) -
                                      recording.graph.nodes.begin());
    };
    const RecordedFrame& frame = recording.frames.at(0);
    return std::pair(
        frame.values.at(place([](const GraphNode& node) { return node.op->name == "mul"; })),
        frame.gradients.at(
            place([](const GraphNode& node) { return node.op.empty() && node.requires_grad; })));
  };
  for (const Tensor& factors :
       {tensor({1.0, nan, 1.0}), tensor({nan, nan}), tensor({INFINITY, nan})}) {
    const auto [value, gradient] = recorded(factors);
    BOOST_TEST(std::isnan(value));
    BOOST_TEST(std::isnan(gradient));
  }
  const auto [value, gradient] = recorded(tensor({1.0, -INFINITY}));
  BOOST_TEST(std::isinf(value));
  BOOST_TEST(std::isinf(gradient));
}

BOOST_AUTO_TEST_CASE(finite_numbers_beyond_the_range_of_float_stay_finite) {
  const Value a = 1e20, b = -1e25;
  Recorder(kFile, {.every = 1}).frame(0, a * b);
  const Recording recording = read_recording(kFile);
  const RecordedFrame& frame = recording.frames.at(0);
  BOOST_TEST(frame.loss == 1e20 * -1e25);
  BOOST_TEST(frame.values.at(recording.graph.root) == -std::numeric_limits<float>::max());
}

BOOST_AUTO_TEST_CASE(a_loss_of_several_elements_is_refused) {
  Recorder recorder(kFile, {.every = 1});
  const Tensor x = variable(tensor({1.0, 2.0}));
  const std::string error = error_of<ShapeError>([&] { recorder.frame(0, x * x); });
  BOOST_TEST(error == "[Recorder] loss: got a tensor of shape (2), need one element");
  BOOST_TEST(recorder.frame(0, sum(x * x)));
  BOOST_TEST(read_recording(kFile).frames.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_frame_that_could_not_be_written_leaves_nothing_behind) {
  Recorder recorder(kFile, {.every = 1});
  recorder.frame(0, neuron());
  const std::string good = text_of(kFile);
  // A limit on files cuts the next frame in two.
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit tight{good.size() + 20, before.rlim_max};
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  BOOST_CHECK_THROW(recorder.frame(1, neuron()), IoError);
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, ignored);
  BOOST_TEST(text_of(kFile) == good);
  BOOST_TEST(recorder.frame(1, neuron()));
  BOOST_TEST(read_recording(kFile).frames.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_first_frame_that_could_not_be_written_can_be_another) {
  Recorder recorder(kFile, {.every = 1});
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit tight{text_of(kFile).size() + 20, before.rlim_max};
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  BOOST_CHECK_THROW(recorder.frame(0, neuron()), IoError);
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, ignored);
  BOOST_TEST(recorder.frame(0, chain(3)));
  BOOST_TEST(read_recording(kFile).graph.nodes.size() == chain(3).nodes.size());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_read) {
  BOOST_CHECK_THROW((void)read_recording("/dev/zero"), IoError);
}

BOOST_AUTO_TEST_CASE(numbers_in_a_file_beyond_the_range_of_float_stay_finite) {
  std::string text = small_recording();
  const std::size_t at = text.rfind("\"values\":[") + 10;
  text.replace(at, text.find(',', at) - at, "1e300");
  write(text);
  BOOST_TEST(read_recording(kFile).frames.back().values[0] == std::numeric_limits<float>::max());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
