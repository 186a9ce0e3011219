// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/ops/ops.hpp>

using namespace nabla;

namespace {

/// Turns (a, b) into (a b, a / b).
class ProductAndQuotient final : public External {
 public:
  ProductAndQuotient(double a, double b, int& alive) : a_(a), b_(b), alive_(alive) { ++alive_; }
  ~ProductAndQuotient() override { --alive_; }
  [[nodiscard]] const OpInfo& info() const override {
    static constexpr OpInfo description{.name = "product_and_quotient"};
    return description;
  }
  void reverse(std::span<const double> g, std::span<double> inputs) override {
    inputs[0] += g[0] * b_ + g[1] / b_;
    inputs[1] += g[0] * a_ - g[1] * a_ / (b_ * b_);
  }

 private:
  double a_, b_;
  int& alive_;
};

std::vector<Value> product_and_quotient(const Value& a, const Value& b, int& alive) {
  const std::array inputs{a, b};
  const std::array outputs{a.value() * b.value(), a.value() / b.value()};
  return Tape::active().record_external(
      inputs, outputs, std::make_unique<ProductAndQuotient>(a.value(), b.value(), alive));
}

/// Counts its sweeps; fails on request.
class Witness final : public External {
 public:
  explicit Witness(std::vector<std::vector<double>>& seen) : seen_(seen) {}
  [[nodiscard]] const OpInfo& info() const override {
    static constexpr OpInfo description{.name = "witness"};
    return description;
  }
  void reverse(std::span<const double> g, std::span<double> inputs) override {
    seen_.emplace_back(g.begin(), g.end());
    for (double& input : inputs) input += 10.0;
    if (seen_.size() == fails_at) throw std::runtime_error("no");
  }
  std::size_t fails_at = 0;

 private:
  std::vector<std::vector<double>>& seen_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(external)

BOOST_AUTO_TEST_CASE(gradients_pass_through_an_external_in_its_place) {
  Tape tape;
  int alive = 0;
  const Value a = variable(3.0), b = variable(2.0);
  const Value a2 = a * a;
  const std::vector<Value> out = product_and_quotient(a2, b, alive);
  const Value y = out[0] * out[1] + a;  // a^4 + a
  BOOST_TEST(y.value() == 84.0);
  backward(y);
  BOOST_TEST(a.grad() == 4 * 27.0 + 1);
  BOOST_TEST(b.grad() == 0.0);
  backward(out[1]);  // a^2 / b
  BOOST_TEST(a.grad() == 109.0 + 3.0);
  BOOST_TEST(b.grad() == -9.0 / 4);
}

BOOST_AUTO_TEST_CASE(an_external_dies_with_its_record) {
  int alive = 0;
  {
    Tape tape;
    const Value a = variable(3.0), b = variable(2.0);
    const Mark start = tape.mark();
    (void)product_and_quotient(a, b, alive);
    (void)product_and_quotient(a, b, alive);
    BOOST_TEST(alive == 2);
    tape.rewind(start);
    BOOST_TEST(alive == 0);
    (void)product_and_quotient(a, b, alive);
  }
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(without_history_an_external_is_not_recorded) {
  Tape tape;
  int alive = 0;
  BOOST_TEST(!product_and_quotient(3.0, 2.0, alive)[0].has_history());
  const Value a = variable(3.0);
  {
    NoGrad no_grad;
    BOOST_TEST(!product_and_quotient(a, 2.0, alive)[0].has_history());
  }
  BOOST_TEST(alive == 0);
  const std::vector<Value> out = product_and_quotient(a, 2.0, alive);
  backward(out[0]);
  BOOST_TEST(a.grad() == 2.0);
}

BOOST_AUTO_TEST_CASE(a_bridge_is_called_also_when_nothing_arrives) {
  Tape tape;
  std::vector<std::vector<double>> seen;
  const Value x = variable(3.0);
  const std::array inputs{x};
  const std::vector<Value> none =
      tape.record_external(inputs, std::span<const double>(), std::make_unique<Witness>(seen));
  BOOST_TEST(none.empty());
  const std::array outputs{5.0, 6.0};
  const std::vector<Value> taken =
      tape.record_external(std::span<const Value>(), outputs, std::make_unique<Witness>(seen));
  backward(taken[1] * x);
  BOOST_TEST(x.grad() == 16.0);
  BOOST_TEST(seen.size() == 2u);
  BOOST_TEST((seen[0] == std::vector{0.0, 3.0}));
  BOOST_TEST(seen[1].empty());
  backward(x * x);
  BOOST_TEST(seen.size() == 4u);
  BOOST_TEST((seen[2] == std::vector{0.0, 0.0}));
}

BOOST_AUTO_TEST_CASE(after_a_sweep_that_threw_gradients_are_as_before) {
  Tape tape;
  std::vector<std::vector<double>> seen;
  const Value x = variable(3.0), z = variable(1.0);
  auto owned = std::make_unique<Witness>(seen);
  Witness& witness = *owned;
  const std::array inputs{x};
  const std::array outputs{5.0};
  const Value h = tape.record_external(inputs, outputs, std::move(owned))[0];
  const Value y = h * z * x;
  backward(y);
  const double gx = x.grad(), gz = z.grad();
  witness.fails_at = 2;
  BOOST_CHECK_THROW(backward(y), std::runtime_error);
  BOOST_TEST(x.grad() == gx);
  BOOST_TEST(z.grad() == gz);
  backward(y);
  BOOST_TEST(x.grad() == 2 * gx);
  BOOST_TEST(z.grad() == 2 * gz);
}

BOOST_AUTO_TEST_CASE(seeds_at_several_places_are_swept_together) {
  Tape tape;
  const Value x = variable(2.0);
  const Value u = x * x;
  const Value v = u * x;
  tape.add_adjoint(u.index(), 10.0);
  tape.add_adjoint(v.index(), 1.0);
  tape.sweep_from(tape.last());
  BOOST_TEST(x.grad() == 10.0 * 4 + 12.0);
}

BOOST_AUTO_TEST_SUITE_END()
