// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "commands/commands.hpp"

// What `nabla check` was asked, as a part of its JSON report, so that the report can be replayed.

namespace nabla::cli {

/// The members of a report that say what was asked.
[[nodiscard]] nlohmann::ordered_json json_of(const CheckArguments& arguments);

/// What to ask to see again what the report at `path` found wrong or could not tell; all of it, if that is
/// nothing.
/// Errors    IoError if it cannot be read; FormatError if it is no such report
[[nodiscard]] CheckArguments replay_of(const std::filesystem::path& path);

}  // namespace nabla::cli
