// SPDX-License-Identifier: MIT
#include "grouping.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>

#include "names.hpp"
#include "text.hpp"

namespace nabla::viz::detail {
namespace {

// "neuron12", "neuron[12]" and "neuron_12" are all neurons.
std::string stem(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789[]()_.:#- ");
  return std::string(last == std::string_view::npos ? name : name.substr(0, last + 1));
}

std::uint32_t common_ancestor(const Scopes& scopes, std::uint32_t a, std::uint32_t b) {
  while (a != b) {
    std::uint32_t& deeper = scopes.depth[a] >= scopes.depth[b] ? a : b;
    deeper = scopes.parent[deeper];
  }
  return a;
}

struct Users {
  std::uint32_t scope = kNoBox;  ///< innermost scope that holds them all; kNoBox without users
  bool scattered = false;        ///< they stand in different scopes
};

std::vector<Users> find_users(const Graph& graph, const Scopes& scopes) {
  std::vector<Users> users(graph.nodes.size());
  for (const GraphEdge& edge : graph.edges) {
    // In another lane it is drawn for itself.
    if (graph.nodes[edge.from].level != graph.nodes[edge.to].level) continue;
    Users& of = users[edge.from];
    const std::uint32_t user = scopes.home[edge.to];
    of.scattered = of.scattered || (of.scope != kNoBox && of.scope != user);
    of.scope = of.scope == kNoBox ? user : common_ancestor(scopes, of.scope, user);
  }
  return users;
}

// What was made outside but belongs inside. An input with users in several scopes is data that
// comes from outside; with users in one scope it is most likely a weight.
bool belongs_to_users(const GraphNode& node, const Users& users) {
  switch (node.role) {
    case Role::parameter:
      return true;
    case Role::input:
      return !users.scattered;
    case Role::constant:
      return node.name.empty();
    default:
      return false;
  }
}

struct Group {
  std::uint32_t scope = 0;
  std::size_t nodes = 0;
  Key signature = 0;
};

// The collapsed scopes and what each consists of; the sum makes the signature independent of order.
std::map<std::uint32_t, Group> find_groups(const Graph& graph, const Scopes& scopes,
                                           const std::vector<bool>& folded,
                                           const std::vector<std::uint32_t>& closed) {
  std::map<std::uint32_t, Group> groups;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    const std::uint32_t scope = closed[scopes.home[i]];
    if (scope == kNoBox || folded[i] || i == graph.root) continue;
    Group& group = groups[scope];
    group.scope = scope;
    ++group.nodes;
    const GraphNode& node = graph.nodes[i];
    group.signature += mix(text_key(node.op->name), static_cast<Key>(node.role));
  }
  return groups;
}

// Gradients of the nodes of one box.
struct Sizes {
  std::vector<double> all;  // finite ones
  std::vector<std::vector<double>> of_sibling;
  std::vector<bool> is_bad;  // by sibling
};

double median_of(std::vector<double>& sizes) {
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

void summarize(Sizes& sizes, Box& box) {
  for (std::size_t part = 0; part < sizes.of_sibling.size(); ++part) {
    std::vector<double>& of = sizes.of_sibling[part];
    box.siblings.push_back(sizes.is_bad[part] ? HUGE_VAL : of.empty() ? -1.0 : median_of(of));
  }
  if (sizes.all.empty()) return;
  box.has_gradient = true;
  box.median_gradient = median_of(sizes.all);
  const auto [least, greatest] = std::ranges::minmax(sizes.all);
  box.min_gradient = least;
  box.max_gradient = greatest;
}

}  // namespace

Key mix(Key a, Key b) {
  Key h = a ^ (b + 0x9E3779B97F4A7C15ULL + (a << 6) + (a >> 2));
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ULL;
  return h ^ (h >> 27);
}

Key text_key(std::string_view text) {
  Key h = 0xCBF29CE484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return h;
}

Partition from_labels(const Graph& graph, const std::vector<std::uint32_t>& label,
                      std::vector<std::uint32_t> part_of, const std::vector<Box>& boxes) {
  std::vector<std::uint32_t> last(boxes.size(), kNoBox);
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (label[i] != kNoBox) last[label[i]] = i;
  }
  std::vector<std::uint32_t> rank(boxes.size(), kNoBox);
  Partition result;
  result.part_of = std::move(part_of);
  result.box_of.assign(graph.nodes.size(), kNoBox);
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (label[i] == kNoBox || last[label[i]] != i) continue;
    rank[label[i]] = static_cast<std::uint32_t>(result.boxes.size());
    result.boxes.push_back(boxes[label[i]]);
    result.boxes.back().node = i;
    result.boxes.back().level = graph.nodes[i].level;
  }
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (label[i] != kNoBox) result.box_of[i] = rank[label[i]];
  }
  return result;
}

std::uint32_t Scopes::at_level(std::uint32_t scope, std::size_t level) const {
  while (depth[scope] > level) scope = parent[scope];
  return scope;
}

Scopes place_nodes(const Graph& graph) {
  Scopes scopes;
  const std::size_t count = std::max<std::size_t>(graph.scopes.size(), 1);
  scopes.depth.assign(count, 0);
  scopes.parent.assign(count, 0);
  // A scope below the deepest frame is represented by the frame above it.
  std::vector<std::uint32_t> frame(count, 0);
  for (std::uint32_t i = 1; i < count; ++i) {
    const std::uint32_t parent = frame[graph.scopes[i].parent];
    const bool too_deep = scopes.depth[parent] == kMaxFrameDepth;
    frame[i] = too_deep ? parent : i;
    scopes.parent[i] = parent;
    scopes.depth[i] = scopes.depth[parent] + 1;
  }
  scopes.home.reserve(graph.nodes.size());
  for (const GraphNode& node : graph.nodes) scopes.home.push_back(frame[node.scope]);
  const std::vector<Users> users = find_users(graph, scopes);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::uint32_t scope = users[i].scope, home = scopes.home[i];
    const bool above = scope != kNoBox && scopes.at_level(scope, scopes.depth[home]) == home;
    if (above && belongs_to_users(graph.nodes[i], users[i])) scopes.home[i] = scope;
    scopes.deepest = std::max<std::size_t>(scopes.deepest, scopes.depth[scopes.home[i]]);
  }
  return scopes;
}

std::vector<bool> folded_constants(const Graph& graph) {
  std::vector<bool> used(graph.nodes.size(), false);
  for (const GraphEdge& edge : graph.edges) used[edge.from] = true;
  std::vector<bool> folded(graph.nodes.size(), false);
  for (std::size_t i = 0; i < folded.size(); ++i) {
    folded[i] = used[i] && i != graph.root && is_plain_number(graph.nodes[i]);
  }
  const std::vector<std::size_t> offsets = operand_offsets(graph);
  for (const GraphEdge& edge : graph.edges) {
    if (offsets[edge.to + 1] - offsets[edge.to] > kLabelOperands) folded[edge.from] = false;
  }
  return folded;
}

Partition collapse(const Graph& graph, const Scopes& scopes, const std::vector<bool>& folded,
                   const std::vector<std::uint32_t>& closed) {
  const std::map<std::uint32_t, Group> groups = find_groups(graph, scopes, folded, closed);
  using Kin = std::tuple<std::uint32_t, std::string, std::size_t, Key>;
  // All scopes of a level but the root have nodes of that alone.
  std::vector<std::uint32_t> level(graph.scopes.size(), 1);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (closed[scopes.home[i]] != kNoBox) level[closed[scopes.home[i]]] = graph.nodes[i].level;
  const auto kin_of = [&](const Group& group) {
    return Kin{scopes.parent[group.scope], stem(graph.scopes[group.scope].name), group.nodes,
               mix(group.signature, level[group.scope])};
  };
  std::map<Kin, std::size_t> kin;
  for (const auto& [scope, group] : groups) ++kin[kin_of(group)];

  std::vector<Box> boxes;
  std::map<Kin, std::uint32_t> kin_box;
  std::unordered_map<std::uint32_t, std::uint32_t> scope_box, scope_part;
  std::map<Kin, std::uint32_t> next_part;
  for (const auto& [scope, group] : groups) {
    if (group.nodes < 2) continue;  // a box around one node would only hide it
    const Kin key = kin_of(group);
    const std::size_t repeat = kin[key] >= kMinRepeats ? kin[key] : 1;
    scope_part[scope] = repeat > 1 ? next_part[key]++ : 0;
    if (repeat > 1 && kin_box.contains(key)) {
      scope_box[scope] = kin_box[key];
      continue;
    }
    scope_box[scope] = kin_box[key] = static_cast<std::uint32_t>(boxes.size());
    const std::string& name = graph.scopes[scope].name;
    boxes.push_back({.kind = Box::Kind::group,
                     .scope = scopes.parent[scope],
                     .title = repeat > 1 ? std::get<1>(key) : name,
                     .repeat = repeat});
  }
  std::vector<std::uint32_t> label(graph.nodes.size(), kNoBox), part(label.size(), 0);
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (folded[i]) continue;
    const std::uint32_t scope = closed[scopes.home[i]];
    const auto found = scope_box.find(scope);
    if (found != scope_box.end() && i != graph.root) {
      label[i] = found->second;
      part[i] = scope_part.at(scope);
    } else {
      label[i] = static_cast<std::uint32_t>(boxes.size());
      boxes.emplace_back().scope = scope == kNoBox ? scopes.home[i] : scopes.parent[scope];
    }
  }
  return from_labels(graph, label, std::move(part), boxes);
}

Partition merge_leaves(const Graph& graph, const Partition& partition, std::size_t min_members) {
  // Users of a box as a sum of keys, so that the order of edges does not matter; edges to the same
  // box count once.
  std::vector<bool> is_leaf(partition.boxes.size(), true);
  std::vector<std::vector<std::uint32_t>> users(partition.boxes.size());
  for (const GraphEdge& edge : graph.edges) {
    const std::uint32_t from = partition.box_of[edge.from], to = partition.box_of[edge.to];
    if (from == kNoBox || to == kNoBox || from == to) continue;
    is_leaf[to] = false;
    users[from].push_back(to);
  }
  using Kin = std::tuple<std::uint32_t, Role, std::uint32_t, Key>;
  std::map<Kin, std::vector<std::uint32_t>> kin;
  for (std::uint32_t box = 0; box < partition.boxes.size(); ++box) {
    const GraphNode& node = graph.nodes[partition.boxes[box].node];
    const bool single = partition.boxes[box].kind == Box::Kind::node;
    if (!single || !is_leaf[box] || !node.op.empty() || users[box].empty()) continue;
    std::sort(users[box].begin(), users[box].end());
    users[box].erase(std::unique(users[box].begin(), users[box].end()), users[box].end());
    Key key = 0;
    for (const std::uint32_t user : users[box]) key = mix(key, user + 1);
    kin[{partition.boxes[box].scope, node.role, node.level, key}].push_back(box);
  }
  std::vector<Box> boxes = partition.boxes;
  std::vector<std::uint32_t> now(boxes.size()), part(boxes.size(), kNoBox);
  for (std::uint32_t i = 0; i < now.size(); ++i) now[i] = i;
  for (const auto& [key, members] : kin) {
    if (members.size() < min_members) continue;
    Box& first = boxes[members.front()];
    const std::string name = stem(graph.nodes[first.node].name);
    const Role role = std::get<1>(key);
    first.kind = Box::Kind::group;
    first.repeat = members.size();
    first.title = !name.empty()             ? name
                  : role == Role::parameter ? "parameter"
                  : role == Role::input     ? "input"
                                            : "constant";
    for (std::uint32_t i = 0; i < members.size(); ++i) {
      now[members[i]] = members.front();
      part[members[i]] = i;
    }
  }
  std::vector<std::uint32_t> label = partition.box_of, part_of = partition.part_of;
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] == kNoBox) continue;
    if (part[label[i]] != kNoBox) part_of[i] = part[label[i]];
    label[i] = now[label[i]];
  }
  return from_labels(graph, label, std::move(part_of), boxes);
}

namespace {

// The nodes of one sum of products, from its last addition back.
class DotProduct {
 public:
  DotProduct(const Graph& graph, const Scopes& scopes, const Partition& partition)
      : graph_(graph),
        scopes_(scopes),
        partition_(partition),
        offsets_(operand_offsets(graph)),
        users_(graph.nodes.size(), 0) {
    for (const GraphEdge& edge : graph.edges) ++users_[edge.from];
  }

  // Empty unless `top` ends a sum of enough products.
  [[nodiscard]] std::vector<std::uint32_t> members(std::uint32_t top, std::size_t& products) const {
    std::vector<std::uint32_t> all;
    products = 0;
    if (!is_op(top, "add", top)) return all;
    all.push_back(top);
    for (std::size_t at = 0; at < all.size(); ++at) {
      const GraphNode& node = graph_.nodes[all[at]];
      if (node.op.empty()) continue;
      for (std::size_t e = offsets_[all[at]]; e < offsets_[all[at] + 1]; ++e) {
        const std::uint32_t operand = graph_.edges[e].from;
        if (users_[operand] != 1) continue;
        const bool is_sum = node.op->name == "add" && is_op(operand, "add", top);
        const bool is_product = node.op->name == "add" && is_op(operand, "mul", top);
        const bool is_weight = graph_.nodes[operand].op.empty() && is_shown(operand, top);
        if (is_product) ++products;
        if (is_sum || is_product || is_weight) all.push_back(operand);
      }
    }
    return all;
  }

 private:
  [[nodiscard]] bool is_shown(std::uint32_t node, std::uint32_t top) const {
    const std::uint32_t box = partition_.box_of[node];
    return box != kNoBox && partition_.boxes[box].kind == Box::Kind::node &&
           scopes_.home[node] == scopes_.home[top] &&
           graph_.nodes[node].level == graph_.nodes[top].level;
  }
  [[nodiscard]] bool is_op(std::uint32_t node, std::string_view op, std::uint32_t top) const {
    return graph_.nodes[node].is_scalar && graph_.nodes[node].op->name == op && is_shown(node, top);
  }

  const Graph& graph_;
  const Scopes& scopes_;
  const Partition& partition_;
  std::vector<std::size_t> offsets_;
  std::vector<std::uint32_t> users_;
};

}  // namespace

Partition merge_dot_products(const Graph& graph, const Scopes& scopes, const Partition& partition) {
  const DotProduct dot(graph, scopes, partition);
  std::vector<Box> boxes = partition.boxes;
  std::vector<std::uint32_t> label = partition.box_of;
  std::vector<bool> taken(graph.nodes.size(), false);
  for (auto top = static_cast<std::uint32_t>(graph.nodes.size()); top-- > 0;) {
    if (taken[top] || top == graph.root) continue;
    std::size_t products = 0;
    const std::vector<std::uint32_t> members = dot.members(top, products);
    for (const std::uint32_t member : members) taken[member] = true;
    if (products < kMinRepeats) continue;
    Box& box = boxes[label[top]];
    box.kind = Box::Kind::group;
    box.title = "dot[" + std::to_string(products) + "]";
    for (const std::uint32_t member : members) label[member] = label[top];
  }
  return from_labels(graph, label, partition.part_of, boxes);
}

void measure(const Graph& graph, Partition& partition) {
  std::vector<Sizes> sizes(partition.boxes.size());
  for (std::size_t i = 0; i < partition.boxes.size(); ++i) {
    Box& box = partition.boxes[i];
    box.nodes = box.parameters = 0;
    box.bytes = box.saved_bytes = box.seconds = 0.0;
    if (box.repeat == 1) continue;
    sizes[i].of_sibling.resize(box.repeat);
    sizes[i].is_bad.resize(box.repeat, false);
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (partition.box_of[i] == kNoBox) continue;
    const GraphNode& node = graph.nodes[i];
    Box& box = partition.boxes[partition.box_of[i]];
    ++box.nodes;
    if (node.role == Role::parameter) ++box.parameters;
    box.bytes += static_cast<double>(node.tensor->bytes);
    box.saved_bytes += static_cast<double>(node.tensor->saved_bytes);
    box.seconds += static_cast<double>(node.notes->seconds);
    box.has_remark = box.has_remark || !node.notes->remark.empty();
    if (!node.has_gradient) continue;
    Sizes& of = sizes[partition.box_of[i]];
    const double size = gradient_size(node);
    const bool is_finite = std::isfinite(size) && !is_bad(node.gradient, node.tensor->gradient);
    if (is_finite) of.all.push_back(size);
    if (box.repeat == 1) continue;
    const std::uint32_t part = partition.part_of[i];
    if (is_finite)
      of.of_sibling[part].push_back(size);
    else
      of.is_bad[part] = true;
  }
  for (std::size_t i = 0; i < partition.boxes.size(); ++i) summarize(sizes[i], partition.boxes[i]);
}

}  // namespace nabla::viz::detail
