// SPDX-License-Identifier: MIT
// What a training loop takes of the memory.
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/nan_guard.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/engine/tensor.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

constexpr std::int64_t kElements = 100'000;
constexpr std::int64_t kBuffer = kElements * 4;

// How many buffers a sweep back from y takes at most, beside what there was.
double buffers_of_a_sweep(const Tensor& y) {
  reset_peak();
  const std::int64_t before = tensor_statistics().storage_bytes;
  backward(y);
  return static_cast<double>(tensor_statistics().peak_storage_bytes - before) / kBuffer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_of_sweeps)

BOOST_AUTO_TEST_CASE(a_gradient_that_nobody_holds_is_overwritten) {
  const Tensor x = variable(full({kElements}, 0.1));
  BOOST_TEST(buffers_of_a_sweep(tanh(sigmoid(exp(tanh(x * 2)))).sum()) < 1.1);
  BOOST_TEST(x.grad().at({0}) == x.grad().at({kElements - 1}));
}

BOOST_AUTO_TEST_CASE(what_cheap_operations_contribute_is_added_where_the_gradient_is_gathered) {
  const Tensor x = variable(full({kElements}, 0.5)), a = full({kElements}, 2.0);
  BOOST_TEST(buffers_of_a_sweep((x * a + a * x + x * 3 + square(x)).sum()) < 1.1);
  BOOST_TEST(x.grad().at({7}) == 2 + 2 + 3 + 1);
  // One that the sum hands to two operands is not written to.
  const Tensor p = variable(full({3}, 0.5, float64)), q = variable(full({3}, 4.0, float64));
  backward((p * q + (p + q) * (p + q)).sum());
  BOOST_TEST(p.grad().at({0}) == 4 + 9);
  BOOST_TEST(q.grad().at({0}) == 0.5 + 9);
}

BOOST_AUTO_TEST_CASE(a_recorded_operation_takes_at_most_128_bytes) {
  const Tensor p = variable(full({1}, 0.5));
  for (Tensor (*op)(const Tensor&, const Tensor&) :
       {+[](const Tensor&y, const Tensor&w) -> Tensor { return y + w; },
        +[](const Tensor&y, const Tensor&w) -> Tensor { return y * w; },
        +[](const Tensor&y, const Tensor&) -> Tensor { return y * 0.99; },
        +[](const Tensor&y, const Tensor&) -> Tensor { return tanh(y); }}) {
    const auto taken = [] {
      const TensorStatistics now = tensor_statistics();
      return now.node_bytes + now.storage_bytes;
    };
    const std::int64_t before = taken();
    Tensor y = p;
    for (int i = 0; i < 1000; ++i) y = op(y, p);
    BOOST_TEST(taken() - before <= 128 * 1000);
  }
}

BOOST_AUTO_TEST_CASE(a_matrix_that_is_multiplied_transposed_gets_its_gradient_as_it_lies) {
  const Tensor x = arange(3 * 500, float32).reshape({3, 500}) - 700;
  const Tensor w = variable(full({200, 500}, 0.5));
  const Tensor g = arange(3 * 200, float32).reshape({3, 200}) - 300;
  BOOST_TEST(buffers_of_a_sweep((matmul(x, w.transpose()) * g).sum()) < 1.1);
  BOOST_TEST(w.grad().is_contiguous());
  const Tensor on_the_right = matmul(x, w.transpose());
  const Tensor on_the_left = matmul(w.transpose(), g.transpose());
  const Tensor y = (on_the_right * g).sum() + (on_the_left * x.transpose()).sum();
  BOOST_TEST(buffers_of_a_sweep(y) <
             2.1);  // each product makes a buffer, one is added to the other
  for (const auto& [row, column] : {std::pair{0, 0}, {7, 3}, {199, 499}}) {
    double expected = 0;
    for (std::int64_t i = 0; i < 3; ++i) expected += 3 * g.at({i, row}) * x.at({i, column});
    BOOST_TEST(w.grad().at({row, column}) == expected);
  }
  // Of a part that is transposed the gradient is not all that its storage holds.
  const Tensor v = variable(full({4, 3}, 1.0, float64));
  backward(matmul(full({2, 3}, 1.0, float64), v.slice(0, 1, 3).transpose()).sum());
  BOOST_TEST(
      v.grad().to_vector<double>() == (std::vector<double>{0, 0, 0, 2, 2, 2, 2, 2, 2, 0, 0, 0}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_kept_is_not) {
  const Tensor x = variable(full({3}, 0.5, float64));
  Tensor h = exp(x);
  h.retain_grad();
  backward(square(h).sum());
  const double e = h.at({1});
  BOOST_TEST(h.grad().at({1}) == 2 * e);
  BOOST_TEST(x.grad().at({1}) == 2 * e * e);
  // Both operands are one node; and a gradient that reaches two places.
  const Tensor z = variable(full({3}, 0.5, float64));
  const Tensor u = z * z;
  backward((u * u + exp(u)).sum());
  BOOST_TEST(z.grad().at({2}) == 4 * 0.125 + 2 * 0.5 * std::exp(0.25),
             boost::test_tools::tolerance(1e-15));
  // The caller's seed stays.
  const Tensor seed = full({3}, 2.0, float64), w = variable(full({3}, 0.5, float64));
  backward(exp(tanh(w)), seed);
  BOOST_TEST(seed.at({0}) == 2);
}

// Without history x += y is written where x lies; what overlaps it otherwise is read before.
BOOST_AUTO_TEST_CASE(a_change_in_place_takes_no_buffer) {
  const auto buffers_of = [](const auto& change) {
    reset_peak();
    const std::int64_t before = tensor_statistics().storage_bytes;
    change();
    return static_cast<double>(tensor_statistics().peak_storage_bytes - before) / kBuffer;
  };
  Tensor x = arange(kElements).to(float32);
  const Tensor y = full({kElements}, 0.5), kept = x;
  BOOST_TEST(buffers_of([&] { x += y; }) < 0.01);
  BOOST_TEST(buffers_of([&] { x *= x; }) < 0.01);
  BOOST_TEST(buffers_of([&] { x -= 0.25; }) < 0.01);
  BOOST_TEST(buffers_of([&] { x /= 2; }) < 0.01);
  BOOST_TEST(kept.at({3}) == (3.5 * 3.5 - 0.25) / 2);
  // Rows are repeated, halves read before they are written.
  Tensor matrix = full({4, 3}, 1.0, float64);
  matrix += tensor({1.0, 2.0, 3.0}, float64);
  BOOST_TEST(
      matrix.to_vector<double>() == (std::vector<double>{2, 3, 4, 2, 3, 4, 2, 3, 4, 2, 3, 4}),
      boost::test_tools::per_element());
  Tensor line = tensor({1.0, 2.0, 3.0, 4.0}, float64);
  Tensor behind = line.slice(0, 1, 4);
  behind += line.slice(0, 0, 3);
  BOOST_TEST(line.to_vector<double>() == (std::vector<double>{1, 3, 5, 7}),
             boost::test_tools::per_element());
  Tensor square = tensor({1.0, 2.0, 3.0, 4.0}, float64).reshape({2, 2});
  square -= square.transpose();
  BOOST_TEST(square.to_vector<double>() == (std::vector<double>{0, -1, 1, 0}),
             boost::test_tools::per_element());
  // Another handle of what has got a history shows it no more.
  const Tensor w = variable(tensor({1.0, 2.0}, float64));
  Tensor h = zeros({2}, float64), alias = h, other = ones({2}, float64);
  h += w;
  BOOST_CHECK_THROW(other += alias, GraphError);
  BOOST_CHECK_THROW(alias += 1.0, GraphError);
  BOOST_TEST(other.at({1}) == 1);
  BOOST_TEST(h.at({1}) == 2);
  // Large ones: rows are repeated on several threads, and results written past the caches.
  Tensor rows = zeros({600, 1000}), large = full({5'000'000}, 1.5);
  rows += arange(1000).to(float32);
  large *= large;
  BOOST_TEST(rows.sum(1).max().item() == 499'500);
  BOOST_TEST(rows.sum(1).min().item() == 499'500);
  BOOST_TEST(large.sum().item() == 5e6 * 2.25);
  // A NanGuard looks at results before they are anybody's.
  {
    const NanGuard guard;
    BOOST_CHECK_THROW(line /= 0.0, DomainError);
  }
  BOOST_TEST(line.at({0}) == 1);
}

BOOST_AUTO_TEST_CASE(what_another_thread_drops_is_no_longer_counted) {
  const TensorStatistics before = tensor_statistics();
  reset_peak();
  Tensor x = full({kElements}, 0.5) * 2;
  TensorStatistics during{};
  std::thread([x = std::move(x), &during]() mutable {
    const Tensor own = ones({1000});
    during = tensor_statistics();
    x = Tensor();
  }).join();
  BOOST_TEST(during.storage_bytes == before.storage_bytes + kBuffer + 4000);
  BOOST_TEST(during.nodes == before.nodes + 2);
  const TensorStatistics after = tensor_statistics();
  BOOST_TEST(after.storage_bytes == before.storage_bytes);
  BOOST_TEST(after.nodes == before.nodes);
  BOOST_TEST(after.node_bytes == before.node_bytes);
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(ten_thousand_steps_take_no_more_than_a_thousand) {
  const auto resident_pages = [] {
    std::ifstream file("/proc/self/statm");
    std::int64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident;
  };
  const Tensor x = randn({32, 20}), y = randn({32, 1});
  Tensor w = variable(randn({20, 40}) * 0.1), v = variable(randn({40, 1}) * 0.1);
  std::int64_t after_a_thousand = 0;
  for (int step = 0; step < 10'000; ++step) {
    backward((matmul(tanh(matmul(x, w)), v) - y).square().mean());
    const NoGrad no_grad;
    for (Tensor* p : {&w, &v}) {
      *p -= p->grad() * 0.01;
      p->zero_grad();
    }
    if (step == 1000) after_a_thousand = resident_pages();
  }
  BOOST_TEST(resident_pages() - after_a_thousand < 64);  // 256 KiB
}
#endif

BOOST_AUTO_TEST_SUITE_END()
