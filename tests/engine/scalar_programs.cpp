// SPDX-License-Identifier: MIT
// The programs of the benchmarks, small: the tape against dual numbers, first and second order.
#include <cstddef>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bench/scalar/black_scholes.hpp"
#include "bench/scalar/bundle_adjustment.hpp"
#include "bench/scalar/burgers.hpp"
#include "bench/scalar/chain1.hpp"
#include "bench/scalar/chain4.hpp"
#include "bench/scalar/cholesky.hpp"
#include "bench/scalar/determinant.hpp"
#include "bench/scalar/gather.hpp"
#include "bench/scalar/gaussian_mixture.hpp"
#include "bench/scalar/indep8.hpp"
#include "bench/scalar/kmeans.hpp"
#include "bench/scalar/log_sum_exp.hpp"
#include "bench/scalar/lstm.hpp"
#include "bench/scalar/mlp.hpp"
#include "bench/scalar/monte_carlo.hpp"
#include "bench/scalar/n_body.hpp"
#include "bench/scalar/ode.hpp"
#include "bench/scalar/random_mix.hpp"
#include "bench/scalar/rosenbrock.hpp"
#include "bench/scalar/transcendental.hpp"
#include "support/derivatives.hpp"

using namespace nabla;
using namespace nabla::bench;

namespace {

// Some thousand operations, each rounded to 1e-16 relative, in a well conditioned program.
constexpr double kTolerance = 1e-12;

// The arguments of one evaluation.
template <class Program>
std::vector<double> arguments_of(const Program& program) {
  std::vector<double> at = program.inputs();
  if constexpr (requires { program.piece; }) at.resize(program.piece);
  return at;
}

template <class Program>
void check(Program program) {
  const std::vector<double> at = arguments_of(program);
  const std::vector<double> v = Numbers(1).uniforms(at.size(), -1, 1);
  const std::vector<double> slopes = gradient(program, at);
  BOOST_TEST(test::difference(slopes, test::gradient_by_duals(program, at)) <= kTolerance,
             Program::name << ": gradient");
  BOOST_TEST(
      test::difference(hvp(program, at, v), test::hvp_by_duals(program, at, v)) <= kTolerance,
      Program::name << ": Hessian times a vector");
  if constexpr (requires(std::vector<double> g) { program.gradient_by_hand(at, g); }) {
    std::vector<double> by_hand(at.size());
    program.gradient_by_hand(at, by_hand);
    BOOST_TEST(test::difference(slopes, by_hand) <= kTolerance, Program::name << ": by hand");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_programs)

BOOST_AUTO_TEST_CASE(chains_and_stencils_have_the_derivatives_of_duals) {
  check(Chain1(1'000));
  check(Chain4(1'000));
  check(Indep8(1'000));
  check(Burgers(20, 10));
  check(Rosenbrock(50));
}

BOOST_AUTO_TEST_CASE(networks_have_the_derivatives_of_duals) {
  check(Mlp(8, 6, 4));
  check(Lstm(3, 4, 3));
}

BOOST_AUTO_TEST_CASE(sums_and_places_have_the_derivatives_of_duals) {
  check(Gather(200, 50));
  check(Transcendental(400));
  check(LogSumExp(50));
  check(Kmeans(50, 5, 3));
  check(GaussianMixture(10, 3, 4));
  check(RandomMix(500));
}

BOOST_AUTO_TEST_CASE(linear_algebra_has_the_derivatives_of_duals) {
  check(Determinant(5));
  check(Cholesky(8));
}

BOOST_AUTO_TEST_CASE(mechanics_have_the_derivatives_of_duals) {
  check(Ode(100));
  check(NBody(5, 5));
  check(BundleAdjustment(1));
}

BOOST_AUTO_TEST_CASE(finance_has_the_derivatives_of_duals) {
  check(BlackScholes<NormalByPolynomial>(10));
  check(BlackScholes<NormalByErfc>(10));
  check(MonteCarlo(10, 20));
}

BOOST_AUTO_TEST_SUITE_END()
