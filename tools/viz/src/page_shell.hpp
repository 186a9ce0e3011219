// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace nabla::viz::detail {

/// The page without its data: tools/viz/page in one text, in which "{{title}}" and "{{data}}" stand for
/// what to_html() puts there.
extern const std::string_view page_shell;

}  // namespace nabla::viz::detail
