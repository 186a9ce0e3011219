// SPDX-License-Identifier: MIT
#include "demo/demo.hpp"

#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nabla/nabla.hpp>

#include "commands/pictures.hpp"
#include "files.hpp"
#include "interrupt.hpp"
#include "text.hpp"

namespace nabla::cli {

namespace {

const char* word_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::done:
      return "done";
    case Outcome::skipped:
      return "skipped";
    case Outcome::failed:
      return "FAILED";
  }
  return "?";
}

std::string summary(const Stage& stage, const std::vector<PartResult>& results, double seconds) {
  std::vector<std::vector<std::string>> rows;
  for (const PartResult& result : results)
    rows.push_back({result.name, word_for(result.outcome), result.text});
  std::string text = "Summary\n\n" + table_text(rows, "   ");
  text += fmt::format("\n   took {} minutes\n", duration_text(seconds));
  bool any = false;
  for (const PartResult& result : results) any = any || !result.pictures.empty();
  if (!any) return text;
  text += fmt::format("   pictures are in {}\n", printable(stage.folder.string()));
  for (const PartResult& result : results)
    if (!result.pictures.empty())
      text += fmt::format("      {}\n", fmt::join(result.pictures, "  "));
  return text;
}

constexpr const char* kNext = R"(
What to try next

   nabla grad 'x^2*sin(y)' x=3 y=pi/2 --order 2      derivatives, first and second
   nabla explain 'sigmoid(w*x+b)' w=2 x=1 b=-1       the chain rule, step by step
   nabla graph 'maximum(a*b, c)^2' a=1 b=2 c=3 -o graph.svg
   nabla ops                                         what formulas can be made of
   nabla check                                       every derivative against finite differences
   nabla train DATA --save weights.safetensors       your own images or table
)";

}  // namespace

std::string indented(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    if (line != "\n") result += "   ";
    result += line;
    text.remove_prefix(end);
  }
  return result;
}

void draw_graph(const Stage& stage, const Graph& graph, const std::string& name,
                PartResult& result) {
  for (const char* suffix : {".svg", ".html"}) {
    tell(save_picture(graph, stage.folder / (name + suffix)), stage.terminal);
    result.pictures.push_back(name + suffix);
  }
}

std::filesystem::path run_file(const Stage& stage, const std::string& name) {
  return stage.folder / (name + "-run.ngraph.jsonl");
}

void draw_run(const Stage& stage, const std::string& name, PartResult& result) {
  for (const char* chart : {"flow", "weights"}) {
    const std::string picture = fmt::format("{}-{}.svg", name, chart);
    write_file(stage.folder / picture, chart_of({run_file(stage, name).string(), {}, chart}));
    result.pictures.push_back(picture);
  }
  RenderArguments page;
  page.graph = run_file(stage, name).string();
  page.output = (stage.folder / (name + "-run.html")).string();
  page.title = "training, frame by frame";
  tell(render(page), stage.terminal);
  result.pictures.push_back(name + "-run.html");
}

void print_pictures(const Stage& stage, const PartResult& result) {
  if (!result.pictures.empty())
    stage.print(fmt::format("\n   drawn: {}\n", fmt::join(result.pictures, ", ")));
}

int demo_command(const DemoArguments& arguments, Terminal& terminal) {
  const auto start = std::chrono::steady_clock::now();
  Stage stage{arguments, terminal, arguments.out};
  if (!arguments.data.empty() && !data::is_image_folder(arguments.data))
    throw IoError(
        fmt::format("no images in {}: need train-images-idx3-ubyte and its three brothers",
                    printable(arguments.data)));
  // What does not fit is found out now and not after the other parts.
  if (!arguments.data.empty()) stage.own_images = load_images(arguments.data);
  make_folder(stage.folder);
  check_writable(stage.folder / "formula.svg");
  const InterruptGuard guard;
  std::vector<PartResult> results;
  for (const auto show : {show_formula, show_digits, show_images}) {
    results.push_back(show(stage));
    stage.print("\n");
    if (!InterruptGuard::requested()) continue;
    terminal.err.print("nabla: interrupted\n");
    return kInterrupted;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  stage.print(summary(stage, results, seconds.count()) + kNext);
  for (const PartResult& result : results)
    if (result.outcome == Outcome::failed) return kAnswerIsNo;
  return kDone;
}

}  // namespace nabla::cli
