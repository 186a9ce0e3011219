// SPDX-License-Identifier: MIT
// Sums of products and derivatives of numbers that are read often, which a Program adds up a few terms at a
// time: each combination of terms, what does not arrive, and values to the bit.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/functional.hpp>
#include <nabla/engine/random.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>
#include <nabla/ops/program.hpp>

#include "ops/program_rows.hpp"
#include "support/instruction_sets.hpp"

using namespace nabla;

namespace {

using test::Numbers, test::random_numbers, test::row_of;
constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

/// The same bits, but that NaN is NaN.
bool is_same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// A number that is read so often: as a term, as one that is subtracted, as a factor, squared.
struct ReadOften {
  std::size_t as_term, subtracted, as_factor, squared;

  template <class T>
  T operator()(const std::vector<T>& x) const {
    using std::tanh;
    const T y = x[0] * x[1];
    T sum = x[2];
    double weight = 0.25;
    const auto add = [&](const T& part) {
      weight += 0.125;
      sum = sum + weight * tanh(part);
    };
    for (std::size_t i = 0; i < as_term; ++i) add(T(y + weight));
    for (std::size_t i = 0; i < subtracted; ++i) add(T(weight - y));
    for (std::size_t i = 0; i < as_factor; ++i) add(T(y * T(x[2] + weight)));
    for (std::size_t i = 0; i < squared; ++i) add(T(y * y));
    return sum;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(program_sums)

BOOST_AUTO_TEST_CASE(terms_of_each_kind_add_up) {
  constexpr std::size_t kRows = 37, kInputs = 3, kMost = 3;
  const Numbers xs = random_numbers(kRows * kInputs, 1), along = random_numbers(xs.size(), 2);
  const auto check = [&](const ReadOften& f, const std::string& isa) {
    const Program program = Program::record(f, std::span(xs).first(kInputs));
    Numbers ys(kRows), gradients(xs.size()), products(xs.size());
    program.values_and_gradients(xs, ys, gradients);
    program.hessian_vector_products(xs, along, products);
    for (const std::size_t row : {std::size_t{0}, std::size_t{15}, kRows - 1}) {
      const Numbers at = row_of(xs, row, kInputs);
      const auto [value, gradient] = value_and_gradient(f, at);
      const Numbers product = hvp(f, at, row_of(along, row, kInputs));
      for (std::size_t i = 0; i < kInputs; ++i) {
        const std::size_t place = row * kInputs + i;
        const auto is_near = [](double a, double b) {
          return std::abs(a - b) <= 1e-13 * (1 + std::abs(b));
        };
        BOOST_TEST((is_near(gradients[place], gradient[i]) && is_near(products[place], product[i])),
                   isa << ", " << f.as_term << " terms, " << f.subtracted << " subtracted, "
                       << f.as_factor << " factors, " << f.squared << " squared, row " << row
                       << ": got " << gradients[place] << " and " << products[place] << ", need "
                       << gradient[i] << " and " << product[i]);
      }
    }
  };
  test::for_each_instruction_set([&](kernels::Isa set) {
    const std::string isa = kernels::name_of(set);
    for (std::size_t a = 0; a <= kMost; ++a)
      for (std::size_t b = 0; b <= kMost; ++b)
        for (std::size_t c = 0; c <= kMost; ++c)
          for (std::size_t d = 0; d <= 1; ++d) check({a, b, c, d}, isa);
  });
}

// A product and a sum are one step, and two roundings.
BOOST_AUTO_TEST_CASE(values_of_products_in_sums_are_rounded_twice) {
  constexpr std::size_t kRows = 37, kInputs = 5;
  const auto f = [](const std::vector<Value>& x) {
    const Value ab = x[0] * x[1], bc = x[1] * x[2], cd = x[2] * x[3], da = x[3] * x[0];
    const Value ac = x[0] * x[2], bd = x[1] * x[3], aa = x[0] * x[0];
    return std::vector<Value>{x[4] - ab, ab * 1.0 - x[4], bc + x[3],         x[3] + cd,
                              da - ac,   bd + aa,         x[0] * x[1] - x[4]};
  };
  Numbers xs = random_numbers(kRows * kInputs, 3);
  for (std::size_t row = 0; row < kRows; ++row) {
    double* const x = &xs[row * kInputs];
    const volatile double product = x[0] * x[1];
    x[4] = product;
  }
  xs[7 * kInputs] = kInf;
  xs[8 * kInputs + 1] = kNan;
  test::for_each_instruction_set([&](kernels::Isa set) {
    const std::string isa = kernels::name_of(set);
    const Program program = Program::record(f, std::span(xs).first(kInputs));
    const std::size_t outputs = program.outputs();
    Numbers ys(kRows * outputs);
    program.values(xs, ys);
    for (std::size_t row = 0; row < kRows; ++row) {
      Tape tape;
      const std::vector<Value> expected = f(variables(row_of(xs, row, kInputs)));
      for (std::size_t k = 0; k < outputs; ++k)
        BOOST_TEST(is_same(ys[row * outputs + k], expected[k].value()),
                   isa << ", row " << row << ", result " << k << ": got " << ys[row * outputs + k]
                       << ", need " << expected[k].value());
      if (row != 7 && row != 8) BOOST_TEST(ys[row * outputs] == 0.0);
    }
  });
}

// What does not arrive is 0, though what it is multiplied by is infinite or no number.
BOOST_AUTO_TEST_CASE(products_with_what_does_not_arrive_are_zero) {
  constexpr std::size_t kRows = 21, kInputs = 4;
  const auto f = [](const std::vector<Value>& x) {
    const Value y = x[0] + 1.0;
    const Value lost = (y * x[1] + y * y) * 0.0;  // nothing arrives at these products
    const Value kept = y * x[2] + y * x[3] - y;
    return where(x[2] > -5.0, kept, lost);
  };
  Numbers xs = random_numbers(kRows * kInputs, 4);
  const Numbers special{kInf, -kInf, kNan, 0.0, -0.0};
  for (std::size_t i = 0; i < special.size(); ++i) {
    xs[(2 * i) * kInputs + 1] = special[i];              // read by what is lost
    xs[(2 * i + 1) * kInputs + 2 + i % 2] = special[i];  // by what is kept
    xs[(2 * i + 11) * kInputs] = special[i];
  }
  test::for_each_instruction_set([&](kernels::Isa set) {
    const std::string isa = kernels::name_of(set);
    const Program program = Program::record(f, std::span(xs).last(kInputs));
    Numbers ys(kRows), gradients(xs.size());
    program.values_and_gradients(xs, ys, gradients);
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto [value, gradient] = value_and_gradient(f, row_of(xs, row, kInputs));
      BOOST_TEST(is_same(ys[row], value), isa << ", row " << row << ": value " << ys[row]);
      for (std::size_t i = 0; i < kInputs; ++i) {
        const double got = gradients[row * kInputs + i];
        const bool is_near = is_same(got, gradient[i]) || std::abs(got - gradient[i]) <= 1e-13;
        BOOST_TEST(is_near, isa << ", row " << row << ", derivative " << i << ": got " << got
                                << ", need " << gradient[i]);
      }
    }
  });
}

// Inputs that many terms read: their derivatives are added up along the way, in few slots.
BOOST_AUTO_TEST_CASE(a_row_alone_has_the_bits_of_a_block) {
  const auto f = [](const std::vector<Value>& x) {
    Value sum = 0.0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      const Value a = x[i + 1] - x[i] * x[i], b = 1.0 - x[i];
      sum = sum + (100.0 * a * a + b * b) + exp(sin(a) * cos(b));
    }
    return sum;
  };
  constexpr std::size_t kRows = 19, kInputs = 300;
  const Numbers xs = random_numbers(kRows * kInputs, 5), along = random_numbers(xs.size(), 6);
  test::for_each_instruction_set([&](kernels::Isa set) {
    const std::string isa = kernels::name_of(set);
    const Program program = Program::record(f, std::span(xs).first(kInputs));
    Numbers ys(kRows), gradients(xs.size()), products(xs.size());
    program.values_and_gradients(xs, ys, gradients);
    program.hessian_vector_products(xs, along, products);
    for (const std::size_t row : {std::size_t{0}, kRows - 1}) {
      Numbers y(1), gradient(kInputs), product(kInputs);
      program.values_and_gradients(row_of(xs, row, kInputs), y, gradient);
      program.hessian_vector_products(row_of(xs, row, kInputs), row_of(along, row, kInputs),
                                      product);
      const bool is_equal =
          is_same(y[0], ys[row]) &&
          std::ranges::equal(gradient, row_of(gradients, row, kInputs), is_same) &&
          std::ranges::equal(product, row_of(products, row, kInputs), is_same);
      BOOST_TEST(is_equal, isa << ", row " << row);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
