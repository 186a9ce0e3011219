// SPDX-License-Identifier: MIT
#include "program/order.hpp"

#include <algorithm>
#include <utility>

namespace nabla::detail {
namespace {

class LateOrder {
 public:
  LateOrder(const Steps& steps, const Order& written)
      : steps_(steps),
        step_of_(steps.registers, kNothing),
        first_reader_(steps.registers + 1),
        unread_(steps.registers),
        waits_for_(steps.all.size()),
        is_done_(steps.all.size(), 1) {
    for (const std::uint32_t i : written) {
      is_done_[i] = 0;
      if (steps.all[i].result != kNothing) step_of_[steps.all[i].result] = i;
      for_each_operand(i, [&](Register operand) { ++unread_[operand]; });
    }
    for (Register r = 0; r < steps.registers; ++r)
      first_reader_[r + 1] = first_reader_[r] + unread_[r];
    readers_.resize(first_reader_.back());
    std::vector<std::uint32_t> next(first_reader_.begin(), first_reader_.end() - 1);
    for (const std::uint32_t i : written) {
      for_each_operand(i, [&](Register operand) {
        readers_[next[operand]++] = i;
        if (step_of_[operand] != kNothing) ++waits_for_[i];
      });
    }
    // Derivatives are what is written last; results and guards can mostly be had along the way.
    const auto begin = written.rbegin();
    const auto end = std::find_if(begin, written.rend(),
                                  [&](std::uint32_t i) { return steps.all[i].result != kNothing; });
    for (auto at = end; at != begin;) compute(*--at);
    for (const std::uint32_t i : written)
      if (is_done_[i] == 0) compute(i);
  }
  Order take() { return std::move(order_); }

 private:
  template <class F>
  void for_each_operand(std::uint32_t step, const F& f) const {
    const std::span<const Register> operands = steps_.operands_of(steps_.all[step]);
    for (auto at = operands.begin(); at != operands.end(); ++at)
      if (std::find(operands.begin(), at, *at) == at) f(*at);
  }

  /// The step and all that it waits for.
  void compute(std::uint32_t root) {
    open_.push_back(root);
    while (!open_.empty()) {
      const std::uint32_t i = open_.back();
      if (is_done_[i] != 0) {
        open_.pop_back();
      } else if (waits_for_[i] == 0) {
        finish(i);
      } else {
        const std::span<const Register> operands = steps_.operands_of(steps_.all[i]);
        open_.push_back(step_of_[*std::ranges::find_if(operands, [&](Register operand) {
          return step_of_[operand] != kNothing && is_done_[step_of_[operand]] == 0;
        })]);
      }
    }
  }
  /// The step, and what it is now best to do at once.
  void finish(std::uint32_t first) {
    ready_.push_back(first);
    while (!ready_.empty()) {
      const std::uint32_t i = ready_.back();
      ready_.pop_back();
      if (is_done_[i] != 0) continue;
      is_done_[i] = 1;
      order_.push_back(i);
      const auto add_readers = [&](Register number) {
        for (std::uint32_t at = first_reader_[number]; at < first_reader_[number + 1]; ++at)
          if (waits_for_[readers_[at]] == 0 && frees(readers_[at])) ready_.push_back(readers_[at]);
      };
      for_each_operand(i, [&](Register operand) { --unread_[operand]; });
      const Register result = steps_.all[i].result;
      if (result != kNothing) {
        for (std::uint32_t at = first_reader_[result]; at < first_reader_[result + 1]; ++at)
          --waits_for_[readers_[at]];
        add_readers(result);
      }
      for_each_operand(i, [&](Register operand) {
        if (unread_[operand] == 1) add_readers(operand);
      });
    }
  }
  /// True of a step that takes no more slots than it frees.
  [[nodiscard]] bool frees(std::uint32_t i) const {
    bool frees = steps_.all[i].result == kNothing;
    for_each_operand(i, [&](Register operand) {
      frees = frees || (unread_[operand] == 1 && step_of_[operand] != kNothing);
    });
    return frees;
  }

  const Steps& steps_;
  std::vector<std::uint32_t> step_of_;                 ///< by register: that computes it
  std::vector<std::uint32_t> first_reader_, readers_;  ///< by register
  std::vector<std::uint32_t> unread_;                  ///< by register: readers that are not done
  std::vector<std::uint32_t> waits_for_;               ///< by step: operands that are not computed
  std::vector<std::uint8_t> is_done_;                  ///< by step
  std::vector<std::uint32_t> open_, ready_;            ///< stacks of compute() and of finish()
  Order order_;
};

}  // namespace

Order order_written(const Steps& steps) {
  std::vector<bool> is_read(steps.registers);
  Order order;
  for (auto i = static_cast<std::uint32_t>(steps.all.size()); i-- > 0;) {
    const Step& step = steps.all[i];
    if (step.result != kNothing && !is_read[step.result]) continue;
    for (const Register operand : steps.operands_of(step)) is_read[operand] = true;
    order.push_back(i);
  }
  std::ranges::reverse(order);
  return order;
}

Order order_late(const Steps& steps, const Order& written) {
  return LateOrder(steps, written).take();
}

}  // namespace nabla::detail
