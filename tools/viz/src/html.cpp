// SPDX-License-Identifier: MIT
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/charts.hpp>
#include <nabla/viz/html.hpp>

#include "columns.hpp"
#include "names.hpp"
#include "page_data.hpp"
#include "page_shell.hpp"
#include "recorded_layers.hpp"
#include "text.hpp"

namespace nabla::viz {

namespace {

std::vector<Figure> charts_of(const Recording& recording) {
  std::vector<Figure> charts;
  const auto add = [&](std::string title, auto chart) {
    try {
      charts.push_back({std::move(title), chart(recording, PlotOptions{})});
    } catch (const DomainError&) {
      // The run has nothing to draw of this kind.
    }
  };
  add("Loss by step", loss_chart);
  add("Gradients by layer and step", gradient_flow_chart);
  add("How the weights lie, by step", weights_chart);
  return charts;
}

// An image each: its style and its names stay its own.
std::string images_of(const std::vector<Figure>& figures) {
  std::string images;
  for (const Figure& figure : figures)
    images += fmt::format("<img alt=\"{}\" src=\"data:image/svg+xml;base64,{}\">",
                          detail::escape_xml(detail::clean_line(figure.title)),
                          detail::base64(figure.svg));
  if (images.empty()) return {};
  return fmt::format("<details id=\"charts\"><summary>Charts</summary><div>{}</div></details>\n",
                     images);
}

std::string page_of(const Graph& graph, std::span<const RecordedFrame> frames,
                    const std::vector<Figure>& figures, const PictureOptions& options) {
  detail::require_sound(graph, "html");
  const std::string name = detail::clean_line(options.title);
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{title}}", detail::escape_xml(name.empty() ? "nabla" : name)},
      {"{{charts}}", images_of(figures)},
      {"{{data}}", detail::page_data(graph, frames, options)}};
  std::string_view rest = detail::page_shell;
  std::string page;
  for (const auto& [place, text] : parts) {  // in the order in which they stand there
    const std::size_t at = rest.find(place);
    page += rest.substr(0, at);
    page += text;
    rest.remove_prefix(at + place.size());
  }
  return page += rest;
}

}  // namespace

std::string to_html(const Graph& graph, const PictureOptions& options,
                    const std::vector<Figure>& figures) {
  return page_of(graph, {}, figures, options);
}

std::string to_html(const Recording& recording, const PictureOptions& options,
                    const std::vector<Figure>& figures) {
  detail::require_sound(recording, "html");
  std::vector<Figure> charts = options.values ? charts_of(recording) : std::vector<Figure>();
  charts.insert(charts.end(), figures.begin(), figures.end());
  return page_of(recording.graph, recording.frames, charts, options);
}

}  // namespace nabla::viz
