// SPDX-License-Identifier: MIT
// The functions of vector code against long double, in each instruction set: their accuracy in
// units in the last place, and what they give at the ends.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/kernels/elementwise.hpp>
#include <nabla/kernels/isa.hpp>
#include <nabla/kernels/lane_math.hpp>

#include "support/instruction_sets.hpp"
#include "support/units_in_the_last_place.hpp"

using namespace nabla::kernels;
using nabla::test::all_sizes;
using nabla::test::ulps;

namespace {

template <class F, class T>
struct Kernel {
  static void run(const T* x, T* y, std::int64_t n) {
    for_lanes(n, [&](std::int64_t i) { y[i] = F::of(Lane<T>(x[i])).number(); });
  }
};

#define NABLA_FUNCTION(name)                                         \
  struct name##_function {                                           \
    template <class T>                                               \
    [[gnu::always_inline]] static T of(T x) {                        \
      return name(x);                                                \
    }                                                                \
    static long double exact(long double x) { return std::name(x); } \
  }
NABLA_FUNCTION(exp);
NABLA_FUNCTION(expm1);
NABLA_FUNCTION(log);
NABLA_FUNCTION(log1p);
NABLA_FUNCTION(tanh);
NABLA_FUNCTION(erf);
NABLA_FUNCTION(erfc);
NABLA_FUNCTION(sin);
NABLA_FUNCTION(cos);
NABLA_FUNCTION(tan);
NABLA_FUNCTION(asin);
NABLA_FUNCTION(acos);
NABLA_FUNCTION(atan);
NABLA_FUNCTION(sinh);
NABLA_FUNCTION(cosh);
NABLA_FUNCTION(asinh);
NABLA_FUNCTION(acosh);
NABLA_FUNCTION(atanh);
NABLA_FUNCTION(exp2);
NABLA_FUNCTION(log2);
NABLA_FUNCTION(log10);
NABLA_FUNCTION(cbrt);
#undef NABLA_FUNCTION

// Of |x|, but no more than 1.
struct log1p_fraction_function {
  template <class T>
  [[gnu::always_inline]] static T of(T x) {
    return log1p_fraction(choose(abs(x) < 1, abs(x), T(1)));
  }
  static long double exact(long double x) {
    return std::log1p(std::fabs(x) < 1 ? std::fabs(x) : 1.0L);
  }
};

struct logistic_function {
  template <class T>
  [[gnu::always_inline]] static auto of(T x) {
    return logistic(x);
  }
  static long double exact(long double x) { return 1 / (1 + std::exp(-x)); }
};

// What is hard for one function or another: both ends of the range, all around 1 and 0, what is
// nearest to multiples of pi/2 and of these the two that are nearest of all, in float and in
// double.
template <class T>
std::vector<T> hard_numbers() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> sizes{Limits::denorm_min(),
                       3 * Limits::denorm_min(),
                       Limits::min(),
                       Limits::max(),
                       static_cast<T>(std::ldexp(16367173.0, 72)),
                       static_cast<T>(std::ldexp(6381956970095103.0, 797))};
  for (int k = 0; k < Limits::digits; ++k) {
    const T part = std::ldexp(T(1), -k);
    sizes.insert(sizes.end(), {1 + part, 1 - part, part, 1 / part, std::sqrt(part)});
  }
  for (int k = 1; k < 2000; ++k) {
    sizes.push_back(static_cast<T>(k * (std::numbers::pi_v<long double> / 2)));
    sizes.push_back(static_cast<T>(k * 1000 * (std::numbers::pi_v<long double> / 2)));
  }
  std::vector<T> numbers;
  for (const T x : sizes) numbers.insert(numbers.end(), {x, -x});
  return numbers;
}

template <class F, class T>
void check(double bound, const std::string& name) {
  constexpr auto kernel = PerIsa<void(const T*, T*, std::int64_t)>::template of<Kernel<F, T>>();
  std::vector<T> x = all_sizes<T>();
  const std::vector<T> hard = hard_numbers<T>();
  x.insert(x.end(), hard.begin(), hard.end());
  std::vector<T> y(x.size());
  nabla::test::for_each_instruction_set([&](Isa isa) {
    kernel(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    double worst = 0;
    T where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = ulps(y[i], F::exact(static_cast<long double>(x[i])));
      if (!(error <= worst)) worst = error, where = x[i];
    }
    BOOST_TEST(worst <= bound, name << " in " << name_of(isa) << ": " << worst
                                    << " units in the last place at " << where);
  });
}

template <class F>
void check_function(double bound, const std::string& name) {
  check<F, float>(bound, name + " of a float");
  check<F, double>(bound, name + " of a double");
}

// Exactly what the C library gives, the sign of zero included.
template <class F, class T>
void check_ends() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{T(0),
                   -T(0),
                   Limits::infinity(),
                   -Limits::infinity(),
                   Limits::quiet_NaN(),
                   Limits::max(),
                   Limits::lowest(),
                   T(-1),
                   T(1)};
  for (std::size_t i = 0; i < 9; ++i) x.insert(x.end(), {x[i], x[i]});
  constexpr auto kernel = PerIsa<void(const T*, T*, std::int64_t)>::template of<Kernel<F, T>>();
  nabla::test::for_each_instruction_set([&](Isa isa) {
    std::vector<T> y(x.size());
    kernel(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T exact = static_cast<T>(F::exact(static_cast<long double>(x[i])));
      const bool same = std::isnan(exact) ? std::isnan(y[i])
                                          : std::signbit(y[i]) == std::signbit(exact) &&
                                                ulps(y[i], static_cast<long double>(exact)) < 2;
      BOOST_TEST(same, "at " << x[i] << " in " << name_of(isa) << ": " << y[i]);
    }
  });
}

template <class F, class T>
struct PairKernel {
  static void run(const T* a, const T* b, T* y, std::int64_t n) {
    for_lanes(n, [&](std::int64_t i) { y[i] = F::of(Lane<T>(a[i]), Lane<T>(b[i])).number(); });
  }
};

#define NABLA_FUNCTION(name)                                                           \
  struct name##_function {                                                             \
    template <class T>                                                                 \
    [[gnu::always_inline]] static T of(T a, T b) {                                     \
      return name(a, b);                                                               \
    }                                                                                  \
    static long double exact(long double a, long double b) { return std::name(a, b); } \
  }
NABLA_FUNCTION(atan2);
NABLA_FUNCTION(hypot);
NABLA_FUNCTION(pow);
#undef NABLA_FUNCTION

// Any two sizes; two around 1; a size and an exponent that leaves the power in the range; and all
// pairs of ends, where the sign of zero counts too.
template <class F, class T>
void check_pairs(double bound, const std::string& name) {
  using Limits = std::numeric_limits<T>;
  const std::vector<T> ends{T(0),
                            -T(0),
                            T(1),
                            T(-1),
                            T(2),
                            T(-3),
                            T(0.5),
                            T(-0.5),
                            T(1e30),
                            T(-1e30),
                            Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN(),
                            Limits::max(),
                            Limits::lowest(),
                            Limits::denorm_min(),
                            T(-2.5)};
  const std::vector<T> sizes = all_sizes<T>();
  std::vector<T> a, b;
  for (const T x : ends) {
    for (const T y : ends) a.push_back(x), b.push_back(y);
  }
  for (std::size_t i = 0; i + 5 < sizes.size(); i += 3) {
    a.push_back(sizes[i]), b.push_back(sizes[i + 3]);
    a.push_back(sizes[i + 1]), b.push_back(sizes[i + 2]);
    const T size = std::abs(sizes[i]);
    const T limit = static_cast<T>(Limits::max_exponent10) / std::log10(size);
    a.push_back(size), b.push_back(limit * sizes[i + 2]);
  }
  constexpr auto kernel =
      PerIsa<void(const T*, const T*, T*, std::int64_t)>::template of<PairKernel<F, T>>();
  std::vector<T> y(a.size());
  nabla::test::for_each_instruction_set([&](Isa isa) {
    kernel(a.data(), b.data(), y.data(), static_cast<std::int64_t>(a.size()));
    double worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const long double exact =
          F::exact(static_cast<long double>(a[i]), static_cast<long double>(b[i]));
      const bool same_sign = std::isnan(exact) || std::signbit(exact) == std::signbit(y[i]);
      const double error = same_sign ? ulps(y[i], exact) : Limits::infinity();
      if (!(error <= worst)) worst = error, where = i;
    }
    BOOST_TEST(worst <= bound, name << " in " << name_of(isa) << ": " << worst
                                    << " units in the last place at " << a[where] << ", "
                                    << b[where]);
  });
}

template <class F>
void check_function_of_two(double bound, const std::string& name) {
  check_pairs<F, float>(bound, name + " of floats");
  check_pairs<F, double>(bound, name + " of doubles");
}

template <class F, class T>
struct UsualKernel {
  static void run(const T* x, T* y, T* usual, std::int64_t n) {
    for_lanes(n, [&](std::int64_t i) {
      y[i] = F::of(Lane<T>(x[i])).number();
      usual[i] = F::of(UsualLane<T>(x[i])).number();
    });
  }
};

template <class T>
struct FmodKernel {
  static void run(const T* a, const T* b, T* y, std::int64_t n) {
    for_lanes(
        n, [&](std::int64_t i) { y[i] = fmod(UsualLane<T>(a[i]), UsualLane<T>(b[i])).number(); });
  }
};

// Quotients of all sizes below 2^25, and beside integers.
template <class T>
void check_fmod() {
  const std::vector<T> sizes = all_sizes<T>();
  std::vector<T> a, b, y;
  const auto add = [&](T x, T by) {
    if (is_usual_quotient(Lane<T>(x), Lane<T>(by))) a.push_back(x), b.push_back(by);
  };
  for (std::size_t i = 0; i + 2 < sizes.size(); i += 3) {
    const T part = static_cast<T>(sizes[i] / std::floor(std::exp2(25 * std::abs(sizes[i + 2]))));
    add(sizes[i], sizes[i + 3 < sizes.size() ? i + 3 : 0]);
    add(sizes[i], part);
    add(sizes[i], std::nextafter(part, T(0)));
    add(sizes[i], -std::nextafter(part, std::numeric_limits<T>::infinity()));
    add(std::round(sizes[i + 1]), T(3));
  }
  y.resize(a.size());
  constexpr auto kernel =
      PerIsa<void(const T*, const T*, T*, std::int64_t)>::template of<FmodKernel<T>>();
  nabla::test::for_each_instruction_set([&](Isa isa) {
    kernel(a.data(), b.data(), y.data(), static_cast<std::int64_t>(a.size()));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const T exact = std::fmod(a[i], b[i]);
      wrong += y[i] == exact && std::signbit(y[i]) == std::signbit(exact) ? 0 : 1;
    }
    BOOST_TEST(wrong == 0u, name_of(isa) << ", of " << a.size());
  });
}

struct normal_distribution_function {
  template <class T>
  [[gnu::always_inline]] static auto of(T x) {
    return normal_distribution(x);
  }
};

template <class F, class T, class IsUsual>
void usual_is_the_same(const IsUsual& is_usual) {
  std::vector<T> x = all_sizes<T>();
  const std::vector<T> hard = hard_numbers<T>();
  x.insert(x.end(), hard.begin(), hard.end());
  std::erase_if(x, [&](T number) { return !is_usual(Lane<T>(number)); });
  BOOST_TEST(x.size() > 100'000u);
  constexpr auto kernel =
      PerIsa<void(const T*, T*, T*, std::int64_t)>::template of<UsualKernel<F, T>>();
  std::vector<T> y(x.size()), z(x.size());
  nabla::test::for_each_instruction_set([&](Isa isa) {
    kernel(x.data(), y.data(), z.data(), static_cast<std::int64_t>(x.size()));
    const auto different = std::mismatch(y.begin(), y.end(), z.begin(), [](T a, T b) {
      return a == b && std::signbit(a) == std::signbit(b);
    });
    const auto where = static_cast<std::size_t>(different.first - y.begin());
    BOOST_TEST((where == x.size()), "at " << x[where % x.size()] << " in " << name_of(isa) << ": "
                                          << y[where % x.size()] << ", " << z[where % x.size()]);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lane_math)

BOOST_AUTO_TEST_CASE(exp_is_accurate) { check_function<exp_function>(1, "exp"); }
BOOST_AUTO_TEST_CASE(expm1_is_accurate) { check_function<expm1_function>(1.9, "expm1"); }
BOOST_AUTO_TEST_CASE(log_is_accurate) { check_function<log_function>(0.9, "log"); }
BOOST_AUTO_TEST_CASE(log1p_is_accurate) { check_function<log1p_function>(0.9, "log1p"); }
BOOST_AUTO_TEST_CASE(tanh_is_accurate) { check_function<tanh_function>(1.6, "tanh"); }
BOOST_AUTO_TEST_CASE(logistic_is_accurate) { check_function<logistic_function>(1.7, "logistic"); }
BOOST_AUTO_TEST_CASE(erf_is_accurate) { check_function<erf_function>(1.3, "erf"); }
BOOST_AUTO_TEST_CASE(erfc_is_accurate) { check_function<erfc_function>(5, "erfc"); }

BOOST_AUTO_TEST_CASE(sin_is_accurate) { check_function<sin_function>(0.8, "sin"); }
BOOST_AUTO_TEST_CASE(cos_is_accurate) { check_function<cos_function>(0.8, "cos"); }
BOOST_AUTO_TEST_CASE(tan_is_accurate) { check_function<tan_function>(1.4, "tan"); }
BOOST_AUTO_TEST_CASE(asin_is_accurate) { check_function<asin_function>(1.6, "asin"); }
BOOST_AUTO_TEST_CASE(acos_is_accurate) { check_function<acos_function>(1.2, "acos"); }
BOOST_AUTO_TEST_CASE(atan_is_accurate) { check_function<atan_function>(1.9, "atan"); }
BOOST_AUTO_TEST_CASE(sinh_is_accurate) { check_function<sinh_function>(1.6, "sinh"); }
BOOST_AUTO_TEST_CASE(cosh_is_accurate) { check_function<cosh_function>(1.5, "cosh"); }
BOOST_AUTO_TEST_CASE(asinh_is_accurate) { check_function<asinh_function>(1.3, "asinh"); }
BOOST_AUTO_TEST_CASE(acosh_is_accurate) { check_function<acosh_function>(1.7, "acosh"); }
BOOST_AUTO_TEST_CASE(atanh_is_accurate) { check_function<atanh_function>(1.6, "atanh"); }
BOOST_AUTO_TEST_CASE(exp2_is_accurate) { check_function<exp2_function>(1.1, "exp2"); }
BOOST_AUTO_TEST_CASE(log2_is_accurate) { check_function<log2_function>(0.8, "log2"); }
BOOST_AUTO_TEST_CASE(log10_is_accurate) { check_function<log10_function>(0.8, "log10"); }
BOOST_AUTO_TEST_CASE(cbrt_is_accurate) { check_function<cbrt_function>(1, "cbrt"); }
BOOST_AUTO_TEST_CASE(atan2_is_accurate) { check_function_of_two<atan2_function>(1.9, "atan2"); }
BOOST_AUTO_TEST_CASE(hypot_is_accurate) { check_function_of_two<hypot_function>(1.2, "hypot"); }
BOOST_AUTO_TEST_CASE(pow_is_accurate) { check_function_of_two<pow_function>(1, "pow"); }

BOOST_AUTO_TEST_CASE(fmod_is_exact) {
  check_fmod<float>();
  check_fmod<double>();
}

// No jump where a table takes over, and none between a block of usual numbers and another.
BOOST_AUTO_TEST_CASE(usual_arguments_give_what_any_give) {
  const auto check_type = []<class T>(T) {
    const auto is_angle = [](Lane<T> x) { return is_usual_angle(x); };
    usual_is_the_same<sin_function, T>(is_angle);
    usual_is_the_same<cos_function, T>(is_angle);
    usual_is_the_same<tan_function, T>(is_angle);
    usual_is_the_same<exp_function, T>([](Lane<T> x) { return is_usual_exponent(x); });
    usual_is_the_same<logistic_function, T>([](Lane<T> x) { return is_usual_exponent(x); });
    usual_is_the_same<log_function, T>([](Lane<T> x) { return is_usual_logarithm(x); });
    usual_is_the_same<normal_distribution_function, T>(
        [](Lane<T> x) { return is_usual_normal(x); });
  };
  check_type(float{});
  check_type(double{});
}

BOOST_AUTO_TEST_CASE(log1p_of_fractions_is_accurate) {
  check_function<log1p_fraction_function>(1.3, "log1p_fraction");
}

BOOST_AUTO_TEST_CASE(zeros_infinities_and_nan_are_those_of_the_c_library) {
  check_ends<exp_function, float>();
  check_ends<exp_function, double>();
  check_ends<expm1_function, float>();
  check_ends<expm1_function, double>();
  check_ends<log_function, float>();
  check_ends<log_function, double>();
  check_ends<log1p_function, float>();
  check_ends<log1p_function, double>();
  check_ends<tanh_function, float>();
  check_ends<tanh_function, double>();
  check_ends<logistic_function, float>();
  check_ends<logistic_function, double>();
  check_ends<erf_function, float>();
  check_ends<erf_function, double>();
  check_ends<erfc_function, float>();
  check_ends<erfc_function, double>();
  check_ends<sin_function, float>();
  check_ends<sin_function, double>();
  check_ends<cos_function, float>();
  check_ends<cos_function, double>();
  check_ends<tan_function, float>();
  check_ends<tan_function, double>();
  check_ends<asin_function, float>();
  check_ends<asin_function, double>();
  check_ends<acos_function, float>();
  check_ends<acos_function, double>();
  check_ends<atan_function, float>();
  check_ends<atan_function, double>();
  check_ends<sinh_function, float>();
  check_ends<sinh_function, double>();
  check_ends<cosh_function, float>();
  check_ends<cosh_function, double>();
  check_ends<asinh_function, float>();
  check_ends<asinh_function, double>();
  check_ends<acosh_function, float>();
  check_ends<acosh_function, double>();
  check_ends<atanh_function, float>();
  check_ends<atanh_function, double>();
  check_ends<exp2_function, float>();
  check_ends<exp2_function, double>();
  check_ends<log2_function, float>();
  check_ends<log2_function, double>();
  check_ends<log10_function, float>();
  check_ends<log10_function, double>();
  check_ends<cbrt_function, float>();
  check_ends<cbrt_function, double>();
}

BOOST_AUTO_TEST_SUITE_END()
