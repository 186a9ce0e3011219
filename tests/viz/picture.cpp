// SPDX-License-Identifier: MIT
// What PictureOptions say, in the DOT text and in our own SVG alike.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/html.hpp>
#include <nabla/viz/save.hpp>
#include <nabla/viz/svg.hpp>

#include "color.hpp"
#include "support/xml.hpp"
#include "viz/graphs.hpp"
#include "viz/pick.hpp"

namespace nabla::viz::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Calls f(text) with what each writer makes of the graph.
void for_each_writer(const Graph& graph, const PictureOptions& options,
                     const std::function<void(const std::string&)>& f) {
  BOOST_TEST_CONTEXT("DOT") { f(to_dot(graph, options)); }
  BOOST_TEST_CONTEXT("SVG") {
    const std::string svg = to_svg(graph, options);
    BOOST_TEST(nabla::test::xml_defect(svg) == "");
    f(svg);
  }
}

// True if something in the picture has this fill. The legend has all of a scale.
bool is_filled(const std::string& text, detail::Rgb color) {
  return has(text, "fillcolor=\"" + detail::hex(color) + "\"") ||
         has(text, "fill=\"" + detail::hex(color) + "\"");
}

// Two tensors, a part of one of them, and memory.
Graph graph_with_memory() {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes) node.tensor.edit().bytes = 0;
  graph.nodes[0].tensor.edit().bytes = 3 << 20;
  graph.nodes[1].tensor.edit().bytes = 100;
  graph.nodes[1].tensor.edit().saved_bytes = 2048;
  return graph;
}

const detail::Palette& light() { return detail::palette(Theme::light); }

}  // namespace

BOOST_AUTO_TEST_SUITE(picture_options)

BOOST_AUTO_TEST_CASE(gradients_fill_boxes_by_sign_and_decade) {
  // o has the gradient 1.41, x1 -2.12.
  const auto orange = detail::heat(light(), detail::Sign::positive, 7);
  const auto blue = detail::heat(light(), detail::Sign::negative, 7);
  for_each_writer(neuron(), {.legend = false}, [&](const std::string& text) {
    BOOST_TEST(is_filled(text, orange));
    BOOST_TEST(is_filled(text, blue));
  });
  for_each_writer(neuron(), {.color = ColorBy::none}, [&](const std::string& text) {
    BOOST_TEST(!is_filled(text, orange));
    BOOST_TEST(!is_filled(text, blue));
  });
}

BOOST_AUTO_TEST_CASE(values_fill_boxes_by_sign_and_decade) {
  // x1 is 2 and w1 -3; the largest gradients are -2.12 and 1.41, so nothing else is 6.88 or -6.
  Graph graph = neuron();
  for (GraphNode& node : graph.nodes) node.gradient = 0.0;
  for_each_writer(graph, {.color = ColorBy::value, .legend = false}, [&](const std::string& text) {
    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::positive, 7)));
    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::negative, 7)));
  });
  for_each_writer(tensor_network(), {.color = ColorBy::value, .legend = false},
                  [&](const std::string& text) {
                    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 7)));
                  });
}

BOOST_AUTO_TEST_CASE(ops_have_a_fill_each_and_the_legend_names_them) {
  for_each_writer(neuron(), {.color = ColorBy::op, .labels = Labels::minimal},
                  [&](const std::string& text) {
                    for (std::size_t i = 0; i < 3; ++i)
                      BOOST_TEST(is_filled(text, detail::op_color(light(), i)));
                    BOOST_TEST(!is_filled(text, detail::op_color(light(), 3)));
                  });
  // mul, add and tanh; the legend says each once more than the boxes do.
  const auto says = [](const std::string& text, const std::string& op) {
    return count(text, ">" + op + "</text>") + count(text, "label=" + op + ",") +
           count(text, "label=\"" + op + "\"");
  };
  std::vector<std::size_t> without;
  for_each_writer(neuron(), {.color = ColorBy::op, .legend = false},
                  [&](const std::string& text) { without.push_back(says(text, "tanh")); });
  std::vector<std::size_t> with;
  for_each_writer(neuron(), {.color = ColorBy::op},
                  [&](const std::string& text) { with.push_back(says(text, "tanh")); });
  BOOST_TEST(with[0] == without[0] + 1);
  BOOST_TEST(with[1] == without[1] + 1);
}

BOOST_AUTO_TEST_CASE(only_the_commonest_ops_have_a_fill) {
  Builder build;
  std::uint32_t last = build.leaf("x", 1.0);
  for (int kind = 0; kind < 10; ++kind)
    for (int use = 0; use <= kind; ++use)
      last = build.op("op" + std::to_string(kind), 1.0, {{last, 1.0}});
  const auto legend_of = [](const std::string& svg) {
    std::set<std::string> names;
    for (const std::string& text : between(svg, "class=\"t\">", "</text>")) names.insert(text);
    return names;
  };
  const std::set<std::string> names =
      legend_of(to_svg(build.finish(), {.view = {.max_nodes = 0}, .color = ColorBy::op}));
  BOOST_TEST(names == (std::set<std::string>{"op", "op3", "op4", "op5", "op6", "op7", "op8", "op9",
                                             "other ops"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(memory_fills_boxes_in_steps_and_stands_in_the_text) {
  for_each_writer(graph_with_memory(), {.color = ColorBy::bytes, .legend = false},
                  [&](const std::string& text) {
                    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 6)));
                    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 1)));
                    BOOST_TEST(has(text, "memory 3 MiB"));
                    BOOST_TEST(has(text, "memory 100 B"));
                    BOOST_TEST(has(text, "kept   2 KiB"));
                  });
  for_each_writer(graph_with_memory(), {.color = ColorBy::bytes},
                  [&](const std::string& text) { BOOST_TEST(has(text, "1 GiB")); });
}

BOOST_AUTO_TEST_CASE(time_fills_boxes_in_steps_and_stands_in_the_text) {
  Graph graph = tensor_network();
  for_each_writer(graph, {.color = ColorBy::time},
                  [&](const std::string& text) { BOOST_TEST(!has(text, "time")); });
  graph.nodes[0].notes.edit().seconds = 3e-3F;
  graph.nodes[1].notes.edit().seconds = 1.5e-9F;
  for_each_writer(graph, {.color = ColorBy::time, .legend = false}, [&](const std::string& text) {
    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 8)));  // from 2.1 ms
    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 1)));
    BOOST_TEST(has(text, "time   3 ms"));
    BOOST_TEST(has(text, "time   1.5 ns"));
  });
  for_each_writer(graph, {.color = ColorBy::time},
                  [&](const std::string& text) { BOOST_TEST(has(text, "16.8 ms")); });
}

BOOST_AUTO_TEST_CASE(a_group_has_the_time_of_its_nodes) {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes) node.notes.edit().seconds = node.scope == 1 ? 2e-6F : 0;
  const PictureOptions collapsed{.view = {.collapse = {"dense1"}},
                                 .color = ColorBy::time,
                                 .labels = Labels::minimal,
                                 .legend = false};
  for_each_writer(graph, collapsed,
                  [&](const std::string& text) { BOOST_TEST(has(text, "time   10 us")); });
}

BOOST_AUTO_TEST_CASE(a_group_has_the_memory_of_its_nodes) {
  Graph graph = tensor_network();
  for (GraphNode& node : graph.nodes) {
    node.tensor.edit().bytes = node.scope == 1 ? 1 << 20 : 0;
    node.tensor.edit().saved_bytes = node.scope == 1 ? 1 << 10 : 0;
  }
  const PictureOptions collapsed{.view = {.collapse = {"dense1"}},
                                 .color = ColorBy::bytes,
                                 .labels = Labels::minimal,
                                 .legend = false};
  for_each_writer(graph, collapsed, [&](const std::string& text) {
    BOOST_TEST(count(text, "memory 5 MiB") == 2u);  // in the box and on the pointer
    BOOST_TEST(count(text, "kept   5 KiB") == 2u);
    BOOST_TEST(is_filled(text, detail::heat(light(), detail::Sign::none, 6)));
    BOOST_TEST(!has(text, "median"));
  });
}

BOOST_AUTO_TEST_CASE(steps_of_sizes_begin_where_they_should) {
  BOOST_TEST(detail::size_step(0.0) == 0);
  BOOST_TEST(detail::size_step(63.0) == 0);
  BOOST_TEST(detail::size_step(64.0) == 1);
  BOOST_TEST(detail::size_step(511.0) == 1);
  BOOST_TEST(detail::size_step(512.0) == 2);
  BOOST_TEST(detail::size_step(std::ldexp(1.0, 30) - 1.0) == 8);
  BOOST_TEST(detail::size_step(std::ldexp(1.0, 30)) == 9);
  BOOST_TEST(detail::size_step(1e300) == 9);
}

BOOST_AUTO_TEST_CASE(the_legend_says_what_the_fill_means) {
  const std::pair<ColorBy, const char*> kinds[] = {
      {ColorBy::gradient, "grad"}, {ColorBy::value, "value"}, {ColorBy::op, "op"}};
  const auto has_title = [](const std::string& text, const std::string& title) {
    return has(text, "class=\"t\">" + title + "</text>") || has(text, ">" + title + "<BR");
  };
  for (const auto& [color, title] : kinds) {
    for_each_writer(neuron(), {.color = color}, [&, title = title](const std::string& text) {
      BOOST_TEST(has_title(text, title));
    });
    for_each_writer(
        neuron(), {.color = color, .legend = false},
        [&, title = title](const std::string& text) { BOOST_TEST(!has_title(text, title)); });
  }
  for_each_writer(tensor_network(), {.color = ColorBy::value},
                  [&](const std::string& text) { BOOST_TEST(has_title(text, "|value|")); });
  for_each_writer(graph_with_memory(), {.color = ColorBy::bytes},
                  [&](const std::string& text) { BOOST_TEST(has_title(text, "memory")); });
  for_each_writer(neuron(), {.color = ColorBy::bytes},
                  [&](const std::string& text) { BOOST_TEST(!has_title(text, "memory")); });
}

BOOST_AUTO_TEST_CASE(without_values_no_fill_tells_them) {
  for (const ColorBy color : {ColorBy::gradient, ColorBy::value}) {
    for (const Graph& graph : {neuron(), tensor_network()}) {
      const PictureOptions silent{.values = false, .color = color};
      BOOST_TEST(
          (to_dot(graph, silent) == to_dot(graph, {.values = false, .color = ColorBy::none})));
      BOOST_TEST(
          (to_svg(graph, silent) == to_svg(graph, {.values = false, .color = ColorBy::none})));
    }
  }
}

BOOST_AUTO_TEST_CASE(minimal_labels_say_name_op_and_the_sign_of_the_fill) {
  for_each_writer(neuron(), {.labels = Labels::minimal}, [&](const std::string& text) {
    BOOST_TEST(!has(text, "value "));
    BOOST_TEST(!has(text, "grad  "));
    BOOST_TEST(has(text, "x1 (-)"));
    BOOST_TEST(has(text, "o \xC2\xB7 tanh (+)"));
    BOOST_TEST(!has(text, "w2 ("));  // its gradient is 0
  });
  for_each_writer(neuron(), {.color = ColorBy::none, .labels = Labels::minimal},
                  [&](const std::string& text) { BOOST_TEST(!has(text, "(+)")); });
  Builder build;
  const std::uint32_t x = build.leaf("x", 0.0);
  build.op("log", -std::numeric_limits<double>::infinity(), {{x, 1.0}});
  for_each_writer(build.finish(), {.labels = Labels::minimal}, [&](const std::string& text) {
    BOOST_TEST(has(text, "NaN or inf begins here!"));
  });
}

BOOST_AUTO_TEST_CASE(where_the_first_nan_is_stands_out_from_what_inherits_it) {
  Builder build;
  const std::uint32_t x = build.leaf("x", -1.0);
  const std::uint32_t bad = build.op("log", std::nan(""), {{x, 1.0}});
  build.op("exp", std::nan(""), {{bad, 1.0}});
  const Graph graph = build.finish();
  const View view = make_view(graph);
  BOOST_TEST(view.boxes[bad].is_origin);
  BOOST_TEST(!view.boxes[bad + 1].is_origin);
  BOOST_TEST(view.boxes[bad + 1].non_finite);
  for (const Theme theme : {Theme::light, Theme::dark, Theme::print}) {
    const std::string fill = detail::hex(detail::palette(theme).alarm_fill);
    for_each_writer(graph, {.theme = theme}, [&](const std::string& text) {
      BOOST_TEST(count(text, "NaN or inf begins here!") == 1u);
    });
    BOOST_TEST(count(to_svg(graph, {.theme = theme}), " fill=\"" + fill + "\"") == 1u);
  }
  const std::string dot = to_dot(graph);
  BOOST_TEST(has(statement(dot, "v1\t"), "penwidth=3"));
  BOOST_TEST(has(statement(dot, "v1\t"), "peripheries=2"));
  BOOST_TEST(!has(statement(dot, "v2\t"), "penwidth=3"));
  BOOST_TEST(has(statement(dot, "v2\t"), detail::hex(light().alarm)));
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_hatched_and_what_it_does_not_touch_is_faint) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  // x -> s --+--> root, z -> q --+: wrong is the value of s, or the gradient of x.
  const auto made = [](double value, double local) {
    Builder build;
    const std::uint32_t x = build.leaf("x", 0.0), s = build.op("s", value, {{x, local}});
    const std::uint32_t q = build.op("q", 1.0, {{build.leaf("z", 1.0), 2.0}});
    build.op("add", value + 1.0, {{s, 1.0}, {q, 1.0}});
    return build.finish();
  };
  constexpr std::uint32_t kX = 0, kS = 1, kZ = 2, kQ = 3, kRoot = 4;
  for (const bool is_value : {true, false}) {
    const Graph graph = is_value ? made(nan, 1.0) : made(0.0, inf);
    const std::set<std::uint32_t> hatched =
        is_value ? std::set<std::uint32_t>{kS, kRoot} : std::set<std::uint32_t>{kX};
    const View view = make_view(graph);
    for (const std::uint32_t node : {kX, kS, kZ, kQ, kRoot}) {
      BOOST_TEST(view.boxes[node].is_aside == (node == kZ || node == kQ));
      BOOST_TEST(view.boxes[node].non_finite == hatched.contains(node));
    }
    for (const Theme theme : {Theme::light, Theme::dark, Theme::print}) {
      const detail::Palette& colors = detail::palette(theme);
      const std::string faint = detail::hex(colors.faint);
      const std::string dot = to_dot(graph, {.theme = theme}),
                        svg = to_svg(graph, {.theme = theme});
      BOOST_TEST(contrast(faint, detail::hex(colors.neutral)) >= 4.5);
      for (const std::uint32_t node : {kX, kS, kZ, kQ, kRoot}) {
        const Box& box = view.boxes[node];
        const std::string id = fmt::format("v{}", node), said = statement(dot, id + "\t");
        const std::string drawn = between(svg, "<g id=\"" + id + "\"", "</g>").at(0);
        const std::string lines = detail::hex(box.is_origin ? colors.alarm : colors.alarm_fill);
        BOOST_TEST(has(said, "style=striped") == box.non_finite);
        BOOST_TEST(has(drawn, "<path stroke=\"" + lines + "\"") == box.non_finite);
        BOOST_TEST(has(said, "fontcolor=\"" + faint) == box.is_aside);
        BOOST_TEST(has(drawn, "<text class=\"f\"") == box.is_aside);
        if (box.is_aside) BOOST_TEST(has(said, "fillcolor=\"" + detail::hex(colors.neutral)));
      }
      const std::string frame = detail::hex(colors.frame);
      BOOST_TEST(count(svg, "<path stroke=\"" + frame + "\"") == 2u);  // from z, from q
    }
  }
  BOOST_TEST(!make_view(neuron()).boxes[0].is_aside);
  for_each_writer(made(nan, 1.0), {}, [&](const std::string& text) {
    BOOST_TEST(has(text, "hatched: NaN or inf; faint: it neither led there nor came from there"));
  });
}

BOOST_AUTO_TEST_CASE(a_frame_says_the_range_of_gradients_in_it) {
  Builder build;
  build.enter("outer");
  build.enter("inner");
  const std::uint32_t a = build.op("mul", 3.0, {{build.leaf("x", 1.0), -3.0}});
  const std::uint32_t b = build.op("tanh", 0.4, {{a, 0.5}});
  build.leave();
  build.op("square", 1.0, {{b, 4.0}});
  build.leave();
  const Graph graph = build.finish();  // 1, 4, 2, -6
  for_each_writer(graph, {}, [&](const std::string& text) {
    BOOST_TEST(has(text, ">outer \xC2\xB7 |grad| 1 .. 6<"));
    BOOST_TEST(has(text, ">inner \xC2\xB7 |grad| 2 .. 6<"));
  });
  for (const PictureOptions& options :
       {PictureOptions{.values = false}, PictureOptions{.labels = Labels::minimal},
        PictureOptions{.max_edge_labels = 0}})
    for_each_writer(graph, options,
                    [&](const std::string& text) { BOOST_TEST(!has(text, "|grad|")); });
  Builder narrow;
  narrow.enter("n");
  narrow.op("tanh", 0.4, {{narrow.leaf("x", 1.0), 0.123456}});
  const std::string svg = to_svg(narrow.finish(), {.left_to_right = false});
  BOOST_TEST(has(svg, ">n</text>"));  // no room for more
}

BOOST_AUTO_TEST_CASE(a_group_is_filled_by_the_greatest_gradient_in_it) {
  const Graph graph = network({4, 16, 16, 1});
  const View view = make_view(graph);
  const auto group = std::ranges::find(view.boxes, Box::Kind::group, &Box::kind);
  BOOST_TEST_REQUIRE((group != view.boxes.end()));
  BOOST_TEST(detail::shade(group->max_gradient) > 0);
  const std::string fill =
      detail::hex(detail::heat(light(), detail::Sign::none, detail::shade(group->max_gradient)));
  const std::string id = "g" + std::to_string(group->node) + "\t";
  BOOST_TEST(has(statement(to_dot(graph), id), fill));
  BOOST_TEST(!has(statement(to_dot(graph, {.values = false}), id), fill));
  BOOST_TEST(!has(statement(to_dot(graph, {.color = ColorBy::value}), id), fill));
  // The scale of sizes stands in the legend beside that of single numbers.
  for_each_writer(graph, {}, [&](const std::string& text) {
    BOOST_TEST(has(text, "|grad|<BR") != has(text, "|grad|</text>"));
  });
}

BOOST_AUTO_TEST_CASE(full_labels_say_rule_type_range_and_memory) {
  for_each_writer(neuron(), {.labels = Labels::full}, [&](const std::string& text) {
    BOOST_TEST(has(text, "float64"));
    BOOST_TEST(count(text, "y = tanh x") == 2u);  // in the box and on the pointer
    BOOST_TEST(count(text, "dy/dx = 1 - y^2") == 2u);
  });
  for_each_writer(neuron(), {}, [&](const std::string& text) {
    BOOST_TEST(!has(text, "float64"));
    BOOST_TEST(count(text, "y = tanh x") == 1u);
  });
  Graph graph = graph_with_memory();
  Stats stats = graph.nodes[0].tensor->value;
  stats.zeros = 7;
  graph.nodes[0].tensor.edit().value = stats;
  for_each_writer(graph, {.labels = Labels::full}, [&](const std::string& text) {
    BOOST_TEST(has(text, "range -1.5 .. 2"));
    BOOST_TEST(has(text, "zeros 7 of "));
    BOOST_TEST(count(text, "kept   2 KiB") == 2u);
  });
  for_each_writer(graph, {}, [&](const std::string& text) {
    BOOST_TEST(!has(text, "range "));
    BOOST_TEST(count(text, "kept   2 KiB") == 1u);  // on the pointer alone
  });
  for_each_writer(graph, {.values = false, .labels = Labels::full}, [&](const std::string& text) {
    BOOST_TEST(!has(text, "range "));
    BOOST_TEST(!has(text, "zeros "));
  });
}

BOOST_AUTO_TEST_CASE(arrows_have_the_derivative_or_the_product_or_nothing) {
  const std::string times = "\xC3\x97";
  const auto says = [](const std::string& text, const std::string& number) {
    return count(text, ">" + number + "</text>") + count(text, "label=\"" + number + "\"") +
           count(text, "label=" + number + ",");
  };
  // d n = 0.5 for tanh, times 1.414 for o * o.
  for_each_writer(neuron(), {}, [&](const std::string& text) {
    BOOST_TEST(says(text, times + "0.5") == 1u);
    BOOST_TEST(says(text, "+0.7071") == 0u);
  });
  for_each_writer(neuron(), {.edges = EdgeNumbers::product}, [&](const std::string& text) {
    BOOST_TEST(!has(text, times));
    BOOST_TEST(says(text, "+0.7071") >= 3u);  // both halves of o * o, and tanh
    BOOST_TEST(says(text, "-2.121") == 1u);
  });
  for_each_writer(neuron(), {.edges = EdgeNumbers::none}, [&](const std::string& text) {
    BOOST_TEST(!has(text, times));
    BOOST_TEST(says(text, "+0.7071") == 0u);
  });
  // Of tensors, whose derivative is no number, the norm.
  for_each_writer(tensor_network(), {.edges = EdgeNumbers::product},
                  [&](const std::string& text) { BOOST_TEST(says(text, "|0.2|") > 0u); });
  for_each_writer(tensor_network(), {},
                  [&](const std::string& text) { BOOST_TEST(!has(text, "|0.2|")); });
}

BOOST_AUTO_TEST_CASE(numbers_have_as_many_digits_as_asked_for) {
  Builder build;
  const std::uint32_t x = build.leaf("x", 1.0 / 3.0);
  build.op("mul", 1.0 / 9.0, {{x, 1.0 / 3.0}});
  const Graph graph = build.finish();
  const std::string times = "\xC3\x97";
  const auto check = [&](int precision, const std::string& value, const std::string& local) {
    for_each_writer(graph, {.precision = precision}, [&](const std::string& text) {
      BOOST_TEST(has(text, "value " + value));
      BOOST_TEST(has(text, "grad  +" + value));
      BOOST_TEST(!has(text, value + "3"));
      BOOST_TEST(has(text, times + local));
      BOOST_TEST(!has(text, times + local + "3"));
      BOOST_TEST(has(text, "= 1 * " + value + " = " + value));
    });
  };
  check(1, "0.3", "0.3");
  check(6, "0.333333", "0.3333");
  check(10, "0.3333333333", "0.33333333");
  for (const int wrong : {0, -1, 18}) {
    const auto says_so = [](const DomainError& error) {
      return has(error.what(), "[picture] precision: got ") && has(error.what(), "need 1 to 17");
    };
    BOOST_CHECK_EXCEPTION((void)to_dot(graph, {.precision = wrong}), DomainError, says_so);
    BOOST_CHECK_EXCEPTION((void)to_svg(graph, {.precision = wrong}), DomainError, says_so);
  }
}

BOOST_AUTO_TEST_CASE(a_stamp_stands_below_the_title) {
  for_each_writer(neuron(), {.title = "a neuron", .stamp = "made <today>"},
                  [&](const std::string& text) {
                    const std::size_t title = text.find("a neuron");
                    const std::size_t stamp =
                        std::min(text.find("made <today>"), text.find("made &lt;today&gt;"));
                    BOOST_TEST(title < stamp);
                    BOOST_TEST(stamp != std::string::npos);
                  });
}

BOOST_AUTO_TEST_CASE(lines_above_the_picture_stand_above_it) {
  const std::string svg = to_svg(neuron(), {.title = "one\ntwo", .stamp = "three"});
  const std::size_t drawing = svg.find("<g transform");
  std::vector<double> places;
  for (const std::string& line : between(svg.substr(drawing), "class=\"t\" x=\"0\" y=\"", "\""))
    places.push_back(std::stod(line));
  BOOST_REQUIRE(places.size() == 3u);
  BOOST_TEST(places[0] < places[1]);
  BOOST_TEST(places[1] < places[2]);
  BOOST_TEST(places[2] < 0.0);  // where the drawing begins
  BOOST_TEST(places[0] >
             numbers(between(svg.substr(drawing), "translate(", ")").at(0)).at(1) * -1.0);
}

BOOST_AUTO_TEST_CASE(text_is_readable_on_every_fill_of_ops) {
  constexpr double kReadable = 4.5;  // WCAG 2.1, level AA
  for (const Theme theme : {Theme::light, Theme::dark, Theme::print}) {
    const detail::Palette& colors = detail::palette(theme);
    std::set<std::string> fills;
    for (std::size_t i = 0; i < detail::kOpColors; ++i) {
      const std::string fill = detail::hex(detail::op_color(colors, i));
      fills.insert(fill);
      BOOST_TEST(contrast(detail::hex(colors.text), fill) >= kReadable);
      BOOST_TEST(fill != detail::hex(colors.neutral));
    }
    BOOST_TEST(fills.size() == detail::kOpColors);
  }
}

BOOST_AUTO_TEST_CASE(the_automatic_theme_is_the_light_one_and_in_the_dark_the_dark_one) {
  // What stands behind the styles, without the background.
  const auto drawn = [](const std::string& svg) {
    const std::size_t begin = svg.rfind("</style>");
    return svg.substr(svg.find("<g transform", begin));
  };
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> operands;
  for (int decade = -8; decade <= 4; ++decade)
    for (const double sign : {-1.0, 1.0})
      operands.emplace_back(build.leaf("", sign * std::pow(10.0, decade)),
                            sign * std::pow(10.0, decade));
  build.enter("layer");
  const std::uint32_t sum = build.op("sum", 1.0, operands);
  build.op("log", std::numeric_limits<double>::infinity(), {{sum, 0.0}});
  const Graph decades = build.finish();
  for (const Graph& graph : {decades, neuron(), tensor_network(), double_backward()})
    for (const ColorBy color : {ColorBy::gradient, ColorBy::value, ColorBy::op, ColorBy::bytes}) {
      const auto svg_in = [&](Theme theme) {
        return to_svg(graph, {.theme = theme, .color = color});
      };
      const std::string automatic = svg_in(Theme::automatic);
      BOOST_TEST(nabla::test::xml_defect(automatic) == "");
      std::string changed = drawn(automatic);
      BOOST_TEST((changed == drawn(svg_in(Theme::light))));
      const std::string rules =
          between(automatic, "@media (prefers-color-scheme:dark){", "</style>").at(0);
      // "#", so that none is changed twice.
      for (const std::string attribute : {"fill", "stroke"})
        for (const std::string& rule : between(rules, "[" + attribute + "=\"#", "}")) {
          const std::string from = attribute + "=\"#" + rule.substr(0, 6) + "\"",
                            to = attribute + "=\"\x01" + rule.substr(rule.size() - 6) + "\"";
          for (std::size_t at = 0; (at = changed.find(from, at)) != std::string::npos;)
            changed.replace(at, from.size(), to);
        }
      BOOST_TEST(count(changed, "=\"#") == 0u);
      std::ranges::replace(changed, '\x01', '#');
      BOOST_TEST((changed == drawn(svg_in(Theme::dark))));
      BOOST_TEST(rules.find(".g{fill:#16181c}") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(pictures_are_light_unless_asked_and_pages_follow_the_reader) {
  const Graph graph = neuron();
  BOOST_TEST((to_dot(graph) == to_dot(graph, {.theme = Theme::light})));
  BOOST_TEST((to_svg(graph) == to_svg(graph, {.theme = Theme::light})));
  BOOST_TEST((to_html(graph) == to_html(graph, {.theme = Theme::automatic})));
  BOOST_TEST((to_html(graph) != to_html(graph, {.theme = Theme::light})));
}

BOOST_AUTO_TEST_CASE(graphviz_has_no_automatic_theme) {
  const SaveOptions options{.picture = {.theme = Theme::automatic}};
  BOOST_CHECK_THROW(static_cast<void>(to_dot(neuron(), options.picture)), DomainError);
  for (const char* name : {"automatic.png", "automatic.pdf", "automatic.dot"})
    BOOST_CHECK_THROW(save(neuron(), name, options), DomainError);
  BOOST_CHECK_THROW(
      save(neuron(), "automatic.svg", {.picture = options.picture, .engine = Engine::dot}),
      DomainError);
  BOOST_TEST(save(neuron(), "automatic.svg", options).empty());
  std::ifstream file("automatic.svg");
  const std::string svg(std::istreambuf_iterator<char>(file), {});
  BOOST_TEST((svg == to_svg(neuron(), options.picture)));
  std::filesystem::remove("automatic.svg");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
