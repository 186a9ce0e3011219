// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <nabla/viz/explain.hpp>

#include "names.hpp"
#include "table.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

constexpr std::size_t kMaxOperands = 6;
constexpr std::int64_t kMaxElements = 8;  // of a tensor that is written out
constexpr std::size_t kMaxOpCells = 40;

struct Story {
  const Graph& graph;
  std::size_t max_steps;
  std::vector<std::string> names;
  std::vector<std::size_t> offsets;
  std::string root_in_titles;

  [[nodiscard]] const std::string& root() const { return names[graph.root]; }
  [[nodiscard]] std::span<const GraphEdge> operands(std::size_t node) const {
    return std::span(graph.edges).subspan(offsets[node], offsets[node + 1] - offsets[node]);
  }
};

// True if these are all elements of the tensor and they are few. A file may say otherwise in its shape.
bool is_small(const GraphNode& node, const std::vector<double>& elements) {
  const std::int64_t count = node.tensor->value.count;
  if (count > kMaxElements || static_cast<std::int64_t>(elements.size()) != count) return false;
  std::int64_t numel = 1;
  for (const std::int64_t extent : node.tensor->shape) {
    if (extent > kMaxElements) return false;
    numel *= extent;
  }
  return numel == count;
}

// A tensor's gradient, or a part of it: the elements if they are few, else their norm.
std::string gradient_text(const GraphNode& node, const std::vector<double>& elements,
                          const std::string& prefix, double norm) {
  if (is_small(node, elements)) return "= " + elements_text(elements, node.tensor->shape);
  return prefix + number(norm);
}

std::string tensor_text(const GraphNode& node) {
  const Stats& stats = node.tensor->value;
  std::string text = shape_text(node.tensor->shape) + " " + clean_line(node.dtype);
  if (stats.count == 1) return text + "  " + number(node.value);
  if (is_small(node, stats.samples))
    return text + "  " + elements_text(stats.samples, node.tensor->shape);
  if (!has_finite(stats)) return text + "  " + bad_elements(stats);
  text += fmt::format("  mean {}, deviation {}", number(stats.mean, 4), number(stats.deviation, 4));
  if (const std::string bad = bad_elements(stats); !bad.empty()) text += ", " + bad;
  return text;
}

std::string value_text(const GraphNode& node) {
  return node.is_scalar ? number(node.value) : tensor_text(node);
}

// The op applied to what `word` says of each operand.
template <class Word>
std::string applied_to(const Story& story, std::size_t index, Word word) {
  std::vector<std::string> words;
  for (const GraphEdge& edge : story.operands(index)) {
    if (words.size() == kMaxOperands) {
      words.emplace_back("...");
      break;
    }
    words.push_back(word(edge.from));
  }
  return applied(story.graph.nodes[index], words);
}

std::string symbolic(const Story& story, std::size_t index) {
  return applied_to(story, index, [&](std::uint32_t from) { return story.names[from]; });
}

std::string in_numbers(const Story& story, std::size_t index) {
  const std::span<const GraphEdge> edges = story.operands(index);
  const bool scalars = std::all_of(edges.begin(), edges.end(), [&](const GraphEdge& edge) {
    return story.graph.nodes[edge.from].is_scalar;
  });
  if (!scalars) return {};
  return "= " + applied_to(story, index, [&](std::uint32_t from) {
           return number(story.graph.nodes[from].value);
         });
}

std::string role_text(Role role) {
  switch (role) {
    case Role::input:
      return "input";
    case Role::parameter:
      return "parameter";
    case Role::constant:
      return "constant";
    default:
      return "";
  }
}

// That a table was cut.
std::string cut_text(const Story& story, std::size_t left_out, std::string_view what) {
  if (left_out == 0) return {};
  return fmt::format("... and {} more{} (max_steps {})", left_out, what, story.max_steps);
}

// A table with its title, and how many rows it is short of.
struct Section {
  std::string title;
  std::vector<std::string> headings;  ///< of the columns, in Markdown
  Table table;
  std::string more = {};
};

Section forward(const Story& story) {
  Table table(2);
  std::size_t steps = 0, left_out = 0;
  for (std::size_t i = 0; i < story.graph.nodes.size(); ++i) {
    const GraphNode& node = story.graph.nodes[i];
    if (is_plain_number(node) && i != story.graph.root) continue;
    if (++steps > story.max_steps) {
      ++left_out;
      continue;
    }
    const std::string value = "= " + value_text(node);
    const std::string remark =
        node.notes->remark.empty() ? "" : "! " + clean_line(node.notes->remark);
    if (node.op.empty()) {
      table.row({story.names[i], "", "", value, role_text(node.role), remark});
    } else {
      table.row(
          {story.names[i], "= " + symbolic(story, i), in_numbers(story, i), value, "", remark});
    }
  }
  return {.title = "Forward: every operation with its numbers",
          .headings = {"node", "operation", "in numbers", "value", "role", "remark"},
          .table = std::move(table),
          .more = cut_text(story, left_out, " nodes")};
}

// The op in its own letters, which are not the names of this graph.
std::string rule_text(const GraphNode& node) {
  if (node.op->gradient_rule.empty()) return {};
  const std::string formula = node.op->formula.empty() ? "" : clean_line(node.op->formula) + ", ";
  return "(rule: " + formula + clean_line(node.op->gradient_rule) + ")";
}

// How far the gradient of a node has grown.
struct Sum {
  std::vector<double> elements;  // empty as long as they are not known
  std::size_t done = 0, parts = 0;
};

// Adds a part; gives the words for what it makes together with the parts before.
std::string grow(Sum& sum, const GraphNode& node, const std::vector<double>& part) {
  const std::vector<double> before = sum.elements;
  sum.elements.resize(part.size(), 0.0);
  for (std::size_t i = 0; i < part.size(); ++i) sum.elements[i] += part[i];
  if (++sum.done == 1) return {};
  if (part.size() == 1) {
    return fmt::format("running sum {} + {} = {}", number(before[0]), number(part[0]),
                       number(sum.elements[0]));
  }
  if (is_small(node, part)) return "running sum " + elements_text(sum.elements, node.tensor->shape);
  if (sum.done < sum.parts || !node.has_gradient) return {};
  return fmt::format("norm of all {} parts {}", sum.parts, number(node.tensor->gradient.norm));
}

// One product of the chain rule, and what the gradient of its operand has grown to.
void tell_edge(const Story& story, const GraphEdge& edge, Sum& sum, Table& table) {
  const GraphNode& from = story.graph.nodes[edge.from];
  const GraphNode& to = story.graph.nodes[edge.to];
  const std::string target = derivative(story.root(), story.names[edge.from]) + " +=";
  const std::string arrived = derivative(story.root(), story.names[edge.to]);
  const bool one = from.is_scalar || from.tensor->value.count == 1;
  const std::vector<double> part =
      one ? std::vector{edge.contribution} : story.graph.samples[edge.samples];
  const std::string total = grow(sum, from, part);
  if (from.is_scalar && to.is_scalar) {
    const std::string local = derivative(story.names[edge.to], story.names[edge.from]);
    table.row({target, arrived + " * " + local,
               fmt::format("= {} * {}", number(to.gradient), number(edge.local)),
               "= " + number(edge.contribution), total});
    return;
  }
  const std::string through =
      arrived + " through " + clean_line(to.op.empty() ? to.op->symbol : to.op->name, kMaxOpCells);
  const std::string amount =
      one ? "= " + number(edge.contribution)
          : gradient_text(from, part, "norm of this part ", edge.contribution);
  table.row({target, through, "", amount, total});
}

// The operation, its rule and, of a tensor, what has arrived.
void tell_node(const Story& story, std::uint32_t index, Table& table) {
  const GraphNode& node = story.graph.nodes[index];
  table.line("  " + story.names[index] + " = " + symbolic(story, index), rule_text(node));
  if (node.is_scalar || index == story.graph.root) return;
  table.line(
      "    " + derivative(story.root(), story.names[index]) + " has arrived " +
      gradient_text(node, node.tensor->gradient.samples, "norm ", node.tensor->gradient.norm));
}

Section backward(const Story& story) {
  const Graph& graph = story.graph;
  std::vector<Sum> sums(graph.nodes.size());
  for (const std::uint32_t index : graph.backward_order) ++sums[graph.edges[index].from].parts;
  Table table(4);
  table.line("  " + derivative(story.root(), story.root()) + " = 1, the start");
  std::uint32_t current = graph.root + 1;
  std::size_t steps = 0;
  for (const std::uint32_t index : graph.backward_order) {
    const GraphEdge& edge = graph.edges[index];
    if (++steps > story.max_steps) break;
    if (edge.to != current) tell_node(story, edge.to, table);
    current = edge.to;
    tell_edge(story, edge, sums[edge.from], table);
  }
  const std::size_t all = graph.backward_order.size();
  return {
      .title = fmt::format("Backward: from {} down, what has arrived times the local derivative",
                           story.root_in_titles),
      .headings = {"gradient", "product", "in numbers", "adds", "so far"},
      .table = std::move(table),
      .more = cut_text(story, all - std::min(all, story.max_steps), " products")};
}

Section gradients(const Story& story) {
  Table table(2);
  std::size_t steps = 0, left_out = 0;
  for (std::size_t i = 0; i < story.graph.nodes.size(); ++i) {
    const GraphNode& node = story.graph.nodes[i];
    const bool leaf = node.op.empty() && node.role != Role::constant;
    if (!leaf) continue;
    if (++steps > story.max_steps) {
      ++left_out;
      continue;
    }
    const std::string name = derivative(story.root(), story.names[i]);
    if (!node.has_gradient) {
      table.row({name, "not reached by the sweep"});
    } else if (node.is_scalar) {
      table.row({name, "= " + number(node.gradient)});
    } else {
      const bool small = is_small(node, node.tensor->gradient.samples);
      table.row({small ? name : "|" + name + "|", gradient_text(node, node.tensor->gradient.samples,
                                                                "= ", node.tensor->gradient.norm)});
    }
  }
  return {.title = fmt::format("Gradient of {}", story.root_in_titles),
          .headings = {"gradient", "value"},
          .table = std::move(table),
          .more = cut_text(story, left_out, "")};
}

std::string text_of(const Section& section) {
  const std::string body = section.table.text();
  const std::string more = section.more.empty() ? "" : "  " + section.more + "\n";
  return body.empty() ? std::string() : section.title + "\n" + body + more + "\n";
}

std::string markdown_of(const Section& section) {
  if (section.table.text().empty()) return {};
  const std::string more = section.more.empty() ? "" : "\n" + section.more + "\n";
  return "## " + section.title + "\n\n" + section.table.markdown(section.headings) + more + "\n";
}

}  // namespace

std::string explain(const Graph& graph, const ExplainOptions& options) {
  require_sound(graph, "explain");
  const std::size_t max_steps =
      options.max_steps == 0 ? std::numeric_limits<std::size_t>::max() : options.max_steps;
  Story story{graph, max_steps, display_names(graph), operand_offsets(graph), {}};
  story.root_in_titles = options.markdown ? escape_markdown(story.root()) : story.root();
  std::string text;
  for (const Section& section : {forward(story), backward(story), gradients(story)})
    text += options.markdown ? markdown_of(section) : text_of(section);
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

}  // namespace nabla::viz
