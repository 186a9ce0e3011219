// SPDX-License-Identifier: MIT
// Programs of the scalar benchmarks, one a header: plain templated functions that know no library,
// so that any type of number can be put in. Each is a struct with
//
//   static constexpr std::string_view name;
//   double operations;                               elementary ones of one evaluation
//   std::vector<double> inputs() const;              where to evaluate; the same at each call
//   template <class T> T operator()(const std::vector<T>& x) const;
//   template <class T> std::vector<T> results(const std::vector<T>& x) const;      where several
//   void gradient_by_hand(std::span<const double> x, std::span<double> g);       where reasonable
//   std::size_t piece;    if there: each `piece` inputs are the arguments of one small evaluation
//
// T needs the operators, the functions of <cmath> by argument-dependent lookup, comparisons, and a
// default constructor that gives zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nabla::bench {

/// The generator splitmix64: the same numbers on every platform.
/// Source    Steele, Lea & Flood 2014, OOPSLA
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }
  std::vector<double> uniforms(std::size_t count, double low, double high) {
    std::vector<double> numbers(count);
    for (double& number : numbers) number = uniform(low, high);
    return numbers;
  }

 private:
  std::uint64_t state_;
};

/// The arguments of one evaluation of a program.
template <class Program>
std::vector<double> arguments_of(const Program& program) {
  std::vector<double> at = program.inputs();
  if constexpr (requires { program.piece; }) at.resize(program.piece);
  return at;
}

}  // namespace nabla::bench
