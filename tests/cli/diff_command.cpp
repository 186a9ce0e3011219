// SPDX-License-Identifier: MIT
// nabla diff and plot, run as a user runs them.
#ifdef NABLA_HAS_VIZ
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/viz/recording.hpp>

#include "folder.hpp"
#include "program.hpp"
#include "support/xml.hpp"

#include <sys/stat.h>

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The graph of a formula of a and b.
std::string graph_of(const TestFolder& folder, const std::string& formula, const std::string& a) {
  static int number = 0;
  const std::string path = (folder.path() / ("g" + std::to_string(++number) + ".json")).string();
  BOOST_TEST(run_nabla({"graph", formula, "a=" + a, "b=2", "-o", path}).status == 0);
  return path;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(diff_command)

BOOST_AUTO_TEST_CASE(the_same_graphs_give_status_0) {
  const TestFolder folder;
  const std::string graph = graph_of(folder, "tanh(a*b)", "1");
  const Outcome outcome = run_nabla({"diff", graph, graph});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out == "the same: 4 nodes\n");
}

BOOST_AUTO_TEST_CASE(what_changed_is_told_and_gives_status_1) {
  const TestFolder folder;
  const std::string before = graph_of(folder, "tanh(a*b)", "1");
  const std::string after = graph_of(folder, "tanh(exp(a*b))", "1");
  const Outcome outcome = run_nabla({"diff", before, after});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(contains(outcome.out, "1 added, 0 removed"));
  BOOST_TEST(contains(outcome.out, ": exp\n"));
  BOOST_TEST(outcome.err == "");
  const Outcome json = run_nabla({"diff", before, after, "--json"});
  BOOST_TEST(json.status == 1);
  BOOST_TEST(contains(json.out, "\"schema\": \"nabla.comparison/1\""));
}

BOOST_AUTO_TEST_CASE(tolerances_make_close_numbers_the_same) {
  const TestFolder folder;
  const std::string before = graph_of(folder, "a+b", "1");
  const std::string after = graph_of(folder, "a+b", "1.0000000000000002");
  BOOST_TEST(run_nabla({"diff", before, after}).status == 1);
  BOOST_TEST(run_nabla({"diff", before, after, "--ulps", "1"}).status == 0);
  BOOST_TEST(run_nabla({"diff", before, after, "--rel", "1e-15"}).status == 0);
  BOOST_TEST(run_nabla({"diff", before, after, "--rel", "1e-17"}).status == 1);
}

BOOST_AUTO_TEST_CASE(the_picture_shows_both) {
  const TestFolder folder;
  const std::string before = graph_of(folder, "tanh(sin(a)*b)", "1");
  const std::string after = graph_of(folder, "tanh(exp(a)*b)", "1");
  for (const std::string theme : {"light", "dark", "print"}) {
    const std::string picture = (folder.path() / "diff.svg").string();
    const Outcome outcome = run_nabla({"diff", before, after, "-o", picture, "--theme", theme});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(contains(outcome.out, picture));
    const std::string text = read_text(picture);
    BOOST_TEST(nabla::test::xml_defect(text) == "");
    for (const std::string part :
         {">+ ", ">\xE2\x88\x92 ", ">~ ", "+ added", "\xE2\x88\x92 removed"})
      BOOST_TEST(contains(text, part), part);
  }
}

BOOST_AUTO_TEST_CASE(pictures_of_a_comparison_say_of_what) {
  const TestFolder folder;
  const std::string before = graph_of(folder, "tanh(a*b)", "1");
  const std::string after = graph_of(folder, "tanh(exp(a*b))", "1");
  const std::string picture = (folder.path() / "diff.SVG").string();
  const Outcome outcome = run_nabla({"diff", before, after, "-o", picture});
  BOOST_TEST(outcome.status == 1);
  const std::string text = read_text(picture);
  const auto name = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  BOOST_TEST(contains(text, name(before) + " \xE2\x86\x92 " + name(after)));
  BOOST_TEST(contains(text, "1 added, 0 removed"));
}

BOOST_AUTO_TEST_CASE(a_constant_that_changed_is_shown) {
  const TestFolder folder;
  const std::string picture = (folder.path() / "d.svg").string();
  const auto picture_of = [&](const std::string& after) {
    // Nothing but the constant is another: all else is 0, and so are its derivatives.
    run_nabla(
        {"diff", graph_of(folder, "0*a^2 + b", "0"), graph_of(folder, after, "0"), "-o", picture});
    return read_text(picture);
  };
  BOOST_TEST(contains(picture_of("0*a^3 + b"), ">~ 3<"));
  BOOST_TEST(!contains(picture_of("0*a^2 + b"), ">~ 2<"));
}

BOOST_AUTO_TEST_CASE(bad_input_gives_status_2) {
  const TestFolder folder;
  const std::string graph = graph_of(folder, "a*b", "1");
  const std::string other = (folder.path() / "other.json").string();
  std::ofstream(other) << "{}";
  BOOST_TEST(run_nabla({"diff", graph, (folder.path() / "none.json").string()}).status == 2);
  const Outcome outcome = run_nabla({"diff", graph, other});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(contains(outcome.err, "other.json"));
  BOOST_TEST(run_nabla({"diff", graph}).status == 2);
  BOOST_TEST(run_nabla({"diff", graph, graph, "--rel", "-1"}).status == 2);
  BOOST_TEST(run_nabla({"diff", graph, graph, "-o", "x.gif"}).status == 2);
  // A graph alone does not say what changed.
  const Outcome data = run_nabla({"diff", graph, graph, "-o", "x.json"});
  BOOST_TEST(data.status == 2);
  BOOST_TEST(contains(data.err, "need a file name that ends in .svg .png .pdf .dot .html"));
}

BOOST_AUTO_TEST_CASE(plot_reads_a_pipe_and_draws_for_dark_pages) {
  const TestFolder folder;
  const std::string run = (folder.path() / "run.ngraph.jsonl").string();
  const std::string picture = (folder.path() / "p.svg").string(), pipe = picture + ".pipe";
  {
    nabla::viz::Recorder recorder(run, {.every = 1});
    const nabla::Tape tape;
    const nabla::Value x = nabla::variable(2.0, "x");
    for (int step = 0; step < 3; ++step) recorder.frame(step, x * x);
  }
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << std::ifstream(run).rdbuf(); });
  const Outcome outcome = run_nabla({"plot", pipe, "-o", picture, "--theme", "dark"});
  writer.join();
  BOOST_TEST(outcome.status == 0, outcome.err);
  const std::string dark = read_text(picture);
  BOOST_TEST(!contains(dark, "prefers-color-scheme"));
  BOOST_TEST(contains(dark, "#16181c"));
  BOOST_TEST(run_nabla({"plot", run, "-o", picture}).status == 0);
  BOOST_TEST(contains(read_text(picture), "prefers-color-scheme"));
  BOOST_TEST(run_nabla({"plot", run, "-o", picture, "--theme", "print"}).status == 2);
}

BOOST_AUTO_TEST_CASE(plot_refuses_what_is_no_recording_and_no_svg) {
  const TestFolder folder;
  const std::string graph = graph_of(folder, "a*b", "1");
  const std::string picture = (folder.path() / "p.svg").string();
  const Outcome outcome = run_nabla({"plot", graph, "-o", picture});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(contains(outcome.err, "line 1"));
  BOOST_TEST(folder.count() == 1U);
  const Outcome suffix = run_nabla({"plot", graph, "-o", "p.png"});
  BOOST_TEST(suffix.status == 2);
  BOOST_TEST(contains(suffix.err, "need a file name that ends in .svg"));
}

BOOST_AUTO_TEST_SUITE_END()
#endif
