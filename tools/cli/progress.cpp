// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "text.hpp"

namespace nabla::cli {

namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr double kLogSeconds = 10.0;
constexpr int kBarCells = 24;
constexpr int kLeastCells = 6;  // a shorter bar shows nothing
// Before this much time has passed, a rate says more about the start than about the job.
constexpr double kRateSeconds = 0.3;

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double fraction_of(long long done, long long total) {
  if (total <= 0) return 0.0;
  return std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
}

// The front of the text, with at most so many characters.
std::string_view cut(std::string_view text, std::size_t characters) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (starts && count++ == characters) break;
  }
  return text.substr(0, end);
}

}  // namespace

Progress::Progress(ProgressOptions options, Console& console)
    : Progress(
          std::move(options), console.is_terminal() ? console.columns() : 0,
          [&console](std::string_view text) { console.try_print(text); }, now_seconds) {}

Progress::Progress(ProgressOptions options, int columns, Sink sink, Clock clock)
    : options_(std::move(options)),
      columns_(columns),
      sink_(std::move(sink)),
      clock_(std::move(clock)),
      start_(clock_()),
      next_(start_ + (columns > 0 ? 0.0 : kLogSeconds)) {}

void Progress::update(long long done, std::string_view note) {
  if (finished_) return;
  const double now = clock_();
  if (now < next_) return;
  const double elapsed = now - start_;
  if (columns_ > 0) {
    // The last column stays free: some terminals start a new line when it is written.
    const std::string text = bar(done, note, elapsed);
    sink_(
        fmt::format("\r{}\x1b[K", cut(text, static_cast<std::size_t>(std::max(columns_ - 1, 1)))));
    next_ = now + kRedrawSeconds;
    drawn_ = true;
  } else {
    sink_(line(done, note, elapsed) + "\n");
    next_ = now + kLogSeconds;
  }
}

void Progress::finish() {
  if (!finished_ && drawn_) sink_("\r\x1b[K");
  finished_ = true;
}

std::string Progress::speed(long long done, double elapsed) const {
  if (elapsed < kRateSeconds || done <= 0) return {};
  const double rate = static_cast<double>(done) / elapsed;
  const double left = static_cast<double>(std::max(options_.total - done, 0LL)) / rate;
  const std::string per_second =
      rate < 100 ? number_text(rate, 3) : count_text(static_cast<long long>(rate));
  return fmt::format("  {} {}/s  {} left", per_second, options_.unit, duration_text(left));
}

std::string Progress::bar(long long done, std::string_view note, double elapsed) const {
  const double fraction = fraction_of(done, options_.total);
  const std::string end = fmt::format("{:3.0f} %{}{}{}", 100.0 * fraction, speed(done, elapsed),
                                      note.empty() ? "" : "  ", note);
  // The numbers say more than the bar, which takes what is left of the line.
  constexpr int kAround = 6;  // "  [", "] " and the last column
  const auto taken = static_cast<int>(character_count(options_.label) + character_count(end));
  const int room = columns_ - taken - kAround;
  if (room < kLeastCells) return fmt::format("{}  {}", options_.label, end);
  const int width = std::min(room, kBarCells);
  const int cells = static_cast<int>(fraction * width);
  return fmt::format("{}  [{:=<{}}{:<{}}] {}", options_.label, "", cells, cells < width ? ">" : "",
                     width - cells, end);
}

std::string Progress::line(long long done, std::string_view note, double elapsed) const {
  return fmt::format("{}  {} of {} {}{}{}{}", options_.label, count_text(done),
                     count_text(options_.total), options_.unit, speed(done, elapsed),
                     note.empty() ? "" : "  ", note);
}

}  // namespace nabla::cli
