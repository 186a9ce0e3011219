// SPDX-License-Identifier: MIT
#include "gradient_links.hpp"

#include <mutex>
#include <set>
#include <utility>

namespace nabla::detail {
namespace {

using Pairs = std::set<std::pair<const Node*, const Node*>>;

struct Links {
  std::mutex mutex;
  Pairs of_gradient, gradient_of;  // the same pairs, the gradient first or second
};
Links& links() {
  // Never destroyed: tensors of other static objects may still ask.
  static Links* const all = new Links;
  return *all;
}

void forget(const Node* node, Pairs& pairs, Pairs& turned) {
  auto place = pairs.lower_bound({node, nullptr});
  while (place != pairs.end() && place->first == node) {
    turned.erase({place->second, node});
    place = pairs.erase(place);
  }
}

}  // namespace

void link_gradient(Node& gradient, Node& of) {
  if (&gradient == &of) return;  // a seed may be the result itself
  Links& all = links();
  const std::lock_guard lock(all.mutex);
  const auto [place, is_new] = all.of_gradient.insert({&gradient, &of});
  if (!is_new) return;
  try {
    all.gradient_of.insert({&of, &gradient});
  } catch (...) {
    all.of_gradient.erase(place);
    throw;
  }
  gradient.flags |= kLinked;
  of.flags |= kLinked;
}

std::vector<const Node*> differentiated_by(const Node& gradient) {
  Links& all = links();
  const std::lock_guard lock(all.mutex);
  std::vector<const Node*> nodes;
  for (auto place = all.of_gradient.lower_bound({&gradient, nullptr});
       place != all.of_gradient.end() && place->first == &gradient; ++place)
    nodes.push_back(place->second);
  return nodes;
}

void unlink_gradients(const Node& node) noexcept {
  Links& all = links();
  const std::lock_guard lock(all.mutex);
  forget(&node, all.of_gradient, all.gradient_of);
  forget(&node, all.gradient_of, all.of_gradient);
}

}  // namespace nabla::detail
