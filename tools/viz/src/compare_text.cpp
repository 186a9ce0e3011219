// SPDX-License-Identifier: MIT
#include "compare_text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nabla/viz/compare.hpp>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz {
namespace {

using namespace detail;

std::string value_text(const GraphNode& node) {
  const Stats& stats = node.tensor->value;
  if (stats.count <= 1) return number(node.value);
  return fmt::format("mean {} norm {}", number(stats.mean), number(stats.norm));
}

std::string gradient_text(const GraphNode& node) {
  if (!node.has_gradient) return "none";
  const Stats& stats = node.tensor->gradient;
  return stats.count <= 1 ? signed_number(node.gradient) : "norm " + number(stats.norm);
}

std::string apart_text(std::string_view what, const std::string& before, const std::string& after,
                       const Apart& apart) {
  if (!apart.differs) return {};
  return fmt::format("{} {} -> {} (relative {})", what, before, after, number(apart.relative, 3));
}

std::string op_text(const GraphNode& node) {
  const std::string& op = node.op->name;
  if (!op.empty()) return clean_line(op);
  return node.role == Role::constant ? "constant" : "input";
}

class Words {
 public:
  Words(const Graph& before, const Graph& after)
      : before_(before),
        after_(after),
        before_names_(display_names(before)),
        after_names_(display_names(after)) {}

  [[nodiscard]] std::string removed(std::size_t i) const {
    return fmt::format("- {}: {}\n", before_names_[i], op_text(before_.nodes[i]));
  }
  [[nodiscard]] std::string added(std::size_t i) const {
    return fmt::format("+ {}: {}\n", after_names_[i], op_text(after_.nodes[i]));
  }
  [[nodiscard]] std::string changed(const NodeChange& change) const {
    return fmt::format("~ {}: {}; {}\n", after_names_[change.after],
                       op_text(after_.nodes[change.after]),
                       change_text(before_, after_, change, before_names_[change.before]));
  }

  [[nodiscard]] const std::string& before(std::size_t i) const { return before_names_[i]; }
  [[nodiscard]] const std::string& after(std::size_t i) const { return after_names_[i]; }

 private:
  const Graph& before_;
  const Graph& after_;
  std::vector<std::string> before_names_, after_names_;
};

std::string apart_json(std::string_view what, const Apart& apart) {
  return apart.differs ? fmt::format(", \"{}\": {}", what, number_json(apart.relative)) : "";
}

// Lists the nodes without partner: [{"node": 3, "name": "w"}, ...].
template <class NameOf>
std::string lonely_json(const std::vector<std::uint32_t>& partners, NameOf name_of) {
  std::string text;
  for (std::size_t i = 0; i < partners.size(); ++i) {
    if (partners[i] != kNoPartner) continue;
    text += fmt::format("{}\n  {{\"node\": {}, \"name\": {}}}", text.empty() ? "" : ",", i,
                        quote_json(name_of(i)));
  }
  return "[" + text + "]";
}

}  // namespace

std::string detail::change_text(const Graph& before, const Graph& after, const NodeChange& change,
                                const std::string& old_name) {
  const GraphNode& a = before.nodes[change.before];
  const GraphNode& b = after.nodes[change.after];
  std::vector<std::string> parts;
  if (!change.structure.empty()) parts.push_back("other " + change.structure);
  if (a.name != b.name) parts.push_back("was " + old_name);
  parts.push_back(apart_text("value", value_text(a), value_text(b), change.value));
  parts.push_back(apart_text("gradient", gradient_text(a), gradient_text(b), change.gradient));
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string comparison_text(const Graph& before, const Graph& after, const Comparison& comparison) {
  if (comparison.is_same()) return fmt::format("the same: {} nodes\n", after.nodes.size());
  const std::size_t kept = after.nodes.size() - comparison.added();
  std::string text = fmt::format("{} added, {} removed, {} changed, {} the same\n",
                                 comparison.added(), comparison.removed(),
                                 comparison.changes.size(), kept - comparison.changes.size());
  const Words words(before, after);
  for (std::size_t i = 0; i < before.nodes.size(); ++i) {
    if (comparison.after_of[i] == kNoPartner) text += words.removed(i);
  }
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    if (comparison.before_of[i] == kNoPartner) text += words.added(i);
  }
  for (const NodeChange& change : comparison.changes) text += words.changed(change);
  return text;
}

std::string comparison_json(const Graph& before, const Graph& after, const Comparison& comparison) {
  const Words words(before, after);
  std::string changes;
  for (const NodeChange& change : comparison.changes) {
    changes += fmt::format("{}\n  {{\"before\": {}, \"after\": {}, \"name\": {}",
                           changes.empty() ? "" : ",", change.before, change.after,
                           quote_json(words.after(change.after)));
    if (!change.structure.empty()) {
      changes += fmt::format(", \"structure\": {}", quote_json(change.structure));
    }
    changes += apart_json("value", change.value) + apart_json("gradient", change.gradient) + "}";
  }
  return fmt::format(
      "{{\"schema\": \"nabla.comparison/1\",\n\"same\": {},\n\"added\": {},\n\"removed\": {},\n"
      "\"changed\": [{}]}}\n",
      comparison.is_same(),
      lonely_json(comparison.before_of, [&](std::size_t i) { return words.after(i); }),
      lonely_json(comparison.after_of, [&](std::size_t i) { return words.before(i); }), changes);
}

}  // namespace nabla::viz
