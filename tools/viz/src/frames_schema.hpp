// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// Name of the schema of recordings that writer and reader share.

namespace nabla::viz::detail {

inline constexpr std::string_view kFramesSchema = "nabla.frames/1";

}  // namespace nabla::viz::detail
