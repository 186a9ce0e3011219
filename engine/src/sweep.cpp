// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/distortion.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/hook.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/loop.hpp>

#include "gradient_links.hpp"
#include "saves.hpp"
#include "scope_levels.hpp"

namespace nabla {
namespace detail {

constinit const OpInfo sum_of_adjoints{.name = "add",
                                       .symbol = "+",
                                       .formula = "y = a + b",
                                       .gradient = "dy/da = 1, dy/db = 1",
                                       .source = "definition"};

namespace {

thread_local constinit Sweep* current_sweep = nullptr;

bool computed_before(const Node* a, const Node* b) { return a->sequence < b->sequence; }

bool is_dense(const Node& node) {
  return kernels::is_contiguous(node.rank, node.sizes(), node.strides());
}

// y = a + b
template <class T>
struct AddKernel {
  static void run(const void*, const void* const* inputs, void* const* results, std::int64_t n) {
    const T* a = static_cast<const T*>(inputs[0]);
    const T* b = static_cast<const T*>(inputs[1]);
    T* to = static_cast<T*>(results[0]);
    kernels::for_lanes(n, [&](std::int64_t i) { to[i] = a[i] + b[i]; });
  }
};

// y = a + b for tensors of one shape and floating dtype. y is contiguous, and may be a.
void add_elements(Node& y, const Node& a, const Node& b) {
  const kernels::ElementwiseInput inputs[] = {{a.data, a.strides()}, {b.data, b.strides()}};
  void* const results[] = {y.data};
  visit_floating(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    static constexpr auto kernel = kernels::ElementwiseKernel::of<AddKernel<T>>();
    if (is_dense(a) && is_dense(b)) {
      const void* data[] = {a.data, b.data};
      return kernels::elementwise_contiguous(kernel, nullptr, data, sizeof(T), results, sizeof(T),
                                             y.numel());
    }
    kernels::elementwise(kernel, nullptr, y.rank, y.sizes(), inputs, sizeof(T), results, sizeof(T));
  });
}

void sum_backward(BackwardCall& call) {
  for (int i = 0; i < 2; ++i)
    if (call.wants(i)) call.add(i, call.gradient());
}
Tensor sum_replay(std::span<const Tensor> operands, const std::byte*) {
  return add_adjoints(operands[0], operands[1]);
}
constexpr Rule kSumRule{&sum_of_adjoints, {}, sum_backward, sum_replay};

// True if nobody else can see the elements, though this be a view: it shows all of what it is the last to hold.
bool can_be_overwritten(const Node& node) {
  return node.references == 1 && node.storage->references == 1 && is_dense(node) &&
         node.numel() == node.storage->node()->numel();
}

Tensor copy_of(const Tensor& source) {
  Tensor copy = make_tensor_like(source);
  copy_elements(*source.node(), *copy.node());
  return copy;
}

}  // namespace

Tensor add_adjoints(const Tensor& a, const Tensor& b) {
  const Tensor* operands[] = {&a, &b};
  Tensor sum = make_result(kSumRule, a.shape(), a.dtype(), operands, nullptr, 0);
  add_elements(*sum.node(), *a.node(), *b.node());
  return sum;
}

Sweep::Sweep(bool create_graph, SweepObserver* observer)
    : create_graph_(create_graph), observer_(observer), outer_(current_sweep) {
  if (outer_ != nullptr) {
    outer_adjoints_.reserve(outer_->frontier_.size() + outer_->leaves_.size());
    for (const List<Node*>* nodes : {&outer_->frontier_, &outer_->leaves_})
      for (Node* node : *nodes) outer_adjoints_.push_back(std::exchange(node->adjoint, nullptr));
  }
  current_sweep = this;  // nothing fails any more
}

Sweep::~Sweep() {
  for (const List<Node*>* nodes : {&frontier_, &leaves_})
    for (Node* node : *nodes) release(std::exchange(node->adjoint, nullptr));
  current_sweep = outer_;
  if (outer_ != nullptr) {
    auto adjoint = outer_adjoints_.begin();
    for (const List<Node*>* nodes : {&outer_->frontier_, &outer_->leaves_})
      for (Node* node : *nodes) node->adjoint = *adjoint++;
  }
  for (const List<Node*>* nodes : {&frontier_, &leaves_, &handled_})
    for (Node* node : *nodes) release(node);
}

Sweep* Sweep::current() { return current_sweep; }

void Sweep::add(Node* node, Tensor contribution) {
  NABLA_ASSERT(node->numel() == contribution.numel() && node->dtype == contribution.dtype());
  if (node->adjoint == nullptr) {
    if (node->rule != nullptr && node->sequence >= too_late_ && node->sequence < too_late_end_) {
      throw GraphError(
          "[checkpoint] the function uses a tensor that was computed after its result; let it keep "
          "copies of the handles it uses: [=]");
    }
    if (node->rule == nullptr) {
      leaves_.push_back(node);
    } else {
      frontier_.push_back(node);
      std::ranges::push_heap(frontier_, computed_before);
    }
    retain(node);
    node->adjoint = contribution.disown();
  } else if (!create_graph_ && can_be_overwritten(*node->adjoint)) {
    add_elements(*node->adjoint, *node->adjoint, *contribution.node());
  } else {
    const Tensor sum = add_adjoints(Tensor::share(node->adjoint), contribution);
    release(std::exchange(node->adjoint, Tensor(sum).disown()));
  }
}

void Sweep::run_down_to(std::uint64_t sequence) {
  const SetRecording recorded(create_graph_);
  while (!frontier_.empty() && frontier_.front()->sequence > sequence) {
    std::ranges::pop_heap(frontier_, computed_before);
    Node* node = frontier_.back();
    handled_.push_back(node);  // which holds it from here on
    frontier_.pop_back();
    handle(*node);
  }
}

void Sweep::hand_over(const Node& stacked, const Tensor& gradient) {
  handed_over_.insert_or_assign(&stacked, gradient);
}

Tensor Sweep::take(const Node& stacked) {
  const auto place = handed_over_.find(&stacked);
  if (place == handed_over_.end()) return {};
  const Tensor gradient = place->second;
  handed_over_.erase(place);
  return gradient;
}

void Sweep::handle(Node& node) {
  Tensor gradient = Tensor::adopt(std::exchange(node.adjoint, nullptr));
  check(node);
  std::optional<InScope> scope;
  if (create_graph_) scope.emplace(gradient_scope(node.scope));
  gradient = with_hooks(node, std::move(gradient));
  if (create_graph_) link_gradient(*gradient.node(), node);
  keep(node, gradient);
  if (observer() != nullptr) observer()->arrived(node, gradient);
  BackwardCall call(node, gradient, *this);
  node.rule->backward(call);
}

namespace {

// " in net/layer0": where in the user's program something was recorded.
std::string place_of(std::uint32_t scope) {
  const std::string path = scope_path(scope);
  return path.empty() ? path : " in scope " + path;
}

// `changed` no longer is as `reader` needs it: names both places.
[[noreturn]] void throw_changed(const Node& reader, const Node& changed, std::uint32_t expected,
                                std::string_view what) {
  const LastWrite& by = last_write(*changed.storage);
  throw GraphError(fmt::format(
      "[backward] {} (operation {}{}) needs {}{}{} as it was (version {}), but {} ({} {}{}) "
      "changed it in place (version {}); use the out-of-place form, or clone() first",
      reader.rule->info->name, reader.sequence, place_of(reader.scope), what,
      changed.name == 0 ? "" : " ", name_at(changed.name).text, expected, by.op,
      by.is_recorded ? "operation" : "after operation", by.sequence, place_of(by.scope),
      changed.storage->version));
}
[[noreturn]] void throw_changed(const Node& reader, int operand) {
  throw_changed(reader, *reader.operand(operand), reader.operand_version(operand),
                fmt::format("its operand {}", operand));
}

}  // namespace

// The operands and the result must still hold what the rule is going to read.
void Sweep::check(const Node& node) {
  if (node.has(kFreed)) {
    throw GraphError(fmt::format(
        "[backward] the history of {} was freed by an earlier sweep; sweep the first time with "
        "{{.retain_graph = true}}",
        node.rule->info->name));
  }
  const std::uint32_t saves = saved_by(node);
  if (saves == 0) return;
  for (int i = 0; i < node.edge_count; ++i) {
    if (saves_operand(saves, i) && has_changed(node, i)) throw_changed(node, i);
  }
  if (saves_result(saves) && node.storage->version != node.version)
    throw_changed(node, node, node.version, "its result");
}

void Sweep::keep(Node& node, const Tensor& gradient) {
  for (const std::size_t place : wanted_operations_)
    if (wanted_[place].target.node() == &node) wanted_[place].gradient = gradient;
  if ((retain_all_ && inside_ == 0) || node.has(kRetainGrad))
    retained_.push_back({Tensor::share(&node), gradient});
}

Tensor Sweep::with_hooks(const Node& node, Tensor gradient) const {
  return node.has(kHooked) && !skip_hooks_ ? hooked(node, std::move(gradient))
                                           : std::move(gradient);
}

void Sweep::forget_handled(std::size_t first) {
  while (handled_.size() > first) {
    release(handled_.back());
    handled_.pop_back();
  }
}

void Sweep::run_inside(const Node& by, const Tensor& y, const Tensor& gradient,
                       std::uint64_t sequence) {
  const std::size_t handled = handled_.size();
  const auto limits =
      std::pair(std::exchange(too_late_, by.sequence), std::exchange(too_late_end_, sequence + 1));
  ++inside_;
  const auto leave = [&] {
    --inside_;
    std::tie(too_late_, too_late_end_) = limits;
    forget_handled(handled);
  };
  try {
    add(y.node(), gradient);
    run_down_to(sequence);
  } catch (...) {
    leave();
    throw;
  }
  leave();
}

void Sweep::run_to_wanted() {
  std::uint64_t lowest = std::numeric_limits<std::uint64_t>::max();
  for (const Wanted& wanted : wanted_) {
    const Node* node = wanted.target.node();
    lowest = std::min(lowest, node->rule == nullptr ? 0 : node->sequence);
  }
  run_down_to(lowest);
}

void Sweep::finish() {
  const SetRecording recorded(create_graph_);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    Wanted& wanted = wanted_[i];
    Node* node = wanted.target.node();
    if (wanted.gradient.defined() || node->adjoint == nullptr) continue;
    wanted.gradient = with_hooks(*node, Tensor::share(node->adjoint));
    if (create_graph_) link_gradient(*wanted.gradient.node(), *node);
    for (std::size_t k = i + 1; node->has(kHooked) && k < wanted_.size(); ++k)
      if (wanted_[k].target.node() == node) wanted_[k].gradient = wanted.gradient;
  }
}

void Sweep::commit() {
  // All that can fail happens before the first `.grad` changes.
  const SetRecording recorded(create_graph_);
  for (Node* leaf : leaves_) {
    Tensor gradient = Tensor::share(leaf->adjoint);
    if (!leaf->has(kHooked)) release(std::exchange(leaf->adjoint, nullptr));
    retained_.push_back({Tensor::share(leaf), with_hooks(*leaf, std::move(gradient))});
    if (create_graph_) link_gradient(*retained_.back().gradient.node(), *leaf);
  }
  for (Wanted& kept : retained_) {
    const Node& node = *kept.target.node();
    if (create_graph_) {
      if (node.gradient != nullptr)
        kept.gradient = add_adjoints(Tensor::share(node.gradient), kept.gradient);
    } else if (node.gradient == nullptr && !can_be_overwritten(*kept.gradient.node())) {
      kept.gradient = copy_of(kept.gradient);
    }
  }
  for (Wanted& kept : retained_) {
    Node& node = *kept.target.node();
    if (create_graph_ || node.gradient == nullptr) {
      release(std::exchange(node.gradient, kept.gradient.disown()));
    } else {
      Tensor gradient = Tensor::share(node.gradient);
      add_elements(*gradient.node(), *gradient.node(), *kept.gradient.node());
      note_write(gradient, "backward");
    }
  }
}

void Sweep::free_graph() noexcept {
  for (Node* node : handled_) {
    if (node->has(kFreed)) continue;
    node->flags |= kFreed;
    if (node->rule->release != nullptr) node->rule->release(node->attributes());
    for (int i = 0; i < node->edge_count; ++i)
      if (Node* operand = node->operand(i); operand != nullptr) {
        node->operands()[i].node = nullptr;
        release(operand);
      }
  }
  forget_handled(0);
}

}  // namespace detail

namespace {

// An operand of an operation that is computed again: the operand itself, one operation later. What
// arrives there is what the first operation contributes.
struct Again {
  detail::Node* operation;
  int operand;
};
constexpr OpInfo kAgainInfo{
    .name = "operand_again", .formula = "y = x", .gradient = "dy/dx = 1", .source = "definition"};
constexpr Rule kAgainRule{
    &kAgainInfo,
    {},
    [](BackwardCall& call) { call.add(0, call.gradient()); },
    [](std::span<const Tensor> operands, const std::byte*) { return operands[0]; }};

Tensor again_of(const Tensor& x, const Again& again) {
  return detail::make_view(kAgainRule, x, x.shape(), x.strides(), 0, &again, sizeof(again));
}

}  // namespace

void BackwardCall::add(int index, Tensor contribution) {
  if (detail::recording.distortion != nullptr) [[unlikely]]
    contribution = Distortion::applied(*this, index, std::move(contribution));
  if (guarded_) [[unlikely]]
    detail::look_at_contribution(node_, index, contribution, gradient_);
  if (detail::SweepObserver* observer = sweep_.observer(); observer != nullptr) {
    observer->contributed(node_, index, contribution);
  } else if (observer = sweep_.observer_outside();
             observer != nullptr && node_.rule == &kAgainRule) {
    const Again& again = attributes<Again>();
    observer->contributed(*again.operation, again.operand, contribution);
  }
  sweep_.add(node_.operand(index), std::move(contribution));
}

void BackwardCall::sweep_again(const std::function<Tensor(std::span<const Tensor>)>& f) {
  for (int i = 0; i < input_count(); ++i) {
    if (detail::has_changed(node_, i)) detail::throw_changed(node_, i);
  }
  const EnableGrad enable_grad;
  // Values on the way have a tape of their own, which is swept and gone with the rest.
  const Tape tape;
  const detail::InScope scope(node_.scope);
  const bool under_way = sweep_.set_tape_under_way(false);
  const std::uint64_t sequence = detail::last_recorded();
  std::vector<Tensor> operands;
  for (int i = 0; i < input_count(); ++i)
    operands.push_back(wants(i) ? again_of(input(i), {&node_, i}) : input(i));
  const Tensor y = f(operands);
  if (y.requires_grad()) sweep_.run_inside(node_, y, gradient_, sequence);
  sweep_.set_tape_under_way(under_way);
}

Tensor BackwardCall::overwritable_gradient() const {
  const detail::Node& node = *gradient_.node();
  // A NanGuard tells what arrived beside what is contributed.
  if (!guarded_ && detail::can_be_overwritten(node)) return gradient_;
  return detail::make_tensor_like(gradient_, node_.rule->info->name);
}

detail::Node* BackwardCall::gathered(int index) const {
  detail::Node* adjoint = node_.operand(index)->adjoint;
  if (adjoint == nullptr || create_graph() || guarded_ || sweep_.is_observed() ||
      detail::recording.distortion != nullptr)
    return nullptr;
  const detail::Node& g = *gradient_.node();
  const bool is_alike = adjoint->dtype == g.dtype && detail::have_same_sizes(*adjoint, g);
  return is_alike && detail::can_be_overwritten(*adjoint) ? adjoint : nullptr;
}

bool BackwardCall::create_graph() const { return sweep_.create_graph(); }

}  // namespace nabla
