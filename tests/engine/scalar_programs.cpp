// SPDX-License-Identifier: MIT
// The programs of the benchmarks, small: the tape against dual numbers, first and second order,
// against gradients written by hand and against ADOL-C.
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "bench/adolc.hpp"
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
using boost::test_tools::assertion_result;
using boost::unit_test::precondition;
using boost::unit_test::test_unit_id;

namespace {

// Some thousand operations, each rounded to 1e-16 relative, in a well conditioned program.
constexpr double kTolerance = 1e-12;

// Without the library its case is skipped, not passed.
assertion_result adolc_is_there(test_unit_id) {
#ifdef NABLA_HAS_ADOLC
  return true;
#else
  assertion_result no(false);
  no.message() << "ADOL-C was not found";
  return no;
#endif
}

// Calls `check` with each program, small.
template <class Check>
void for_each_program(const Check& check) {
  check(Chain1(1'000));
  check(Chain4(1'000));
  check(Indep8(1'000));
  check(Burgers(20, 10));
  check(Rosenbrock(50));
  check(Mlp(8, 6, 4));
  check(Lstm(3, 4, 3));
  check(Gather(200, 50));
  check(Transcendental(400));
  check(LogSumExp(50));
  check(Kmeans(50, 5, 3));
  check(GaussianMixture(10, 3, 4));
  check(RandomMix(500));
  check(Determinant(5));
  check(Cholesky(8));
  check(Ode(100));
  check(NBody(5, 5));
  check(BundleAdjustment(1));
  check(BlackScholes<NormalByPolynomial>(10));
  check(BlackScholes<NormalByErfc>(10));
  check(MonteCarlo(10, 20));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_programs)

BOOST_AUTO_TEST_CASE(none_is_left_out) {
  std::set<std::string> checked;
  for_each_program([&](const auto& program) { checked.emplace(program.name); });
  for (const auto& file :
       std::filesystem::directory_iterator(NABLA_SOURCE_DIR "/tests/bench/scalar")) {
    const std::string name = file.path().stem();
    // Programs of many results: tests/engine/sparse.cpp.
    const bool is_other = name == "numbers" || name == "sparse_results";
    BOOST_TEST((is_other || checked.contains(name)), name);
  }
}

BOOST_AUTO_TEST_CASE(they_have_the_derivatives_of_duals) {
  for_each_program([](const auto& program) {
    const std::vector<double> at = arguments_of(program);
    const std::vector<double> v = Numbers(1).uniforms(at.size(), -1, 1);
    BOOST_TEST(
        test::difference(gradient(program, at), test::gradient_by_duals(program, at)) <= kTolerance,
        program.name << ": gradient");
    BOOST_TEST(
        test::difference(hvp(program, at, v), test::hvp_by_duals(program, at, v)) <= kTolerance,
        program.name << ": Hessian times a vector");
  });
}

BOOST_AUTO_TEST_CASE(they_have_the_gradient_written_by_hand) {
  for_each_program([]<class Program>(Program program) {
    if constexpr (requires(std::vector<double> g) { program.gradient_by_hand(g, g); }) {
      const std::vector<double> at = arguments_of(program);
      std::vector<double> by_hand(at.size());
      program.gradient_by_hand(at, by_hand);
      BOOST_TEST(test::difference(gradient(program, at), by_hand) <= kTolerance, program.name);
    }
  });
}

BOOST_AUTO_TEST_CASE(they_have_the_gradient_of_adolc, *precondition(adolc_is_there)) {
#ifdef NABLA_HAS_ADOLC
  for_each_program([](const auto& program) {
    const std::vector<double> at = arguments_of(program);
    std::vector<double> by_adolc(at.size());
    gradient_by_adolc(program, at, by_adolc);
    BOOST_TEST(test::difference(gradient(program, at), by_adolc) <= kTolerance, program.name);
  });
#endif
}

BOOST_AUTO_TEST_SUITE_END()
