// SPDX-License-Identifier: MIT
// What a training loop takes of the memory.
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
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
