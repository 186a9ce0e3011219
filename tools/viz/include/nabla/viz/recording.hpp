// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nabla/engine/graph.hpp>
#include <nabla/engine/tensor.hpp>

// A training run as a file: the graph of the first step and, every few steps, a frame with the
// numbers that have changed. The file is text, schema "nabla.frames/1", one JSON document a line: a
// header, the graph as of `to_json`, then frames. Each line is written at once, so that a run that
// is killed loses at most the frame it was writing; such a half line at the end is not read.
// A Recorder owns its file and copies of the handles of the tensors it counts; one thread.
//
//   Recorder recorder("run.ngraph.jsonl", {.every = 10});
//   for (int step = 0; step < steps; ++step) {
//     const Tensor loss = nn::mse(network(x), y);
//     recorder.frame(step, loss);  // before the history goes with the backward sweep
//     ...
//   }
//   write_file("loss.svg", loss_chart(read_recording("run.ngraph.jsonl")));

namespace nabla::viz {

/// How the finite numbers of a tensor lie between the least and the greatest of them, in bins of one
/// width; all are in the first bin if they are equal. No bins if no number is finite.
struct Histogram {
  double lower = 0.0, upper = 0.0;
  std::vector<std::int64_t> counts;

  bool operator==(const Histogram&) const = default;
};

inline constexpr std::size_t kHistogramBins = 24;

/// One moment of a training run: numbers of the nodes of Recording::graph, in its order. A tensor with
/// a NaN among its elements has NaN, else with an infinity inf; finite numbers beyond float's range
/// have its end.
struct RecordedFrame {
  std::int64_t step = 0;
  double loss = 0.0;
  std::vector<float> values;     ///< of a tensor of several elements the 2-norm
  std::vector<float> gradients;  ///< of a tensor of several elements the 2-norm; 0 where none came
  std::vector<Histogram> weights = {};  ///< of the tensors in Recording::weights

  bool operator==(const RecordedFrame&) const = default;
};

struct Recording {
  Graph graph;                        ///< of the first frame
  std::vector<std::string> weights;   ///< names of the tensors whose elements were counted
  std::vector<RecordedFrame> frames;  ///< steps ascend

  bool operator==(const Recording&) const = default;
};

/// A tensor whose elements are counted in each frame.
struct Watched {
  std::string name;
  Tensor tensor;
};

struct RecorderOptions {
  std::int64_t every = 10;            ///< frames of steps that are multiples of this
  std::vector<Watched> weights = {};  ///< their elements are counted
};

class Recorder {
 public:
  /// Replaces the file.
  /// Errors    DomainError if `every` is less than 1; IoError if the file cannot be written
  explicit Recorder(std::filesystem::path path, RecorderOptions options = {});

  /// Writes a frame if it is the turn of `step`.
  /// Returns   whether it was; else nothing was looked at
  /// Errors    DomainError if `step` is not greater than that of the last frame; ShapeError if `loss`
  ///           has not one element; GraphError if the history of `loss` was freed, or its computation
  ///           differs from that of the first frame; IoError if the file cannot be written. Nothing of
  ///           the frame is in the file then, and the next one can be written.
  /// Cost      if it is the turn, that of `capture(loss)`
  bool frame(std::int64_t step, const Value& loss);
  bool frame(std::int64_t step, const Tensor& loss);
  bool frame(std::int64_t step, const Graph& graph);

 private:
  [[nodiscard]] bool is_turn(std::int64_t step) const;
  void write(const std::string& lines);

  std::filesystem::path path_;
  RecorderOptions options_;
  std::ofstream file_;
  Graph first_;  ///< no nodes before the first frame
  std::int64_t last_step_ = 0;
  std::uintmax_t written_bytes_ = 0;
};

/// The recording in a file, or in what another program writes into a pipe.
/// Errors    IoError if there is no such file or it cannot be read; FormatError that names the line if it is no
///           recording of this schema, is large beyond reason, or a frame does not fit the graph
[[nodiscard]] Recording read_recording(const std::filesystem::path& path);

/// Empty if both graphs are the same computation with other numbers, else the first difference.
[[nodiscard]] std::string structural_difference(const Graph& a, const Graph& b);

}  // namespace nabla::viz
