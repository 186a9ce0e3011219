// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <nabla/engine/graph.hpp>

// Names of the JSON schema that writer and reader share.

namespace nabla::viz::detail {

inline constexpr std::string_view kSchema = "nabla.graph/1";

inline constexpr std::array<std::string_view, 5> kRoleNames{"input", "parameter", "constant",
                                                            "operation", "output"};

inline constexpr std::array<std::pair<std::string_view, Shared<std::string> GraphNode::*>, 7>
    kNodeTexts{{
        {"op", &GraphNode::op},
        {"symbol", &GraphNode::symbol},
        {"formula", &GraphNode::formula},
        {"gradient_rule", &GraphNode::gradient_rule},
        {"name", &GraphNode::name},
        {"dtype", &GraphNode::dtype},
        {"remark", &GraphNode::remark},
    }};

inline constexpr std::array<std::pair<std::string_view, std::int64_t GraphNode::*>, 2> kNodeBytes{{
    {"bytes", &GraphNode::bytes},
    {"saved_bytes", &GraphNode::saved_bytes},
}};

inline constexpr std::array<std::pair<std::string_view, double Stats::*>, 5> kStatNumbers{{
    {"min", &Stats::min},
    {"max", &Stats::max},
    {"mean", &Stats::mean},
    {"deviation", &Stats::deviation},
    {"norm", &Stats::norm},
}};

inline constexpr std::array<std::pair<std::string_view, double FiniteDifference::*>, 4>
    kDifferenceNumbers{{
        {"slope", &FiniteDifference::slope},
        {"bound", &FiniteDifference::bound},
        {"left", &FiniteDifference::left},
        {"right", &FiniteDifference::right},
    }};

}  // namespace nabla::viz::detail
