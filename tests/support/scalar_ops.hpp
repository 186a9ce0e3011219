// SPDX-License-Identifier: MIT
// A handful of elementwise ops for tests of the engine, which knows no op itself. Not to be
// included together with <nabla/ops/...>.
#pragma once

#include <cmath>

#include <nabla/engine/dual.hpp>
#include <nabla/engine/value.hpp>

namespace nabla {
inline namespace scalar_test_ops {

struct Add {
  static constexpr OpInfo info{
      .name = "add", .symbol = "+", .formula = "y = a + b", .gradient = "dy/da = 1, dy/db = 1"};
  static constexpr bool cheap = true;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    return a + b;
  }
  template <class T>
  static constexpr T slope_a(const T&, const T&, const T&) {
    return 1;
  }
  template <class T>
  static constexpr T slope_b(const T&, const T&, const T&) {
    return 1;
  }
};

struct Sub {
  static constexpr OpInfo info{.name = "sub", .symbol = "-"};
  static constexpr bool cheap = true;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    return a - b;
  }
  template <class T>
  static constexpr T slope_a(const T&, const T&, const T&) {
    return 1;
  }
  template <class T>
  static constexpr T slope_b(const T&, const T&, const T&) {
    return -1;
  }
};

struct Mul {
  static constexpr OpInfo info{.name = "mul", .symbol = "*"};
  static constexpr bool cheap = true;
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    return a * b;
  }
  template <class T>
  static constexpr T slope_a(const T&, const T& b, const T&) {
    return b;
  }
  template <class T>
  static constexpr T slope_b(const T& a, const T&, const T&) {
    return a;
  }
};

struct Div {
  static constexpr OpInfo info{.name = "div", .symbol = "/"};
  template <class T>
  static constexpr T value(const T& a, const T& b) {
    return a / b;
  }
  template <class T>
  static constexpr T slope_a(const T&, const T& b, const T&) {
    return 1 / b;
  }
  template <class T>
  static constexpr T slope_b(const T&, const T& b, const T& y) {
    return (0 - y) / b;
  }
};

struct Exp {
  static constexpr OpInfo info{.name = "exp"};
  template <class T>
  static T value(const T& x) {
    using std::exp;
    return exp(x);
  }
  template <class T>
  static T slope(const T&, const T& y) {
    return y;
  }
};

struct Sin {
  static constexpr OpInfo info{.name = "sin"};
  template <class T>
  static T value(const T& x) {
    using std::sin;
    return sin(x);
  }
  template <class T>
  static T slope(const T& x, const T&) {
    using std::cos;
    return cos(x);
  }
};

struct Cos {
  static constexpr OpInfo info{.name = "cos"};
  template <class T>
  static T value(const T& x) {
    using std::cos;
    return cos(x);
  }
  template <class T>
  static T slope(const T& x, const T&) {
    using std::sin;
    return 0 - sin(x);
  }
};

struct Tanh {
  static constexpr OpInfo info{.name = "tanh"};
  template <class T>
  static T value(const T& x) {
    using std::tanh;
    return tanh(x);
  }
  template <class T>
  static T slope(const T&, const T& y) {
    return 1 - y * y;
  }
};

/// Infinite slope at 0.
struct Sqrt {
  static constexpr OpInfo info{.name = "sqrt"};
  template <class T>
  static T value(const T& x) {
    using std::sqrt;
    return sqrt(x);
  }
  template <class T>
  static T slope(const T&, const T& y) {
    return 0.5 / y;
  }
};

/// An op with a parameter.
struct Scale {
  static constexpr OpInfo info{.name = "scale"};
  static constexpr bool cheap = true;
  double factor;
  template <class T>
  T value(const T& x) const {
    return x * static_cast<T>(factor);
  }
  template <class T>
  T slope(const T&, const T&) const {
    return static_cast<T>(factor);
  }
};

/// Three operands.
struct MulAdd {
  static constexpr OpInfo info{.name = "mul_add"};
  template <class T>
  static T value(const T& a, const T& b, const T& c) {
    return a * b + c;
  }
  template <class T>
  static T slope_a(const T&, const T& b, const T&, const T&) {
    return b;
  }
  template <class T>
  static T slope_b(const T& a, const T&, const T&, const T&) {
    return a;
  }
  template <class T>
  static T slope_c(const T&, const T&, const T&, const T&) {
    return 1;
  }
};

template <class A, class B>
requires ScalarArguments<A, B>
constexpr auto operator+(const A& a, const B& b) { return make_expression(Add{}, a, b); }
template <class A, class B>
requires ScalarArguments<A, B>
constexpr auto operator-(const A& a, const B& b) { return make_expression(Sub{}, a, b); }
template <class A, class B>
requires ScalarArguments<A, B>
constexpr auto operator*(const A& a, const B& b) { return make_expression(Mul{}, a, b); }
template <class A, class B>
requires ScalarArguments<A, B>
constexpr auto operator/(const A& a, const B& b) { return make_expression(Div{}, a, b); }

template <ScalarOperand X>
auto exp(const X& x) {
  return make_expression(Exp{}, x);
}
template <ScalarOperand X>
auto sin(const X& x) {
  return make_expression(Sin{}, x);
}
template <ScalarOperand X>
auto cos(const X& x) {
  return make_expression(Cos{}, x);
}
template <ScalarOperand X>
auto tanh(const X& x) {
  return make_expression(Tanh{}, x);
}
template <ScalarOperand X>
auto sqrt(const X& x) {
  return make_expression(Sqrt{}, x);
}
template <ScalarOperand X>
auto scale(const X& x, double factor) {
  return make_expression(Scale{factor}, x);
}
template <class A, class B, class C>
requires ScalarArguments<A, B, C>
auto mul_add(const A& a, const B& b, const C& c) { return make_expression(MulAdd{}, a, b, c); }

}  // namespace scalar_test_ops
}  // namespace nabla
