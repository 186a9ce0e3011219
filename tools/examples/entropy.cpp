// SPDX-License-Identifier: MIT
// Entropy, cross entropy and the Kullback-Leibler divergence.
//
//   H(p) = -sum p log p        H(p, q) = -sum p log q        KL(p, q) = sum p log (p / q)
//   H(p, q) = H(p) + KL(p, q)          KL(p, q) >= 0, and 0 only for q = p
//
// With the logarithm of base 2 the unit is the bit: a fair coin tells 1 bit at each throw, a coin
// that shows heads 2/3 of the time log2(3) - 2/3 = 0.918 bits. The fair coin has the largest
// entropy: dH/dp = log((1 - p) / p) is 0 at 1/2.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/core.h>

#include <nabla/nabla.hpp>

#include "lesson.hpp"

using namespace nabla;

int main() {
  examples::Lesson lesson("entropy of coins, cross entropy, divergence");
  const double nats_per_bit = std::numbers::ln2;
  const auto bits = [&](double p) {
    return nn::entropy(tensor({p, 1 - p}, float64)).item() / nats_per_bit;
  };
  fmt::print("  entropy in bits: fair coin {:.6f}, 2/3 coin {:.6f}, two-headed coin {:.6f}\n",
             bits(0.5), bits(2.0 / 3.0), bits(1.0));
  lesson.claim("a fair coin: 1 bit", bits(0.5), 1.0, 1e-15);
  lesson.claim("a 2/3 coin: log2(3) - 2/3 bits", bits(2.0 / 3.0), std::log2(3.0) - 2.0 / 3.0,
               1e-15);
  lesson.claim("a coin with two heads tells nothing", bits(1.0), 0.0, 0.0);

  const auto H = [](const auto& p) { return -(p[0] * log(p[0]) + (1 - p[0]) * log(1 - p[0])); };
  lesson.claim("dH/dp of the fair coin", gradient(H, std::vector{0.5})[0], 0.0, 1e-15);
  lesson.claim("dH/dp of the 2/3 coin is log(1/2)", gradient(H, std::vector{2.0 / 3.0})[0],
               -std::numbers::ln2, 1e-15);

  // 1,000 pairs of distributions on five outcomes, a pair in each row.
  Random random(15);
  Tensor p = softmax(randn({1000, 5}, random, float64));
  Tensor q = softmax(randn({1000, 5}, random, float64));
  const auto none = nn::Reduction::none;
  const std::vector<double> divergence = nn::kl_divergence(p, q, none).to_vector();
  const double least = *std::ranges::min_element(divergence);
  fmt::print("  the least of 1,000 divergences is {:.6f} nats\n", least);
  lesson.claim("KL(p, q) > 0 for 1,000 pairs", least > 0);
  lesson.claim("KL(p, p) = 0", nn::kl_divergence(p, p).item(), 0.0, 0.0);
  lesson.claim("H(p, q) = H(p) + KL(p, q)", nn::cross_entropy_between(p, q, none).to_vector(),
               (nn::entropy(p, none) + nn::kl_divergence(p, q, none)).to_vector(), 1e-14);
  return lesson.status();
}
