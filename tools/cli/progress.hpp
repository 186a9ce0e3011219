// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "console.hpp"

// Progress: says how far a long job is, how fast, and how long it will still take. On a terminal it
// is one line that is redrawn at most ten times a second and wiped when the job is over; in a log
// it is a plain line every ten seconds, so a short job leaves nothing. Results are not its
// business: the caller prints them after finish(). One thread.
//
//   Progress progress({.label = "epoch 1/5", .unit = "images", .total = 60000}, terminal.err);
//   for (...) progress.update(done, "loss 0.41");
//   progress.finish();

namespace nabla::cli {

struct ProgressOptions {
  std::string label{};
  std::string unit{};
  long long total = 0;
};

class Progress {
 public:
  /// Seconds that only grow.
  using Clock = std::function<double()>;
  using Sink = std::function<void(std::string_view)>;

  /// Draws on the console as it is: a bar on a terminal, else lines. Failures to draw are ignored.
  Progress(ProgressOptions options, Console& console);
  /// The same with everything given, for tests; `columns` is the terminal's width, 0 for a log.
  Progress(ProgressOptions options, int columns, Sink sink, Clock clock);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Says that `done` of the total is done. Costs a look at the clock when nothing is drawn.
  void update(long long done, std::string_view note = {});
  /// Wipes the bar. Later calls do nothing.
  void finish();
  /// Time since the start.
  [[nodiscard]] double elapsed_seconds() const { return clock_() - start_; }

 private:
  [[nodiscard]] std::string bar(long long done, std::string_view note, double elapsed) const;
  [[nodiscard]] std::string line(long long done, std::string_view note, double elapsed) const;
  [[nodiscard]] std::string speed(long long done, double elapsed) const;

  ProgressOptions options_;
  int columns_;
  Sink sink_;
  Clock clock_;
  double start_;
  double next_;  ///< not to be drawn before this time
  bool drawn_ = false;
  bool finished_ = false;
};

}  // namespace nabla::cli
