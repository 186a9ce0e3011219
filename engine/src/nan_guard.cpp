// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/rule.hpp>

namespace nabla::detail {

namespace {

std::string number_text(double x) { return std::isnan(x) ? "nan" : fmt::format("{}", x); }

/// The row-major place of the first element that is not finite.
std::optional<std::size_t> first_non_finite(const std::vector<double>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(numbers[i])) return i;
  return std::nullopt;
}

std::vector<double> numbers_of(const Tensor& x) { return x.to_vector<double>(); }

std::string type_of(const Tensor& x) {
  return fmt::format("{} {}", name_of(x.dtype()), to_string(x.shape()));
}

// "[1, 0]"
std::string place_text(std::size_t place, const Tensor& x) {
  return "[" + indices_at(x.shape(), static_cast<std::int64_t>(place)) + "]";
}

// What is known of an operand: its number at the same place, or whether it is finite.
std::string operand_text(std::size_t index, const Tensor& x, const Shape& shape,
                         std::size_t place) {
  if (!is_floating(x.dtype())) return fmt::format("; operand {} is {}", index, type_of(x));
  const std::vector<double> numbers = numbers_of(x);
  if (x.shape() == shape)
    return fmt::format("; operand {} is {} there", index, number_text(numbers[place]));
  const auto found = first_non_finite(numbers);
  const std::string state =
      found ? fmt::format("has {} at {}", number_text(numbers[*found]), place_text(*found, x))
            : std::string("is finite");
  return fmt::format("; operand {}, {}, {}", index, type_of(x), state);
}

std::string scope_text(std::uint32_t scope) {
  const std::string path = scope_path(scope, true);
  return path.empty() ? path : (scope_path(scope).empty() ? "; at " : "; in scope ") + path;
}

}  // namespace

void look_at(const Rule& rule, const Tensor& result, std::span<const Tensor* const> operands) {
  if (!is_floating(result.dtype())) return;
  const std::vector<double> numbers = numbers_of(result);
  const auto found = first_non_finite(numbers);
  if (!found) return;
  std::string text =
      fmt::format("[{}] non-finite result: got {} at {} of {}", rule.info->name,
                  number_text(numbers[*found]), place_text(*found, result), type_of(result));
  for (std::size_t i = 0; i < operands.size(); ++i)
    text += operand_text(i, *operands[i], result.shape(), *found);
  throw DomainError(text + scope_text(current_entry()));
}

void look_at_contribution(const Node& node, int operand, const Tensor& contribution,
                          const Tensor& gradient) {
  const std::vector<double> numbers = numbers_of(contribution);
  const auto found = first_non_finite(numbers);
  if (!found) return;
  const auto arrived = first_non_finite(numbers_of(gradient));
  throw DomainError(fmt::format(
      "[{}] non-finite gradient: got {} at {} of that of operand {}, {}; the gradient of its "
      "result, {}, is {}; operation {}{}",
      node.rule->info->name, number_text(numbers[*found]), place_text(*found, contribution),
      operand, type_of(contribution), type_of(gradient), arrived ? "not finite either" : "finite",
      node.sequence, scope_text(node.scope)));
}

void look_at_values(const Value& y) {
  const Graph graph = capture(y);
  const auto text_of = [&](const GraphNode& node) {
    return node.name.empty() ? number_text(node.value)
                             : fmt::format("{} = {}", node.name, number_text(node.value));
  };
  const auto scope_of = [&](std::uint32_t scope) {
    std::string path;
    for (; scope != 0; scope = graph.scopes[scope].parent)
      path = graph.scopes[scope].name + (path.empty() ? "" : "/") + path;
    return path.empty() ? path : "; in scope " + path;
  };
  std::size_t edge = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    std::string operands;
    for (; edge < graph.edges.size() && graph.edges[edge].to == i; ++edge)
      operands += (operands.empty() ? " of " : ", ") + text_of(graph.nodes[graph.edges[edge].from]);
    if (!node.is_scalar || std::isfinite(node.value)) continue;
    throw DomainError(fmt::format("[{}] non-finite result: got {}{}{}",
                                  node.op.empty() ? "variable" : node.op->name, text_of(node),
                                  operands, scope_of(node.scope)));
  }
  for (const std::uint32_t place : graph.backward_order) {
    const GraphEdge& to = graph.edges[place];
    const GraphNode &node = graph.nodes[to.to], &operand = graph.nodes[to.from];
    if (!node.is_scalar || std::isfinite(to.contribution)) continue;
    throw DomainError(
        fmt::format("[{}] non-finite gradient: got {} for operand {}, {}; the gradient of its "
                    "result {} is {}{}",
                    node.op->name, number_text(to.contribution), to.slot, text_of(operand),
                    text_of(node), number_text(node.gradient), scope_of(node.scope)));
  }
}

}  // namespace nabla::detail
