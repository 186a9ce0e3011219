// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <nabla/engine/graph.hpp>

// Graphs as JSON, schema "nabla.graph/1", for other programs and for reading back. Numbers are the
// shortest that read back as the same double; those that JSON cannot write are the strings "nan",
// "inf" and "-inf". Members that have their default value are left out. The file contains all
// numbers of the snapshot: of tensors statistics and at most 16 elements. A member whose default says
// what files without it mean can join a schema; anything else gives it another number.
//
//   Graph same = from_json(to_json(graph));

namespace nabla::viz {

/// `graph` as JSON, one node or edge a line.
/// Accuracy  lossless, except that text that is not UTF-8 is repaired
[[nodiscard]] std::string to_json(const Graph& graph);

/// The graph that `text` describes.
/// Errors    FormatError if `text` is not JSON, nested or large beyond reason, of another schema,
///           has unknown, missing, repeated or mistyped members, or describes no consistent graph
[[nodiscard]] Graph from_json(std::string_view text);

}  // namespace nabla::viz
