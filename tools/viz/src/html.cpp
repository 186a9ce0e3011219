// SPDX-License-Identifier: MIT
#include <span>

#include <nabla/viz/html.hpp>

#include "names.hpp"
#include "page_data.hpp"
#include "page_shell.hpp"
#include "text.hpp"

namespace nabla::viz {

namespace {

std::string page_of(const Graph& graph, std::span<const RecordedFrame> frames,
                    const PictureOptions& options) {
  detail::require_sound(graph, "html");
  constexpr std::string_view kTitle = "{{title}}", kData = "{{data}}";
  const std::string_view shell = detail::page_shell;
  const std::size_t title = shell.find(kTitle), data = shell.find(kData);
  const std::string name = detail::clean_line(options.title);
  std::string page(shell.substr(0, title));
  page += detail::escape_xml(name.empty() ? "nabla" : name);
  page += shell.substr(title + kTitle.size(), data - title - kTitle.size());
  page += detail::page_data(graph, frames, options);
  return page += shell.substr(data + kData.size());
}

}  // namespace

std::string to_html(const Graph& graph, const PictureOptions& options) {
  return page_of(graph, {}, options);
}

std::string to_html(const Recording& recording, const PictureOptions& options) {
  return page_of(recording.graph, recording.frames, options);
}

}  // namespace nabla::viz
