// SPDX-License-Identifier: MIT
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/sweep.hpp>
#include <nabla/kernels/loop.hpp>

namespace nabla {
namespace detail {
namespace {

thread_local constinit Sweep* current_sweep = nullptr;

bool computed_before(const Node* a, const Node* b) { return a->sequence < b->sequence; }

// a += b on the elements of two tensors of one shape and floating dtype.
void add_elements(Node& a, const Node& b) {
  const auto loop = kernels::make_loop<2>(a.rank, a.sizes(), {a.strides(), b.strides()});
  visit_floating(a.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = reinterpret_cast<T*>(a.data);
    const T* from = reinterpret_cast<const T*>(b.data);
    kernels::for_each_row(loop, [&](const auto& offset, std::int64_t n, const auto& step) {
      T* x = to + offset[0];
      const T* y = from + offset[1];
      if (step[0] == 1 && step[1] == 1) {
        for (std::int64_t i = 0; i < n; ++i) x[i] += y[i];
      } else {
        for (std::int64_t i = 0; i < n; ++i) x[i * step[0]] += y[i * step[1]];
      }
    });
  });
}

// The sum of adjoints, as an op of its own: its derivative is the identity twice.
constexpr OpInfo kSumInfo{.name = "add",
                          .symbol = "+",
                          .formula = "y = a + b",
                          .gradient = "dy/da = 1, dy/db = 1",
                          .source = "sum of adjoints"};

void sum_backward(BackwardCall& call) {
  for (int i = 0; i < 2; ++i)
    if (call.wants(i)) call.add(i, call.gradient());
}
Tensor sum_replay(std::span<const Tensor> operands, const std::byte*) {
  return add_adjoints(operands[0], operands[1]);
}
constexpr Rule kSumRule{&kSumInfo, {}, sum_backward, sum_replay};

// True if nobody but its one holder can see the elements of this node.
bool is_sole(const Node& node) {
  return node.references == 1 && node.storage->references == 1 && !node.has(kView);
}

Tensor copy_of(const Tensor& source) {
  Tensor copy = zeros_like(source);
  add_elements(*copy.node(), *source.node());
  return copy;
}

}  // namespace

Tensor add_adjoints(const Tensor& a, const Tensor& b) {
  const Tensor* operands[] = {&a, &b};
  Tensor sum = make_result(kSumRule, a.shape(), a.dtype(), operands, nullptr, 0);
  Node& node = *sum.node();
  std::fill_n(node.data, static_cast<std::size_t>(node.numel) * size_bytes(node.dtype),
              std::byte{0});
  add_elements(node, *a.node());
  add_elements(node, *b.node());
  return sum;
}

Sweep::Sweep(bool create_graph, SweepObserver* observer)
    : create_graph_(create_graph),
      observer_(observer),
      outer_(std::exchange(current_sweep, this)) {}

Sweep::~Sweep() {
  for (Node* node : frontier_) release(std::exchange(node->adjoint, nullptr));
  for (Node* node : leaves_) {
    release(std::exchange(node->adjoint, nullptr));
    release(node);
  }
  current_sweep = outer_;
}

Sweep* Sweep::current() { return current_sweep; }

void Sweep::add(Node* node, Tensor contribution) {
  NABLA_ASSERT(node->numel == contribution.numel() && node->dtype == contribution.dtype());
  if (node->adjoint == nullptr) {
    if (node->rule == nullptr) {
      leaves_.push_back(node);
      retain(node);
    } else {
      frontier_.push_back(node);
      std::ranges::push_heap(frontier_, computed_before);
    }
    node->adjoint = contribution.disown();
  } else if (!create_graph_ && is_sole(*node->adjoint)) {
    add_elements(*node->adjoint, *contribution.node());
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
    frontier_.pop_back();
    handle(*node);
  }
}

void Sweep::handle(Node& node) {
  const Tensor gradient = Tensor::adopt(std::exchange(node.adjoint, nullptr));
  check(node);
  keep(node, gradient);
  if (observer_ != nullptr) observer_->arrived(node, gradient);
  handled_.push_back(&node);
  BackwardCall call(node, gradient, *this);
  node.rule->backward(call);
}

// The operands and the result must still hold what the rule is going to read.
void Sweep::check(const Node& node) const {
  if (node.has(kFreed)) {
    throw GraphError(fmt::format(
        "[backward] the history of {} was freed by an earlier sweep; sweep the first time with "
        "{{.retain_graph = true}}",
        node.rule->info->name));
  }
  const auto complain = [&](const Storage& storage, std::uint32_t expected, std::string_view what,
                            std::uint32_t name) {
    throw GraphError(fmt::format(
        "[backward] {} (operation {}) needs {}{}{} as it was (version {}), but {}{} changed it in "
        "place (version {}); use the out-of-place form, or clone() first",
        node.rule->info->name, node.sequence, what, name == 0 ? "" : " ", name_at(name), expected,
        storage.last_writer,
        storage.last_write == 0 ? "" : fmt::format(" (operation {})", storage.last_write),
        storage.version));
  };
  std::uint32_t saves = 0;
  for (std::size_t i = 0; i < node.edge_count; ++i) {
    if (node.edges()[i].node->has(kRequiresGrad))
      saves |= node.rule->saves[std::min<std::size_t>(i, 2)];
  }
  if (saves == 0) return;
  for (int i = 0; i < node.edge_count; ++i) {
    const Edge& edge = node.edges()[i];
    const bool saved = i < 31 ? ((saves >> i) & 1u) != 0 : true;
    if (saved && edge.node->storage->version != edge.version)
      complain(*edge.node->storage, edge.version, fmt::format("its operand {}", i),
               edge.node->name);
  }
  if ((saves & kSavesOutput) != 0 && node.storage->version != node.version)
    complain(*node.storage, node.version, "its result", node.name);
}

void Sweep::keep(Node& node, const Tensor& gradient) {
  for (const std::size_t place : wanted_operations_)
    if (wanted_[place].target.node() == &node) wanted_[place].gradient = gradient;
  if (retain_all_ || node.has(kRetainGrad)) retained_.push_back({Tensor::share(&node), gradient});
}

void Sweep::finish() {
  for (Wanted& wanted : wanted_) {
    Node* node = wanted.target.node();
    if (node->rule == nullptr && node->adjoint != nullptr)
      wanted.gradient = Tensor::share(node->adjoint);
  }
}

void Sweep::commit() {
  for (Node* leaf : leaves_)
    retained_.push_back(
        {Tensor::share(leaf), Tensor::adopt(std::exchange(leaf->adjoint, nullptr))});
  // All that can fail happens before the first `.grad` changes.
  const SetRecording recorded(create_graph_);
  for (Wanted& kept : retained_) {
    const Node& node = *kept.target.node();
    if (create_graph_) {
      if (node.gradient != nullptr)
        kept.gradient = add_adjoints(Tensor::share(node.gradient), kept.gradient);
    } else if (node.gradient == nullptr &&
               (!is_sole(*kept.gradient.node()) || !kept.gradient.is_contiguous())) {
      kept.gradient = copy_of(kept.gradient);
    }
  }
  for (Wanted& kept : retained_) {
    Node& node = *kept.target.node();
    if (create_graph_ || node.gradient == nullptr) {
      release(std::exchange(node.gradient, kept.gradient.disown()));
    } else {
      add_elements(*node.gradient, *kept.gradient.node());
      ++node.gradient->storage->version;
    }
  }
}

// Operands come before the operations that hold them, so no node here is gone when its turn comes.
void Sweep::free_graph() noexcept {
  for (auto node = handled_.rbegin(); node != handled_.rend(); ++node) {
    if ((*node)->has(kFreed)) continue;
    (*node)->flags |= kFreed;
    for (std::size_t i = 0; i < (*node)->edge_count; ++i)
      release(std::exchange((*node)->edges()[i].node, nullptr));
  }
  handled_.clear();
}

}  // namespace detail

void BackwardCall::add(int index, Tensor contribution) {
  if (sweep_.observer() != nullptr) sweep_.observer()->contributed(node_, index, contribution);
  sweep_.add(edge(index).node, std::move(contribution));
}

bool BackwardCall::create_graph() const { return sweep_.create_graph(); }

namespace {

void check_root(const Tensor& y, const char* op) {
  if (!y.requires_grad()) {
    throw GraphError(fmt::format(
        "[{}] the result does not depend on any variable: mark one with variable(x), and compute "
        "outside NoGrad",
        op));
  }
}

Tensor unit_seed(const Tensor& y, const char* op) {
  check_root(y, op);
  if (y.numel() != 1) {
    throw GraphError(fmt::format(
        "[{}] the result has shape {}, need one element; reduce it (sum, mean) or give a seed", op,
        to_string(y.shape())));
  }
  return ones_like(y);
}

Tensor checked_seed(const Tensor& y, const Tensor& seed, const char* op) {
  check_root(y, op);
  if (seed.shape() != y.shape() || seed.dtype() != y.dtype()) {
    throw ShapeError(fmt::format("[{}] the seed is {} of shape {}, need {} of shape {}", op,
                                 name_of(seed.dtype()), to_string(seed.shape()), name_of(y.dtype()),
                                 to_string(y.shape())));
  }
  return seed;
}

// The scalars' gradients as they are now, put back at the end unless it is dismissed.
class ScalarGuard {
 public:
  explicit ScalarGuard(bool needed) : tape_(needed ? &Tape::active() : nullptr) {
    if (tape_ != nullptr) gradients_ = tape_->input_gradients();
  }
  ~ScalarGuard() {
    if (tape_ != nullptr) tape_->restore_gradients(gradients_);
  }
  ScalarGuard(const ScalarGuard&) = delete;
  ScalarGuard& operator=(const ScalarGuard&) = delete;
  void dismiss() { tape_ = nullptr; }

 private:
  Tape* tape_;
  std::vector<double> gradients_;
};

void sweep_and_commit(const Tensor& y, Tensor seed, const BackwardOptions& options) {
  detail::Sweep sweep(options.create_graph);
  if (options.retain_grad) sweep.retain_all();
  ScalarGuard scalars(Tape::active().has_externals());
  sweep.add(y.node(), std::move(seed));
  sweep.run();
  sweep.commit();
  scalars.dismiss();
  if (!options.retain_graph && !options.create_graph) sweep.free_graph();
}

std::vector<Tensor> sweep_for(const Tensor& y, Tensor seed, std::span<const Tensor> xs,
                              const GradOptions& options) {
  const ScalarGuard untouched(Tape::active().has_externals());
  detail::Sweep sweep(options.create_graph);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!xs[i].requires_grad()) {
      throw GraphError(fmt::format(
          "[grad] variable {} needs no gradient; mark it with variable(x) before it is used", i));
    }
    sweep.want(xs[i]);
  }
  sweep.add(y.node(), std::move(seed));
  sweep.run();
  sweep.finish();
  std::vector<Tensor> gradients;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    gradients.push_back(sweep.result(i));
    if (!gradients.back().defined() && !options.allow_unused) {
      throw GraphError(fmt::format(
          "[grad] the result does not depend on variable {}{}{}; with {{.allow_unused = true}} its "
          "gradient is an undefined tensor",
          i, xs[i].name().empty() ? "" : " ", xs[i].name()));
    }
  }
  if (!options.retain_graph && !options.create_graph) sweep.free_graph();
  return gradients;
}

}  // namespace

void backward(const Value& y, const SweepOptions& options) {
  Tape& tape = Tape::active();
  if (!tape.has_externals()) return tape.sweep(y, 1.0, options);
  ScalarGuard scalars(true);
  detail::Sweep tensors(false);
  tape.sweep(y, 1.0, options);
  tensors.run();
  tensors.commit();
  scalars.dismiss();
}

std::vector<double> grad(const Value& y, std::span<const Value> xs) {
  Tape& tape = Tape::active();
  const ScalarGuard untouched(true);
  tape.zero_grad();
  // What reaches tensors on the way is dropped with this sweep.
  const detail::Sweep tensors(false);
  tape.sweep(y, 1.0, {.retain_grad = true});
  std::vector<double> gradients;
  for (const Value& x : xs) gradients.push_back(tape.gradient(x));
  return gradients;
}

void backward(const Tensor& y, const BackwardOptions& options) {
  sweep_and_commit(y, unit_seed(y, "backward"), options);
}

void backward(const Tensor& y, const Tensor& seed, const BackwardOptions& options) {
  sweep_and_commit(y, checked_seed(y, seed, "backward"), options);
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const GradOptions& options) {
  return sweep_for(y, unit_seed(y, "grad"), xs, options);
}

std::vector<Tensor> grad(const Tensor& y, std::span<const Tensor> xs, const Tensor& seed,
                         const GradOptions& options) {
  return sweep_for(y, checked_seed(y, seed, "grad"), xs, options);
}

}  // namespace nabla
