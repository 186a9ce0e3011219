// SPDX-License-Identifier: MIT
// Ten thousand hostile names through every writer, many a graph.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/explain.hpp>
#include <nabla/viz/html.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/plot.hpp>
#include <nabla/viz/save.hpp>
#include <nabla/viz/svg.hpp>

#include "names.hpp"
#include "support/xml.hpp"
#include "text.hpp"
#include "viz/graphs.hpp"
#include "viz/hostile.hpp"
#include "viz/page.hpp"
#include "viz/pick.hpp"

namespace nabla::viz::test {

using nabla::test::xml_defect;

namespace {

constexpr std::size_t kNames = 10'000;
constexpr std::size_t kNamesOfGraph = 80;  // with so few, arrows have their numbers

const std::vector<std::string>& all_names() {
  static const std::vector<std::string> names = [] {
    constexpr unsigned kSeed = 20200718;
    BOOST_TEST_MESSAGE("seed " << kSeed);
    std::vector<std::string> result = hostile_names();
    const std::vector<std::string> more = random_names(kSeed, kNames - result.size());
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }();
  return names;
}

// Calls f(names, number) for each part of all names.
template <class F>
void for_each_part(F f) {
  const std::span<const std::string> names(all_names());
  for (std::size_t at = 0; at < names.size(); at += kNamesOfGraph) {
    BOOST_TEST_CONTEXT("names from " << at << " on") {
      f(names.subspan(at, std::min(kNamesOfGraph, names.size() - at)), at / kNamesOfGraph);
    }
  }
}

// The same graph with names that harm nobody.
Graph tame_graph(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("n" + std::to_string(i));
  return graph_named(names);
}

// All that shows text, in another way for each part.
PictureOptions options_for(std::span<const std::string> names, std::size_t part) {
  PictureOptions options;
  options.view.max_nodes = options.view.max_cost = 0;
  options.color = part % 2 == 0 ? ColorBy::op : ColorBy::gradient;
  options.labels = part % 3 == 0 ? Labels::minimal : part % 3 == 1 ? Labels::normal : Labels::full;
  options.edges = EdgeNumbers::product;
  options.left_to_right = part % 4 < 2;
  options.title = names[0];
  options.stamp = names[1];
  return options;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Lines "nodes edges name", one for each graph in the file, as Graphviz' program gc counts them.
std::vector<std::string> read_back(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  FILE* output = popen(("gc -n -e " + path.string() + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(output != nullptr);
  char line[400];
  while (std::fgets(line, sizeof line, output) != nullptr) lines.emplace_back(line);
  pclose(output);
  if (!lines.empty()) lines.pop_back();  // the sum over all graphs
  return lines;
}

void check_is_quiet_svg(const std::string& svg) {
  BOOST_TEST(xml_defect(svg) == "");
  for (const char* active : {"<script", "<img", "<a ", "href=", "<!--", "<![CDATA["})
    BOOST_TEST(count(svg, active) == 0u, active);
}

std::size_t line_count(const std::string& text) { return count(text, "\n"); }

// What is wrong with the chunks of a .png file (each a length, a type, data, a checksum), or "".
std::string png_defect(std::string_view png) {
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (!png.starts_with(kSignature)) return "no signature";
  std::string_view type;
  for (std::size_t at = kSignature.size(); at < png.size();) {
    if (type == "IEND") return "data after the last chunk";
    if (png.size() - at < 12) return "a chunk is cut off";
    std::uint32_t length = 0;
    for (const char byte : png.substr(at, 4))
      length = length << 8 | static_cast<unsigned char>(byte);
    if (png.size() - at - 12 < length) return "a chunk is longer than the file";
    if (type.empty() != (png.substr(at + 4, 4) == "IHDR")) return "the header is not first";
    type = png.substr(at + 4, 4);
    if (type == "tEXt" || type == "zTXt" || type == "iTXt") return "text beside the picture";
    at += 12 + std::size_t{length};
  }
  return type == "IEND" ? "" : "no last chunk";
}

// Valid, and nothing in it that a terminal would obey.
void check_is_plain_text(const std::string& text) {
  BOOST_TEST((detail::repair_utf8(text) == text));
  const auto is_control = [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\n') || code == 0x7F;
  };
  BOOST_TEST(std::ranges::none_of(text, is_control));
  for (const char* mark : {"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\xa8", "\xc2\x85"})
    BOOST_TEST(count(text, mark) == 0u);
}

// Puts another number in place of one in `text`.
void change_a_number(std::string& text, std::mt19937& random) {
  static const std::vector<std::string> numbers{
      "0",      "-0.0",  "1",      "2",          "-1",         "0.5",
      "16",     "255",   "65536",  "4294967295", "4294967296", "9223372036854775807",
      "1e-320", "1e308", "-1e308", "\"nan\"",    "\"inf\"",    "\"-inf\""};
  constexpr const char* kOfNumbers = "0123456789+-.e";
  std::size_t begin = text.find_first_of("0123456789", random() % text.size());
  if (begin == std::string::npos) return;
  while (begin > 0 && text.find_first_of(kOfNumbers, begin - 1) == begin - 1) --begin;
  const std::size_t end = text.find_first_not_of(kOfNumbers, begin);
  text.replace(begin, end - begin, numbers[random() % numbers.size()]);
}

// True if a backslash that is none itself stands before each `special`.
bool is_escaped(const std::string& line, char special) {
  std::size_t backslashes = 0;
  for (const char c : line) {
    if (c == special && backslashes % 2 == 0) return false;
    backslashes = c == '\\' ? backslashes + 1 : 0;
  }
  return true;
}

// What Markdown sees between the pipes of a row that no backslash stands before.
std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> found;
  for (std::size_t i = 1, begin = 1; i < row.size(); ++i) {
    if (row[i] != '|' || row[i - 1] == '\\') continue;
    found.push_back(row.substr(begin, i - begin));
    begin = i + 1;
  }
  return found;
}

// Nothing, or text between two marks of backquotes that stand in it nowhere else.
bool is_one_code(const std::string& cell) {
  if (cell.size() == 2) return true;
  const std::string text = cell.substr(1, cell.size() - 2);
  const std::size_t mark = std::min(text.find_first_not_of('`'), text.size());
  std::size_t marks = 0;
  for (std::size_t at = 0, end = 0; (at = text.find('`', end)) != std::string::npos;) {
    end = std::min(text.find_first_not_of('`', at), text.size());
    marks += end - at == mark ? 1 : 0;
  }
  return mark > 0 && marks == 2 && text.ends_with(std::string(mark, '`'));
}

// Operations on what came before, in scopes many of which are alike.
Graph random_graph(std::mt19937& random) {
  Builder build;
  std::vector<std::uint32_t> made{build.leaf("x", 0.5)};
  std::size_t nested = 0;
  for (auto left = 20 + random() % 300; left > 0; --left) {
    const auto any = [&] {
      const std::size_t near = std::min<std::size_t>(made.size(), random() % 8 == 0 ? 1000 : 6);
      return made[made.size() - 1 - random() % near];
    };
    const auto choice = random() % 16;
    if (choice == 0 && nested < 5) {
      build.enter("scope" + std::to_string(random() % 3));
      ++nested;
    } else if (choice == 1 && nested > 0) {
      build.leave();
      --nested;
    } else if (choice < 5) {
      constexpr Role kRoles[] = {Role::input, Role::parameter, Role::constant};
      made.push_back(build.leaf(choice == 2 ? "w" : "", 1.0, kRoles[random() % 3]));
    } else if (choice < 9) {
      made.push_back(build.op("tanh", 0.5, {{any(), 0.75}}));
    } else {
      const double local = choice == 9 && random() % 20 == 0 ? std::nan("") : 0.5;
      made.push_back(build.op("mul", 0.5, {{any(), local}, {any(), 0.5}}, "", "*"));
    }
  }
  build.op("sum", 0.5, {{made.back(), 1.0}, {made[made.size() / 2], 1.0}});
  return build.finish();
}

ViewOptions random_view(std::mt19937& random) {
  constexpr std::size_t kBudgets[] = {0, 1, 5, 12, 40, 400};
  ViewOptions view;
  view.max_nodes = kBudgets[random() % 6];
  view.max_cost = random() % 3 == 0 ? 0 : 50 + random() % 3000;
  view.depth = random() % 6;
  view.fold_constants = random() % 2 == 0;
  if (random() % 4 == 0) view.expand = {"*"};
  return view;
}

// Every node is in one box or in a label, every line has its ends, every box its frame.
void check_is_whole(const Graph& graph, const View& view) {
  std::size_t in_boxes = 0, alone = 0, edges = 0;
  std::vector<bool> is_frame(graph.scopes.size(), false);
  is_frame[0] = true;
  for (const Frame& frame : view.frames) {
    BOOST_TEST(is_frame[frame.parent]);
    BOOST_TEST(!is_frame[frame.scope]);
    is_frame[frame.scope] = true;
  }
  for (const Box& box : view.boxes) {
    in_boxes += box.nodes;
    alone += box.kind == Box::Kind::node ? 1 : 0;
    BOOST_TEST(is_frame[box.scope]);
  }
  const std::size_t in_labels = view.shown_nodes - alone;
  BOOST_TEST(view.total_nodes == graph.nodes.size());
  BOOST_TEST(in_boxes + in_labels == graph.nodes.size());
  for (const Arrow& arrow : view.arrows) {
    BOOST_TEST(std::max(arrow.from, arrow.to) < view.boxes.size());
    BOOST_TEST(arrow.from != arrow.to);
    edges += arrow.edges;
  }
  if (alone < view.boxes.size()) {
    BOOST_TEST(edges <= graph.edges.size());
    return;
  }
  std::vector<bool> has_box(graph.nodes.size(), false);
  for (const Box& box : view.boxes) has_box[box.node] = true;
  const auto is_drawn = [&](const GraphEdge& edge) { return has_box[edge.from]; };
  BOOST_TEST(edges == static_cast<std::size_t>(std::ranges::count_if(graph.edges, is_drawn)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fuzz)

BOOST_AUTO_TEST_CASE(collapsed_views_lose_nothing) {
  constexpr unsigned kSeed = 20200720;
  constexpr std::size_t kViews = 600;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::filesystem::path path = "views.dot";
  std::ofstream file(path, std::ios::binary);
  std::vector<View> views;
  std::size_t collapsed = 0;
  for (std::size_t i = 0; i < kViews; ++i) {
    BOOST_TEST_CONTEXT("view " << i) {
      const Graph graph = random_graph(random);
      const ViewOptions options = random_view(random);
      views.push_back(make_view(graph, options));
      check_is_whole(graph, views.back());
      collapsed += views.back().shown_nodes < graph.nodes.size() ? 1 : 0;
      file << to_dot(graph, views.back(), {.view = options, .legend = false, .max_edge_labels = 0});
    }
  }
  file.close();
  BOOST_TEST(collapsed > kViews / 4);
  const std::vector<std::string> lines = read_back(path);
  BOOST_REQUIRE(lines.size() == kViews);
  for (std::size_t i = 0; i < kViews; ++i) {
    std::istringstream line(lines[i]);
    std::size_t nodes = 0, edges = 0;
    line >> nodes >> edges;
    BOOST_TEST_CONTEXT("view " << i << "; gc says " << lines[i]) {
      BOOST_TEST(nodes == views[i].boxes.size());
      BOOST_TEST(edges == views[i].arrows.size());
    }
  }
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(html_holds_the_names_as_data_alone) {
  for_each_part([](std::span<const std::string> names, std::size_t part) {
    const Graph graph = graph_named(names);
    const std::string page = to_html(graph, options_for(names, part));
    BOOST_TEST(count(page, "<script") == 2u);
    BOOST_TEST(count(page, "</script") == 2u);
    const std::string_view data = data_of(page);
    for (const char active : {'<', '>', '&'}) BOOST_TEST(data.find(active) == std::string::npos);
    const nlohmann::json read = nlohmann::json::parse(data);
    const std::vector<std::uint32_t> places = Page(page).whole("name");
    const std::vector<std::string> shown = detail::display_names(graph);
    BOOST_TEST(places.size() == shown.size());
    for (std::size_t i = 0; i < places.size(); ++i)
      BOOST_TEST(read["texts"][places[i]].get<std::string>() == shown[i]);
  });
}

BOOST_AUTO_TEST_CASE(dot_reads_back_with_as_many_nodes_and_edges) {
  const std::filesystem::path path = "names.dot";
  std::ofstream file(path, std::ios::binary);
  std::vector<std::pair<std::size_t, std::size_t>> expected;
  for_each_part([&](std::span<const std::string> names, std::size_t part) {
    const Graph graph = graph_named(names);
    const PictureOptions options = options_for(names, part);
    file << to_dot(graph, options);
    // The legend has one node for each of seven ops and for the others, or two for Values and one for
    // tensors.
    const std::size_t legend = options.color == ColorBy::op ? 8 : 3;
    // The number of an arrow is a node in its middle.
    expected.emplace_back(graph.nodes.size() + graph.edges.size() + legend, 2 * graph.edges.size());
  });
  file.close();
  const std::vector<std::string> lines = read_back(path);
  BOOST_REQUIRE(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::istringstream line(lines[i]);
    std::size_t nodes = 0, edges = 0;
    line >> nodes >> edges;
    BOOST_TEST_CONTEXT("part " << i << "; gc says " << lines[i]) {
      BOOST_TEST(nodes == expected[i].first);
      BOOST_TEST(edges == expected[i].second);
    }
  }
  std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(svg_is_well_formed_without_active_content) {
  for_each_part([](std::span<const std::string> names, std::size_t part) {
    const Graph graph = graph_named(names);
    BOOST_TEST(graph.edges.size() <= kMostNumbers);  // else arrows have none
    const std::string svg = to_svg(graph, options_for(names, part));
    check_is_quiet_svg(svg);
    BOOST_TEST(count(svg, "<g id=\"v") == graph.nodes.size());
  });
}

BOOST_AUTO_TEST_CASE(what_graphviz_makes_of_the_dot_text_is_well_formed) {
  for_each_part([](std::span<const std::string> names, std::size_t part) {
    Builder build;
    std::vector<std::pair<std::uint32_t, double>> operands;
    for (const std::string& name : names) operands.emplace_back(build.leaf(name, 1.0), 1.0);
    build.op("sum", 1.0, operands);
    const Graph graph = build.finish();
    const auto drawn = [&](const std::filesystem::path& path) {
      save(graph, path,
           {.picture = options_for(names, part),
            .engine = Engine::dot,
            .timeout_seconds = 100.0,
            .max_pixels = 1e6});
      std::string picture = contents(path);
      std::filesystem::remove(path);
      return picture;
    };
    const std::string svg = drawn("hostile.svg");
    BOOST_TEST(xml_defect(svg) == "");
    for (const char* active : {"<script", "<img", "href=\"j", "<![CDATA["})
      BOOST_TEST(count(svg, active) == 0u, active);
    BOOST_TEST(png_defect(drawn("hostile.png")) == "");
    const std::string pdf = drawn("hostile.pdf");
    BOOST_TEST(count(pdf, "/Type /Page ") == 1u);
    for (const char* active : {"/JavaScript", "/OpenAction", "/Annots"})
      BOOST_TEST(count(pdf, active) == 0u, active);
  });
}

BOOST_AUTO_TEST_CASE(plots_are_well_formed) {
  for_each_part([](std::span<const std::string> names, std::size_t) {
    for (const std::string& name : names)
      check_is_quiet_svg(line_plot({{name, {0.0, 1.0}, {0.0, 1.0}}},
                                   {.title = name, .x_label = name, .y_label = name}));
  });
}

BOOST_AUTO_TEST_CASE(json_reads_back_as_it_was_but_for_text_that_is_not_utf8) {
  for_each_part([](std::span<const std::string> names, std::size_t) {
    std::vector<std::string> repaired;
    for (const std::string& name : names) repaired.push_back(detail::repair_utf8(name));
    const std::string text = to_json(graph_named(names));
    BOOST_TEST((from_json(text) == graph_named(repaired)));
    BOOST_TEST((to_json(from_json(text)) == text));
    BOOST_TEST(count(text, "<") == 0u);
  });
}

BOOST_AUTO_TEST_CASE(whatever_json_describes_can_be_written) {
  constexpr unsigned kSeed = 20200719;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::vector<std::string> texts{to_json(neuron()), to_json(network({2, 2, 1})),
                                       to_json(tensor_network())};
  std::size_t accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = texts[random() % texts.size()];
    for (auto changes = 1 + random() % 3; changes > 0; --changes) change_a_number(text, random);
    try {
      const Graph graph = from_json(text);
      const std::vector<std::string> names(2, "a");
      const PictureOptions options = options_for(names, random() % 12);
      BOOST_TEST(xml_defect(to_svg(graph, options)) == "");
      BOOST_TEST(to_dot(graph, options).starts_with("digraph"));
      check_is_plain_text(explain(graph));
      check_is_plain_text(summary(graph));
      ++accepted;
    } catch (const FormatError&) {
    }
  }
  BOOST_TEST(accepted > 1000u);
}

BOOST_AUTO_TEST_CASE(text_has_the_lines_that_tame_names_give) {
  for_each_part([](std::span<const std::string> names, std::size_t) {
    const Graph graph = graph_named(names), tame = tame_graph(names.size());
    const ExplainOptions all{.max_steps = 10'000};
    check_is_plain_text(explain(graph, all));
    check_is_plain_text(summary(graph));
    BOOST_TEST(line_count(explain(graph, all)) == line_count(explain(tame, all)));
    BOOST_TEST(line_count(summary(graph)) == line_count(summary(tame)));
  });
}

BOOST_AUTO_TEST_CASE(markdown_keeps_its_headings_and_tables) {
  for_each_part([](std::span<const std::string> names, std::size_t) {
    for (const std::string& name : names) {
      const std::string text = explain(graph_named({{name}}), {.markdown = true});
      std::istringstream lines(text);
      std::size_t tables = 0, headings = 0, columns = 0;
      for (std::string line; std::getline(lines, line);) {
        if (line.empty()) columns = 0;
        if (line.starts_with("## ")) {
          ++headings;
          BOOST_TEST(is_escaped(line, '<'), line);
        }
        if (!line.starts_with('|')) {
          BOOST_TEST((line.empty() || line.starts_with("## ")), line);
          continue;
        }
        const std::vector<std::string> cells = cells_of(line);
        const bool is_head = columns == 0;
        if (is_head) ++tables, columns = cells.size();
        BOOST_TEST(cells.size() == columns, line);
        for (const std::string& cell : cells)
          BOOST_TEST((is_head || cell == " --- " || is_one_code(cell)), line);
      }
      BOOST_TEST(tables == 3u);
      BOOST_TEST(headings == 3u);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
