// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/diagnose.hpp>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

// |grad| of a Value, or of an element of a tensor.
double size_of(const GraphNode& node) {
  const double size = gradient_size(node);
  if (node.is_scalar) return size;
  const Stats& stats = node.tensor->gradient;
  const std::int64_t finite = stats.count - stats.nans - stats.infinities;
  return finite > 1 ? size / std::sqrt(static_cast<double>(finite)) : size;
}

Finding finding(Trouble trouble, const Graph& graph, const std::vector<std::string>& names,
                std::uint32_t i, const std::string& what) {
  const Shared<GraphOp>& op = graph.nodes[i].op;
  const std::string made = op.empty() ? "" : ", made by " + clean_line(op->name, 40);
  return {trouble, i, fmt::format("{}: {}{}{}", name_of(trouble), names[i], made, what)};
}

class Diagnosis {
 public:
  Diagnosis(const Graph& graph, const DiagnoseOptions& options)
      : graph_(graph), options_(options), names_(display_names(graph)) {
    find_median(Role::parameter);
    if (median_ == 0) find_median(Role::input);
    is_blocked_ = std::ranges::all_of(graph.nodes, [](const GraphNode& node) {
      return !node.op.empty() || !node.has_gradient || gradient_size(node) == 0;
    });
    is_used_.assign(graph.nodes.size(), false);
    for (const GraphEdge& edge : graph.edges) is_used_[edge.from] = true;
  }

  std::vector<Finding> operator()() {
    find_non_finite();
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      check_size(i);
      check_activation(i);
      check_use(i);
    }
    std::ranges::stable_sort(findings_, {}, &Finding::trouble);
    return std::move(findings_);
  }

 private:
  void find_median(Role role) {
    std::vector<double> sizes;
    for (const GraphNode& node : graph_.nodes) {
      const double size = size_of(node);
      if (node.role == role && node.has_gradient && std::isfinite(size)) sizes.push_back(size);
    }
    if (sizes.empty()) return;
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    median_ = *middle;
  }

  void add(Trouble trouble, std::uint32_t i, const std::string& what) {
    findings_.push_back(finding(trouble, graph_, names_, i, what));
  }

  // Forward, what went wrong first comes first; of gradients, what is closest to the root.
  void find_non_finite() {
    for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i)
      if (is_bad(graph_.nodes[i].value, graph_.nodes[i].tensor->value))
        add(Trouble::non_finite, i, ", its value" + too_few_for(i));
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      const GraphNode& node = graph_.nodes[i];
      if (node.has_gradient && is_bad(node.gradient, node.tensor->gradient))
        add(Trouble::non_finite, static_cast<std::uint32_t>(i),
            ", its gradient" + brought_by(static_cast<std::uint32_t>(i)));
    }
  }
  // ", of 1 number each, ...": var and std of finite numbers are NaN if their correction leaves none.
  [[nodiscard]] std::string too_few_for(std::uint32_t node) const {
    const GraphNode& spread = graph_.nodes[node];
    const auto [results, nans] = std::pair(spread.tensor->value.count, spread.tensor->value.nans);
    const bool is_spread = spread.op->name == "var" || spread.op->name == "std";
    const bool is_nan = results == 1 ? std::isnan(spread.value) : results > 0 && nans == results;
    if (!is_spread || spread.is_scalar || !is_nan) return {};
    for (const GraphEdge& edge : graph_.edges) {
      const Stats& numbers = graph_.nodes[edge.from].tensor->value;
      if (edge.to != node || is_bad(graph_.nodes[edge.from].value, numbers)) continue;
      return fmt::format(", of {} number{} each, which its correction takes away",
                         numbers.count / results, numbers.count == results ? "" : "s");
    }
    return {};
  }
  // ", brought by sqrt, operand 0": the first product of the sweep that is not finite, if one is.
  [[nodiscard]] std::string brought_by(std::uint32_t node) const {
    for (const std::uint32_t index : graph_.backward_order) {
      const GraphEdge& edge = graph_.edges[index];
      const bool is_finite = std::isfinite(edge.contribution) &&
                             std::ranges::all_of(graph_.samples[edge.samples],
                                                 [](double x) { return std::isfinite(x); });
      if (edge.from != node || is_finite) continue;
      const GraphNode& to = graph_.nodes[edge.to];
      return fmt::format(", brought by {}, operand {}{}",
                         clean_line(to.op.empty() ? to.op->symbol : to.op->name, 40), edge.slot,
                         alike_in(edge));
    }
    return {};
  }
  // ", two of whose values are equal ...": the vectors of eigh and svd have no gradient there. Told of the
  // first matrix, as far as its values are among the samples.
  [[nodiscard]] std::string alike_in(const GraphEdge& edge) const {
    const GraphNode& factors = graph_.nodes[edge.to];
    const std::vector<std::int64_t>&shape = factors.tensor->shape,
          &of_matrix = graph_.nodes[edge.from].tensor->shape;
    const bool is_svd = factors.op->name == "svd";
    if ((!is_svd && factors.op->name != "eigh") || shape.size() < 2 || of_matrix.size() < 2)
      return {};
    // The values are a row: of eigh the first, of svd the one below U.
    std::span<const double> values = factors.tensor->value.samples;
    const auto count = static_cast<std::size_t>(shape.back());
    const auto above = static_cast<std::size_t>(is_svd ? of_matrix.end()[-2] : 0);
    if (above > values.size() || above * count >= values.size()) return {};
    values = values.subspan(above * count);
    values = values.first(std::min(count, values.size()));
    double sum = 0;
    for (const double value : values) sum += std::abs(value);
    const double rounding = sum * static_cast<double>(values.size()) * 0x1p-52;
    const auto are_alike = [rounding](double a, double b) { return std::abs(a - b) <= rounding; };
    if (std::ranges::adjacent_find(values, are_alike) != values.end())
      return ", two of whose values are equal but for rounding";
    if (is_svd && std::ranges::any_of(values, [&](double s) { return are_alike(s, 0); }))
      return ", one of whose values is 0 but for rounding";
    return {};
  }

  void check_size(std::uint32_t i) {
    const GraphNode& node = graph_.nodes[i];
    const double size = size_of(node);
    if (!node.has_gradient || !std::isfinite(size)) return;
    const bool is_one = node.is_scalar || node.tensor->gradient.count == 1;
    const auto beside = [&] {
      return fmt::format(", |grad| {}{}; the median is {}", number(size, 3),
                         is_one ? "" : " an element", number(median_, 3));
    };
    // The sweep starts with 1, which is much beside parameters of little effect: an operation's
    // gradient has exploded if it has grown on the way.
    const double usual = node.op.empty() ? median_ : std::max(median_, 1.0);
    if (median_ > 0 && size > options_.exploding * usual) add(Trouble::exploding, i, beside());
    if (median_ > 0 && size > 0 && size < options_.vanished * median_)
      return add(Trouble::vanished, i, beside());
    const Stats& stats = node.tensor->gradient;
    const auto zeros = static_cast<double>(stats.zeros), count = static_cast<double>(stats.count);
    if (!node.is_scalar && stats.count > 1 && zeros > options_.zeros * count)
      add(Trouble::vanished, i,
          fmt::format(", {} of {} elements of its gradient are 0", stats.zeros, stats.count));
  }

  void check_activation(std::uint32_t i) {
    const GraphNode& node = graph_.nodes[i];
    if (node.op->name == "relu") {
      const Stats& stats = node.tensor->value;
      const bool is_one = node.is_scalar || stats.count == 1;
      const double most = node.is_scalar ? node.value : stats.max;
      if (most <= 0 && (is_blocked_ || !is_one) && !is_bad(node.value, stats))
        add(Trouble::dead, i,
            is_one ? ", gives 0, and no gradient gets through" : ", gives 0 only");
      return;
    }
    const bool is_tanh = node.op->name == "tanh";
    if (!is_tanh && node.op->name != "sigmoid") return;
    // 1 - y^2 and y - y^2; their mean follows from the moments.
    const Stats& stats = node.tensor->value;
    const bool is_number = node.is_scalar || stats.count == 1;
    const double mean = is_number ? node.value : stats.mean;
    const double square =
        is_number ? mean * mean : stats.mean * stats.mean + stats.deviation * stats.deviation;
    const double slope = (is_tanh ? 1 : mean) - square;
    if (slope < options_.saturated)
      add(Trouble::saturated, i, fmt::format(", slope {}", number(std::max(slope, 0.0), 3)));
  }

  void check_use(std::uint32_t i) {
    const GraphNode& node = graph_.nodes[i];
    if (!is_used_[i] && i != graph_.root && node.role == Role::parameter)
      add(Trouble::detached, i, ", " + names_[graph_.root] + " does not depend on it");
    else if (!is_used_[i] && i != graph_.root)
      add(Trouble::unused, i, "");
    else if (node.requires_grad && !node.has_gradient && node.op.empty())
      add(Trouble::detached, i, ", no gradient reaches it");
  }

  const Graph& graph_;
  const DiagnoseOptions& options_;
  std::vector<std::string> names_;
  std::vector<bool> is_used_;
  bool is_blocked_ = false;  ///< no leaf has a gradient but 0
  double median_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

const char* name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::non_finite:
      return "NaN or inf";
    case Trouble::exploding:
      return "exploding";
    case Trouble::vanished:
      return "vanished";
    case Trouble::dead:
      return "dead";
    case Trouble::saturated:
      return "saturated";
    case Trouble::detached:
      return "detached";
    default:
      return "unused";
  }
}

std::vector<Finding> diagnose(const Graph& graph, const DiagnoseOptions& options) {
  require_sound(graph, "diagnose");
  for (const double threshold :
       {options.exploding, options.vanished, options.zeros, options.saturated})
    if (!(threshold >= 0.0))
      throw DomainError(
          fmt::format("[diagnose] threshold: got {:g}, need a number from 0", threshold));
  return Diagnosis(graph, options)();
}

std::vector<Finding> diagnose(const Recording& recording, const DiagnoseOptions& options) {
  const Graph& graph = recording.graph;
  std::vector<Finding> findings = diagnose(graph, options);
  std::erase_if(findings, [](const Finding& each) {
    return each.trouble == Trouble::non_finite || each.trouble == Trouble::dead;
  });
  const std::vector<std::string> names = display_names(graph);
  const std::vector<RecordedFrame>& frames = recording.frames;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const bool gives_0 = std::ranges::all_of(
        frames, [i](const RecordedFrame& frame) { return frame.values[i] == 0; });
    if (graph.nodes[i].op->name == "relu" && !frames.empty() && gives_0)
      findings.push_back(finding(Trouble::dead, graph, names, i,
                                 fmt::format(", gives 0 only in all {} frames", frames.size())));
  }
  for (const RecordedFrame& frame : frames) {
    const auto first_in = [](const std::vector<float>& numbers) {
      return std::ranges::find_if(numbers, [](float x) { return !std::isfinite(x); }) -
             numbers.begin();
    };
    const auto count = static_cast<std::ptrdiff_t>(graph.nodes.size());
    const bool is_value = first_in(frame.values) < count;
    const auto node = first_in(is_value ? frame.values : frame.gradients);
    if (node == count) continue;
    findings.push_back(finding(
        Trouble::non_finite, graph, names, static_cast<std::uint32_t>(node),
        fmt::format(", its {}, from step {} on", is_value ? "value" : "gradient", frame.step)));
    break;
  }
  std::ranges::stable_sort(findings, {}, &Finding::trouble);
  return findings;
}

}  // namespace nabla::viz
