// SPDX-License-Identifier: MIT
// The scalar programs, in sizes that stay in the cache and that do not.
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include <nabla/nabla.hpp>

#include "bench/bench.hpp"
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
#include "bench/scalar_run.hpp"

namespace nabla::bench {
namespace {

// The first gradient of a thread, with all memory that it takes; the peer is a thread that does
// nothing.
Figure run_first_gradient() {
  const Rosenbrock program(20);
  const std::vector<double> at = program.inputs();
  std::vector<double> gradient(at.size());
  const auto first_gradient = [&] {
    Tape tape;
    const std::vector<Value> x = variables(at);
    backward(program(x));
    tape.gradients(x, gradient);
  };
  const auto ours = [&] { std::thread(first_gradient).join(); };
  const auto nothing = [] { std::thread([] {}).join(); };
  const Seconds seconds = measure_paired(ours, {{"empty thread", nothing}});
  return {.unit = "us",
          .ours = seconds.ours * 1e6,
          .peers = scaled(seconds.peers, 1e6),
          .limit = std::nullopt,
          .note = "first gradient of 20 variables in a new thread"};
}

// Made when it runs: the great ones hold much memory.
template <class Program, class... Sizes>
std::function<Figure()> measured(Inputs inputs, Sizes... sizes) {
  return [=] { return run(Program(static_cast<std::size_t>(sizes)...), inputs); };
}

template <class Program, class... Sizes>
Case one_shot(const char* size, Sizes... sizes) {
  return {"scalar/" + std::string(Program::name) + size,
          measured<Program>(Inputs::each_time, sizes...)};
}
template <class Program, class... Sizes>
Case kept(const char* size, Sizes... sizes) {
  return {"scalar/" + std::string(Program::name) + size + "_kept",
          measured<Program>(Inputs::kept, sizes...)};
}

}  // namespace

std::vector<Case> scalar_cases() {
  return {
      {"scalar/first_gradient", run_first_gradient},
      one_shot<Chain1>("_1e4", 10'000),
      one_shot<Chain1>("_1e7", 10'000'000),
      one_shot<Chain4>("_1e4", 10'000),
      one_shot<Chain4>("_1e7", 10'000'000),
      one_shot<Indep8>("_1e4", 10'000),
      one_shot<Indep8>("_1e7", 10'000'000),
      one_shot<Rosenbrock>("_1e3", 1'000),
      one_shot<Rosenbrock>("_1e5", 100'000),
      one_shot<Burgers>("_100x50", 100, 50),
      one_shot<Burgers>("_1000x500", 1'000, 500),
      one_shot<RandomMix>("_1e4", 10'000),
      one_shot<RandomMix>("_1e6", 1'000'000),
      one_shot<BundleAdjustment>("", 1'000),
      one_shot<Transcendental>("_1e3", 1'000),
      one_shot<LogSumExp>("_1e3", 1'000),
      one_shot<GaussianMixture>("", 200, 8, 5),
      one_shot<Determinant>("_7", 7),
      one_shot<Cholesky>("_50", 50),
      one_shot<Ode>("_1e3", 1'000),
      one_shot<NBody>("_20x10", 20, 10),
      one_shot<Lstm>("", 32, 32, 4),
      one_shot<BlackScholes<NormalByPolynomial>>("", 1'000),
      one_shot<BlackScholes<NormalByErfc>>("", 1'000),
      one_shot<MonteCarlo>("", 100, 100),
      one_shot<Kmeans>("", 500, 10, 4),
      // Many inputs last: ADOL-C prepares for as many in all recordings that follow.
      one_shot<Transcendental>("_1e5", 100'000),
      one_shot<Mlp>("_64x32x10", 64, 32, 10),
      one_shot<Mlp>("", 784, 64, 10),
      kept<Mlp>("", 784, 64, 10),
      one_shot<Mlp>("_784x1024x10", 784, 1'024, 10),
      one_shot<LogSumExp>("_1e6", 1'000'000),
      one_shot<Gather>("_1e6_of_1e6", 1'000'000, 1'000'000),
      kept<Gather>("_1e6_of_1e6", 1'000'000, 1'000'000),
      one_shot<Gather>("_1e6_of_8e6", 1'000'000, 8'000'000),
      kept<Gather>("_1e6_of_8e6", 1'000'000, 8'000'000),
  };
}

}  // namespace nabla::bench
