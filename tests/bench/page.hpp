// SPDX-License-Identifier: MIT
// A page of nabla::viz in Debian's chromium, without a screen and without a graphics card.
#pragma once

#include <map>
#include <string>

namespace nabla::bench {

/// Milliseconds of single frames, from the hand of the reader to the last pixel.
struct FrameTimes {
  double median = 0, high = 0, worst = 0;  ///< high: 19 of 20 are below
};

struct PageTimes {
  double first_picture = 0;                  ///< milliseconds from the start of the page
  std::map<std::string, FrameTimes> frames;  ///< of "pan", "pan_near", "zoom", "hover", "play"
};

[[nodiscard]] bool has_browser();

/// Opens a page and moves through it; each frame is drawn at once and read back, so that all of its cost
/// is in its time.
/// Errors    std::runtime_error if the page tells nothing
[[nodiscard]] PageTimes page_times(const std::string& html);

}  // namespace nabla::bench
