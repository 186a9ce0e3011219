// SPDX-License-Identifier: MIT
// Scalars: record a program, sweep it, rewind. The peers are the same program in double ("double",
// the value alone) and with its gradient written out by hand ("by hand").
#include <array>
#include <cstddef>
#include <vector>

#include <nabla/nabla.hpp>

#include "bench/bench.hpp"

namespace nabla::bench {
namespace {

constexpr int kOps = 10'000;
// Close to 1, so that ten thousand products stay near 1.
constexpr double kFactor = 1.0 + 1e-7;

Figure per_op(const Seconds& seconds, const char* note) {
  const double factor = 1e9 / kOps;
  return {.unit = "ns/op",
          .ours = seconds.ours * factor,
          .peers = scaled(seconds.peers, factor),
          .limit = std::nullopt,
          .note = note};
}

// The program of chain1: y <- y w, one multiplication a statement.
template <class T>
T chain1(const T& x, const T& w) {
  T y = x;
  for (int i = 0; i < kOps; ++i) y = y * w;
  return y;
}

// y_{i+1} = y_i w, so dy_i = dy_{i+1} w and dw = sum y_i dy_{i+1}.
std::array<double, 2> chain1_by_hand(double x, double w, std::vector<double>& y) {
  y[0] = x;
  for (std::size_t i = 0; i < kOps; ++i) y[i + 1] = y[i] * w;
  double dy = 1;
  double dw = 0;
  for (std::size_t i = kOps; i-- > 0;) {
    dw += y[i] * dy;
    dy *= w;
  }
  return {dy, dw};
}

Figure run_chain1() {
  Tape tape;
  const Value x = variable(1.0);
  const Value w = variable(kFactor);
  const Mark start = tape.mark();
  std::vector<double> y(kOps + 1);
  double x0 = 1.0;
  double w0 = kFactor;
  const auto ours = [&] {
    backward(chain1(x, w));
    tape.rewind(start);
  };
  const auto value_alone = [&] {
    keep(x0);
    keep(chain1(x0, w0));
  };
  const auto by_hand = [&] {
    keep(x0);
    keep(chain1_by_hand(x0, w0, y));
  };
  return per_op(measure_paired(ours, {{"double", value_alone}, {"by hand", by_hand}}),
                "record + sweep + rewind");
}

// The program of chain4: y <- y a + b c - d, four operations on five variables a statement.
template <class T>
T chain4(const std::array<T, 5>& v) {
  T y = v[0];
  for (int i = 0; i < kOps / 4; ++i) y = y * v[1] + v[2] * v[3] - v[4];
  return y;
}

std::array<double, 5> chain4_by_hand(const std::array<double, 5>& v, std::vector<double>& y) {
  constexpr std::size_t kStatements = kOps / 4;
  y[0] = v[0];
  for (std::size_t i = 0; i < kStatements; ++i) y[i + 1] = y[i] * v[1] + v[2] * v[3] - v[4];
  double dy = 1;
  std::array<double, 5> d{};
  for (std::size_t i = kStatements; i-- > 0;) {
    d[1] += y[i] * dy;
    d[2] += v[3] * dy;
    d[3] += v[2] * dy;
    d[4] -= dy;
    dy *= v[1];
  }
  d[0] = dy;
  return d;
}

Figure run_chain4() {
  Tape tape;
  std::array<double, 5> v{1.0, 1.0 - 1e-5, 0.5, 0.25, 0.125};
  std::array<Value, 5> x;
  for (std::size_t i = 0; i < v.size(); ++i) x[i] = variable(v[i]);
  const Mark start = tape.mark();
  std::vector<double> y(kOps + 1);
  const auto ours = [&] {
    backward(chain4(x));
    tape.rewind(start);
  };
  const auto value_alone = [&] {
    keep(v);
    keep(chain4(v));
  };
  const auto by_hand = [&] {
    keep(v);
    keep(chain4_by_hand(v, y));
  };
  return per_op(measure_paired(ours, {{"double", value_alone}, {"by hand", by_hand}}),
                "record + sweep + rewind");
}

}  // namespace

std::vector<Case> scalar_cases() {
  return {{"scalar/chain1_1e4", run_chain1}, {"scalar/chain4_1e4", run_chain4}};
}

}  // namespace nabla::bench
