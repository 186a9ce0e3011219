// SPDX-License-Identifier: MIT
// Random programs against the tape: numbers that live shortly or long, many of them or few, read once or
// often, by several results. A slot that is taken again too early, or a step that is done before what it
// reads, shows as a number that is far off.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/program.hpp>

#include "ops/program_rows.hpp"

using namespace nabla;

namespace {

using test::Numbers, test::random_numbers, test::row_of;

struct Sizes {
  std::size_t inputs, operations, outputs;
  double long_lived;  ///< share of operands that are any earlier number, and not one of the latest
};

/// A function drawn from a seed. What no operation takes is averaged into the last result. All of its numbers stay within [-2, 2] and its slopes below about 1, so
/// that rounding does not grow on the way.
class RandomFunction {
 public:
  RandomFunction(const Sizes& sizes, std::uint64_t seed) : sizes_(sizes) {
    Random random(seed);
    const auto below = [&](std::size_t n) {
      return std::min(static_cast<std::size_t>(random.uniform() * static_cast<double>(n)), n - 1);
    };
    constexpr std::size_t kLatest = 4;
    for (std::size_t i = 0; i < sizes.operations; ++i) {
      const std::size_t there = sizes.inputs + i;
      Operation operation{.kind = below(kKinds), .number = random.uniform() - 0.5};
      for (std::size_t& operand : operation.operands) {
        operand = random.uniform() < sizes.long_lived ? below(there)
                                                      : there - 1 - below(std::min(kLatest, there));
      }
      operations_.push_back(operation);
    }
    for (std::size_t k = 1; k < sizes.outputs; ++k)
      outputs_.push_back(below(sizes.inputs + sizes.operations));
    std::vector<bool> is_read(sizes.inputs + sizes.operations);
    for (const Operation& operation : operations_)
      for (const std::size_t operand : operation.operands) is_read[operand] = true;
    for (std::size_t i = 0; i < is_read.size(); ++i)
      if (!is_read[i]) unread_.push_back(i);
  }

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }

  template <class T>
  std::vector<T> results(const std::vector<T>& x) const {
    std::vector<T> numbers = x;
    numbers.reserve(x.size() + operations_.size());
    for (const Operation& operation : operations_) {
      const auto& [a, b, c] = operation.operands;
      numbers.push_back(compute(operation, T(numbers[a]), T(numbers[b]), T(numbers[c])));
    }
    std::vector<T> results;
    for (const std::size_t output : outputs_) results.push_back(numbers[output]);
    T sum = 0.0;
    for (const std::size_t i : unread_)
      sum = sum + numbers[i] * (1.0 / static_cast<double>(unread_.size()));
    results.push_back(sum);
    return results;
  }
  /// The sum of the results.
  template <class T>
  T operator()(const std::vector<T>& x) const {
    T sum = 0.0;
    for (const T& result : results(x)) sum = sum + result;
    return sum;
  }

 private:
  static constexpr std::size_t kKinds = 10;
  struct Operation {
    std::size_t kind;
    double number;
    std::array<std::size_t, 3> operands{};
  };

  template <class T>
  static T compute(const Operation& operation, const T& a, const T& b, const T& c) {
    using std::exp, std::sin, std::sqrt, std::tanh;
    switch (operation.kind) {
      case 0:
        return 0.5 * (a + b);
      case 1:
        return 0.25 * a * b;
      case 2:
        return sin(a - b) * 0.5;
      case 3:
        return tanh(0.5 * a + operation.number);
      case 4:
        return fma(0.25 * a, b, 0.5 * c);
      case 5:
        return exp(-a * a);
      case 6:
        return 0.5 * a / (1.5 + b * b);
      case 7:
        return sqrt(1.0 + a * a) - 1.0;
      case 8:  // a guard that always ends so: numbers are within [-2, 2]
        return a < 4.0 ? T(a * operation.number) : T(b);
      default:
        return 0.75 * maximum(a, c);
    }
  }

  Sizes sizes_;
  std::vector<Operation> operations_;
  std::vector<std::size_t> outputs_, unread_;
};

// Rounding of some thousand operations whose slopes are below 1, of which the most unlike are added up
// in another order: 1e4 eps, where a number from a wrong slot is off in its first digits.
constexpr double kTolerance = 2e-12;

void compare(const Numbers& got, const Numbers& expected, const std::string& what) {
  BOOST_TEST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double size = std::max(1.0, std::abs(expected[i]));
    BOOST_TEST_REQUIRE(
        std::abs(got[i] - expected[i]) <= kTolerance * size,
        what << ", number " << i << ": got " << got[i] << ", the tape says " << expected[i]);
  }
}

void compare_bits(const Numbers& got, const Numbers& expected, const std::string& what) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool is_same =
        std::bit_cast<std::uint64_t>(got[i]) == std::bit_cast<std::uint64_t>(expected[i]);
    BOOST_TEST_REQUIRE(
        is_same, what << ", number " << i << ": got " << got[i] << ", in a block " << expected[i]);
  }
}

/// Values, Jacobian, gradient and Hessian product of these rows, some of which are compared.
void check(const RandomFunction& f, std::size_t rows, const std::vector<std::size_t>& compared,
           std::uint64_t seed) {
  const auto [inputs, operations, outputs, long_lived] = f.sizes();
  const std::string what = "seed " + std::to_string(seed) + ", " + std::to_string(operations) +
                           " operations, " + std::to_string(long_lived) + " of operands long-lived";
  const Numbers xs = random_numbers(rows * inputs, seed + 1);
  const Numbers directions = random_numbers(rows * inputs, seed + 2);
  const Program sum = Program::record(f, std::span(xs).first(inputs));
  const Program all = Program::record([&](const std::vector<Value>& x) { return f.results(x); },
                                      std::span(xs).first(inputs));
  Numbers values(rows), gradients(rows * inputs), products(rows * inputs);
  sum.values_and_gradients(xs, values, gradients);
  sum.hessian_vector_products(xs, directions, products);
  Numbers ys(rows * outputs), same_ys(rows * outputs), jacobians(rows * outputs * inputs);
  all.values_and_jacobians(xs, ys, jacobians);
  all.values(xs, same_ys);
  compare_bits(same_ys, ys, what + ", values without derivatives");
  for (const std::size_t row : compared) {
    const std::string where = what + ", row " + std::to_string(row);
    const Numbers at = row_of(xs, row, inputs);
    const auto [value, gradient] = value_and_gradient(f, at);
    compare({values[row]}, {value}, where + ", value");
    compare(row_of(gradients, row, inputs), gradient, where + ", gradient");
    // By itself: the same bits, in another order.
    Numbers value_alone(1), gradient_alone(inputs), product_alone(inputs);
    sum.values_and_gradients(at, value_alone, gradient_alone);
    sum.hessian_vector_products(at, row_of(directions, row, inputs), product_alone);
    compare_bits(value_alone, {values[row]}, where + " alone, value");
    compare_bits(gradient_alone, row_of(gradients, row, inputs), where + " alone, gradient");
    compare_bits(product_alone, row_of(products, row, inputs), where + " alone, product");
    compare(row_of(products, row, inputs), hvp(f, at, row_of(directions, row, inputs)),
            where + ", Hessian product");
    Tape tape;
    const std::vector<Value> x = variables(at);
    const std::vector<Value> expected = f.results(x);
    Numbers numbers, derivatives(outputs * inputs);
    for (const Value& y : expected) numbers.push_back(y.value());
    tape.jacobian(expected, x, derivatives);
    compare(row_of(ys, row, outputs), numbers, where + ", values");
    compare(row_of(jacobians, row, outputs * inputs), derivatives, where + ", Jacobian");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_schedule)

BOOST_AUTO_TEST_CASE(small_random_programs_are_what_the_tape_computes) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const Sizes sizes{.inputs = 1 + seed % 5,
                      .operations = 1 + seed * 3,
                      .outputs = 1 + seed % 3,
                      .long_lived = 0.25 * static_cast<double>(seed % 5)};
    check(RandomFunction(sizes, seed), 20, {0, 19}, seed);
  }
}

// Beyond 1024 slots steps are done in an order that needs fewer, beyond 4096 in smaller blocks of rows.
BOOST_AUTO_TEST_CASE(large_random_programs_are_what_the_tape_computes) {
  for (const double long_lived : {0.0, 0.02, 0.3, 1.0}) {
    for (const std::size_t operations : {3'000u, 12'000u, 40'000u}) {
      const std::uint64_t seed = operations + static_cast<std::uint64_t>(100 * long_lived);
      const Sizes sizes{
          .inputs = 12, .operations = operations, .outputs = 3, .long_lived = long_lived};
      check(RandomFunction(sizes, seed), 140, {0, 15, 16, 127, 128, 139}, seed);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
