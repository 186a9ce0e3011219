// SPDX-License-Identifier: MIT
#include "commands/pictures.hpp"

#include <utility>

#ifdef NABLA_HAS_VIZ
#include <nabla/viz.hpp>
#endif

#include "files.hpp"

namespace nabla::cli {

Graph drawable(const BoundFormula& formula) {
  const Computed computed = compute(formula);
  if (!computed.result.is_active())
    throw FormatError("the formula depends on no input; there is nothing to differentiate");
  return capture(computed.result);
}

#ifdef NABLA_HAS_VIZ

namespace {

viz::PictureOptions picture_options(const std::string& theme, const std::string& title) {
  viz::PictureOptions options;
  if (theme == "dark") options.theme = viz::Theme::dark;
  if (theme == "print") options.theme = viz::Theme::print;
  options.title = title;
  return options;
}

}  // namespace

bool has_pictures() { return true; }

std::string explanation(const Graph& graph, bool markdown) {
  return viz::explain(graph, {.markdown = markdown});
}

std::string dot_text(const Graph& graph, const std::string& theme) {
  return viz::to_dot(graph, picture_options(theme, {}));
}

void save_picture(const Graph& graph, const std::filesystem::path& path, const std::string& theme,
                  const std::string& title) {
  viz::SaveOptions options;
  options.picture = picture_options(theme, title);
  viz::save(graph, path, options);
}

void save_curves(const std::vector<Curve>& curves, const std::filesystem::path& path,
                 const std::string& title, const std::string& step_label,
                 const std::string& value_label) {
  std::vector<viz::Series> series;
  for (const Curve& curve : curves) series.push_back({curve.name, curve.steps, curve.values});
  viz::PlotOptions options;
  options.title = title;
  options.x_label = step_label;
  options.whole_x = true;
  options.y_label = value_label;
  write_file(path, viz::line_plot(series, options));
}

#else

namespace {

[[noreturn]] void fail() {
  throw Error("this nabla was built without Graphviz and cannot draw or explain");
}

}  // namespace

bool has_pictures() { return false; }
std::string explanation(const Graph&, bool) { fail(); }
std::string dot_text(const Graph&, const std::string&) { fail(); }
void save_picture(const Graph&, const std::filesystem::path&, const std::string&,
                  const std::string&) {
  fail();
}
void save_curves(const std::vector<Curve>&, const std::filesystem::path&, const std::string&,
                 const std::string&, const std::string&) {
  fail();
}

#endif

}  // namespace nabla::cli
