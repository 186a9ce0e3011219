// SPDX-License-Identifier: MIT
// Losses are made of ops, but errors name the loss that was called.
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/nn/nn.hpp>
#include <nabla/ops/ops.hpp>

#include "support.hpp"

using namespace nabla;

namespace {

struct Case {
  std::string name;
  std::vector<Tensor> operands;
  std::function<void(const std::vector<Tensor>&)> call;
};

template <class F>
Case of_two(const std::string& name, const F& loss, const Tensor& target = ones({2, 3})) {
  return {name, {zeros({2, 3}), target}, [loss](const std::vector<Tensor>& x) {
            static_cast<void>(loss(x[0], x[1]));
          }};
}
template <class F>
Case of_three(const std::string& name, const F& loss, const Tensor& last = ones({2, 3})) {
  return {name, {zeros({2, 3}), ones({2, 3}), last}, [loss](const std::vector<Tensor>& x) {
            static_cast<void>(loss(x[0], x[1], x[2]));
          }};
}

#define NABLA_TWO(name) #name, [](const Tensor& a, const Tensor& b) { return nn::name(a, b); }
#define NABLA_THREE(name) \
#name, [](const Tensor& a, const Tensor& b, const Tensor& c) { return nn::name(a, b, c); }

std::vector<Case> cases() {
  const Tensor labels = tensor({0, 1}, int64), sides = ones({2});
  return {of_two(NABLA_TWO(mae)),
          of_two(NABLA_TWO(mse)),
          of_two(NABLA_TWO(half_mse)),
          of_two(NABLA_TWO(half_sum_of_squares)),
          of_two(NABLA_TWO(huber)),
          of_two(NABLA_TWO(smooth_l1)),
          of_two(NABLA_TWO(log_cosh)),
          of_two(NABLA_TWO(hinge)),
          of_two(NABLA_TWO(soft_margin)),
          of_two(NABLA_TWO(multi_margin), labels),
          of_three(NABLA_THREE(margin_ranking)),
          of_two(NABLA_TWO(cosine_similarity)),
          of_three(NABLA_THREE(cosine_embedding), sides),
          of_three(NABLA_THREE(triplet_margin)),
          of_two(NABLA_TWO(kl_divergence)),
          of_two(NABLA_TWO(cross_entropy_between)),
          of_two(NABLA_TWO(poisson_nll)),
          of_three(NABLA_THREE(gaussian_nll)),
          of_two(NABLA_TWO(cross_entropy), labels),
          of_two(NABLA_TWO(cross_entropy)),
          of_two(NABLA_TWO(nll), labels),
          of_two(NABLA_TWO(bce)),
          of_two(NABLA_TWO(bce_with_logits)),
          of_two(NABLA_TWO(binary_cross_entropy)),
          of_two(NABLA_TWO(focal)),
          of_two(NABLA_TWO(accuracy), labels),
          {"entropy",
           {ones({2, 3})},
           [](const std::vector<Tensor>& x) { static_cast<void>(nn::entropy(x[0])); }},
          {"l1",
           {ones({2, 3}), ones({2})},
           [](const std::vector<Tensor>& x) { static_cast<void>(nn::l1(x, 1)); }},
          {"l2",
           {ones({2, 3}), ones({2})},
           [](const std::vector<Tensor>& x) { static_cast<void>(nn::l2(x, 1)); }},
          {"elastic_net", {ones({2, 3}), ones({2})}, [](const std::vector<Tensor>& x) {
             static_cast<void>(nn::elastic_net(x, 1, 1));
           }}};
}

// What is wrong with an operand, in the place of `x`.
std::vector<Tensor> damaged(const Tensor& x) {
  return {Tensor(),
          x.to(int64),
          x.to(boolean),
          zeros(x.shape().with(0, 5), x.dtype()),
          zeros(x.shape().with(x.rank() - 1, 5), x.dtype()),
          zeros(x.shape().inserted(0, 2), x.dtype()),
          zeros({}, x.dtype())};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loss_errors)

BOOST_AUTO_TEST_CASE(they_name_the_loss_what_it_got_and_what_it_needs) {
  std::size_t refused = 0;
  for (const Case& c : cases()) {
    BOOST_TEST(test::message_of([&] { c.call(c.operands); }) == "", c.name);
    for (std::size_t i = 0; i < c.operands.size(); ++i) {
      const std::vector<Tensor> wrong = damaged(c.operands[i]);
      for (std::size_t k = 0; k < wrong.size(); ++k) {
        std::vector<Tensor> operands = c.operands;
        operands[i] = wrong[k];
        const std::string text = test::message_of([&] { c.call(operands); });
        if (k > 0 && text.empty()) continue;  // not every type and shape is wrong
        ++refused;
        BOOST_TEST(text.starts_with("[" + c.name + "] "),
                   c.name << ", operand " << i << ": " << text);
        BOOST_TEST(text.find("got ") != std::string::npos, text);
        BOOST_TEST(text.find("need ") != std::string::npos, text);
      }
    }
  }
  BOOST_TEST(refused == 308u);  // the rest of the damages are none
}

BOOST_AUTO_TEST_CASE(integers_have_no_directions_and_are_no_scores) {
  const Tensor whole = ones({2, 3}, int64), x = ones({2, 3}), labels = tensor({0, 1}, int64);
  const auto says = [](const std::function<void()>& call, const std::string& loss) {
    BOOST_TEST(test::message_of(call) == "[" + loss +
                                             "] got int64, need float32 or float64; "
                                             "convert with .to(float32)");
  };
  says([&] { static_cast<void>(nn::cosine_similarity(whole, x)); }, "cosine_similarity");
  says([&] { static_cast<void>(nn::cosine_similarity(x, whole)); }, "cosine_similarity");
  says([&] { static_cast<void>(nn::cosine_embedding(whole, x, ones({2}))); }, "cosine_embedding");
  says([&] { static_cast<void>(nn::triplet_margin(whole, whole, whole)); }, "triplet_margin");
  says([&] { static_cast<void>(nn::cross_entropy(whole, labels)); }, "cross_entropy");
  says([&] { static_cast<void>(nn::cross_entropy(whole, x)); }, "cross_entropy");
  says([&] { static_cast<void>(nn::nll(whole, labels)); }, "nll");
}

BOOST_AUTO_TEST_SUITE_END()
