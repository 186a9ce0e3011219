// SPDX-License-Identifier: MIT
#include "partners.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <nabla/viz/compare.hpp>

#include "names.hpp"

namespace nabla::viz::detail {
namespace {

using Hashes = std::vector<std::uint64_t>;

// The finalizer of splitmix64, over what was mixed so far and one number more.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t next) {
  std::uint64_t z = hash * 0x9e3779b97f4a7c15U + next + 0x632be59bd9b4e019U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

// FNV-1a: the same on every machine, so that ties fall the same way.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// One graph, and of each node what a partner needs to share: its op, or which sort of leaf it is.
struct Side {
  explicit Side(const Graph& of) : graph(of), operands(operand_offsets(of)) {
    for (const GraphNode& node : of.nodes) {
      const bool is_leaf = static_cast<const std::string&>(node.op->name).empty();
      const std::uint64_t sort = is_leaf && node.role == Role::constant ? 2 : is_leaf ? 1 : 0;
      kinds.push_back(
          mixed(mixed(sort, hash_of(node.op->name)), mixed(node.is_scalar ? 1 : 0, node.level)));
    }
    user_offsets.assign(of.nodes.size() + 1, 0);
    for (const GraphEdge& edge : of.edges) ++user_offsets[edge.from + 1];
    for (std::size_t i = 1; i < user_offsets.size(); ++i) user_offsets[i] += user_offsets[i - 1];
    std::vector<std::size_t> next(user_offsets.begin(), user_offsets.end());
    users.resize(of.edges.size());
    for (std::size_t i = 0; i < of.edges.size(); ++i) users[next[of.edges[i].from]++] = i;
  }

  const Graph& graph;
  std::vector<std::size_t> operands;      ///< as of operand_offsets
  std::vector<std::size_t> user_offsets;  ///< as that, into `users`
  std::vector<std::size_t> users;         ///< edges that leave a node, in order
  Hashes kinds;
  std::vector<std::uint32_t> partner;
};

class Search {
 public:
  Search(const Graph& before, const Graph& after) : a_(before), b_(after) {
    a_.partner.assign(before.nodes.size(), kNoPartner);
    b_.partner.assign(after.nodes.size(), kNoPartner);
  }

  Partners operator()() {
    pair_equal(name_hashes(a_), name_hashes(b_));
    // Partners anchor the hashes of what is around them, so that a second round sees more.
    for (int round = 0; round < 2; ++round) {
      pair_equal(hashes_from_leaves(a_), hashes_from_leaves(b_));
      pair_equal(hashes_from_root(a_), hashes_from_root(b_));
    }
    pair_neighbours();
    pair_in_order();
    return {std::move(a_.partner), std::move(b_.partner)};
  }

 private:
  struct Key {
    std::uint64_t hash;
    std::uint32_t node;
    auto operator<=>(const Key&) const = default;
  };

  void join(std::uint32_t a, std::uint32_t b) {
    a_.partner[a] = b;
    b_.partner[b] = a;
    joined_.emplace_back(a, b);
  }

  [[nodiscard]] bool may_join(std::uint32_t a, std::uint32_t b) const {
    return a_.partner[a] == kNoPartner && b_.partner[b] == kNoPartner && a_.kinds[a] == b_.kinds[b];
  }

  // Of a pair both nodes have one hash, which nobody else has.
  [[nodiscard]] std::uint64_t anchor(const Side& side, std::uint32_t node) const {
    return mixed(0xa5a5a5a5U, &side == &a_ ? node : side.partner[node]);
  }

  static Hashes name_hashes(const Side& side) {
    const Hashes scopes = scope_hashes(side.graph);
    Hashes hashes;
    for (std::size_t i = 0; i < side.graph.nodes.size(); ++i) {
      const GraphNode& node = side.graph.nodes[i];
      const std::string& name = node.name;
      hashes.push_back(
          name.empty() ? 0 : mixed(mixed(scopes[node.scope], hash_of(name)), side.kinds[i]));
    }
    return hashes;
  }

  [[nodiscard]] Hashes hashes_from_leaves(const Side& side) const {
    Hashes hashes(side.graph.nodes.size());
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
      if (side.partner[i] != kNoPartner) {
        hashes[i] = anchor(side, i);
        continue;
      }
      hashes[i] = mixed(side.kinds[i], 1);
      for (std::size_t e = side.operands[i]; e < side.operands[i + 1]; ++e) {
        const GraphEdge& edge = side.graph.edges[e];
        hashes[i] = mixed(hashes[i], mixed(hashes[edge.from], edge.slot));
      }
    }
    return hashes;
  }

  // Users in any order: two that swap places leave their operand what it is.
  [[nodiscard]] Hashes hashes_from_root(const Side& side) const {
    Hashes hashes(side.graph.nodes.size());
    for (auto i = static_cast<std::uint32_t>(hashes.size()); i-- > 0;) {
      if (side.partner[i] != kNoPartner) {
        hashes[i] = anchor(side, i);
        continue;
      }
      std::uint64_t sum = 0;
      for (std::size_t u = side.user_offsets[i]; u < side.user_offsets[i + 1]; ++u) {
        const GraphEdge& edge = side.graph.edges[side.users[u]];
        sum += mixed(hashes[edge.to], edge.slot);
      }
      hashes[i] = mixed(mixed(side.kinds[i], i == side.graph.root ? 3 : 2), sum);
    }
    return hashes;
  }

  static std::vector<Key> sorted(const Side& side, const Hashes& hashes) {
    std::vector<Key> keys;
    for (std::uint32_t i = 0; i < hashes.size(); ++i) {
      if (hashes[i] != 0 && side.partner[i] == kNoPartner) keys.push_back({hashes[i], i});
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }

  // Joins nodes of equal hashes in their order, where both graphs have as many of them: else it would
  // be a guess which of them are new.
  void pair_equal(const Hashes& of_a, const Hashes& of_b) {
    const std::vector<Key> a = sorted(a_, of_a), b = sorted(b_, of_b);
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      const std::uint64_t hash = std::min(a[i].hash, b[j].hash);
      const auto end = [hash](const std::vector<Key>& keys, std::size_t from) {
        while (from < keys.size() && keys[from].hash == hash) ++from;
        return from;
      };
      const std::size_t a_end = end(a, i), b_end = end(b, j);
      const bool as_many = a_end - i == b_end - j;
      for (; as_many && i < a_end; ++i, ++j) {
        if (may_join(a[i].node, b[j].node)) join(a[i].node, b[j].node);
      }
      i = a_end;
      j = b_end;
    }
  }

  // From pairs outwards; `joined_` grows while it is walked through.
  void pair_neighbours() {
    for (std::size_t next = 0; next < joined_.size(); ++next) {
      const auto [a, b] = joined_[next];
      for (std::size_t i = a_.operands[a], j = b_.operands[b];
           i < a_.operands[a + 1] && j < b_.operands[b + 1]; ++i, ++j) {
        const std::uint32_t x = a_.graph.edges[i].from, y = b_.graph.edges[j].from;
        if (may_join(x, y)) join(x, y);
      }
      pair_users(a, b);
    }
  }

  // Users without a partner, the first with the first, while they are of one kind and slot.
  void pair_users(std::uint32_t a, std::uint32_t b) {
    std::size_t j = b_.user_offsets[b];
    for (std::size_t i = a_.user_offsets[a]; i < a_.user_offsets[a + 1]; ++i) {
      const GraphEdge& x = a_.graph.edges[a_.users[i]];
      if (a_.partner[x.to] != kNoPartner) continue;
      for (; j < b_.user_offsets[b + 1]; ++j) {
        if (b_.partner[b_.graph.edges[b_.users[j]].to] == kNoPartner) break;
      }
      if (j == b_.user_offsets[b + 1]) return;
      const GraphEdge& y = b_.graph.edges[b_.users[j]];
      if (x.slot == y.slot && may_join(x.to, y.to)) join(x.to, y.to);
    }
  }

  void pair_in_order() {
    const std::vector<Key> a = sorted(a_, a_.kinds), b = sorted(b_, b_.kinds);
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      if (a[i].hash == b[j].hash) {
        join(a[i++].node, b[j++].node);
      } else if (a[i].hash < b[j].hash) {
        ++i;
      } else {
        ++j;
      }
    }
  }

  Side a_, b_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> joined_;
};

}  // namespace

std::vector<std::uint64_t> scope_hashes(const Graph& graph) {
  Hashes hashes(graph.scopes.size(), 0);
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    hashes[i] = mixed(hashes[graph.scopes[i].parent], hash_of(graph.scopes[i].name));
  }
  return hashes;
}

Partners find_partners(const Graph& before, const Graph& after) { return Search(before, after)(); }

}  // namespace nabla::viz::detail
