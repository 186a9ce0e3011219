// SPDX-License-Identifier: MIT
#include <algorithm>
#include <span>
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

struct Story {
  const Graph& graph;
  std::size_t max_steps;
  std::vector<std::string> names;
  std::vector<std::size_t> offsets;

  [[nodiscard]] const std::string& root() const { return names[graph.root]; }
  [[nodiscard]] std::span<const GraphEdge> operands(std::size_t node) const {
    return std::span(graph.edges).subspan(offsets[node], offsets[node + 1] - offsets[node]);
  }
};

std::string tensor_text(const GraphNode& node) {
  const Stats& stats = node.value_stats;
  std::string text = shape_text(node.shape) + " " + node.dtype;
  if (stats.count == 1) return text + "  " + number(node.value);
  text += fmt::format("  mean {}, deviation {}", number(stats.mean, 4), number(stats.deviation, 4));
  if (stats.nans + stats.infinities > 0) {
    text += fmt::format(", {} NaN, {} inf", stats.nans, stats.infinities);
  }
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

std::string forward(const Story& story) {
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
    if (node.op.empty()) {
      table.row({story.names[i], "", "", value, role_text(node.role)});
    } else {
      table.row({story.names[i], "= " + symbolic(story, i), in_numbers(story, i), value});
    }
  }
  std::string text = table.text();
  if (left_out > 0) text += fmt::format("  ... and {} more nodes\n", left_out);
  return text;
}

// The op in its own letters, which are not the names of this graph.
std::string rule_text(const GraphNode& node) {
  if (node.gradient_rule.empty()) return {};
  const std::string formula = node.formula.empty() ? "" : clean_line(node.formula) + ", ";
  return "    (rule: " + formula + clean_line(node.gradient_rule) + ")";
}

// One product of the chain rule, and what the gradient of its operand has grown to.
void tell_edge(const Story& story, const GraphEdge& edge, double& sum, std::size_t visits,
               Table& table) {
  const GraphNode& from = story.graph.nodes[edge.from];
  const GraphNode& to = story.graph.nodes[edge.to];
  const std::string target = derivative(story.root(), story.names[edge.from]) + " +=";
  const std::string arrived = derivative(story.root(), story.names[edge.to]);
  const std::string through = arrived + " through " + (to.op.empty() ? to.symbol : to.op);
  if (!from.is_scalar) {
    table.row({target, through, "", "norm of this part " + number(edge.contribution)});
    return;
  }
  const double before = sum;
  sum += edge.contribution;
  std::string total;
  if (visits > 0) {
    total = fmt::format("running sum {} + {} = {}", number(before), number(edge.contribution),
                        number(sum));
  }
  if (!to.is_scalar) {
    table.row({target, through, "", "= " + number(edge.contribution), total});
    return;
  }
  const std::string local = derivative(story.names[edge.to], story.names[edge.from]);
  table.row({target, arrived + " * " + local,
             fmt::format("= {} * {}", number(to.gradient), number(edge.local)),
             "= " + number(edge.contribution), total});
}

std::string backward(const Story& story) {
  const Graph& graph = story.graph;
  std::vector<double> sums(graph.nodes.size(), 0.0);
  std::vector<std::size_t> visits(graph.nodes.size(), 0);
  Table table(4);
  table.line("  " + derivative(story.root(), story.root()) + " = 1, the start");
  std::uint32_t current = graph.root + 1;
  std::size_t steps = 0;
  for (const std::uint32_t index : graph.backward_order) {
    const GraphEdge& edge = graph.edges[index];
    if (++steps > story.max_steps) break;
    if (edge.to != current) {
      const GraphNode& node = graph.nodes[edge.to];
      std::string head = "  " + story.names[edge.to] + " = " + symbolic(story, edge.to);
      table.line(head + rule_text(node));
      current = edge.to;
    }
    tell_edge(story, edge, sums[edge.from], visits[edge.from]++, table);
  }
  std::string text = table.text();
  if (graph.backward_order.size() > story.max_steps) {
    text +=
        fmt::format("  ... and {} more products\n", graph.backward_order.size() - story.max_steps);
  }
  return text;
}

std::string gradients(const Story& story) {
  Table table(2);
  std::size_t steps = 0;
  for (std::size_t i = 0; i < story.graph.nodes.size(); ++i) {
    const GraphNode& node = story.graph.nodes[i];
    const bool leaf = node.op.empty() && node.role != Role::constant;
    if (!leaf || ++steps > story.max_steps) continue;
    const std::string name = derivative(story.root(), story.names[i]);
    if (!node.has_gradient) {
      table.row({name, "not reached by the sweep"});
    } else if (node.is_scalar) {
      table.row({name, "= " + number(node.gradient)});
    } else {
      table.row({"|" + name + "|", "= " + number(node.gradient_stats.norm)});
    }
  }
  return table.text();
}

std::string section(const std::string& title, const std::string& body, bool markdown) {
  if (body.empty()) return {};
  if (markdown) return "## " + title + "\n\n```text\n" + body + "```\n\n";
  return title + "\n" + body + "\n";
}

}  // namespace

std::string explain(const Graph& graph, const ExplainOptions& options) {
  require_sound(graph, "explain");
  const Story story{graph, options.max_steps, display_names(graph), operand_offsets(graph)};
  std::string text =
      section("Forward: every operation with its numbers", forward(story), options.markdown);
  text += section(fmt::format("Backward: from {} down, what has arrived times the local derivative",
                              story.root()),
                  backward(story), options.markdown);
  text += section(fmt::format("Gradient of {}", story.root()), gradients(story), options.markdown);
  text.erase(text.find_last_not_of('\n') + 1);
  return text + "\n";
}

}  // namespace nabla::viz
