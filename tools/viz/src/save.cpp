// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
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

[[noreturn]] void explain_failure(const ProcessResult& result, const SaveOptions& options) {
  const std::string program = detail::clean_line(program_of(options));
  if (!result.started && result.start_error == ENOENT) {
    throw IoError(
        fmt::format("[save] the program \"{}\" was not found; install graphviz, or save "
                    "as .dot",
                    program));
  }
  if (!result.started) {
    throw IoError(fmt::format("[save] the program \"{}\" does not start: {}", program,
                              std::generic_category().message(result.start_error)));
  }
  if (result.timed_out) {
    throw IoError(
        fmt::format("[save] layout by \"{}\" took longer than {:g} s and was stopped; "
                    "show fewer nodes (now at most {}), allow more time, or save as .dot",
                    program, options.timeout_seconds, options.picture.view.max_nodes));
  }
  const std::string said = last_words(result);
  if (result.signal != 0) {
    throw IoError(
        fmt::format("[save] \"{}\" was ended by signal {}: {}", program, result.signal, said));
  }
  throw IoError(
      fmt::format("[save] \"{}\" failed with exit code {}: {}", program, result.exit_code, said));
}

void require_success(const ProcessResult& result, const SaveOptions& options) {
  if (!result.ended_well()) explain_failure(result, options);
}

// With a resolution other than its own, Graphviz 2.42 scales an SVG drawing but not its view box,
// which cuts the drawing off.
PictureOptions svg_options(const SaveOptions& options) {
  PictureOptions picture = options.picture;
  picture.dots_per_inch = 0.0;
  return picture;
}

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
void limit_pixels(const Graph& graph, const View& view, const SaveOptions& options,
                  PictureOptions& dot) {
  std::string layout;
  require_success(detail::run_process({program_of(options), "-Tplain"}, to_dot(graph, view, dot),
                                      layout, options.timeout_seconds),
                  options);
  const auto [width, height] = size_in_inches(layout);
  constexpr double kUsual = 96.0;
  const double resolution = dot.dots_per_inch > 0.0 ? dot.dots_per_inch : kUsual;
  const double pixels = width * height * resolution * resolution;
  if (pixels <= options.max_pixels) return;
  const double shrink = std::sqrt(options.max_pixels / pixels);
  dot.max_width_inches = width * shrink;
  dot.max_height_inches = height * shrink;
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
void require_picture(OutputFile& file, const ProcessResult& result, std::string_view suffix,
                     const SaveOptions& options) {
  const bool is_picture = is_whole_picture(file, suffix);
  constexpr std::size_t kBlock = 4096;
  if (!is_picture) file.write(std::string(kBlock, ' '));  // throws if the disk is full
  require_success(result, options);
  if (is_picture) return;
  const std::string program = detail::clean_line(program_of(options));
  const std::size_t size = file.size_bytes() - kBlock;
  if (size == 0) {
    throw IoError(fmt::format("[save] \"{}\" wrote no picture: {}", program, last_words(result)));
  }
  constexpr std::size_t kShown = 24;
  throw IoError(fmt::format(
      "[save] \"{}\" wrote no picture: got {} bytes that begin \"{}\", need a whole {} file; is it "
      "the dot of Graphviz?",
      program, size, detail::clean_line(bytes_of(file, 0, std::min(size, kShown))), suffix));
}

// True if Graphviz gave a whole picture in time; it is in the file then.
bool drawn_by_dot(const Graph& graph, const View& view, const SaveOptions& options,
                  OutputFile& file) {
  const ProcessResult result =
      detail::run_process({program_of(options), "-Tsvg"}, to_dot(graph, view, svg_options(options)),
                          file.descriptor(), options.timeout_seconds);
  return result.ended_well() && is_whole_picture(file, ".svg");
}

// Graphviz for what it does fast, our own layout for what is larger and where Graphviz is missing,
// too slow or broken.
void save_svg(const Graph& graph, const std::filesystem::path& path, const SaveOptions& options) {
  const std::size_t max_cost = options.picture.view.max_cost;
  ViewOptions whole = options.picture.view;
  whole.max_cost = 0;
  const View view = make_view(graph, whole);
  const bool is_cheap = max_cost == 0 || layout_cost(view) <= max_cost;
  if (options.engine == Engine::automatic && is_cheap) {
    OutputFile file(path, "save");
    if (drawn_by_dot(graph, view, options, file)) return file.commit();
  }
  write_file(path, to_svg(graph, view, options.picture));
}

void save_by_dot(const Graph& graph, const std::filesystem::path& path, const std::string& suffix,
                 const SaveOptions& options) {
  OutputFile file(path, "save");  // first, so that a folder that cannot be written costs no layout
  const View view = make_view(graph, options.picture.view);
  PictureOptions picture = suffix == ".png" ? options.picture : svg_options(options);
  if (suffix == ".png" && options.max_pixels > 0.0) limit_pixels(graph, view, options, picture);
  const ProcessResult result =
      detail::run_process({program_of(options), "-T" + suffix.substr(1)},
                          to_dot(graph, view, picture), file.descriptor(), options.timeout_seconds);
  require_picture(file, result, suffix, options);
  file.commit();
}

}  // namespace

void write_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path, "save");
  file.write(text);
  file.commit();
}

void save(const Graph& graph, const std::filesystem::path& path, const SaveOptions& options) {
  const std::string suffix = suffix_of(path);
  if (suffix == ".dot") {
    write_file(path, to_dot(graph, options.picture));
  } else if (suffix == ".json") {
    write_file(path, to_json(graph));
  } else if (suffix == ".html") {
    write_file(path, to_html(graph, options.picture));
  } else if (suffix == ".txt") {
    write_file(path, summary(graph) + "\n" + explain(graph));
  } else if (suffix == ".svg" && options.engine != Engine::dot) {
    save_svg(graph, path, options);
  } else {
    save_by_dot(graph, path, suffix, options);
  }
}

}  // namespace nabla::viz
