// SPDX-License-Identifier: MIT
// Steps of the optimizers against the formulas in their headers, element by element in long double:
// any number of elements, however the gradient lies in memory, both dtypes, each instruction set.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/parallel.hpp>
#include <nabla/nabla.hpp>

#include "support/instruction_sets.hpp"
#include "support/threads.hpp"

using namespace nabla;

namespace {

using Real = long double;
using FloatingTypes = std::tuple<float, double>;

// One parameter, and what its optimizer remembers of it.
struct Element {
  Real w, first = 0, second = 0;
};
using Formula = std::function<void(Element& element, Real g, int step)>;

Formula sgd(const optim::SgdOptions& o) {
  return [o](Element& e, Real g, int step) {
    if (o.weight_decay != 0) g += static_cast<Real>(o.weight_decay) * e.w;
    Real& velocity = e.first;
    velocity = step == 1 || o.momentum == 0 ? g : static_cast<Real>(o.momentum) * velocity + g;
    const Real ahead = o.nesterov ? g + static_cast<Real>(o.momentum) * velocity : velocity;
    e.w -= static_cast<Real>(o.learning_rate) * ahead;
  };
}

// In the order of the publication: with bias-corrected means.
Formula adam(const optim::AdamOptions& o, bool is_decoupled) {
  return [=](Element& e, Real g, int step) {
    if (is_decoupled)
      e.w -= static_cast<Real>(o.learning_rate * o.weight_decay) * e.w;
    else if (o.weight_decay != 0)
      g += static_cast<Real>(o.weight_decay) * e.w;
    const Real beta1 = static_cast<Real>(o.beta1), beta2 = static_cast<Real>(o.beta2);
    e.first = beta1 * e.first + (1 - beta1) * g;
    e.second = beta2 * e.second + (1 - beta2) * g * g;
    Real rest1 = 1, rest2 = 1;
    for (int i = 0; i < step; ++i) rest1 *= beta1, rest2 *= beta2;
    e.w -= static_cast<Real>(o.learning_rate) * e.first / (1 - rest1) /
           (std::sqrt(e.second / (1 - rest2)) + static_cast<Real>(o.epsilon));
  };
}

using Factory = std::function<std::unique_ptr<optim::Optimizer>(const Tensor& w)>;
struct Case {
  const char* name;
  Factory optimizer;
  Formula formula;
};

template <class Kind, class Options>
Factory optimizer_with(const Options& options) {
  return [options](const Tensor& w) {
    return std::make_unique<Kind>(std::vector<Tensor>{w}, options);
  };
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    const optim::SgdOptions plain{.learning_rate = 0.3};
    const optim::SgdOptions decay{.learning_rate = 0.3, .weight_decay = 0.25};
    const optim::SgdOptions momentum{.learning_rate = 0.1, .momentum = 0.7, .weight_decay = 0.25};
    const optim::SgdOptions nesterov{
        .learning_rate = 0.1, .momentum = 0.7, .nesterov = true, .weight_decay = 0.25};
    const optim::AdamOptions options{
        .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
    const optim::AdamWOptions decoupled{
        .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
    return std::vector<Case>{
        {"Sgd", optimizer_with<optim::Sgd>(plain), sgd(plain)},
        {"Sgd with decay", optimizer_with<optim::Sgd>(decay), sgd(decay)},
        {"Sgd with momentum", optimizer_with<optim::Sgd>(momentum), sgd(momentum)},
        {"Sgd by Nesterov", optimizer_with<optim::Sgd>(nesterov), sgd(nesterov)},
        {"Adam", optimizer_with<optim::Adam>(options), adam(options, false)},
        {"AdamW", optimizer_with<optim::AdamW>(decoupled), adam(options, true)}};
  }();
  return all;
}

template <class T>
Tensor numbers(std::int64_t count, std::mt19937& random) {
  std::normal_distribution<T> normal(0, 1);
  std::vector<T> x(static_cast<std::size_t>(count));
  for (T& number : x) number = normal(random);
  return from_span(std::span<const T>(x));
}

// Gradients of n elements: unaligned, with gaps, a number stretched, with a NaN and infinities.
template <class T>
std::vector<Tensor> gradients(std::int64_t n, std::mt19937& random) {
  Tensor odd = numbers<T>(n, random);
  const std::span<T> elements = odd.mutable_data<T>();
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  for (const T number : {std::numeric_limits<T>::quiet_NaN(), kInfinity, -kInfinity})
    elements[random() % elements.size()] = number;
  return {numbers<T>(n + 1, random).slice(0, 1, n + 1),
          numbers<T>(2 * n, random).slice(0, 0, 2 * n, 2), broadcast_to(numbers<T>(1, random), {n}),
          odd, numbers<T>(n, random)};
}

// The weights after a step for each gradient, of a parameter that is not aligned either.
template <class T>
std::vector<T> stepped(const Case& c, const Tensor& start, const std::vector<Tensor>& gs) {
  Tensor w = variable(start.clone().slice(0, 1, start.numel()));
  const auto optimizer = c.optimizer(w);
  for (const Tensor& g : gs) {
    w.set_grad(g);
    optimizer->step();
  }
  return w.to_vector<T>();
}

// Five steps of a dozen roundings each, of numbers up to 8.
template <class T>
void follows_the_formula(const Case& c, std::int64_t n, std::mt19937& random) {
  const double tolerance = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
  const Tensor start = numbers<T>(n + 1, random);
  const std::vector<Tensor> gs = gradients<T>(n, random);
  std::vector<Element> expected;
  const std::int64_t every = n < 1000 ? 1 : 997;
  for (std::int64_t i = 0; i < n; i += every) {
    Element element{static_cast<Real>(start.at({i + 1}))};
    int step = 0;
    for (const Tensor& g : gs) c.formula(element, static_cast<Real>(g.at({i})), ++step);
    expected.push_back(element);
  }
  test::for_each_instruction_set([&](kernels::Isa isa) {
    const std::vector<T> w = stepped<T>(c, start, gs);
    std::int64_t wrong = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const Real got = static_cast<Real>(w[k * static_cast<std::size_t>(every)]),
                 exact = expected[k].w;
      const bool same = got == exact || (std::isnan(got) && std::isnan(exact)) ||
                        std::fabs(static_cast<double>(got - exact)) <= tolerance;
      wrong += !same;
    }
    BOOST_TEST(wrong == 0, c.name << " of " << n << " in " << kernels::name_of(isa));
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimizer_steps)

BOOST_AUTO_TEST_CASE_TEMPLATE(follow_the_formulas_for_any_number_of_elements, T, FloatingTypes) {
  std::mt19937 random(21);
  for (const Case& c : cases()) {
    for (std::int64_t n = 1; n <= 200; ++n) follows_the_formula<T>(c, n, random);
    for (int trial = 0; trial < 3; ++trial)
      follows_the_formula<T>(c, 201 + static_cast<std::int64_t>(random() % 20'000), random);
    follows_the_formula<T>(c, kernels::kLargeLoop + 1 + static_cast<std::int64_t>(random() % 999),
                           random);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(are_the_same_bits_for_any_number_of_threads, T, FloatingTypes) {
  std::mt19937 random(22);
  const std::int64_t n = kernels::kLargeLoop + 12'345;
  const Tensor start = numbers<T>(n + 1, random);
  const std::vector<Tensor> gs = {numbers<T>(n, random),
                                  numbers<T>(2 * n, random).slice(0, 0, 2 * n, 2)};
  for (const Case& c : cases()) {
    std::vector<T> first;
    test::for_each_thread_count([&](int threads) {
      const std::vector<T> w = stepped<T>(c, start, gs);
      if (first.empty()) first = w;
      BOOST_TEST((w == first), c.name << ": other bits with " << threads << " threads");
    });
  }
}

// Moments halve in each step until they are below the normal range, where they would take a hundred
// times longer: there they must be 0, and move nothing. The caller's own such numbers stay.
BOOST_AUTO_TEST_CASE_TEMPLATE(moments_below_the_normal_range_are_0, T, FloatingTypes) {
  using Limits = std::numeric_limits<T>;
  const auto optimizers = {
      optimizer_with<optim::Sgd>(optim::SgdOptions{.learning_rate = 1e6, .momentum = 0.5}),
      optimizer_with<optim::Sgd>(
          optim::SgdOptions{.learning_rate = 1e6, .momentum = 0.5, .nesterov = true}),
      optimizer_with<optim::Adam>(
          optim::AdamOptions{.learning_rate = 1e6, .beta1 = 0.5, .beta2 = 0.5, .epsilon = 1})};
  test::for_each_instruction_set([&](kernels::Isa) {
    for (const Factory& make : optimizers) {
      Tensor w = variable(zeros({70}, dtype_of<T>()));
      const auto optimizer = make(w);
      w.set_grad(ones_like(w));
      optimizer->step();
      w.set_grad(zeros_like(w));
      const auto step_from_0 = [&] {
        const NoGrad no_grad;
        std::ranges::fill(w.mutable_data<T>(), T(0));
        optimizer->step();
        return w.abs().max().item();
      };
      for (int halvings = 0; halvings < 10; ++halvings) BOOST_TEST(step_from_0() > 0);
      for (int halvings = 10; halvings < 4 - Limits::min_exponent; ++halvings) step_from_0();
      BOOST_TEST(step_from_0() == 0);
      volatile T smallest = Limits::min();
      BOOST_TEST(smallest / 2 > 0);
    }
  });
}

// f(name, makes an optimizer of one parameter), for those without weight decay.
template <class F>
void for_each_plain_optimizer(const F& f) {
  using Parameters = std::vector<Tensor>;
  f("Sgd", [](Parameters p) { return std::make_unique<optim::Sgd>(p, optim::SgdOptions{1.0}); });
  f("momentum", [](Parameters p) {
    return std::make_unique<optim::Sgd>(p,
                                        optim::SgdOptions{.learning_rate = 1.0, .momentum = 0.9});
  });
  f("Adam", [](Parameters p) { return std::make_unique<optim::Adam>(p, optim::AdamOptions{}); });
}

#if defined(__x86_64__)
// They would slow each step down, and stand for nothing.
BOOST_AUTO_TEST_CASE(denormal_gradients_are_0) {
  for_each_plain_optimizer([](const char* name, const auto& make) {
    const Tensor w = variable(zeros({3}));
    const auto optimizer = make({w});
    backward((w * tensor({1e-40, 1e-41, -1e-40})).sum());
    optimizer->step();
    for (const double x : w.to_vector<double>()) BOOST_TEST(x == 0.0, name << ": " << x);
  });
}
#endif

BOOST_AUTO_TEST_CASE(infinite_weights_stay_infinite_without_decay) {
  for_each_plain_optimizer([](const char* name, const auto& make) {
    const Tensor w = variable(full({3}, std::numeric_limits<double>::infinity()));
    const auto optimizer = make({w});
    backward((w * tensor({1.0, 2.0, -3.0})).sum());
    optimizer->step();
    for (const double x : w.to_vector<double>()) BOOST_TEST(std::isinf(x), name << ": " << x);
  });
}

BOOST_AUTO_TEST_SUITE_END()
