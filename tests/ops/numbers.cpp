// SPDX-License-Identifier: MIT
// C++ numbers as operands of tensor operations: an operation keeps the number, which has no node.
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/capture.hpp>
#include <nabla/engine/checkpoint.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/functional.hpp>
#include <nabla/engine/graph.hpp>
#include <nabla/engine/operation.hpp>
#include <nabla/engine/recording.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

using Numbers = std::vector<double>;
Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }

Tensor point(DType dtype = float64) { return variable(tensor({0.75, 1.5, -2.25}, dtype)); }

/// What one operation records.
TensorStatistics recorded_by(const std::function<Tensor()>& f) {
  const TensorStatistics before = tensor_statistics();
  const Tensor y = f();
  TensorStatistics taken = tensor_statistics();
  taken.nodes -= before.nodes;
  taken.node_bytes -= before.node_bytes;
  taken.storage_bytes -= before.storage_bytes;
  return taken;
}

/// The derivative of the sum of f(x) x, of this order.
Numbers derivative(const std::function<Tensor(const Tensor&)>& f, const Tensor& at, int order) {
  Tensor y = f(at) * at;
  for (int i = 0; i < order; ++i)
    y = std::get<0>(grad(sum(y), wrt(at), {.create_graph = i + 1 < order}));
  return numbers(y);
}

/// f of a number must be, to the last bit and in both derivatives, what f of a tensor of rank 0 is.
void check_alike(const std::function<Tensor(const Tensor&)>& of_numbers,
                 const std::function<Tensor(const Tensor&)>& of_tensors) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = point(dtype);
    BOOST_TEST(numbers(of_numbers(x)) == numbers(of_tensors(x)), boost::test_tools::per_element());
    for (const int order : {1, 2}) {
      BOOST_TEST(derivative(of_numbers, x, order) == derivative(of_tensors, x, order),
                 boost::test_tools::per_element());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numbers_as_operands)

BOOST_AUTO_TEST_CASE(a_number_takes_no_more_than_its_place_in_the_operation) {
  const Tensor x = point(), p = variable(tensor({1.0, 2.0, 3.0}, float64));
  const TensorStatistics of_tensors = recorded_by([&] { return x * p; });
  BOOST_TEST(of_tensors.nodes == 1);
  for (const auto& f :
       std::vector<std::function<Tensor()>>{[&] { return x * 0.99; }, [&] { return x * 2; },
                                            [&] { return 1 - x; }, [&] { return pow(x, 2); }}) {
    const TensorStatistics taken = recorded_by(f);
    BOOST_TEST(taken.nodes == 1);
    BOOST_TEST(taken.node_bytes == of_tensors.node_bytes);
    BOOST_TEST(taken.storage_bytes == of_tensors.storage_bytes);
  }
  const Tensor mask = x > 0;
  BOOST_TEST(recorded_by([&] { return where(mask, x, 0.0); }).nodes == 1);
  BOOST_TEST(recorded_by([&] { return fma(x, 2.0, 3.0); }).nodes == 1);
}

BOOST_AUTO_TEST_CASE(an_operation_gives_its_number_as_an_operand) {
  const Tensor x = point(float32), y = 0.75 - x;
  const Operation operation(y);
  const std::vector<Tensor> operands = operation.operands();
  BOOST_REQUIRE(operands.size() == 2u);
  BOOST_TEST(operands[0].item() == 0.75);
  BOOST_TEST(operands[0].rank() == 0);
  BOOST_TEST(!operands[0].requires_grad());
  BOOST_TEST(operands[1].node() == x.node());
  // It adapts its dtype, as the number did.
  const Tensor again = operation.again(operands);
  BOOST_TEST((again.dtype() == float32));
  BOOST_TEST(numbers(again) == numbers(y), boost::test_tools::per_element());
  BOOST_TEST(!operation.is_overtaken());
}

BOOST_AUTO_TEST_CASE(derivatives_are_those_of_a_tensor_of_rank_0) {
  const auto of = [](double number) { return full({}, number, float64); };
  check_alike([](const Tensor& x) { return x * 1.25; },
              [&](const Tensor& x) { return x * of(1.25).to(x.dtype()); });
  check_alike([](const Tensor& x) { return pow(x, 2); },
              [&](const Tensor& x) { return pow(x, of(2).to(x.dtype())); });
  check_alike([](const Tensor& x) { return 1 / x; },
              [&](const Tensor& x) { return of(1).to(x.dtype()) / x; });
  check_alike([](const Tensor& x) { return where(x > 0, x, 0.0); },
              [&](const Tensor& x) { return where(x > 0, x, of(0).to(x.dtype())); });
  check_alike([](const Tensor& x) { return where(x > 0, 0.5, x); },
              [&](const Tensor& x) { return where(x > 0, of(0.5).to(x.dtype()), x); });
}

BOOST_AUTO_TEST_CASE(a_number_may_stand_in_every_place) {
  const auto of = [](double number, const Tensor& x) { return full({}, number, x.dtype()); };
  check_alike([](const Tensor& x) { return fma(1.5, x, x); },
              [&](const Tensor& x) { return fma(of(1.5, x), x, x); });
  check_alike([](const Tensor& x) { return fma(x, 1.5, x); },
              [&](const Tensor& x) { return fma(x, of(1.5, x), x); });
  check_alike([](const Tensor& x) { return fma(x, x, 1.5); },
              [&](const Tensor& x) { return fma(x, x, of(1.5, x)); });
  check_alike([](const Tensor& x) { return fma(2, x, 1.5); },
              [&](const Tensor& x) { return fma(of(2, x), x, of(1.5, x)); });
  check_alike([](const Tensor& x) { return lerp(0.5, x, x); },
              [&](const Tensor& x) { return lerp(of(0.5, x), x, x); });
  check_alike([](const Tensor& x) { return lerp(x, 0.5, x); },
              [&](const Tensor& x) { return lerp(x, of(0.5, x), x); });
  check_alike([](const Tensor& x) { return lerp(x, x * x, 0.5); },
              [&](const Tensor& x) { return lerp(x, x * x, of(0.5, x)); });
  check_alike([](const Tensor& x) { return hypot(1, x, 2.5); },
              [&](const Tensor& x) { return hypot(hypot(of(1, x), x), of(2.5, x)); });
}

BOOST_AUTO_TEST_CASE(a_number_meets_tensors_of_any_length) {
  for (const std::int64_t count : {0, 1, 2, 63, 64, 65, 200}) {
    for (const DType dtype : {float32, float64}) {
      const Tensor x = variable(arange(count).to(dtype) * 0.5 - 7.25);
      const Tensor stretched = full({count}, 0.1, dtype);
      BOOST_TEST(numbers(x * 0.1) == numbers(x * stretched), boost::test_tools::per_element());
      BOOST_TEST(numbers(0.1 - x) == numbers(stretched - x), boost::test_tools::per_element());
      const auto slope = [&](const Tensor& y) {
        return numbers(std::get<0>(grad(y.sum(), wrt(x))));
      };
      BOOST_TEST(slope(x * 0.1 * x) == slope(x * stretched * x), boost::test_tools::per_element());
    }
    const Tensor k = arange(count), threes = full({count}, 3.0, float64).to(int64);
    BOOST_TEST(numbers(k * 3) == numbers(k * threes), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(sweeps_of_every_kind_see_the_number) {
  const auto f = [](const Tensor& x) { return pow(x, 3) * 0.5 + 2; };
  const Tensor x = point();
  const Numbers slope{1.5 * 0.5625, 1.5 * 2.25, 1.5 * 5.0625};
  const Tensor y = f(x).sum();
  backward(y, {.retain_graph = true});
  backward(y);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(numbers(x.grad())[i] == 2 * slope[i]);
  BOOST_CHECK_THROW(backward(y), GraphError);
  const auto tangent = jvp(f, x.detach(), ones_like(x.detach()));
  BOOST_TEST(numbers(tangent.tangent) == slope, boost::test_tools::per_element());
  const Tensor inside = checkpoint([f](std::span<const Tensor> xs) { return f(xs[0]); }, {x}).sum();
  BOOST_TEST(numbers(std::get<0>(grad(inside, wrt(x)))) == slope, boost::test_tools::per_element());
  const Tensor direct = f(x);
  BOOST_TEST(numbers(Operation(direct).contributions(ones_like(direct))[0]) == Numbers(3, 1.0),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_change_in_place_names_the_operand_beside_the_number) {
  const Tensor x = point();
  Tensor h = x + 0.25;
  const Tensor y = (1.5 / h).sum();
  {
    const NoGrad no_grad;
    h += 1.0;
  }
  BOOST_CHECK_EXCEPTION(backward(y), GraphError, [](const GraphError& error) {
    return std::string(error.what()).find("div (operation") != std::string::npos &&
           std::string(error.what()).find("its operand 1") != std::string::npos;
  });
  // And operands with versions: the number has none.
  const Tensor z = (1.5 / h.detach() * x).sum();
  backward(z);
  BOOST_TEST(x.has_grad());
}

BOOST_AUTO_TEST_CASE(a_snapshot_shows_each_number_as_a_constant) {
  const Tensor x = point();
  const Graph graph = capture((fma(x, 2.5, 3.5) * 2.5).sum());
  Numbers constants;
  for (const GraphNode& node : graph.nodes)
    if (node.role == Role::constant) constants.push_back(node.value);
  BOOST_TEST(constants == (Numbers{2.5, 3.5, 2.5}), boost::test_tools::per_element());
  BOOST_TEST(graph.edges.size() == 6u);
}

BOOST_AUTO_TEST_CASE(an_integer_stays_one_beside_integers_and_where_no_double_is_it) {
  const Tensor whole = tensor({1, 2, 3}, int64);
  BOOST_TEST(((whole + 1).dtype() == int64));
  BOOST_TEST(((whole + 1.0).dtype() == float32));
  constexpr std::int64_t kOdd = (std::int64_t{1} << 53) + 1;
  BOOST_TEST((whole + kOdd).at<std::int64_t>({0}) == kOdd + 1);
  const Tensor x = point(), y = x + kOdd, z = x + (kOdd - 1);
  BOOST_TEST(Operation(y).operands()[1].item<std::int64_t>() == kOdd);
  BOOST_TEST((Operation(z).operands()[1].dtype() == int64));
  BOOST_TEST((Operation(x * 2).operands()[1].dtype() == int64));
  BOOST_TEST((Operation(x * 2.0).operands()[1].dtype() == float64));
  const std::vector<Tensor> mixed = Operation(fma(2, x, 1.5)).operands();
  BOOST_TEST((mixed[0].dtype() == int64));
  BOOST_TEST(mixed[2].item() == 1.5);
  BOOST_TEST(Operation(z).operands()[1].item<std::int64_t>() == kOdd - 1);
  BOOST_TEST(numbers(Operation(y).again(Operation(y).operands())) == numbers(y),
             boost::test_tools::per_element());
  backward(sum(y * 1));
  BOOST_TEST(numbers(x.grad()) == Numbers(3, 1.0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
