// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/hook.hpp>

namespace nabla {

namespace {

struct Hook {
  std::uint64_t id;
  std::function<Tensor(const Tensor&)> f;
};
using Hooks = std::unordered_map<const detail::Node*, std::vector<Hook>>;

thread_local constinit bool are_gone = false;  // with the thread
Hooks& hooks() {
  struct All {
    Hooks hooks;
    ~All() { are_gone = true; }
  };
  static thread_local All all;
  return all.hooks;
}
thread_local constinit std::uint64_t last_id = 0;

}  // namespace

GradientHook::GradientHook(const Tensor& x, std::function<Tensor(const Tensor&)> f)
    : x_(x), id_(++last_id) {
  if (!x_.requires_grad()) {
    throw GraphError(
        "[hook] the tensor needs no gradient: mark it with variable(x), or compute it from one");
  }
  hooks()[x_.node()].push_back({id_, std::move(f)});
  x_.node()->flags |= detail::kHooked;
}

GradientHook::~GradientHook() {
  if (are_gone) return;
  const auto found = hooks().find(x_.node());
  if (found == hooks().end()) return;
  std::erase_if(found->second, [this](const Hook& hook) { return hook.id == id_; });
  if (!found->second.empty()) return;
  hooks().erase(found);
  x_.node()->flags &= static_cast<std::uint16_t>(~detail::kHooked);
}

Tensor detail::hooked(const Node& node, Tensor gradient) {
  const auto found = hooks().find(&node);
  if (found == hooks().end()) return gradient;     // those of another thread
  const std::vector<Hook> called = found->second;  // a hook may make and drop hooks
  for (const Hook& hook : called) {
    Tensor other = hook.f(gradient);
    if (!other.defined()) continue;
    if (other.shape() != gradient.shape() || other.dtype() != gradient.dtype()) {
      throw ShapeError(
          fmt::format("[hook] got {} of shape {}, need {} of shape {} as the gradient is",
                      name_of(other.dtype()), to_string(other.shape()), name_of(gradient.dtype()),
                      to_string(gradient.shape())));
    }
    gradient = std::move(other);
  }
  return gradient;
}

}  // namespace nabla
