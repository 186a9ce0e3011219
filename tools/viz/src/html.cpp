// SPDX-License-Identifier: MIT
#include <span>
#include <utility>

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

// An image a chart: its style and its names stay its own.
std::string chart_images(const Recording& recording) {
  std::string images;
  const auto add = [&](std::string_view title, auto chart) {
    try {
      images += fmt::format("<img alt=\"{}\" src=\"data:image/svg+xml;base64,{}\">", title,
                            detail::base64(chart(recording, PlotOptions{})));
    } catch (const DomainError&) {
      // The run has nothing to draw of this kind.
    }
  };
  add("Loss by step", loss_chart);
  add("Gradients by layer and step", gradient_flow_chart);
  add("How the weights lie, by step", weights_chart);
  if (images.empty()) return {};
  return fmt::format("<details id=\"charts\"><summary>Charts</summary><div>{}</div></details>\n",
                     images);
}

// `charts` is empty or HTML.
std::string page_of(const Graph& graph, std::span<const RecordedFrame> frames,
                    const std::string& charts, const PictureOptions& options) {
  detail::require_sound(graph, "html");
  const std::string name = detail::clean_line(options.title);
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{title}}", detail::escape_xml(name.empty() ? "nabla" : name)},
      {"{{charts}}", charts},
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

std::string to_html(const Graph& graph, const PictureOptions& options) {
  return page_of(graph, {}, {}, options);
}

std::string to_html(const Recording& recording, const PictureOptions& options) {
  detail::require_sound(recording, "html");
  const std::string charts = options.values ? chart_images(recording) : std::string();
  return page_of(recording.graph, recording.frames, charts, options);
}

}  // namespace nabla::viz
