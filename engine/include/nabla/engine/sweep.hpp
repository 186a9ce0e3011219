// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/rule.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/kernels/memory.hpp>

// One reverse sweep over tensor nodes. The frontier holds the nodes whose gradient has begun to
// arrive; the one computed last is next, because by then all of its uses are behind. A sweep that
// is left by an exception takes its adjoints with it and has changed nothing.

namespace nabla::detail {

/// Of the op that adds up the adjoints of a tensor in a recorded sweep: its derivative is the identity twice.
extern const OpInfo sum_of_adjoints;

/// Sees each contribution of a sweep, for snapshots.
class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  virtual void arrived(Node& node, const Tensor& gradient) = 0;
  virtual void contributed(Node& node, int operand, const Tensor& contribution) = 0;
};

class Sweep {
 public:
  explicit Sweep(bool create_graph, SweepObserver* observer = nullptr);
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  /// The sweep in progress in this thread, or null.
  [[nodiscard]] static Sweep* current();

  /// Errors    GraphError unless the history of this node is there, and what its rule reads is as it
  ///           was
  static void check(const Node& node);

  /// Adds to the gradient of a node.
  void add(Node* node, Tensor contribution);
  /// Handles all frontier nodes that were computed after the one numbered `sequence`.
  void run_down_to(std::uint64_t sequence);
  /// f(node, gradient so far) for each node that something has reached and that was not handled.
  template <class F>
  void for_each_waiting(F&& f) const {
    for (const Node* node : frontier_) f(*node, Tensor::share(node->adjoint));
    for (const Node* node : leaves_) f(*node, Tensor::share(node->adjoint));
  }
  /// Handles the rest.
  void run() { run_down_to(0); }

  /// Sweeps through the history of `y`, all of which was recorded since number `sequence`, for the
  /// operation `by`, as part of this sweep, unseen by the observer, and forgets the nodes again.
  /// Errors    GraphError if that leads to something that was computed after `by`
  void run_inside(const Node& by, const Tensor& y, const Tensor& gradient, std::uint64_t sequence);

  /// A joint sweep has a half on the tape. Between the halves, the gradient of a tensor that was
  /// stacked from Values waits until the tape's half comes past their record.
  void hand_over(const Node& stacked, const Tensor& gradient);
  /// What was handed over for this tensor, once; undefined if nothing was.
  [[nodiscard]] Tensor take(const Node& stacked);
  /// The tape's half is under way: whoever hands over need not start it. Gives what was before.
  bool set_tape_under_way(bool under_way) { return std::exchange(tape_under_way_, under_way); }

  /// The gradient of this node is wanted as a result; keeps it, now or when it is complete.
  void want(const Tensor& target) {
    if (!target.is_leaf()) wanted_operations_.push_back(wanted_.size());
    wanted_.push_back({target, {}});
  }
  [[nodiscard]] Tensor result(std::size_t index) const { return wanted_[index].gradient; }

  /// Gradients are as the rules say, whatever hooks there are.
  void skip_hooks() { skip_hooks_ = true; }
  /// All intermediate results keep their gradient.
  void retain_all() { retain_all_ = true; }
  /// Adds what was gathered to `.grad` of the leaves and of the nodes that retain theirs.
  void commit();
  /// Gives back the history of the nodes that were handled.
  void free_graph() noexcept;

  [[nodiscard]] bool create_graph() const { return create_graph_; }
  /// Who sees what the operation at hand does, or null.
  [[nodiscard]] SweepObserver* observer() const { return inside_ == 0 ? observer_ : nullptr; }
  [[nodiscard]] bool is_observed() const { return observer_ != nullptr; }
  /// The same while run_inside is at work, for what concerns the operation that called it.
  [[nodiscard]] SweepObserver* observer_outside() const {
    return inside_ == 1 ? observer_ : nullptr;
  }
  /// Handles what lies above the wanted nodes, as far as that can be told from their numbers.
  void run_to_wanted();
  /// Collects the gradients of wanted nodes that were not handled: leaves, and the last ones.
  void finish();

 private:
  struct Wanted {
    Tensor target, gradient;
  };
  template <class T>
  using List = std::vector<T, kernels::Allocator<T>>;
  void handle(Node& node);
  void keep(Node& node, const Tensor& gradient);
  void forget_handled(std::size_t first);
  [[nodiscard]] Tensor with_hooks(const Node& node, Tensor gradient) const;

  bool create_graph_;
  bool retain_all_ = false;
  bool tape_under_way_ = false;
  SweepObserver* observer_;
  int inside_ = 0;                                 ///< calls of run_inside
  std::uint64_t too_late_ = 0, too_late_end_ = 0;  ///< numbers that a call may not lead to: [ , )
  bool skip_hooks_ = false;
  Sweep* outer_;
  // Each holds its nodes: what runs in a sweep (hooks, functions of the user) may drop others.
  List<Node*> frontier_;  // a heap: the greatest sequence is in front
  List<Node*> leaves_;    // in the order in which they were reached
  List<Node*> handled_;
  List<Node*> outer_adjoints_;  // of the sweep this one runs in, set aside while it lives
  List<Wanted> wanted_;
  List<std::size_t> wanted_operations_;  // places in wanted_ of what is no leaf
  List<Wanted> retained_;
  std::unordered_map<const Node*, Tensor> handed_over_;
};

}  // namespace nabla::detail
