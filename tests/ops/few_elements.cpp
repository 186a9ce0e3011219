// SPDX-License-Identifier: MIT
// The short ways that tensors of few elements take, against plain loops and against the ways of a
// recorded sweep: random sizes beside the limits, views, both dtypes, numbers that are not finite.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/ops/ops.hpp>

#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
std::int64_t differences(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return -1;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += !is_same(a[i], b[i]);
  return count;
}
std::int64_t differences(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() ? differences(a.to_vector(), b.to_vector()) : -1;
}

std::int64_t below(std::mt19937& random, std::int64_t n) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(n));
}

// Numbers of this shape and dtype: contiguous, or a view of others in which they are turned round or
// lie apart.
Tensor any_tensor(const Shape& shape, DType dtype, std::mt19937& random, bool are_finite = true) {
  std::normal_distribution<double> normal;
  const auto numbers = [&](const Shape& of) {
    std::vector<double> all(static_cast<std::size_t>(of.numel()));
    for (double& number : all) {
      number = normal(random);
      if (!are_finite && random() % 7 == 0) number = random() % 2 == 0 ? kNan : kInf;
    }
    return from_span(std::span<const double>(all), of).to(dtype);
  };
  if (shape.rank() == 0 || random() % 2 == 0) return numbers(shape);
  const int last = shape.rank() - 1;
  if (random() % 2 == 0)
    return numbers(shape.with(last, 2 * shape[last])).slice(last, 0, 2 * shape[last], 2);
  const int axis = static_cast<int>(below(random, shape.rank()));
  const Shape turned = shape.with(axis, shape[last]).with(last, shape[axis]);
  return numbers(turned).transpose(axis, last);
}

Shape any_shape(std::mt19937& random, int most_axes, std::int64_t most) {
  Shape shape;
  const int rank = static_cast<int>(below(random, most_axes + 1));
  for (int axis = 0; axis < rank; ++axis)
    shape = shape.inserted(axis, random() % 20 == 0 ? 0 : 1 + below(random, most));
  return shape;
}

using F = std::function<Tensor(std::span<const Tensor>)>;

// How many elements of the gradients of f differ between a sweep and a recorded sweep. The seed is
// random, with zeros.
std::int64_t differences_of_sweeps(const F& f, const std::vector<Tensor>& inputs,
                                   std::mt19937& random) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) leaves.push_back(variable(input));
  const Tensor y = f(leaves);
  Tensor seed = any_tensor(y.shape(), y.dtype(), random);
  if (random() % 3 == 0) seed = where(seed > 0.5, 0.0, seed);
  const auto gradients = [&](bool create_graph) {
    return grad(y, std::span<const Tensor>(leaves), seed,
                {.retain_graph = true, .create_graph = create_graph, .allow_unused = true});
  };
  const auto plain = gradients(false), recorded = gradients(true);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    BOOST_TEST(plain[i].defined() == recorded[i].defined());
    if (plain[i].defined()) count += std::abs(differences(plain[i], recorded[i]));
  }
  return count;
}

template <class G>
void repeatedly(const G& f) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial)
    for (const DType dtype : {float32, float64}) f(dtype, random);
}

template <class G>
void refused(const G& call, const std::string& message) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(call()), Error, [&](const Error& error) {
    BOOST_TEST_MESSAGE(error.what());
    return std::string(error.what()).find(message) != std::string::npos;
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(few_elements)

BOOST_AUTO_TEST_CASE(sums_and_means_of_all_elements) {
  repeatedly([](DType dtype, std::mt19937& random) {
    const bool are_finite = random() % 3 != 0;
    const Tensor x = any_tensor(any_shape(random, 3, 4), dtype, random, are_finite);
    const std::vector<double> numbers = x.to_vector();
    long double total = 0, size = 0;
    for (const double number : numbers) {
      total += number;
      size += std::fabs(number);
    }
    const double rounding = dtype == float32 ? 0x1p-24 : 0x1p-53;
    const auto n = static_cast<double>(numbers.size());
    const auto agrees = [&](const Tensor& got, long double expected, long double weight) {
      const double number = got.item();
      if (!std::isfinite(expected)) return is_same(number, static_cast<double>(expected));
      return std::fabs(number - expected) <=
             weight * (n / 8 + 4) * 0x1p-53L + std::fabs(expected) * rounding;
    };
    BOOST_TEST(agrees(sum(x), total, size));
    if (numbers.empty()) {
      BOOST_TEST(std::isnan(mean(x).item()));
    } else {
      BOOST_TEST(agrees(mean(x), total / n, size / n * 2));
    }
    // The order depends on the shape alone, and is that of the kernels.
    const Tensor row = x.reshape({1, x.numel()});
    BOOST_TEST(differences(sum(row, 1), sum(x).reshape({1})) == 0);
    BOOST_TEST(differences(sum(x), sum(x.contiguous())) == 0);
    BOOST_TEST(sum(x, {}, true).rank() == x.rank());
  });
}

BOOST_AUTO_TEST_CASE(what_a_sum_and_a_mean_over_axes_contribute) {
  repeatedly([](DType dtype, std::mt19937& random) {
    const Tensor x = any_tensor(any_shape(random, 3, 5), dtype, random);
    const bool keepdim = random() % 2 == 0, is_mean = random() % 2 == 0;
    std::vector<int> chosen;
    for (int axis = 0; axis < x.rank(); ++axis)
      if (random() % 2 == 0) chosen.push_back(axis);
    Axes axes;
    if (chosen.size() == 1) axes = Axes(chosen[0]);
    if (chosen.size() == 2) axes = Axes{chosen[0], chosen[1]};
    const F f = [&](std::span<const Tensor> in) {
      return is_mean ? mean(in[0], axes, keepdim) : sum(in[0], axes, keepdim);
    };
    BOOST_TEST(differences_of_sweeps(f, {x}, random) == 0);
  });
}

BOOST_AUTO_TEST_CASE(parts_give_their_gradient_back) {
  repeatedly([](DType dtype, std::mt19937& random) {
    const Shape shape = any_shape(random, 3, 6).inserted(0, 1 + below(random, 6));
    const Tensor x = any_tensor(shape, dtype, random);
    const int axis = static_cast<int>(below(random, shape.rank()));
    const std::int64_t size = shape[axis], start = below(random, size + 2) - 1,
                       stop = below(random, size + 2) - 1, step = 1 + below(random, 3);
    const F part = [&](std::span<const Tensor> in) {
      return slice(in[0], axis, start, stop, step);
    };
    BOOST_TEST(differences_of_sweeps(part, {x}, random) == 0);
    if (size == 0) return;
    const std::int64_t index = below(random, size);
    const F one = [&](std::span<const Tensor> in) { return select(in[0], axis, index); };
    BOOST_TEST(differences_of_sweeps(one, {x}, random) == 0);
    // Against the definition.
    const Tensor leaf = variable(x);
    const Tensor y = select(leaf, axis, index);
    const Tensor g = any_tensor(y.shape(), dtype, random);
    const Tensor dx = grad(y, std::span<const Tensor>(&leaf, 1), g)[0];
    BOOST_TEST(differences(select(dx, axis, index), g) == 0);
    BOOST_TEST(sum(abs(dx)).item() == sum(abs(g)).item(),
               boost::test_tools::tolerance(dtype == float32 ? 1e-5 : 1e-13));
  });
}

BOOST_AUTO_TEST_CASE(tensors_joined_of_many_dtypes) {
  repeatedly([](DType dtype, std::mt19937& random) {
    const Shape shape = any_shape(random, 2, 4).inserted(0, 2);
    const int axis = static_cast<int>(below(random, shape.rank()));
    std::vector<Tensor> parts;
    std::vector<std::vector<double>> expected;    // slices along the axis
    const std::size_t count = 1 + random() % 11;  // more than eight, too
    for (std::size_t i = 0; i < count; ++i) {
      const DType own = random() % 4 == 0 ? float32 : dtype;
      parts.push_back(any_tensor(shape.with(axis, below(random, 3)), own, random));
      for (std::int64_t k = 0; k < parts.back().size(axis); ++k)
        expected.push_back(select(parts.back(), axis, k).to_vector());
    }
    const Tensor joined = concat(parts, axis);
    BOOST_TEST(joined.size(axis) == static_cast<std::int64_t>(expected.size()));
    for (std::size_t k = 0; k < expected.size(); ++k)
      BOOST_TEST(differences(select(joined, axis, static_cast<std::int64_t>(k)).to_vector(),
                             expected[k]) == 0);
    const F f = [axis](std::span<const Tensor> in) { return concat(in, axis); };
    BOOST_TEST(differences_of_sweeps(f, parts, random) == 0);
  });
}

BOOST_AUTO_TEST_CASE(products_of_tiny_matrices) {
  test::for_each_instruction_set([](kernels::Isa) {
    repeatedly([](DType dtype, std::mt19937& random) {
      const std::int64_t m = below(random, 6), n = below(random, 6), k = below(random, 6);
      const Tensor a = any_tensor({m, k}, dtype, random), b = any_tensor({k, n}, dtype, random);
      const std::vector<double> x = a.to_vector(), y = b.to_vector(), z = matmul(a, b).to_vector();
      const double rounding = dtype == float32 ? 0x1p-23 : 0x1p-52;
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          long double total = 0, size = 0;
          for (std::int64_t p = 0; p < k; ++p) {
            const auto term = static_cast<long double>(x[static_cast<std::size_t>(i * k + p)]) *
                              y[static_cast<std::size_t>(p * n + j)];
            total += term;
            size += std::fabs(term);
          }
          const double got = z[static_cast<std::size_t>(i * n + j)];
          wrong += !(std::fabs(got - total) <= static_cast<long double>(k) * rounding * size);
        }
      }
      BOOST_TEST(wrong == 0);
      const F f = [](std::span<const Tensor> in) { return matmul(in[0], in[1]); };
      BOOST_TEST(differences_of_sweeps(f, {a, b}, random) == 0);
    });
  });
}

// Rows of the gradient that are 0 take away what is not finite, as in a recorded sweep.
BOOST_AUTO_TEST_CASE(masked_rows_of_products_that_are_not_finite) {
  repeatedly([](DType dtype, std::mt19937& random) {
    const std::int64_t m = 1 + below(random, 4), n = 1 + below(random, 4), k = 1 + below(random, 4);
    const Tensor a = any_tensor({m, k}, dtype, random, false);
    const Tensor b = any_tensor({k, n}, dtype, random, false);
    const F f = [](std::span<const Tensor> in) { return matmul(in[0], in[1]); };
    BOOST_TEST(differences_of_sweeps(f, {a, b}, random) == 0);
    const Tensor leaves[] = {variable(a), variable(b)};
    const auto zero =
        grad(matmul(leaves[0], leaves[1]), std::span<const Tensor>(leaves), zeros({m, n}, dtype));
    BOOST_TEST(differences(zero[0], zeros({m, k}, dtype)) == 0);
    BOOST_TEST(differences(zero[1], zeros({k, n}, dtype)) == 0);
  });
}

BOOST_AUTO_TEST_CASE(choices_of_few_elements) {
  test::for_each_instruction_set([](kernels::Isa) {
    repeatedly([](DType dtype, std::mt19937& random) {
      const Shape shape = any_shape(random, 2, 9);
      const Tensor b = any_tensor(shape, dtype, random, false);
      const Tensor c = any_tensor(shape, dtype, random, false);
      const Tensor mask = any_tensor(shape, float64, random) > 0;
      const Tensor condition = random() % 3 == 0 ? mask.to(int64) * 3 : mask;
      const std::vector<double> x = b.to_vector(), z = c.to_vector(), at = mask.to_vector(),
                                y = where(condition, b, c).to_vector();
      std::int64_t wrong = 0;
      for (std::size_t i = 0; i < y.size(); ++i) wrong += !is_same(y[i], at[i] != 0 ? x[i] : z[i]);
      BOOST_TEST(wrong == 0);
      BOOST_TEST((where(condition, b, c).dtype() == dtype));
      BOOST_TEST((where(condition, b, 1.5).dtype() == dtype));
      const F f = [&](std::span<const Tensor> in) { return where(condition, in[0], in[1]); };
      BOOST_TEST(differences_of_sweeps(f, {b, c}, random) == 0);
      const F with_number = [&](std::span<const Tensor> in) {
        return where(condition, 0.5, in[0]);
      };
      BOOST_TEST(differences_of_sweeps(with_number, {b}, random) == 0);
    });
  });
  refused([] { return where(Tensor(), zeros({2}), zeros({2})); }, "[where] operand 0 is an empty");
  refused([] { return where(zeros({3}) > 0, zeros({2}), zeros({2})); },
          "[where] shapes do not broadcast: a is (3,), b is (2,)");
}

BOOST_AUTO_TEST_CASE(the_second_power) {
  test::for_each_instruction_set([](kernels::Isa) {
    repeatedly([](DType dtype, std::mt19937& random) {
      const Tensor x = any_tensor(any_shape(random, 2, 20), dtype, random, false);
      BOOST_TEST(differences(pow(x, 2), x * x) == 0);
      BOOST_TEST(differences(pow(x, 2.0), x * x) == 0);
      const F f = [](std::span<const Tensor> in) { return pow(in[0], 2); };
      BOOST_TEST(differences_of_sweeps(f, {x}, random) == 0);
      // As with an exponent that is a tensor, within what pow is known to.
      const Tensor two = full(x.shape(), 2.0, dtype);
      const std::vector<double> number = pow(x, 2).to_vector(), tensor = pow(x, two).to_vector();
      const double rounding = dtype == float32 ? 0x1p-23 : 0x1p-52;
      std::int64_t wrong = 0;
      for (std::size_t i = 0; i < number.size(); ++i)
        wrong += !(is_same(number[i], tensor[i]) ||
                   std::fabs(number[i] - tensor[i]) <= rounding * std::fabs(tensor[i]));
      BOOST_TEST(wrong == 0);
    });
  });
  const Tensor x = variable(tensor({-0.0, 3.0, -2.0, kInf}, float64));
  const Tensor dx = grad(sum(pow(x, 2)), std::span<const Tensor>(&x, 1), {.create_graph = true})[0];
  BOOST_TEST(differences(dx, tensor({-0.0, 6.0, -4.0, kInf}, float64)) == 0);
  const Tensor d2 = grad(sum(dx.slice(0, 1, 3)), std::span<const Tensor>(&x, 1))[0];
  BOOST_TEST(differences(d2.slice(0, 1, 3), tensor({2.0, 2.0}, float64)) == 0);
  BOOST_TEST((pow(arange(4), 2).dtype() == int64));
  BOOST_TEST(pow(arange(4), 2).at({3}) == 9);
  refused([] { return pow(Tensor(), 2); }, "[pow] operand 0 is an empty Tensor");
}

BOOST_AUTO_TEST_CASE(a_reshape_keeps_the_sizes_that_there_are) {
  const auto bytes_of = [](const std::function<Tensor()>& f) {
    const std::int64_t before = tensor_statistics().node_bytes;
    const Tensor y = f();
    return tensor_statistics().node_bytes - before;
  };
  const Tensor x = variable(zeros({4}, float64));
  BOOST_TEST(bytes_of([&] { return x.reshape({4}); }) <= 128);
  BOOST_TEST(bytes_of([&] {
               return x.reshape({2, 2});
             }) - bytes_of([&] { return x.reshape({4}); }) ==
             3 * 8);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{1, 1, 1, 1, 1, 1, 1, 1}}) {
    const Tensor one = variable(ones({1, 1}, float64));
    const Tensor y = one.reshape(shape);
    BOOST_TEST((y.shape() == shape));
    BOOST_TEST((grad(sum(y), std::span<const Tensor>(&one, 1))[0].shape() == Shape{1, 1}));
  }
}

BOOST_AUTO_TEST_CASE(sizes_whose_product_leaves_int64) {
  constexpr std::int64_t kHalf = std::int64_t{1} << 32;
  refused([] { return zeros({kHalf, kHalf}); }, "[zeros] too many elements: got (4294967296,");
  refused([] { return zeros({0, kHalf, kHalf, 4}); }, "[zeros] too many elements");
  refused([] { return zeros({kHalf, -1}); }, "[zeros] negative size");
  BOOST_TEST(zeros({0, kHalf}).numel() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
