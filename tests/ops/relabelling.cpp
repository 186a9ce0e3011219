// SPDX-License-Identifier: MIT
// An elementwise op does not know where an element stands: elements in another order give results and
// gradients in that order.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/registry.hpp>

using namespace nabla;

namespace {

// Equal but for the last bits: what is left over of a vector is computed one number at a time, which
// may be rounded otherwise.
bool is_close(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) ||
         std::abs(a - b) <= 0x1p-50 * std::max(std::abs(a), std::abs(b));
}

struct Swept {
  std::vector<double> value;
  std::vector<std::vector<double>> gradients;
};
Swept result_of(const OpEntry& op, const std::vector<Tensor>& operands, const Tensor& upstream) {
  std::vector<Tensor> xs;
  for (const Tensor& operand : operands) xs.push_back(variable(operand));
  const Tensor y = op.tensor(xs, {});
  Swept result{y.to_vector(), {}};
  for (const Tensor& g : grad(y, xs, upstream.to(y.dtype()), {.allow_unused = true}))
    result.gradients.push_back(g.defined() ? g.to_vector() : std::vector<double>());
  return result;
}

Tensor reordered(const Tensor& x, const std::vector<std::int64_t>& order) {
  return index_select(x, 0, from_span(std::span<const std::int64_t>(order)));
}

void check_same(const std::string& what, const std::vector<double>& got,
                const std::vector<double>& in_order, const std::vector<std::int64_t>& order) {
  if (got.empty() && in_order.empty()) return;
  BOOST_TEST_REQUIRE(got.size() == order.size(), what);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double want = in_order[static_cast<std::size_t>(order[i])];
    BOOST_TEST(is_close(got[i], want), what << " at " << i << ": " << got[i] << ", not " << want);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(relabelling)

BOOST_AUTO_TEST_CASE(elements_in_another_order_give_results_and_gradients_in_that_order) {
  constexpr std::int64_t kCount = 101;  // full vectors of any instruction set, and a rest
  std::vector<std::int64_t> order(kCount);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  int ops = 0;
  for (const OpEntry* op : all_ops()) {
    if (op->family == "structured" || op->tensor == nullptr) continue;
    ++ops;
    std::vector<Tensor> operands, others;
    for (int i = 0; i < op->arity; ++i) {
      const Interval& range = op->info->samples[i];
      manual_seed(static_cast<std::uint64_t>(20 + i));
      operands.push_back(rand({kCount}, float64) * (range.upper - range.lower) + range.lower);
      others.push_back(reordered(operands.back(), order));
    }
    manual_seed(30);
    const Tensor upstream = randn({kCount}, float64);
    const Swept in_order = result_of(*op, operands, upstream);
    const Swept got = result_of(*op, others, reordered(upstream, order));
    const std::string name(op->info->name);
    check_same(name, got.value, in_order.value, order);
    for (std::size_t i = 0; i < got.gradients.size(); ++i) {
      check_same(name + " by operand " + std::to_string(i), got.gradients[i], in_order.gradients[i],
                 order);
    }
  }
  BOOST_TEST(ops > 100);
}

// Large ones are brought into order before the loop.
BOOST_AUTO_TEST_CASE(large_tensors_may_lie_in_memory_in_any_order) {
  manual_seed(6);
  const Tensor flat = randn({90, 80}, float64), deep = randn({4, 50, 60}, float64);
  const auto check = [](const Tensor& view) {
    const Tensor x = variable(view), in_order = variable(view.contiguous());
    const Tensor other = randn(view.shape(), float64);
    const Tensor y = x * other + exp(x), expected = in_order * other + exp(in_order);
    BOOST_TEST((y.to_vector() == expected.to_vector()));
    backward(y.sum());
    backward(expected.sum());
    BOOST_TEST((x.grad().to_vector() == in_order.grad().to_vector()));
  };
  check(flat.transpose());
  check(broadcast_to(flat.transpose(), {3, 80, 90}));
  check(deep.transpose(0, 2));
  check(deep.transpose(0, 1));
  check(deep.transpose(1, 2).slice(2, 3, 47, 2));
  check(broadcast_to(deep.transpose().reshape({4, 60, 50, 1}), {4, 60, 50, 3}));
  check(flat.to(float32).transpose().to(float64));
}

BOOST_AUTO_TEST_SUITE_END()
