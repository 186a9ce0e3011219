// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nabla/nn/loss/terms.hpp>
#include <nabla/ops/ops.hpp>

// The losses on lists of scalars (a std::vector<Value>, a span of Duals, ...), for networks small
// enough to be drawn number by number: the numbers and gradients of the tensor form of the same name
// for one example. Targets are plain numbers or scalars; p are the predictions, t the targets. The
// regularizers take the list of all parameters.
//
//   Value loss = nn::half_sum_of_squares(net(x), target) + nn::l2(net.parameters(), 1e-4);

namespace nabla::nn {
namespace detail {

/// Lists of which at least one holds scalars.
template <class T, class P>
concept ListBeside = ScalarList<P> && ScalarList<T> &&
    (ScalarNumber<NumberOf<P>> || ScalarNumber<NumberOf<T>>);
/// What a loss of such lists is.
template <class P, class T>
using LossOf = std::conditional_t<std::floating_point<NumberOf<P>>, NumberOf<T>, NumberOf<P>>;

/// term(p_i, t_i) of each pair.
/// Errors    ShapeError that names `loss` unless both lists have one length
template <class P, ListBeside<P> T, class Term>
[[nodiscard]] std::vector<LossOf<P, T>> terms_of(std::string_view loss, const P& predictions,
                                                 const T& targets, const Term& term) {
  nabla::detail::check_as_many(loss, predictions, targets);
  std::vector<LossOf<P, T>> terms;
  terms.reserve(std::ranges::size(predictions));
  const auto* target = std::ranges::data(targets);
  for (const auto& prediction : predictions) terms.emplace_back(term(prediction, *target++));
  return terms;
}

[[noreturn]] void throw_not_a_probability(std::string_view loss, double got);
[[noreturn]] void throw_bad_target(std::string_view loss, double got);
[[noreturn]] void throw_not_a_side(std::string_view loss, double got);
/// Errors    DomainError that names `loss` unless 0 <= p <= 1, or p is NaN, and 0 <= t <= 1
template <class P, class T>
void check_probability(std::string_view loss, const P& p, const T& t) {
  if (p < 0.0 || p > 1.0) throw_not_a_probability(loss, nabla::detail::plain_number(p));
  if (!(t >= 0.0 && t <= 1.0)) throw_bad_target(loss, nabla::detail::plain_number(t));
}
/// Errors    DomainError that names `loss` unless t is -1 or 1
template <class T>
void check_side(std::string_view loss, const T& t) {
  if (t != 1.0 && t != -1.0) throw_not_a_side(loss, nabla::detail::plain_number(t));
}
/// Errors    DomainError unless the label is one of the classes
void check_label(std::size_t label, std::size_t classes);
/// Errors    ShapeError that names `regularizer` if there are no parameters
void check_parameters(std::string_view regularizer, std::size_t count);

/// The sum of f over the parameters.
template <ScalarList W, class F>
[[nodiscard]] NumberOf<W> sum_over(std::string_view regularizer, const W& parameters, const F& f) {
  check_parameters(regularizer, std::ranges::size(parameters));
  return nabla::detail::sum_of(parameters, f);
}

template <class P, ListBeside<P> T>
[[nodiscard]] std::vector<LossOf<P, T>> binary_errors(std::string_view loss, const P& probabilities,
                                                      const T& targets) {
  return terms_of(loss, probabilities, targets, [&](const auto& p, const auto& t) {
    check_probability(loss, p, t);
    return binary_term(p, t);
  });
}

/// Terms of scores and targets of -1 or 1.
template <class S, ListBeside<S> T, class Term>
[[nodiscard]] std::vector<LossOf<S, T>> sided_terms(std::string_view loss, const S& scores,
                                                    const T& targets, const Term& term) {
  return terms_of(loss, scores, targets, [&](const auto& s, const auto& t) {
    check_side(loss, t);
    return term(s, t);
  });
}

}  // namespace detail

/// 1/m sum |p - t|. Of none: NaN, like the other means.
/// Errors    ShapeError unless there are as many targets as predictions
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> mae(const P& predictions, const T& targets) {
  return mean(detail::terms_of("mae", predictions, targets, detail::term<op::AbsoluteError>));
}
/// 1/m sum (p - t)^2.
/// Errors    ShapeError unless there are as many targets as predictions
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> mse(const P& predictions, const T& targets) {
  return mean(detail::terms_of("mse", predictions, targets, detail::term<op::SquaredError>));
}
/// 1/(2m) sum (p - t)^2.
/// Errors    ShapeError unless there are as many targets as predictions
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> half_mse(const P& predictions, const T& targets) {
  return mean(detail::terms_of("half_mse", predictions, targets, detail::term<op::SquaredError>)) *
         0.5;
}
/// 1/2 sum (p - t)^2.
/// Errors    ShapeError unless there are as many targets as predictions
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> half_sum_of_squares(const P& predictions, const T& targets) {
  return sum(detail::terms_of("half_sum_of_squares", predictions, targets,
                              detail::term<op::SquaredError>)) *
         0.5;
}
/// The mean of d^2/2 where |d| <= delta, else of delta (|d| - delta/2), d = p - t.
/// Errors    ShapeError unless there are as many targets as predictions; DomainError unless delta > 0
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> huber(const P& predictions, const T& targets,
                                         double delta = 1.0) {
  return mean(detail::terms_of("huber", predictions, targets, detail::huber_term(delta)));
}
/// The same over beta; of beta = 0: mae.
/// Errors    ShapeError unless there are as many targets as predictions; DomainError unless beta >= 0
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> smooth_l1(const P& predictions, const T& targets,
                                             double beta = 1.0) {
  detail::check_option("smooth_l1", beta >= 0.0, "beta", beta, "at least 0");
  if (beta == 0.0)
    return mean(
        detail::terms_of("smooth_l1", predictions, targets, detail::term<op::AbsoluteError>));
  return mean(detail::terms_of("smooth_l1", predictions, targets, detail::huber_term(beta))) / beta;
}
/// 1/m sum log cosh(p - t).
/// Errors    ShapeError unless there are as many targets as predictions
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> log_cosh(const P& predictions, const T& targets) {
  return mean(detail::terms_of("log_cosh", predictions, targets, detail::term<op::LogCoshError>));
}

/// -[t log p + (1 - t) log(1 - p)], in nats; both logarithms are kept at -100 or above.
/// Errors    DomainError unless 0 <= p <= 1 and 0 <= t <= 1
[[nodiscard]] Value bce(const Value& probability, double target);
/// The mean of it over several outputs, and the sum.
/// Errors    as bce; ShapeError unless there are as many targets as outputs
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> bce(const P& probabilities, const T& targets) {
  return mean(detail::binary_errors("bce", probabilities, targets));
}
template <class P, detail::ListBeside<P> T>
[[nodiscard]] detail::LossOf<P, T> binary_cross_entropy(const P& probabilities, const T& targets) {
  return sum(detail::binary_errors("binary_cross_entropy", probabilities, targets));
}
/// The mean of bce over several outputs p = sigmoid(z), without overflow for any logit z.
/// Errors    ShapeError unless there are as many targets as logits
template <class Z, detail::ListBeside<Z> T>
[[nodiscard]] detail::LossOf<Z, T> bce_with_logits(const Z& logits, const T& targets) {
  return mean(
      detail::terms_of("bce_with_logits", logits, targets, detail::term<op::BceWithLogits>));
}

/// 1/m sum max(0, 1 - t s).
/// Errors    ShapeError unless there are as many targets as scores; DomainError if one is not -1 or 1
template <class S, detail::ListBeside<S> T>
[[nodiscard]] detail::LossOf<S, T> hinge(const S& scores, const T& targets) {
  return mean(detail::sided_terms("hinge", scores, targets, detail::term<op::HingeError>));
}
/// 1/m sum log(1 + exp(-t s)), without overflow for any score s.
/// Errors    as hinge
template <class S, detail::ListBeside<S> T>
[[nodiscard]] detail::LossOf<S, T> soft_margin(const S& scores, const T& targets) {
  return mean(
      detail::sided_terms("soft_margin", scores, targets, detail::term<op::SoftMarginError>));
}

/// -log softmax(z)[label], in nats.
/// Errors    as softmax_cross_entropy
template <ScalarList Z>
requires ScalarNumber<NumberOf<Z>>
[[nodiscard]] NumberOf<Z> cross_entropy(const Z& logits, std::size_t label) {
  return softmax_cross_entropy(logits, label);
}
/// -sum_c t_c log softmax(z)_c, in nats.
/// Errors    as softmax_cross_entropy
template <ScalarList Z, ScalarList T>
requires ScalarNumber<NumberOf<Z>> && std::floating_point<NumberOf<T>>
[[nodiscard]] NumberOf<Z> cross_entropy(const Z& logits, const T& targets) {
  return softmax_cross_entropy(logits, targets);
}
/// -l[label], in nats.
/// Errors    DomainError unless label < the number of classes
template <ScalarList L>
requires ScalarNumber<NumberOf<L>>
[[nodiscard]] NumberOf<L> nll(const L& log_probabilities, std::size_t label) {
  detail::check_label(label, std::ranges::size(log_probabilities));
  return -std::ranges::data(log_probabilities)[label];
}

/// -sum p log p, in nats; a probability of 0 adds nothing.
template <ScalarList P>
requires ScalarNumber<NumberOf<P>>
[[nodiscard]] NumberOf<P> entropy(const P& p) { return nabla::detail::sum_of(p, detail::surprise); }
/// sum p (log p - log q), in nats. Infinite if a q is 0 where p is not.
/// Errors    ShapeError unless there are as many q as p
template <class P, detail::ListBeside<P> Q>
[[nodiscard]] detail::LossOf<P, Q> kl_divergence(const P& p, const Q& q) {
  return sum(detail::terms_of("kl_divergence", p, q, detail::term<op::RelEntr>));
}
/// -sum p log q, in nats.
/// Errors    ShapeError unless there are as many q as p
template <class P, detail::ListBeside<P> Q>
[[nodiscard]] detail::LossOf<P, Q> cross_entropy_between(const P& p, const Q& q) {
  return sum(detail::terms_of("cross_entropy_between", p, q, detail::crossed_surprise));
}

/// strength sum |w|. Drives parameters to exactly 0; the gradient at 0 is 0.
/// Errors    ShapeError if there are no parameters
template <ScalarList W>
requires ScalarNumber<NumberOf<W>>
[[nodiscard]] NumberOf<W> l1(const W& parameters, double strength) {
  return detail::sum_over("l1", parameters, detail::magnitude) * strength;
}
/// strength sum w^2, with gradient 2 strength w.
/// Errors    ShapeError if there are no parameters
template <ScalarList W>
requires ScalarNumber<NumberOf<W>>
[[nodiscard]] NumberOf<W> l2(const W& parameters, double strength) {
  return detail::sum_over("l2", parameters, detail::squared) * strength;
}
/// l1 and l2 together.
/// Errors    ShapeError if there are no parameters
template <ScalarList W>
requires ScalarNumber<NumberOf<W>>
[[nodiscard]] NumberOf<W> elastic_net(const W& parameters, double l1_strength, double l2_strength) {
  return detail::sum_over("elastic_net", parameters, detail::magnitude) * l1_strength +
         detail::sum_over("elastic_net", parameters, detail::squared) * l2_strength;
}

}  // namespace nabla::nn
