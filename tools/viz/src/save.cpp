// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/engine/output_file.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/explain.hpp>
#include <nabla/viz/html.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/save.hpp>
#include <nabla/viz/svg.hpp>

#include "process.hpp"
#include "text.hpp"

#include <sys/types.h>
#include <unistd.h>

namespace nabla::viz {
namespace {

using detail::ProcessResult;

// What is left of the time that a file may take.
class Deadline {
 public:
  explicit Deadline(double seconds) : seconds_(seconds) {}
  // Until this share of it has passed, at least the other share.
  [[nodiscard]] double left(double share = 1.0, double least = 0.001) const {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    return std::max(share * seconds_ - passed.count(), least * seconds_);
  }

 private:
  double seconds_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// An .svg that Graphviz does not finish is made here in little time. A .png or .pdf is drawn by another
// program, and if that takes too long, by the same with less to draw: each leaves time to the next.
constexpr double kShareOfDot = 0.5, kShareOfSvgByDot = 0.9, kShareOfDrawing = 0.7,
                 kShareOfLess = 1.2;
constexpr double kLeastShareOfLess = 1.0;  // better late than nothing, on a machine that is busy
constexpr std::size_t kLessNodes = 100;
constexpr double kLessPixels = 4e6;  // a quarter of the usual

constexpr std::array<std::string_view, 7> kSuffixes{".dot",  ".svg",  ".png", ".pdf",
                                                    ".html", ".json", ".txt"};

std::string suffix_of(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end()) return suffix;
  throw FormatError(
      fmt::format("[save] unknown format: got \"{}\", need a file name that ends in {}",
                  detail::clean_line(path.filename().string()), fmt::join(kSuffixes, " ")));
}

std::string program_of(const SaveOptions& options) {
  return options.dot_program.empty() ? "dot" : options.dot_program;
}

std::string last_words(const ProcessResult& result) {
  const std::string said = detail::clean_line(result.messages, 400);
  return said.find_first_not_of(' ') == std::string::npos ? "it printed nothing" : said;
}

// A program that was to draw, and what came of it.
struct Attempt {
  std::string program;
  std::string package;  // of Debian
  double seconds;       // that it had
  ProcessResult result;
};

// What kept the program from making a picture.
std::string failure_of(const Attempt& attempt) {
  const ProcessResult& result = attempt.result;
  const std::string program = detail::clean_line(attempt.program);
  if (!result.started && result.start_error == ENOENT)
    return fmt::format("the program \"{}\" was not found", program);
  if (!result.started)
    return fmt::format("the program \"{}\" does not start: {}", program,
                       std::generic_category().message(result.start_error));
  if (result.timed_out)
    return fmt::format("\"{}\" took longer than {:.2g} s and was stopped", program,
                       attempt.seconds);
  if (result.signal != 0)
    return fmt::format("\"{}\" was ended by signal {}: {}", program, result.signal,
                       last_words(result));
  if (result.exit_code != 0)
    return fmt::format("\"{}\" failed with exit code {}: {}", program, result.exit_code,
                       last_words(result));
  return fmt::format("\"{}\" wrote no picture: {}", program, last_words(result));
}

void require_success(const Attempt& attempt) {
  const ProcessResult& result = attempt.result;
  if (result.ended_well()) return;
  std::string hint;
  if (!result.started && result.start_error == ENOENT)
    hint = fmt::format("; install {}, or save as .dot", attempt.package);
  if (result.timed_out) hint = "; show fewer nodes, allow more time, or save as .dot";
  throw IoError("[save] " + failure_of(attempt) + hint);
}

// With a resolution other than its own, Graphviz 2.42 scales an SVG drawing but not its view box,
// which cuts the drawing off.
PictureOptions svg_options(const SaveOptions& options) {
  PictureOptions picture = options.picture;
  picture.dots_per_inch = 0.0;
  return picture;
}

constexpr double kUsualDotsPerInch = 96.0;

struct Inches {
  double width = 0.0, height = 0.0;
};

// From a layout that begins "graph SCALE WIDTH HEIGHT"; read without regard to the locale.
Inches size_in_inches(std::string_view layout) {
  constexpr double kMargin = 0.5;  // the layout does not count it
  constexpr std::string_view kHead = "graph ";
  if (!layout.starts_with(kHead)) return {};
  const char* at = layout.data() + kHead.size();
  const char* const end = layout.data() + layout.size();
  std::array<double, 3> numbers{};
  for (double& number : numbers) {
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{}) return {};
    at = next == end ? end : next + 1;
  }
  return {numbers[1] + kMargin, numbers[2] + kMargin};
}

// Asks for the layout alone, whose first line tells the size of the picture, and scales a picture
// that would have too many pixels before any of them exists.
ProcessResult limit_pixels(const Graph& graph, const View& view, const SaveOptions& options,
                           PictureOptions& dot, const Deadline& deadline) {
  std::string layout;
  const std::string text = to_dot(graph, view, dot);
  ProcessResult result =
      detail::run_process({program_of(options), "-Tplain"}, text, layout, deadline.left());
  const auto [width, height] = size_in_inches(layout);
  const double resolution = dot.dots_per_inch > 0.0 ? dot.dots_per_inch : kUsualDotsPerInch;
  const double pixels = width * height * resolution * resolution;
  if (pixels > options.max_pixels) {
    const double shrink = std::sqrt(options.max_pixels / pixels);
    dot.max_width_inches = width * shrink;
    dot.max_height_inches = height * shrink;
  }
  return result;
}

Attempt draw_by_dot(const Graph& graph, const View& view, const std::string& suffix,
                    const SaveOptions& options, const OutputFile& file, double seconds) {
  Attempt attempt{program_of(options), "graphviz", seconds, {}};
  const Deadline deadline(seconds);
  PictureOptions picture = suffix == ".png" ? options.picture : svg_options(options);
  if (suffix == ".png" && options.max_pixels > 0.0) {
    attempt.result = limit_pixels(graph, view, options, picture, deadline);
    if (!attempt.result.ended_well()) return attempt;
  }
  const std::string text = to_dot(graph, view, picture);
  attempt.result = detail::run_process({attempt.program, "-T" + suffix.substr(1)}, text,
                                       file.descriptor(), deadline.left());
  return attempt;
}

// Of a picture of our own layout, which says it in its first line.
Inches size_of_svg(std::string_view svg) {
  constexpr double kPointsPerInch = 72.0;
  const auto inches = [&](std::string_view key) {
    const std::size_t at = svg.find(key);
    double points = 0.0;
    if (at != svg.npos)
      std::from_chars(svg.data() + at + key.size(), svg.data() + svg.size(), points);
    return points / kPointsPerInch;
  };
  return {inches(" width=\""), inches(" height=\"")};
}

// Makes a .png or .pdf of our own layout.
Attempt convert(const std::string& svg, const std::string& suffix, const SaveOptions& options,
                const OutputFile& file, double seconds) {
  constexpr const char* kConverter = "rsvg-convert";  // of librsvg
  constexpr double kMostPixels = 32000.0;             // of cairo, which draws, along a side
  constexpr double kMostPoints = 14400.0;             // of a page, for many readers
  const bool is_png = suffix == ".png";
  Inches size = size_of_svg(svg);
  const double asked = is_png ? options.picture.dots_per_inch : 0.0;
  const double resolution = asked > 0.0 ? asked : kUsualDotsPerInch;
  size.width *= resolution, size.height *= resolution;
  const double longest = is_png ? kMostPixels : kMostPoints / 72.0 * kUsualDotsPerInch;
  double scale = std::min(1.0, longest / std::max(size.width, size.height));
  if (is_png && options.max_pixels > 0.0)
    scale = std::min(scale, std::sqrt(options.max_pixels / (size.width * size.height)));
  const auto length = [scale](double pixels) {
    return fmt::format("{}", std::max(1.0, std::floor(pixels * scale)));
  };
  return {kConverter, "librsvg2-bin", seconds,
          detail::run_process({kConverter, "--format", suffix.substr(1), "--width",
                               length(size.width), "--height", length(size.height)},
                              svg, file.descriptor(), seconds)};
}

// Up to `count` bytes of the file from `at` on.
std::string bytes_of(const OutputFile& file, std::size_t at, std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t read =
      ::pread(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(at));
  bytes.resize(read < 0 ? 0 : static_cast<std::size_t>(read));
  return bytes;
}

bool is_whole_picture(const OutputFile& file, std::string_view suffix) {
  constexpr std::size_t kEnd = 16;
  const std::size_t size = file.size_bytes();
  const std::string begin = bytes_of(file, 0, kEnd);
  std::string end = bytes_of(file, size - std::min(size, kEnd), kEnd);
  if (suffix == ".png")
    return begin.starts_with("\x89PNG\r\n\x1a\n") && end.ends_with("IEND\xae\x42\x60\x82");
  end.erase(end.find_last_not_of(" \r\n") + 1);
  if (suffix == ".pdf") return begin.starts_with("%PDF") && end.ends_with("%%EOF");
  return (begin.starts_with("<?xml") || begin.starts_with("<svg")) && end.ends_with("</svg>");
}

// The program's exit code alone does not tell: it misses a disk that is full when it closes its
// output, and it need not be Graphviz' at all.
void require_picture(OutputFile& file, const Attempt& attempt, std::string_view suffix) {
  const bool is_picture = is_whole_picture(file, suffix);
  constexpr std::size_t kBlock = 4096;
  if (!is_picture) file.write(std::string(kBlock, ' '));  // throws if the disk is full
  require_success(attempt);
  if (is_picture) return;
  const std::string program = detail::clean_line(attempt.program);
  const std::size_t size = file.size_bytes() - kBlock;
  if (size == 0) throw IoError("[save] " + failure_of(attempt));
  constexpr std::size_t kShown = 24;
  throw IoError(fmt::format(
      "[save] \"{}\" wrote no picture: got {} bytes that begin \"{}\", need a whole {} file; is it "
      "the dot of Graphviz?",
      program, size, detail::clean_line(bytes_of(file, 0, std::min(size, kShown))), suffix));
}

// "showing 212 of 10126 nodes", or nothing if all are shown.
Remarks shown_of(const View& view) {
  if (view.shown_nodes == view.total_nodes) return {};
  return {fmt::format("showing {} of {} nodes", view.shown_nodes, view.total_nodes)};
}

// A PDF tells the second in which it was made, all that differs from run to run.
void forget_time(const OutputFile& file) {
  constexpr std::string_view kKey = "/CreationDate (D:", kThen = "19700101000000Z";
  const std::string bytes = bytes_of(file, 0, file.size_bytes());
  const std::size_t at = bytes.rfind(kKey) + kKey.size();
  if (bytes.rfind(kKey) == std::string::npos || bytes.find(')', at) != at + kThen.size()) return;
  static_cast<void>(
      ::pwrite(file.descriptor(), kThen.data(), kThen.size(), static_cast<off_t>(at)));
}

void commit(OutputFile& file, std::string_view suffix) {
  if (suffix == ".pdf") forget_time(file);
  file.commit();
}

Remarks save_by_dot(const Graph& graph, const std::filesystem::path& path,
                    const std::string& suffix, const SaveOptions& options, double seconds) {
  OutputFile file(path, "save");  // first, so that a folder that cannot be written costs no layout
  const View view = make_view(graph, options.picture.view);
  require_picture(file, draw_by_dot(graph, view, suffix, options, file, seconds), suffix);
  commit(file, suffix);
  return shown_of(view);
}

// A picture of our own layout that is quickly drawn.
Remarks save_less(const Graph& graph, const std::filesystem::path& path, const std::string& suffix,
                  SaveOptions options, const Deadline& deadline) {
  std::size_t& nodes = options.picture.view.max_nodes;
  nodes = nodes == 0 ? kLessNodes : std::min(nodes, kLessNodes);
  double& pixels = options.max_pixels;
  pixels = pixels > 0.0 ? std::min(pixels, kLessPixels) : kLessPixels;
  options.picture.view.max_cost = 0;
  const View view = make_view(graph, options.picture.view);
  OutputFile file(path, "save");
  const std::string svg = to_svg(graph, view, options.picture);
  const double seconds = deadline.left(kShareOfLess, kLeastShareOfLess);
  require_picture(file, convert(svg, suffix, options, file, seconds), suffix);
  commit(file, suffix);
  return shown_of(view);
}

// Graphviz for what it does fast, our own layout for what is larger and where Graphviz is missing,
// too slow or broken. Which of the two is a matter of the graph: the deadline is there for machines
// that are far slower or busier than others.
Remarks save_picture(const Graph& graph, const std::filesystem::path& path,
                     const std::string& suffix, const SaveOptions& options) {
  const Deadline deadline(options.timeout_seconds);
  ViewOptions whole = options.picture.view;
  whole.max_cost = 0;
  const View view = make_view(graph, whole);
  Remarks remarks = shown_of(view);
  const std::size_t max_cost = options.picture.view.max_cost;
  const bool is_cheap = layout_cost(view) <= (max_cost == 0 ? kUsualCost : max_cost);
  // Lines to gradients follow no rank: Graphviz leads them in loops, our own layout between the boxes.
  const bool is_for_dot =
      is_cheap && options.picture.theme != Theme::automatic && view.adjoints.empty();
  std::optional<Attempt> by_dot;
  if (options.engine == Engine::automatic && is_for_dot) {
    OutputFile file(path, "save");
    by_dot = draw_by_dot(graph, view, suffix, options, file,
                         deadline.left(suffix == ".svg" ? kShareOfSvgByDot : kShareOfDot));
    if (by_dot->result.ended_well() && is_whole_picture(file, suffix)) {
      commit(file, suffix);
      return remarks;
    }
    remarks.push_back(failure_of(*by_dot) + ", so nabla laid the picture out");
  }
  OutputFile file(path, "save");
  const std::string svg = to_svg(graph, view, options.picture);
  if (suffix == ".svg") {
    file.write(svg);
    file.commit();
    return remarks;
  }
  const Attempt attempt = convert(svg, suffix, options, file, deadline.left(kShareOfDrawing));
  if (!attempt.result.started && options.engine == Engine::automatic) {
    // Graphviz draws too, but no more than it lays out fast.
    if (by_dot) require_success(*by_dot);
    Remarks fewer =
        save_by_dot(graph, path, suffix, options, deadline.left(kShareOfLess, kLeastShareOfLess));
    fewer.push_back(failure_of(attempt) + ", which draws what is too much for \"" +
                    program_of(options) + "\"; install " + attempt.package);
    return fewer;
  }
  if (attempt.result.timed_out) {
    Remarks fewer = save_less(graph, path, suffix, options, deadline);
    fewer.push_back(failure_of(attempt) + ", so less is drawn; allow more time, or save as .svg");
    return fewer;
  }
  require_picture(file, attempt, suffix);
  commit(file, suffix);
  return remarks;
}

void require_options(const SaveOptions& options, const std::string& suffix) {
  const bool is_picture = suffix != ".json" && suffix != ".txt";
  if (!is_picture && !options.picture.values)
    throw DomainError(fmt::format(
        "[save] values: got false for a {} file, which is made of them; need a picture", suffix));
  const bool is_by_graphviz = suffix == ".png" || suffix == ".pdf" || suffix == ".dot" ||
                              (suffix == ".svg" && options.engine == Engine::dot);
  if (options.picture.theme == Theme::automatic && is_by_graphviz)
    throw DomainError(fmt::format(
        "[save] theme: got automatic for a {} file, which has colours of one kind unless "
        "it is an .svg of our own layout; need that or a page",
        suffix));
  if (!(options.timeout_seconds > 0.0 && std::isfinite(options.timeout_seconds)))
    throw DomainError(fmt::format("[save] timeout: got {:g} s, need a finite time above 0",
                                  options.timeout_seconds));
  if (!(options.max_pixels >= 0.0 && std::isfinite(options.max_pixels)))
    throw DomainError(fmt::format("[save] max_pixels: got {:g}, need a finite number from 0",
                                  options.max_pixels));
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path, "save");
  file.write(text);
  file.commit();
}

Remarks save(const Graph& graph, const std::filesystem::path& path, const SaveOptions& options) {
  const std::string suffix = suffix_of(path);
  require_options(options, suffix);
  if (suffix == ".svg" || suffix == ".png" || suffix == ".pdf")
    return options.engine == Engine::dot
               ? save_by_dot(graph, path, suffix, options, options.timeout_seconds)
               : save_picture(graph, path, suffix, options);
  if (suffix == ".dot") {
    const View view = make_view(graph, options.picture.view);
    write_file(path, to_dot(graph, view, options.picture));
    return shown_of(view);
  }
  write_file(path, suffix == ".json"   ? to_json(graph)
                   : suffix == ".html" ? to_html(graph, options.picture)
                                       : summary(graph) + "\n" + explain(graph));
  return {};
}

}  // namespace nabla::viz
