// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/recording.hpp>

#include "frames_schema.hpp"
#include "histogram.hpp"
#include "names.hpp"
#include "text.hpp"
#include "told.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

std::string node_difference(const GraphNode& a, const GraphNode& b) {
  const std::string& a_op = a.op->name;
  const std::string& b_op = b.op->name;
  const std::string& a_name = a.name;
  const std::string& b_name = b.name;
  const std::vector<std::int64_t>& a_shape = a.tensor->shape;
  const std::vector<std::int64_t>& b_shape = b.tensor->shape;
  if (a_op != b_op) {
    return fmt::format("op \"{}\" became \"{}\"", clean_line(a_op), clean_line(b_op));
  }
  if (a_name != b_name) {
    return fmt::format("name \"{}\" became \"{}\"", clean_line(a_name), clean_line(b_name));
  }
  if (a_shape != b_shape) {
    return fmt::format("shape {} became {}", shape_text(a_shape), shape_text(b_shape));
  }
  const bool is_same =
      a.role == b.role && a.scope == b.scope && a.level == b.level && a.is_scalar == b.is_scalar &&
      a.has_gradient == b.has_gradient &&
      static_cast<const std::string&>(a.dtype) == static_cast<const std::string&>(b.dtype);
  return is_same ? "" : "role, scope, dtype or whether a gradient came is another";
}

bool same_ends(const GraphEdge& a, const GraphEdge& b) {
  return a.from == b.from && a.to == b.to && a.slot == b.slot;
}

float number_of(double of_one, const Stats& stats) {
  return narrowed(stats.count > 1 ? told(stats.norm, stats) : of_one);
}

std::string list_of(const std::vector<float>& numbers) {
  std::string text;
  for (const float x : numbers) {
    if (!text.empty()) text += ',';
    if (std::isfinite(x) && x != 0.0F) {
      fmt::format_to(std::back_inserter(text), "{}", x);
    } else {
      text += number_json(static_cast<double>(x));
    }
  }
  return "[" + text + "]";
}

std::string line_of(const RecordedFrame& frame) {
  std::string weights;
  for (const Histogram& histogram : frame.weights) {
    weights += fmt::format(R"({}{{"lower":{},"upper":{},"counts":[{}]}})",
                           weights.empty() ? "" : ",", number_json(histogram.lower),
                           number_json(histogram.upper), fmt::join(histogram.counts, ","));
  }
  return fmt::format(R"({{"step":{},"loss":{},"values":{},"gradients":{},"weights":[{}]}})",
                     frame.step, number_json(frame.loss), list_of(frame.values),
                     list_of(frame.gradients), weights);
}

std::string header_of(const RecorderOptions& options) {
  std::string names;
  for (const Watched& watched : options.weights) {
    names += (names.empty() ? "" : ",") + quote_json(watched.name);
  }
  return fmt::format(R"({{"schema":"{}","weights":[{}]}})", kFramesSchema, names);
}

}  // namespace

std::string structural_difference(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size()) {
    return fmt::format("{} nodes became {}", a.nodes.size(), b.nodes.size());
  }
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const std::string difference = node_difference(a.nodes[i], b.nodes[i]);
    if (!difference.empty()) return fmt::format("node {}: {}", i, difference);
  }
  const auto [at, other] = std::ranges::mismatch(a.edges, b.edges, same_ends);
  if (at != a.edges.end() || other != b.edges.end()) {
    const bool in_a = at != a.edges.end();
    return fmt::format("operands of node {} are others", in_a ? at->to : other->to);
  }
  if (a.scopes != b.scopes) return "scopes are others";
  return a.root == b.root ? "" : "the root is another node";
}

Recorder::Recorder(std::filesystem::path path, RecorderOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (options_.every < 1) {
    throw DomainError(fmt::format("[Recorder] every: got {}, need at least 1", options_.every));
  }
  file_.open(path_, std::ios::binary | std::ios::trunc);
  write(header_of(options_) + '\n');
}

bool Recorder::is_turn(std::int64_t step) const { return step % options_.every == 0; }

bool Recorder::frame(std::int64_t step, const Value& loss) {
  return is_turn(step) && frame(step, capture(loss));
}

bool Recorder::frame(std::int64_t step, const Tensor& loss) {
  return is_turn(step) && frame(step, capture(loss));
}

bool Recorder::frame(std::int64_t step, const Graph& graph) {
  if (!is_turn(step)) return false;
  require_sound(graph, "Recorder");
  const bool is_first = first_.nodes.empty();
  if (step < 0 || (!is_first && step <= last_step_)) {
    throw DomainError(
        fmt::format("[Recorder] step: got {}, need {}", step,
                    is_first ? "no negative one" : fmt::format("one after {}", last_step_)));
  }
  const GraphNode& root = graph.nodes[graph.root];
  if (const std::vector<std::int64_t>& shape = root.tensor->shape;
      !root.is_scalar && root.tensor->value.count != 1) {
    throw ShapeError(fmt::format("[Recorder] loss: got a tensor of shape {}, need one element",
                                 shape_text(shape)));
  }
  std::string lines;
  if (is_first) {
    lines = to_json(graph);
    std::ranges::replace(lines, '\n', ' ');  // in texts they are written "\u000a"
    lines += '\n';
  } else if (const std::string difference = structural_difference(first_, graph);
             !difference.empty()) {
    throw GraphError(fmt::format(
        "[Recorder] step {} computes something else than the first frame: {}; need the same "
        "computation with other numbers",
        step, difference));
  }
  RecordedFrame frame;
  frame.step = step;
  frame.loss = root.value;
  for (const GraphNode& node : graph.nodes) {
    frame.values.push_back(number_of(node.value, node.tensor->value));
    frame.gradients.push_back(number_of(node.gradient, node.tensor->gradient));
  }
  for (const Watched& watched : options_.weights) {
    frame.weights.push_back(histogram_of(watched.tensor.to_vector<double>()));
  }
  write(lines + line_of(frame) + '\n');
  if (is_first) first_ = graph;
  last_step_ = step;
  return true;
}

void Recorder::write(const std::string& lines) {
  file_ << lines << std::flush;
  if (file_) {
    written_bytes_ += lines.size();
    return;
  }
  // Half a line must not stand before the next frame. Closing writes what is left in the buffer.
  file_.close();
  std::error_code is_gone;
  std::filesystem::resize_file(path_, written_bytes_, is_gone);
  file_.clear();
  if (!is_gone) file_.open(path_, std::ios::binary | std::ios::app);
  throw IoError(fmt::format("[Recorder] cannot write \"{}\"", clean_line(path_.string())));
}

}  // namespace nabla::viz
