// SPDX-License-Identifier: MIT
// Measures one scalar program: its gradient by the tape against the value alone in double, the
// gradient written by hand and ADOL-C where they are there. A gradient costs here what its user
// pays: inputs registered, program recorded, swept, gradient read, tape rewound.
//
//   Figure figure = run(Chain1(10'000));
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nabla/nabla.hpp>

#include "bench/adolc.hpp"
#include "bench/bench.hpp"

namespace nabla::bench {

enum class Inputs {
  each_time,  ///< registered in each evaluation
  kept,       ///< registered once; each evaluation sets their numbers and rewinds to a mark
};

template <class Program>
class ScalarRun {
 public:
  explicit ScalarRun(const Program& program)
      : program_(program), at_(program.inputs()), gradient_(at_.size()) {
    piece_ = at_.size();
    if constexpr (requires { program.piece; }) piece_ = program.piece;
  }

  Figure figure(Inputs inputs) {
    std::vector<Contender> peers{{"double", [this] { value_alone(); }}};
    if constexpr (kHasHand) peers.push_back({"by hand", [this] { by_hand(); }});
#ifdef NABLA_HAS_ADOLC
    if (fits_adolc()) peers.push_back({"ADOL-C", [this] { by_adolc(); }});
#endif
    Tape tape;
    values_.resize(piece_);
    if (inputs == Inputs::kept) tape.add_variables(at(0), values_);
    const Mark start = tape.mark();
    const auto ours = [&] {
      if (inputs == Inputs::kept) return kept_gradient(tape, start);
      fresh_gradient(tape, start);
    };
    const Seconds seconds = measure_paired(ours, peers, {.rounds = rounds(ours)});
    const double factor = 1e9 / program_.operations;
    ours();
    return {.unit = "ns/op",
            .ours = seconds.ours * factor,
            .peers = scaled(seconds.peers, factor),
            .limit = std::nullopt,
            .note = remark(inputs)};
  }

 private:
  static constexpr bool kHasHand =
      requires(Program p, std::span<const double> x, std::span<double> g) {
    p.gradient_by_hand(x, g);
  };

  std::size_t pieces() const { return at_.size() / piece_; }

  std::span<const double> at(std::size_t piece) const {
    return std::span(at_).subspan(piece * piece_, piece_);
  }
  std::span<double> gradient(std::size_t piece) {
    return std::span(gradient_).subspan(piece * piece_, piece_);
  }
  void fresh_gradient(Tape& tape, const Mark& start) {
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      tape.add_variables(at(piece), values_);
      tape.sweep(program_(values_), 1.0);
      tape.gradients(values_, gradient(piece));
      tape.rewind(start);
    }
  }
  void kept_gradient(Tape& tape, const Mark& start) {
    tape.set_values(values_, at_);
    tape.zero_grad();
    tape.sweep(program_(values_), 1.0);
    tape.gradients(values_, gradient_);
    tape.rewind(start);
  }

  void value_alone() {
    std::vector<double>& x = plain_;
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      const auto first = at_.begin() + static_cast<std::ptrdiff_t>(piece * piece_);
      x.assign(first, first + static_cast<std::ptrdiff_t>(piece_));
      keep(x);
      keep(program_(x));
    }
  }
  void by_hand() {
    if constexpr (kHasHand) {
      keep(at_);
      program_.gradient_by_hand(at_, other_gradient());
      keep(other_);
    }
  }
#ifdef NABLA_HAS_ADOLC
  // Greater tapes leave its buffers of memory for files, which slow down all that follow.
  bool fits_adolc() const { return program_.operations <= 1.2e5; }
  void by_adolc() {
    const std::span<const double> at = at_;
    for (std::size_t piece = 0; piece < pieces(); ++piece)
      gradient_by_adolc(program_, at.subspan(piece * piece_, piece_),
                        other_gradient().subspan(piece * piece_, piece_));
  }
#endif
  std::span<double> other_gradient() {
    other_.resize(at_.size());
    return other_;
  }

  // As many as fit into about three seconds of ours, within limits.
  template <class Work>
  static int rounds(const Work& work) {
    work();
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    return static_cast<int>(std::clamp(3.0 / std::max(taken.count(), 0.005), 5.0, 25.0));
  }

  // The greatest difference of two gradients, relative to the greatest part of ours.
  double difference() const {
    double miss = 0, size = 0;
    for (std::size_t i = 0; i < gradient_.size(); ++i) {
      miss = std::max(miss, std::abs(gradient_[i] - other_[i]));
      size = std::max(size, std::abs(gradient_[i]));
    }
    return miss / size;
  }

  std::string remark(Inputs inputs) {
    // A million terms that cancel lose up to eight of sixteen digits.
    constexpr double kTolerance = 1e-8;
    std::string text = inputs == Inputs::kept ? "inputs kept" : "";
    if constexpr (kHasHand) {
      by_hand();
      if (!(difference() <= kTolerance)) text += " GRADIENT DIFFERS FROM BY HAND";
    }
#ifdef NABLA_HAS_ADOLC
    if (fits_adolc()) {
      by_adolc();
      if (!(difference() <= kTolerance)) text += " GRADIENT DIFFERS FROM ADOL-C";
    }
#endif
    return text;
  }

  Program program_;
  std::vector<double> at_, gradient_, other_, plain_;
  std::vector<Value> values_;
  std::size_t piece_;
};

template <class Program>
Figure run(const Program& program, Inputs inputs = Inputs::each_time) {
  return ScalarRun<Program>(program).figure(inputs);
}

}  // namespace nabla::bench
