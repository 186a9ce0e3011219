// SPDX-License-Identifier: MIT
// Templated user code calls the functions of <cmath> in two ways: after `using std::f`, or plainly
// and found beside the argument's type. Both must work for every kind of scalar and expressions.
#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/engine/creation.hpp>
#include <nabla/engine/dual.hpp>
#include <nabla/engine/tape.hpp>
#include <nabla/ops/ops.hpp>

using nabla::backward, nabla::basic_tape, nabla::basic_value, nabla::Dual, nabla::Tape,
    nabla::Value, nabla::ValueOf, nabla::variable, nabla::tensor, nabla::float64;

namespace {

// A sum in which each term has a weight of its own, so that none can stand for another. Out of line,
// because sixty recordings in one function keep the compiler busy for long.
template <class T>
class WeightedSum {
 public:
  template <class X>
  [[gnu::noinline]] void operator()(const X& term) {
    sum_ = sum_ * 1.0625 + term;
  }
  [[nodiscard]] T sum() const { return sum_; }

 private:
  T sum_ = 0;
};

// One use of each function.
#define NABLA_TEST_EVERY_FUNCTION                                    \
  WeightedSum<ValueOf<X>> add;                                       \
  add(sin(x));                                                       \
  add(cos(x));                                                       \
  add(tan(x));                                                       \
  add(asin(x));                                                      \
  add(acos(x));                                                      \
  add(atan(x));                                                      \
  add(sinh(x));                                                      \
  add(cosh(x));                                                      \
  add(tanh(x));                                                      \
  add(asinh(x));                                                     \
  add(acosh(x + 1));                                                 \
  add(atanh(x));                                                     \
  add(exp(x));                                                       \
  add(exp2(x));                                                      \
  add(expm1(x));                                                     \
  add(log(x));                                                       \
  add(log2(x));                                                      \
  add(log10(x));                                                     \
  add(log1p(x));                                                     \
  add(sqrt(x));                                                      \
  add(cbrt(x));                                                      \
  add(abs(x));                                                       \
  add(fabs(x));                                                      \
  add(erf(x));                                                       \
  add(erfc(x));                                                      \
  add(lgamma(x));                                                    \
  add(tgamma(x));                                                    \
  add(floor(x));                                                     \
  add(ceil(x));                                                      \
  add(round(x));                                                     \
  add(trunc(x));                                                     \
  add(rint(x));                                                      \
  add(nearbyint(x));                                                 \
  add(atan2(x, y));                                                  \
  add(hypot(x, y));                                                  \
  add(hypot(x, y, x));                                               \
  add(pow(x, y));                                                    \
  add(pow(x, 2));                                                    \
  add(pow(2, x));                                                    \
  add(fmod(y, x));                                                   \
  add(remainder(y, x));                                              \
  add(fmin(x, y));                                                   \
  add(fmax(x, y));                                                   \
  add(fdim(y, x));                                                   \
  add(copysign(x, y));                                               \
  add(fma(x, y, x));                                                 \
  add(fma(x, 2, y));                                                 \
  add(lerp(x, y, x));                                                \
  add(fmax(x, 0));                                                   \
  add(fmin(1, x));                                                   \
  add(atan2(x, 2));                                                  \
  add(hypot(3, x));                                                  \
  add(ldexp(x, 3));                                                  \
  add(scalbn(x, -2));                                                \
  add(scalbln(x, 3L));                                               \
  int n = 0;                                                         \
  add(frexp(x * 5, &n));                                             \
  add(n);                                                            \
  add(remquo(y, x, &n));                                             \
  add(n);                                                            \
  ValueOf<X> whole(0);                                               \
  add(modf(y * 5, &whole));                                          \
  add(whole);                                                        \
  add(static_cast<double>(lround(x) + llround(x)));                  \
  add(static_cast<double>(lrint(y) + llrint(y)));                    \
  add(ilogb(x));                                                     \
  if (fpclassify(x) != FP_NORMAL || !isnormal(x)) add(1000);         \
  if (isgreater(x, y) || isgreaterequal(x, y)) add(1000);            \
  if (!isless(x, y) || !islessequal(x, y)) add(1000);                \
  if (isunordered(x, y) || !islessgreater(x, 2)) add(1000);          \
  if (isnan(x) || isinf(x) || !isfinite(x) || signbit(x)) add(1000); \
  return add.sum();

template <class X, class Y>
ValueOf<X> after_using(const X& x, const Y& y) {
  using std::sin, std::cos, std::tan, std::asin, std::acos, std::atan, std::sinh, std::cosh,
      std::tanh, std::asinh, std::acosh, std::atanh, std::exp, std::exp2, std::expm1, std::log,
      std::log2, std::log10, std::log1p, std::sqrt, std::cbrt, std::abs, std::fabs, std::erf,
      std::erfc, std::lgamma, std::tgamma, std::floor, std::ceil, std::round, std::trunc, std::rint,
      std::nearbyint, std::atan2, std::hypot, std::pow, std::fmod, std::remainder, std::fmin,
      std::fmax, std::fdim, std::copysign, std::fma, std::lerp, std::ldexp, std::scalbn,
      std::scalbln, std::isnan, std::isinf, std::isfinite, std::signbit, std::frexp, std::modf,
      std::remquo, std::lround, std::llround, std::lrint, std::llrint, std::ilogb, std::fpclassify,
      std::isnormal, std::isgreater, std::isgreaterequal, std::isless, std::islessequal,
      std::isunordered, std::islessgreater;
  NABLA_TEST_EVERY_FUNCTION
}

template <class X, class Y>
ValueOf<X> found_beside_the_argument(const X& x, const Y& y) {
  NABLA_TEST_EVERY_FUNCTION
}

#undef NABLA_TEST_EVERY_FUNCTION

constexpr double kX = 0.6, kY = 0.7;

// About 60 terms, each with a few roundings, in a sum of size 500.
template <class T>
constexpr double kRounding = 2000 * std::numeric_limits<T>::epsilon();

// Central difference: h^2 times a third derivative of size 1e3, and rounding / h.
double slope_by_x() {
  constexpr double h = 1e-5;
  return (after_using(kX + h, kY) - after_using(kX - h, kY)) / (2 * h);
}
constexpr double kDifference = 1e-6;

}  // namespace

BOOST_AUTO_TEST_SUITE(cmath)

BOOST_AUTO_TEST_CASE(both_ways_of_calling_work_on_values) {
  const Tape tape;
  const Value x = variable(kX), y = variable(kY);
  const Value u = after_using(x, y), v = found_beside_the_argument(x, y);
  const double want = after_using(kX, kY);
  BOOST_TEST(std::abs(u.value() - want) <= kRounding<double>);
  BOOST_TEST(v.value() == u.value());
  backward(u);
  const double slope = x.grad();
  BOOST_TEST(std::abs(slope - slope_by_x()) <= kDifference);
  x.zero_grad();
  backward(v);
  BOOST_TEST(x.grad() == slope);
}

BOOST_AUTO_TEST_CASE(and_on_expressions_of_values) {
  const Tape tape;
  const Value x = variable(kX), y = variable(kY);
  backward(after_using(x, y));
  const double slope = x.grad();
  x.zero_grad();
  const Value u = after_using(x * 1.0, y * 1.0), v = found_beside_the_argument(x * 1.0, y * 1.0);
  BOOST_TEST(v.value() == u.value());
  backward(v);
  BOOST_TEST(std::abs(x.grad() - slope) <= kRounding<double>);
}

BOOST_AUTO_TEST_CASE(and_on_single_precision) {
  const basic_tape<float> tape;
  using Single = basic_value<float>;
  const Single x = Single::variable(static_cast<float>(kX));
  const Single y = Single::variable(static_cast<float>(kY));
  const Single u = after_using(x, y), v = found_beside_the_argument(x, y);
  BOOST_TEST(std::abs(u.value() - after_using(kX, kY)) <= kRounding<float>);
  BOOST_TEST(v.value() == u.value());
  backward(u);
  BOOST_TEST(std::abs(x.grad() - slope_by_x()) <= kRounding<float>);
}

BOOST_AUTO_TEST_CASE(and_on_duals_which_agree_with_values) {
  const Tape tape;
  const Value x = variable(kX), y = variable(kY);
  backward(after_using(x, y));
  const Dual<double> dx(kX, 1.0), dy(kY, 0.0);
  const Dual<double> u = after_using(dx, dy), v = found_beside_the_argument(dx, dy);
  BOOST_TEST(std::abs(u.tangent() - x.grad()) <= kRounding<double>);
  BOOST_TEST(v.tangent() == u.tangent());
}

BOOST_AUTO_TEST_CASE(second_derivatives_agree_between_the_nestings) {
  const Dual<Dual<double>> dx(Dual<double>(kX, 1.0), Dual<double>(1.0)), dy(kY);
  const double want = found_beside_the_argument(dx, dy).tangent().tangent();
  const double first = found_beside_the_argument(dx, dy).tangent().value();
  BOOST_TEST(std::abs(first - slope_by_x()) <= kDifference);
  {
    const basic_tape<Dual<double>> tape;
    const auto x = variable(Dual<double>(kX, 1.0)), y = variable(Dual<double>(kY));
    backward(after_using(x, y));
    BOOST_TEST(std::abs(x.grad().tangent() - want) <= kRounding<double> * std::abs(want));
  }
  const Tape inner;
  const basic_tape<Value> outer;
  const Value x = variable(kX);
  const basic_value<Value> z = variable(x), y = variable(Value(kY));
  backward(after_using(z, y));
  BOOST_TEST(std::abs(z.grad().value() - first) <= kRounding<double>);
  backward(z.grad());
  BOOST_TEST(std::abs(x.grad() - want) <= kRounding<double> * std::abs(want));
}

BOOST_AUTO_TEST_CASE(predicates_of_tensors_look_at_each_element) {
  const double inf = std::numeric_limits<double>::infinity();
  const nabla::Tensor x = tensor({1.0, inf, -inf, std::nan("")}, float64);
  const auto bits = [](const nabla::Tensor& y) { return y.to_vector<double>(); };
  using List = std::vector<double>;
  BOOST_TEST(bits(isnan(x)) == (List{0, 0, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(bits(isinf(x)) == (List{0, 1, 1, 0}), boost::test_tools::per_element());
  BOOST_TEST(bits(isfinite(x)) == (List{1, 0, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
