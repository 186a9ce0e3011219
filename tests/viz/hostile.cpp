// SPDX-License-Identifier: MIT
#include "viz/hostile.hpp"

#include <random>
#include <utility>

#include "viz/graphs.hpp"

namespace nabla::viz::test {
namespace {

std::string piece(std::mt19937& random) {
  static const std::vector<std::string> pieces{"\\",
                                               "\"",
                                               "'",
                                               "<",
                                               ">",
                                               "&",
                                               ";",
                                               "[",
                                               "]",
                                               "{",
                                               "}",
                                               "|",
                                               "\n",
                                               "\r",
                                               "\t",
                                               " ",
                                               "#",
                                               "%",
                                               "/*",
                                               "//",
                                               "->",
                                               "--",
                                               "=",
                                               ",",
                                               "`",
                                               "```",
                                               "~~~",
                                               "*",
                                               "_",
                                               "- ",
                                               "1. ",
                                               "$(x)",
                                               "\\N",
                                               "\\G",
                                               "\\L",
                                               "\\l",
                                               "\\r",
                                               "\\n",
                                               "\\T",
                                               "\\E",
                                               "\\H",
                                               "<p>",
                                               "{a|b|<p>c}",
                                               "digraph",
                                               "node",
                                               "edge",
                                               "strict",
                                               "subgraph",
                                               "cluster_1",
                                               "label=x",
                                               "]]>",
                                               "<![CDATA[",
                                               "<!--",
                                               "-->",
                                               "<?xml ?>",
                                               "&amp;",
                                               "&#x41;",
                                               "&#0;",
                                               "&nbsp;",
                                               "</script>",
                                               "</text>",
                                               "</title>",
                                               "<img src=x onerror=alert(1)>",
                                               "javascript:alert(1)",
                                               "\" onload=\"alert(1)",
                                               "' onload='",
                                               std::string(1, '\0'),
                                               "\x01",
                                               "\x0b",
                                               "\x1b[31m",
                                               "\x1b]0;x\x07",
                                               "\x7f",
                                               "\x80",
                                               "\xff",
                                               "\xfe",
                                               "\xc3",
                                               "\xc3(",
                                               "\xe2\x82",
                                               "\xc0\x80",
                                               "\xed\xa0\x80",
                                               "\xed\xbf\xbf",
                                               "\xef\xbf\xbe",
                                               "\xef\xbf\xbf",
                                               "\xf4\x90\x80\x80",
                                               "\xc2\x85",
                                               "\xe2\x80\x8b",
                                               "\xe2\x80\x8d",
                                               "\xe2\x80\x8e",
                                               "\xe2\x80\xa8",
                                               "\xe2\x80\xa9",
                                               "\xe2\x80\xae",
                                               "\xe2\x81\xa6",
                                               "\xef\xbb\xbf",
                                               "e\xcc\x81",
                                               "\xd7\xa9\xd7\x9c",
                                               "\xe6\xbc\xa2\xe5\xad\x97",
                                               "\xf0\x9f\x98\x80",
                                               "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
                                               "x",
                                               "weight",
                                               "3.14"};
  return random() % 5 == 0 ? std::string(1, static_cast<char>(random() % 256))
                           : pieces[random() % pieces.size()];
}

}  // namespace

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names{
      "\\",
      "ends in a backslash\\",
      "two\\\\",
      "three\\\\\\",
      "\"",
      "\\\"",
      "\"]; evil [label=\"x",
      "x> ]; evil [label=<y",
      "<b>bold</b>",
      "<<TABLE>",
      "</text><script>alert(1)</script>",
      "</script><img src=x onerror=alert(1)>",
      "javascript:alert(1)",
      "]]>",
      "<!-- -->",
      "&",
      "&amp;",
      "&#x41;",
      "&#0;",
      "&nbsp;",
      "a\\Nb\\Gc\\Ld\\l\\r\\n",
      "line\nbreak\r\nand\ttab",
      std::string("nul\0byte", 8),
      "\x01\x02\x1b[31m\x7f",
      "\xff\xfe bad \xc3( \xe2\x82 utf-8",
      "\xed\xa0\x80 surrogate",
      "\xef\xbf\xbe not a character",
      "\xc0\x80 overlong",
      "\xf4\x90\x80\x80 too large",
      "\xe2\x80\xae right to left",
      "\xe2\x80\xa8 line separator",
      "\xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80 e\xcc\x81",
      "%s%n",
      "%0",
      "digraph",
      "node",
      "strict",
      "3.14",
      "-",
      "/* */ // #",
      "{a|b|<p>c}",
      " ",
      "\n",
      std::string(200000, 'x'),
      std::string(5000, '\\'),
      std::string(5000, '"'),
      std::string(5000, '&'),
      std::string(5000, '\n'),
      std::string(130, 'a') + "\\",
      std::string(130, ' ') + "\\" + std::string(130, 'b'),
  };
  return names;
}

std::vector<std::string> random_names(unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  std::vector<std::string> names(count);
  for (std::string& name : names) {
    for (auto pieces = 1 + random() % 12; pieces > 0; --pieces) name += piece(random);
    if (random() % 100 != 0) continue;
    const std::string part = name;
    while (name.size() < 5000) name += part;
  }
  return names;
}

Graph graph_named(std::span<const std::string> names) {
  Builder build;
  std::vector<std::pair<std::uint32_t, double>> all;
  for (const std::string& name : names) {
    build.enter(name);
    const std::uint32_t x = build.leaf(name, 1.0);
    const std::uint32_t y = build.op(name, 2.0, {{x, 1.0}, {x, 1.0}}, name, name);
    build.leave();
    GraphNode &leaf = build.graph.nodes[x], &operation = build.graph.nodes[y];
    leaf.dtype = operation.dtype = name;
    if (all.size() % 2 == 1) {  // every second one is a tensor
      leaf.is_scalar = operation.is_scalar = false;
      leaf.tensor.edit().shape = operation.tensor.edit().shape = std::vector<std::int64_t>{2};
      leaf.tensor.edit().value = operation.tensor.edit().value =
          Stats{.count = 2, .max = 1.0, .samples = {0.0, 1.0}};
    }
    operation.op.edit().formula = operation.op.edit().gradient_rule =
        operation.notes.edit().remark = name;
    all.emplace_back(y, 1.0);
  }
  build.op("sum", 2.0 * static_cast<double>(names.size()), all, names.front());
  return build.finish();
}

}  // namespace nabla::viz::test
