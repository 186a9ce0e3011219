// SPDX-License-Identifier: MIT
// The functions of vector code against long double, in each instruction set: their accuracy in
// units in the last place, and what they give at the ends.
#include <cmath>
#include <cstdint>
#include <limits>
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
    static T of(T x) {                                               \
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
#undef NABLA_FUNCTION

template <class F, class T>
void check(double bound, const std::string& name) {
  constexpr auto kernel = PerIsa<void(const T*, T*, std::int64_t)>::template of<Kernel<F, T>>();
  const std::vector<T> x = all_sizes<T>();
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
                   T(-1)};
  for (std::size_t i = 0; i < 8; ++i) x.insert(x.end(), {x[i], x[i]});
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

}  // namespace

BOOST_AUTO_TEST_SUITE(lane_math)

BOOST_AUTO_TEST_CASE(exp_is_accurate) { check_function<exp_function>(1, "exp"); }
BOOST_AUTO_TEST_CASE(expm1_is_accurate) { check_function<expm1_function>(1.9, "expm1"); }
BOOST_AUTO_TEST_CASE(log_is_accurate) { check_function<log_function>(0.9, "log"); }
BOOST_AUTO_TEST_CASE(log1p_is_accurate) { check_function<log1p_function>(0.9, "log1p"); }
BOOST_AUTO_TEST_CASE(tanh_is_accurate) { check_function<tanh_function>(1.6, "tanh"); }
BOOST_AUTO_TEST_CASE(erf_is_accurate) { check_function<erf_function>(1.3, "erf"); }
BOOST_AUTO_TEST_CASE(erfc_is_accurate) { check_function<erfc_function>(5, "erfc"); }

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
  check_ends<erf_function, float>();
  check_ends<erf_function, double>();
  check_ends<erfc_function, float>();
  check_ends<erfc_function, double>();
}

BOOST_AUTO_TEST_SUITE_END()
