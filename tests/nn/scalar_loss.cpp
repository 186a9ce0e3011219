// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/ops/program.hpp>

#include "support.hpp"

using namespace nabla;
using test::says;

namespace {

// A few operations on numbers of order 1 in double.
constexpr double kTol = 1e-14;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");

using Numbers = std::vector<double>;
using Values = std::vector<Value>;

std::vector<Value> variables(const std::vector<double>& numbers) {
  std::vector<Value> all;
  for (const double number : numbers) all.push_back(variable(number));
  return all;
}

// Value and gradients of both forms.
void check_both(const std::string& name, const Numbers& p, const Numbers& t,
                const std::function<Value(const Values&, const Values&)>& of_lists,
                const std::function<Tensor(const Tensor&, const Tensor&)>& of_tensors) {
  const Tape tape;
  const Values list_p = variables(p), list_t = variables(t);
  const Tensor tensor_p = variable(from_span(std::span<const double>(p)));
  const Tensor tensor_t = variable(from_span(std::span<const double>(t)));
  const Value loss = of_lists(list_p, list_t);
  const Tensor expected = of_tensors(tensor_p, tensor_t);
  const GradOptions options{.allow_unused = true};
  const auto [by_p, by_t] = grad(expected, wrt(tensor_p, tensor_t), options);
  Numbers got{loss.value()}, need{expected.item()};
  const auto add = [&](const Values& list, const Tensor& gradient) {
    for (const double slope : grad(loss, list, options)) got.push_back(slope);
    const Numbers slopes =
        gradient.defined() ? gradient.to_vector<double>() : Numbers(list.size(), 0.0);
    need.insert(need.end(), slopes.begin(), slopes.end());
  };
  add(list_p, by_p);
  add(list_t, by_t);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = got[i] == need[i] || (std::isnan(got[i]) && std::isnan(need[i])) ||
                      std::abs(got[i] - need[i]) <= kTol * (1 + std::abs(need[i]));
    BOOST_CHECK_MESSAGE(same, name << to_string(tensor_p) << " [" << i << "]: got " << got[i]
                                   << ", need " << need[i]);
  }
}
void check_both(const std::string& name, const Numbers& p, const Numbers& t, const auto& loss) {
  check_both(name, p, t, loss, loss);
}

void check_close(double got, double expected) { BOOST_TEST(std::abs(got - expected) <= kTol); }

}  // namespace

BOOST_AUTO_TEST_SUITE(scalar_losses)

BOOST_AUTO_TEST_CASE(losses_of_lists_are_those_of_tensors) {
  const auto check = [](const Numbers& p, const Numbers& t) {
    check_both("mae", p, t, [](const auto& a, const auto& b) { return nn::mae(a, b); });
    check_both("mse", p, t, [](const auto& a, const auto& b) { return nn::mse(a, b); });
    check_both("half_mse", p, t, [](const auto& a, const auto& b) { return nn::half_mse(a, b); });
    check_both("half_sum_of_squares", p, t,
               [](const auto& a, const auto& b) { return nn::half_sum_of_squares(a, b); });
    check_both("bce_with_logits", p, t,
               [](const auto& a, const auto& b) { return nn::bce_with_logits(a, b); });
  };
  check({.5, -1, 2, .25}, {0, 1, 2, -.25});
  check({0, -0.0, 3}, {0, 0, 3});
  check({1e8}, {-1e8});
  check({2, kInf, 0}, {1, 1, 1});
  check({kNaN, 1}, {1, 1});
  check({800, -800}, {0, 1});
}

BOOST_AUTO_TEST_CASE(losses_of_probabilities_are_those_of_tensors) {
  const auto check = [](const Numbers& p, const Numbers& t) {
    check_both("bce", p, t, [](const auto& a, const auto& b) { return nn::bce(a, b); });
    check_both(
        "binary_cross_entropy", p, t,
        [](const Values& a, const Values& b) { return nn::binary_cross_entropy(a, b); },
        [](const Tensor& a, const Tensor& b) {
          return nn::binary_cross_entropy(a.reshape({1, -1}), b.reshape({1, -1}));
        });
    check_both("kl_divergence", p, t,
               [](const auto& a, const auto& b) { return nn::kl_divergence(a, b); });
    check_both("cross_entropy_between", p, t,
               [](const auto& a, const auto& b) { return nn::cross_entropy_between(a, b); });
    check_both("entropy", p, t, [](const auto& a, const auto&) { return nn::entropy(a); });
  };
  check({.25, .5, .25}, {.5, .25, .25});
  check({0, 1, 0}, {0, 1, 0});
  check({0, 1}, {1, 0});
  check({.5, .5}, {.5, .5});
}

BOOST_AUTO_TEST_CASE(losses_of_classes_are_those_of_tensors) {
  const auto check = [](const Numbers& s, const Numbers& t) {
    check_both("hinge", s, t, [](const auto& a, const auto& b) { return nn::hinge(a, b); });
  };
  check({.5, 1, -3, 1}, {1, 1, -1, -1});
  for (const std::int64_t label : {0, 2}) {
    check_both(
        "nll", {-1, -2, -.5}, {0},
        [&](const Values& l, const Values&) { return nn::nll(l, static_cast<std::size_t>(label)); },
        [&](const Tensor& l, const Tensor&) {
          return nn::nll(l.reshape({1, -1}), tensor({static_cast<double>(label)}, int64));
        });
  }
  const Values l{-1.0, -2.0}, scores{1.0};
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::nll(l, 2)), DomainError,
                        says({"[nll] got label 2, need 0 <= label < 2"}));
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::hinge(scores, Numbers{0.5})), DomainError,
                        says({"[hinge] got 0.5, need targets of -1 or 1"}));
}

BOOST_AUTO_TEST_CASE(either_list_may_be_plain_numbers) {
  const Tape tape;
  const Values q = variables({.25, .75});
  const Numbers p{0, 1};
  const Value loss = nn::kl_divergence(p, q);
  check_close(loss.value(), -std::log(.75));
  backward(loss);
  BOOST_TEST(q[0].grad() == 0.0);
  check_close(q[1].grad(), -1 / .75);
  const std::vector<Dual<double>> x{{3.0, 1.0}, {1.0, 0.0}};
  BOOST_TEST(nn::mse(x, p).tangent() == 3.0);
  BOOST_TEST(std::isnan(nn::mse(Values{}, Numbers{}).value()));
  BOOST_TEST(std::isnan(nn::mse(zeros({0}), zeros({0})).item()));
}

BOOST_AUTO_TEST_CASE(bce_is_the_formula_and_is_bounded) {
  const Tape tape;
  const Value p = variable(.25);
  const Value loss = nn::bce(p, 1.0);
  check_close(loss.value(), std::log(4.0));
  backward(loss);
  check_close(p.grad(), -4.0);
  BOOST_TEST(nn::bce(Value(0.0), 1.0).value() == 100.0);
  BOOST_TEST(nn::bce(Value(1.0), 1.0).value() == 0.0);
  BOOST_CHECK_THROW(static_cast<void>(nn::bce(Value(1.5), 1.0)), DomainError);
  BOOST_CHECK_THROW(static_cast<void>(nn::bce(p, 2.0)), DomainError);
  const std::vector<Value> outputs{.25, .5};
  const std::vector<double> targets{0, 1};
  check_close(nn::binary_cross_entropy(outputs, targets).value(), -std::log(.75) + std::log(2.0));
}

BOOST_AUTO_TEST_CASE(softmax_with_cross_entropy_gives_p_minus_y) {
  const Tape tape;
  const std::vector<Value> z = variables({1, 2, 3});
  const std::vector<Value> p = softmax(z);
  const Value loss = nn::cross_entropy(z, std::size_t{1});
  check_close(loss.value(), -std::log(p[1].value()));
  backward(loss);
  for (std::size_t i = 0; i < z.size(); ++i)
    check_close(z[i].grad(), p[i].value() - (i == 1 ? 1 : 0));
  const std::vector<double> one_hot{0, 1, 0};
  check_close(nn::cross_entropy(z, one_hot).value(), loss.value());
}

BOOST_AUTO_TEST_CASE(regularizers_of_lists_are_those_of_tensors) {
  const Numbers w{.5, -2, 0, 3};
  const auto of = [](const auto& a) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(a)>, Tensor>)
      return std::vector<Tensor>{a};
    else
      return a;
  };
  check_both("l1", w, {0}, [&](const auto& a, const auto&) { return nn::l1(of(a), .1); });
  check_both("l2", w, {0}, [&](const auto& a, const auto&) { return nn::l2(of(a), .1); });
  check_both("elastic_net", w, {0},
             [&](const auto& a, const auto&) { return nn::elastic_net(of(a), .1, .2); });
}

BOOST_AUTO_TEST_CASE(the_parameters_of_a_network_can_be_regularized) {
  Tape tape;
  Random random(1);
  const nn::Mlp net({2, 3, 1}, {}, random);
  backward(nn::l2(net.parameters(), .5));
  for (const Value& w : net.parameters()) BOOST_TEST(w.grad() == w.value());
  const auto refused = [](const auto& call, const std::string& text) {
    BOOST_CHECK_EXCEPTION(static_cast<void>(call(Values{})), ShapeError, says({text}));
  };
  refused([](const Values& w) { return nn::l1(w, 1); },
          "[l1] got no parameters, need at least one");
  refused([](const Values& w) { return nn::l2(w, 1); }, "[l2] got no parameters");
  refused([](const Values& w) { return nn::elastic_net(w, 1, 1); },
          "[elastic_net] got no parameters");
}

BOOST_AUTO_TEST_CASE(programs_of_losses_refuse_what_the_losses_refuse) {
  const Numbers yes{1.0};
  const auto loss = [&](const Values& p) { return nn::bce(p, yes); };
  const auto side = [&](const Values& t) { return nn::hinge(yes, t); };
  Numbers ys(2);
  const Program of_probability = Program::record(loss, Numbers{0.5});
  of_probability.values(Numbers{0.5, 0.25}, ys);
  BOOST_TEST(ys[1] == -std::log(0.25), boost::test_tools::tolerance(kTol));
  BOOST_CHECK_EXCEPTION(of_probability.values(Numbers{0.5, 1.5}, ys), DomainError,
                        says({"[bce] got 1.5, need a probability from 0 to 1"}));
  BOOST_CHECK_EXCEPTION(Program::record(side, Numbers{1.0}).values(Numbers{-1.0, 0.5}, ys),
                        DomainError, says({"[hinge] got 0.5, need targets of -1 or 1"}));
}

BOOST_AUTO_TEST_CASE(counts_and_labels_that_do_not_fit_are_refused) {
  const std::vector<Value> none, two{1.0, 2.0};
  const std::vector<double> none_given, one{1.0};
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::mse(two, one)), ShapeError,
                        says({"[mse] got lists of 2 and 1 numbers, need as many"}));
  BOOST_CHECK_THROW(static_cast<void>(nn::cross_entropy(none, none_given)), ShapeError);
  BOOST_CHECK_EXCEPTION(static_cast<void>(nn::cross_entropy(two, std::size_t{2})), DomainError,
                        says({"[softmax_cross_entropy]", "got 2"}));
}

BOOST_AUTO_TEST_SUITE_END()
