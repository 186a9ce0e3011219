// SPDX-License-Identifier: MIT
// nabla render and stats, run as a user runs them.
#ifdef NABLA_HAS_VIZ
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/viz/recording.hpp>

#include "folder.hpp"
#include "program.hpp"
#include "support/xml.hpp"

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A graph file of a formula.
std::string graph_file(const TestFolder& folder, const std::vector<std::string>& formula) {
  const std::string path = (folder.path() / "graph.json").string();
  std::vector<std::string> words{"graph"};
  words.insert(words.end(), formula.begin(), formula.end());
  words.insert(words.end(), {"-o", path});
  BOOST_TEST(run_nabla(words).status == 0);
  return path;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(render_command)

BOOST_AUTO_TEST_CASE(a_saved_graph_becomes_a_picture_in_each_way) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"tanh(a*b)+c^2", "a=1", "b=2", "c=3"});
  const std::vector<std::vector<std::string>> options{
      {},
      {"--engine", "layered"},
      {"--engine", "dot"},
      {"--theme", "dark", "--rankdir", "TB", "--title", "a <title>"},
      {"--theme", "auto"},
      {"--no-values", "--no-legend", "--color", "none"},
      {"--color", "value", "--labels", "minimal", "--edges", "product", "--precision", "3"},
      {"--color", "op", "--labels", "full", "--edges", "none", "--precision", "17", "--stamp"},
      {"--color", "bytes"},
      {"--focus", "a", "--hops", "1"},
      {"--path", "a..tanh"},
      {"--top-grad", "2"},
      {"--only-grad", "--max-nodes", "0", "--depth", "1"}};
  for (const std::vector<std::string>& each : options) {
    const std::string picture = (folder.path() / "picture.svg").string();
    std::vector<std::string> words{"render", graph, "-o", picture};
    words.insert(words.end(), each.begin(), each.end());
    const Outcome outcome = run_nabla(words);
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(outcome.out == picture + "\n");
    BOOST_TEST(nabla::test::xml_defect(read_text(picture)) == "");
  }
  for (const std::string name : {"p.png", "p.pdf", "p.dot", "p.html", "p.json", "p.txt"})
    BOOST_TEST(run_nabla({"render", graph, "-o", (folder.path() / name).string()}).status == 0);
  BOOST_TEST(read_text(folder.path() / "p.json") == read_text(graph));
}

BOOST_AUTO_TEST_CASE(a_recorded_run_is_a_page_with_its_frames_or_a_picture_of_the_first) {
  const TestFolder folder;
  (void)run_nabla({"demo", "--epochs", "0", "--out", folder.path().string()});
  const std::string run = (folder.path() / "digits-run.ngraph.jsonl").string();
  const std::string page = (folder.path() / "run.html").string();
  BOOST_TEST(run_nabla({"render", run, "-o", page}).out == page + "\n");
  BOOST_TEST(contains(read_text(page), "\"frames\":{\"steps\""));
  const std::string picture = (folder.path() / "run.svg").string();
  BOOST_TEST(run_nabla({"render", run, "-o", picture}).status == 0);
  BOOST_TEST(contains(read_text(picture), "</svg>"));
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_is_shown) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"tanh(a*b)+c^2", "a=1", "b=2", "c=3"});
  const std::string picture = (folder.path() / "p.svg").string();
  (void)run_nabla({"render", graph, "-o", picture, "--path", "a..tanh", "--engine", "layered"});
  const std::string path = read_text(picture);
  BOOST_TEST(contains(path, ">a</text>"));
  BOOST_TEST(!contains(path, ">c</text>"));
  BOOST_TEST(contains(path, "showing "));
}

BOOST_AUTO_TEST_CASE(options_say_how_it_looks) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"tanh(a*b)+c^2", "a=1", "b=2", "c=3"});
  const auto drawn = [&](std::vector<std::string> options, const std::string& name) {
    const std::string picture = (folder.path() / name).string();
    options.insert(options.begin(), {"render", graph, "-o", picture});
    if (name.ends_with(".svg")) options.insert(options.end(), {"--engine", "layered"});
    const Outcome outcome = run_nabla(options);
    BOOST_TEST(outcome.status == 0, outcome.err);
    return read_text(picture);
  };
  for (const std::string name : {"p.svg", "p.dot"}) {
    BOOST_TEST_CONTEXT(name) {
      const std::string usual = drawn({}, name);
      BOOST_TEST(contains(usual, "value 0.964028"));
      BOOST_TEST(contains(usual, "\xC3\x97"));
      BOOST_TEST(contains(drawn({"--precision", "3"}, name), "value 0.964"));
      BOOST_TEST(!contains(drawn({"--precision", "3"}, name), "value 0.9640"));
      BOOST_TEST(!contains(drawn({"--labels", "minimal"}, name), "value "));
      BOOST_TEST(contains(drawn({"--labels", "full"}, name), "float64"));
      BOOST_TEST(!contains(drawn({"--edges", "none"}, name), "\xC3\x97"));
      BOOST_TEST(contains(drawn({"--edges", "product"}, name), "+0.1413"));
      BOOST_TEST(drawn({"--color", "grad"}, name) == usual);
      for (const std::string color : {"value", "op", "bytes", "none"})
        BOOST_TEST(drawn({"--color", color}, name) != usual, color);
    }
  }
}

BOOST_AUTO_TEST_CASE(trouble_begins_where_thresholds_say) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"tanh(a)*b", "a=5", "b=2"});
  const auto drawn = [&](const std::vector<std::string>& options, const std::string& name) {
    const std::string picture = (folder.path() / name).string();
    std::vector<std::string> words{"render", graph, "-o", picture};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = run_nabla(words);
    BOOST_TEST(outcome.status == 0, outcome.err);
    return read_text(picture);
  };
  // The slope is 1.8e-4; the gradients are 1, 2, 1 and 3.6e-4, and the median of the inputs' is 1.
  for (const std::string name : {"p.svg", "p.dot"}) {
    BOOST_TEST(contains(drawn({}, name), " saturated"));
    BOOST_TEST(!contains(drawn({"--saturated", "1e-4"}, name), " saturated"));
    BOOST_TEST(!contains(drawn({}, name), " vanished"));
    BOOST_TEST(contains(drawn({"--vanished", "1e-2"}, name), " vanished"));
    BOOST_TEST(!contains(drawn({}, name), " exploding"));
    BOOST_TEST(contains(drawn({"--exploding", "1.5"}, name), " exploding"));
  }
  BOOST_TEST(drawn({"--saturated", "1e-4"}, "p.html") != drawn({}, "p.html"));
  const std::string picture = (folder.path() / "q.svg").string();
  BOOST_TEST(run_nabla({"render", graph, "-o", picture, "--vanished", "-1"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_stamp_names_file_version_and_time) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"a*b", "a=1", "b=2"});
  const std::string picture = (folder.path() / "p.svg").string();
  (void)run_nabla({"render", graph, "-o", picture, "--stamp", "--engine", "layered"});
  const std::string text = read_text(picture);
  const std::string version = run_nabla({"--version"}).out;  // and a line break
  const std::size_t at =
      text.find(">graph.json, " + version.substr(0, version.size() - 1) + ", 20");
  BOOST_REQUIRE(at != std::string::npos);
  BOOST_TEST(text.substr(text.find("</text>", at) - 4, 4) == " UTC");
  BOOST_TEST(!contains(text, folder.path().string()));
}

BOOST_AUTO_TEST_CASE(one_process_after_another_writes_the_same_bytes) {
  const TestFolder folder;
  const std::vector<std::string> formula{"tanh(a*b)+c^2*sin(b)", "a=1", "b=2", "c=3"};
  const std::string graph = graph_file(folder, formula), saved = read_text(graph);
  // What loads programs puts each at addresses of its own.
  for (const std::string name : {"p.dot", "p.svg", "p.html", "p.json", "p.txt"}) {
    std::string first;
    for (int run = 0; run < 3; ++run) {
      BOOST_TEST(read_text(graph_file(folder, formula)) == saved);
      const std::string file = (folder.path() / name).string();
      const bool is_picture = name != "p.json" && name != "p.txt";
      std::vector<std::string> words{"render", graph, "-o", file};
      if (is_picture) words.insert(words.end(), {"--color", name == "p.html" ? "value" : "op"});
      BOOST_TEST(run_nabla(words).status == 0);
      if (run == 0) first = read_text(file);
      BOOST_TEST(read_text(file) == first);
    }
  }
}

BOOST_AUTO_TEST_CASE(bad_input_is_refused_in_words) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"a*b", "a=1", "b=2"});
  const std::string out = (folder.path() / "p.svg").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"render", graph, "-o", out, "--focus", "nobody"}, "which no node of the graph is called"},
      {{"render", graph, "-o", out, "--path", "a"}, "need FROM..TO"},
      {{"render", graph, "-o", out, "--path", "a..b..L"}, "need FROM..TO with .. once"},
      {{"render", graph, "-o", out, "--path", "mul..a"}, "no path leads from"},
      {{"render", graph, "-o", out, "--expand", "layer9"}, "which no scope of the graph"},
      {{"render", graph, "-o", out, "--engine", "neato"}, "neato"},
      {{"render", graph, "-o", out, "--color", "size"},
       "is none of grad, value, op, bytes, time, none"},
      {{"render", graph, "-o", out, "--color", "time"}, "has no times"},
      {{"render", graph, "-o", out, "--labels", "all"}, "is none of minimal, normal, full"},
      {{"render", graph, "-o", out, "--edges", "all"}, "is none of local, product, none"},
      {{"render", graph, "-o", out, "--precision", "18"}, "no whole number from 1 to 17"},
      {{"render", (folder.path() / "none.json").string(), "-o", out}, "No such file"},
      {{"render", graph}, "--output"},
      {{"render", graph, "-o", (folder.path() / "p.bmp").string()}, "unknown format"},
      {{"stats", graph, "--fail-on", "boredom"}, "boredom"},
      {{"render", graph, "-o", out, "--hops", "1"}, "--hops requires --focus"},
      {{"render", graph, "-o", out, "--no-values", "--precision", "3"}, "--precision"},
      {{"render", graph, "-o", out, "--no-values", "--edges", "local"}, "--edges"},
      {{"render", graph, "-o", out, "--no-values", "--color", "grad"},
       "--color grad tells numbers"},
      {{"render", graph, "-o", out, "--timeout", "1", "--engine", "layered"}, "--timeout"},
      {{"render", graph, "-o", out, "--timeout", "nan"}, "is no number above 0"},
      {{"render", graph, "-o", out, "--max-pixels", "-1"}, "no whole number from 10000"},
      {{"render", graph, "-o", out, "--max-pixels", "20000"}, "changes nothing in a .svg file"}};
  for (const auto& [words, text] : cases) {
    const Outcome outcome = run_nabla(words);
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(contains(outcome.err, text), outcome.err);
  }
  BOOST_TEST(!std::filesystem::exists(out));
  std::ofstream(folder.path() / "bad.json") << "{\"schema\":\"nabla.graph/9\"}";
  const Outcome outcome = run_nabla({"stats", (folder.path() / "bad.json").string()});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(contains(outcome.err, "bad.json: "), outcome.err);
}

BOOST_AUTO_TEST_CASE(options_that_a_file_would_not_show_are_refused) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"a*b", "a=1", "b=2"});
  const auto refused = [&](const std::string& name, const std::vector<std::string>& options) {
    const std::string file = (folder.path() / name).string();
    std::vector<std::string> words{"render", graph, "-o", file};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = run_nabla(words);
    BOOST_TEST(outcome.status == 2, name << " " << options[0]);
    BOOST_TEST(contains(outcome.err, "nabla: " + options[0]), outcome.err);
    BOOST_TEST(contains(outcome.err, " in a ." + name.substr(2) + " file"), outcome.err);
    BOOST_TEST(!std::filesystem::exists(file));
  };
  refused("p.html", {"--color", "op"});
  for (const std::string name : {"p.json", "p.txt"})
    for (const std::vector<std::string>& options :
         std::vector<std::vector<std::string>>{{"--no-values"},
                                               {"--theme", "dark"},
                                               {"--focus", "a"},
                                               {"--max-nodes", "9"},
                                               {"--engine", "dot"},
                                               {"--title", "t"}})
      refused(name, options);
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--labels", "full"},
                                             {"--edges", "none"},
                                             {"--precision", "3"},
                                             {"--rankdir", "TB"},
                                             {"--no-legend"},
                                             {"--engine", "dot"},
                                             {"--timeout", "1"},
                                             {"--theme", "print"}})
    refused("p.html", options);
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {"--engine", "dot"}, {"--timeout", "1"}, {"--max-pixels", "20000"}})
    refused("p.dot", options);
  refused("p.pdf", {"--max-pixels", "20000"});
  const std::string png = (folder.path() / "p.png").string();
  const Outcome automatic = run_nabla({"render", graph, "-o", png, "--theme", "auto"});
  BOOST_TEST(automatic.status == 2);
  BOOST_TEST(contains(automatic.err, "theme: got automatic for a .png file"), automatic.err);
  const std::string json = (folder.path() / "q.json").string();
  BOOST_TEST(run_nabla({"graph", "a*b", "a=1", "b=2", "-o", json, "--theme", "dark"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_page_is_light_or_dark_as_asked_and_else_as_the_reader_prefers) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"a*b", "a=1", "b=2"});
  const std::string page = (folder.path() / "p.html").string();
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"render", graph}, {"graph", "a*b", "a=1", "b=2"}, {"diff", graph, graph}})
    for (const std::string theme : {"", "auto", "light", "dark"}) {
      std::vector<std::string> words = command;
      words.insert(words.end(), {"-o", page});
      if (!theme.empty()) words.insert(words.end(), {"--theme", theme});
      BOOST_TEST(run_nabla(words).status == 0);
      const std::string is_dark = theme == "light" ? "false" : theme == "dark" ? "true" : "null";
      BOOST_TEST(contains(read_text(page), "\"isDark\":" + is_dark), command[0] << " " << theme);
    }
}

BOOST_AUTO_TEST_CASE(without_the_program_dot_a_remark_says_so) {
  const TestFolder folder;
  const std::string graph = graph_file(folder, {"a*b", "a=1", "b=2"});
  const std::string picture = (folder.path() / "p.svg").string();
  const Outcome outcome =
      run_nabla({"render", graph, "-o", picture}, {.search_path = folder.path().string()});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out == picture + "\n");
  BOOST_TEST(outcome.err ==
             "nabla: note: the program \"dot\" was not found, so nabla laid the picture out\n");
  BOOST_TEST(run_nabla({"render", graph, "-o", picture}).err == "");
}

BOOST_AUTO_TEST_CASE(stats_counts_and_says_what_is_wrong) {
  const TestFolder folder;
  const Outcome fine =
      run_nabla({"stats", graph_file(folder, {"tanh(a*b)+c^2", "a=1", "b=2", "c=3"}), "--fail-on",
                 "nonfinite,exploding"});
  BOOST_TEST(fine.status == 0);
  BOOST_TEST(contains(fine.out, "3 inputs"));
  BOOST_TEST(contains(fine.out, "none found"), fine.out);
  // tanh' of 5 is 1.8e-4.
  const std::string flat = graph_file(folder, {"tanh(a)", "a=5"});
  const auto fails = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"stats", flat, "--fail-on", "saturated"};
    words.insert(words.end(), options.begin(), options.end());
    return run_nabla(words).status == 1;
  };
  BOOST_TEST(fails({}));
  BOOST_TEST(!fails({"--saturated", "1e-4"}));
  BOOST_TEST(contains(run_nabla({"stats", flat}).out, "saturated: "));
  BOOST_TEST(!contains(run_nabla({"stats", flat, "--saturated", "1e-4"}).out, "saturated: "));
  const std::string bad = graph_file(folder, {"log(a)*b", "a=0", "b=2"});
  const Outcome told = run_nabla({"stats", bad});
  BOOST_TEST(told.status == 0);
  BOOST_TEST(contains(told.out, "NaN or inf: "), told.out);
  BOOST_TEST(run_nabla({"stats", bad, "--fail-on", "nonfinite"}).status == 1);
  BOOST_TEST(run_nabla({"stats", bad, "--fail-on", "dead"}).status == 0);
  const std::string run = (folder.path() / "run.ngraph.jsonl").string();
  nabla::viz::Recorder recorder(run, {.every = 1});
  for (const std::int64_t step : {0, 1}) {
    const nabla::Tape tape;
    recorder.frame(step, nabla::Value(relu(nabla::variable(-1.0, "x")) + nabla::variable(2.0)));
  }
  const Outcome of_run = run_nabla({"stats", run, "--fail-on", "dead"});
  BOOST_TEST(of_run.status == 1);
  BOOST_TEST(contains(of_run.out, "gives 0 only in all 2 frames"), of_run.out);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
