// SPDX-License-Identifier: MIT
#include "bench/page.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace nabla::bench {
namespace {

// Before the script of the page: frames are drawn when they are asked for.
constexpr std::string_view kAtOnce = "<script>requestAnimationFrame = (draw) => draw();</script>";

// After it: a line for each motion.
constexpr std::string_view kMotions = R"(<script>{
const canvas = document.getElementById("canvas"), pen = canvas.getContext("2d"), lines = [];
canvas.setPointerCapture = () => {};
const shown = () => { pen.getImageData(0, 0, 1, 1); return document.body.offsetHeight; };
const point = (type, x, y) => {
  const box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y,
                                                pointerId: 1, bubbles: true, cancelable: true }));
};
const wheel = (delta) => canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: delta,
  clientX: innerWidth / 2, clientY: innerHeight / 2, bubbles: true, cancelable: true }));
const press = (id) => document.getElementById(id).click();
const key = (name) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const measure = (name, act, count = 60) => {
  const times = [];
  for (let i = 0; i < count; ++i) {
    const start = performance.now();
    act(i);
    shown();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  lines.push([name, times[count >> 1], times[Math.floor(0.95 * count)], times[count - 1]].join(" "));
};
const pan = (name) => {
  point("pointerdown", 600, 300);
  measure(name, (i) => point("pointermove", 600 + 4 * (i % 30), 300 + 2 * (i % 20)));
  point("pointerup", 600, 300);
};
shown();
lines.push(`first ${performance.now()} 0 0`);
pan("pan");
measure("zoom", (i) => wheel(i < 30 ? -40 : 40));
for (let i = 0; i < 40; ++i) wheel(-60);
pan("pan_near");
measure("hover", (i) => point("pointermove", 20 * i, 300 + 5 * (i % 9)));
press("fit");
measure("play", () => key("n"));
const told = document.createElement("pre");
told.id = "told";
told.textContent = lines.join("\n");
document.body.prepend(told);
}</script>)";

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + command);
  std::array<char, 1 << 16> part{};
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe))
    text.append(part.data(), count);
  pclose(pipe);
  return text;
}

std::string with_motions(std::string page) {
  const std::size_t policy = page.find("<meta http-equiv=\"Content-Security-Policy\"");
  page.replace(policy, page.find('>', policy) + 1 - policy, kAtOnce);
  page.insert(page.rfind("</body>"), kMotions);
  return page;
}

}  // namespace

bool has_browser() { return std::system("command -v chromium >/dev/null") == 0; }

PageTimes page_times(const std::string& html) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / "nabla_bench_browser";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "page.html", std::ios::binary) << with_motions(html);
  const std::string page = output_of(fmt::format(
      "timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-background-networking "
      "--user-data-dir='{0}/profile' --window-size=1280,800 --dump-dom 'file://{0}/page.html' "
      "2>/dev/null",
      folder.string()));
  std::filesystem::remove_all(folder);
  constexpr std::string_view kBegin = "<pre id=\"told\">";
  const std::size_t begin = page.find(kBegin);
  if (begin == std::string::npos) throw std::runtime_error("the page told no times");
  std::istringstream told(page.substr(begin + kBegin.size(), page.find("</pre>") - begin));
  PageTimes times;
  std::string name;
  for (FrameTimes frame; told >> name >> frame.median >> frame.high >> frame.worst;) {
    if (name == "first")
      times.first_picture = frame.median;
    else
      times.frames[name] = frame;
  }
  return times;
}

}  // namespace nabla::bench
