// SPDX-License-Identifier: MIT
// nabla grad, explain and graph, run as a user runs them.
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "folder.hpp"
#include "program.hpp"

namespace {

const std::vector<std::string> kInputs{"tanh(a*b)+c^2", "a=1", "b=2", "c=3"};

std::vector<std::string> with(const std::vector<std::string>& front,
                              const std::vector<std::string>& back) {
  std::vector<std::string> all = front;
  all.insert(all.end(), back.begin(), back.end());
  return all;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Bad input: status 2, nothing on standard output, one line (and an excerpt) on standard error.
void check_refused(const std::vector<std::string>& arguments, const std::string& line) {
  const Outcome outcome = run_nabla(arguments);
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err.substr(0, outcome.err.find('\n')) == "nabla: " + line);
}

#ifdef NABLA_HAS_VIZ

// Looks again until it is so, for ten seconds at most.
bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// A process that has ended may wait as a zombie for somebody to ask for its status.
bool is_running(int process) {
  const std::string status = read_text("/proc/" + std::to_string(process) + "/stat");
  const std::size_t name_end = status.rfind(')');
  return name_end != std::string::npos && status.substr(name_end, 4) != ") Z ";
}

// While it lives, programs are looked for in `folder` first.
class ProgramsFirstFrom {
 public:
  explicit ProgramsFirstFrom(const std::filesystem::path& folder) : former_(::getenv("PATH")) {
    ::setenv("PATH", (folder.string() + ":" + former_).c_str(), 1);
  }
  ~ProgramsFirstFrom() { ::setenv("PATH", former_.c_str(), 1); }
  ProgramsFirstFrom(const ProgramsFirstFrom&) = delete;
  ProgramsFirstFrom& operator=(const ProgramsFirstFrom&) = delete;

 private:
  std::string former_;
};

#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(formula_commands)

BOOST_AUTO_TEST_CASE(grad_prints_the_value_and_each_derivative) {
  // tanh 2 = 0.9640275800758169; its slope is 1 - tanh^2 2 = 0.0706508248531645.
  const Outcome outcome = run_nabla(with({"grad"}, kInputs));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out ==
             "tanh(a*b)+c^2 = 9.96402758\n"
             "  d/da   0.1413016497\n"
             "  d/db   0.07065082485\n"
             "  d/dc   6\n");
}

BOOST_AUTO_TEST_CASE(grad_of_order_two_prints_the_hessian) {
  const Outcome outcome = run_nabla({"grad", "x^3*y", "x=2", "y=-1", "--order", "2"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out ==
             "x^3*y = -8\n"
             "  d/dx  -12\n"
             "  d/dy   8\n"
             "\n"
             "second derivatives\n"
             "         d/dx   d/dy\n"
             "  d/dx  -12     12\n"
             "  d/dy   12     0\n");
}

BOOST_AUTO_TEST_CASE(grad_of_order_two_works_where_a_derivative_is_constant_or_nothing_depends) {
  BOOST_TEST(run_nabla({"grad", "3*x", "x=2", "--order", "2"}).status == 0);
  BOOST_TEST(run_nabla({"grad", "1+2", "--order", "2"}).out == "1+2 = 3\n");
  BOOST_TEST(contains(run_nabla({"grad", "2", "x=1", "--order", "2"}).out, "d/dx   0"));
}

BOOST_AUTO_TEST_CASE(grad_writes_json_with_all_digits_and_no_bare_nan) {
  const Outcome outcome = run_nabla({"grad", "--json", "x/3", "x=1"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out ==
             "{\n  \"schema\": \"nabla.grad/1\",\n  \"expression\": \"x/3\",\n"
             "  \"value\": 0.3333333333333333,\n  \"inputs\": {\n    \"x\": 1.0\n  },\n"
             "  \"gradient\": {\n    \"x\": 0.3333333333333333\n  }\n}\n");
  BOOST_TEST(contains(run_nabla({"grad", "--json", "log(x)", "x=-1"}).out, "\"value\": \"nan\""));
}

BOOST_AUTO_TEST_CASE(a_formula_may_begin_with_a_minus_sign) {
  BOOST_TEST(contains(run_nabla({"grad", "-x^2", "x=3"}).out, "= -9\n  d/dx  -6"));
}

BOOST_AUTO_TEST_CASE(an_input_may_be_a_constant_formula) {
  BOOST_TEST(contains(run_nabla({"grad", "sin(x)", "x=pi/2"}).out, "= 1\n"));
  BOOST_TEST(contains(run_nabla({"grad", "x", "x=-inf"}).out, "= -inf\n"));
}

BOOST_AUTO_TEST_CASE(an_input_that_does_not_occur_is_remarked) {
  const Outcome outcome = run_nabla({"grad", "a*2", "a=1", "b=2"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "nabla: note: b does not occur in the formula\n");
  BOOST_TEST(contains(outcome.out, "d/db   0"));
}

BOOST_AUTO_TEST_CASE(an_op_outside_its_domain_is_remarked) {
  const std::string log_note =
      "nabla: note: log(-1) is nan: the domain of log is x > 0; -inf at 0, NaN below\n";
  for (const char* command : {"grad", "explain"}) {
    const Outcome outcome = run_nabla({command, "log(a)", "a=-1"});
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == log_note);
    BOOST_TEST(!contains(outcome.out, "-nan"));
  }
  const auto note = [](const char* formula) { return run_nabla({"grad", formula, "a=0"}).err; };
  BOOST_TEST(note("sqrt(a-4)") ==
             "nabla: note: sqrt(-4) is nan: the domain of sqrt is x >= 0; NaN below\n");
  BOOST_TEST(note("2/a") == "nabla: note: div(2, 0) is inf: the domain of div is b != 0\n");
  BOOST_TEST(note("log(a)+reciprocal(a)") ==
             "nabla: note: log(0) is -inf: the domain of log is x > 0; -inf at 0, NaN below\n"
             "nabla: note: reciprocal(0) is inf: the domain of reciprocal is x != 0\n");
  BOOST_TEST(contains(note("a^-1"), "pow(0, -1) is inf: the domain of pow is a > 0, or a = 0 and"));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_only_too_large_is_not_outside_a_domain) {
  for (const char* formula : {"a^400", "a*1e300/1e-300", "exp(a*100)", "reciprocal(a*1e-320)"}) {
    const Outcome outcome = run_nabla({"grad", formula, "a=10"});
    BOOST_TEST(outcome.err == "", formula);
    BOOST_TEST(contains(outcome.out, "= inf"), outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(bad_formulas_and_inputs_are_refused_in_one_line) {
  check_refused({"grad", "tahn(a)", "a=1"},
                "unknown function 'tahn'; did you mean 'tanh'? (column 1)");
  check_refused({"grad", "a*b", "a=1"}, "unknown name 'b'; give its value: b=NUMBER (column 3)");
  check_refused({"grad", "a", "a=x"},
                "the value of a: unknown name 'x'; give its value: x=NUMBER (column 1)");
  check_refused({"grad", "a", "a=1", "a=2"}, "a has two values");
  check_refused({"grad", "a", "e=1"}, "'e' is a constant, need another name");
  check_refused({"grad", "a", "1a=1"}, "'1a' is no name; need a letter, then letters, digits or _");
  check_refused({"grad", "a", "+", "b"},
                "'+' is not an input; an input is written name=value, and a formula with spaces "
                "needs quotes");
  check_refused({"grad", ""}, "the formula is empty (column 1)");
  check_refused({"check", "--expr", ""}, "the formula is empty (column 1)");
  check_refused({"check", "--expr", "", "a=1"}, "the formula is empty (column 1)");
  check_refused({"graph", "a", "a=1", "--output", ""},
                "--output: the name is empty; nabla graph --help shows the usage");
  check_refused({"explain", "1+2"},
                "the formula depends on no input; there is nothing to differentiate");
}

#ifdef NABLA_HAS_VIZ

BOOST_AUTO_TEST_CASE(explain_shows_both_passes) {
  const Outcome outcome = run_nabla(with({"explain"}, kInputs));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.err == "");
  for (const std::string part : {"tanh", "0.964028", "0.0706508", "0.141302"})
    BOOST_TEST(contains(outcome.out, part), part);
  const Outcome markdown = run_nabla(with({"explain", "--markdown"}, kInputs));
  BOOST_TEST(markdown.status == 0);
  BOOST_TEST(contains(markdown.out, "## "));
  BOOST_TEST(contains(markdown.out, "\n| `t2` | `= tanh(t1)` | `= tanh(2)` | `= 0.964028` |  |\n"),
             markdown.out);
  BOOST_TEST(contains(run_nabla({"explain", "--help"}).out, "Headings and tables"));
  const auto long_story = [](const std::vector<std::string>& options) {
    std::string formula = "x";
    for (int i = 0; i < 600; ++i) formula += "*x";
    return run_nabla(with({"explain", formula, "x=1"}, options)).out;
  };
  BOOST_TEST(contains(long_story({}), "... and 101 more nodes (max_steps 500)"));
  BOOST_TEST(contains(long_story({"--max-steps", "3"}), "... and 598 more nodes (max_steps 3)"));
  BOOST_TEST(!contains(long_story({"--max-steps", "0"}), "..."));
}

BOOST_AUTO_TEST_CASE(explain_tells_of_a_saved_graph_what_it_tells_of_its_formula) {
  const TestFolder folder;
  for (const std::string name : {"g.json", "tanh(a).JSON", "-g.json"}) {
    const std::string file = name[0] == '-' ? name : (folder.path() / name).string();
    const RunOptions inside{.folder = folder.path()};
    BOOST_TEST(run_nabla(with(with({"graph"}, kInputs), {"-o", file}), inside).status == 0);
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{}, std::vector<std::string>{"--markdown"}}) {
      const Outcome told = run_nabla(with({"explain", file}, options), inside);
      BOOST_TEST(told.status == 0, told.err);
      BOOST_TEST(told.err == "");
      BOOST_TEST(told.out == run_nabla(with(with({"explain"}, kInputs), options)).out);
    }
  }
  BOOST_TEST(contains(run_nabla({"explain", "--help"}).out, "FILE.json"));
}

BOOST_AUTO_TEST_CASE(explain_writes_a_file_of_text_or_markdown_as_its_suffix_says) {
  const TestFolder folder;
  for (const std::string name : {"a.txt", "a.md", "A.MD"}) {
    const std::string path = (folder.path() / name).string();
    const Outcome outcome = run_nabla(with(with({"explain"}, kInputs), {"-o", path}));
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(outcome.out == path + "\n");
    std::vector<std::string> options;
    if (name != "a.txt") options = {"--markdown"};
    BOOST_TEST(read_text(path) == run_nabla(with(with({"explain"}, kInputs), options)).out);
  }
  const std::string other = (folder.path() / "a.svg").string();
  BOOST_TEST(run_nabla(with(with({"explain"}, kInputs), {"-o", other})).status == 2);
  const std::string text = (folder.path() / "b.txt").string();
  BOOST_TEST(run_nabla(with(with({"explain"}, kInputs), {"--markdown", "-o", text})).status == 2);
  BOOST_TEST(folder.count() == 3u);
}

BOOST_AUTO_TEST_CASE(explain_says_what_is_wrong_with_a_graph_file) {
  const TestFolder folder;
  const std::string missing = (folder.path() / "none.json").string();
  check_refused({"explain", missing}, missing + ": No such file or directory");
  check_refused({"explain", missing, "a=1"}, "got 'a=1' beside the file " + missing +
                                                 ", need no inputs: a graph has its numbers");
  const std::string bad = (folder.path() / "bad.json").string();
  std::ofstream(bad) << "{}";
  const Outcome outcome = run_nabla({"explain", bad});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(contains(outcome.err, "bad.json: [from_json] not a graph"), outcome.err);
}

BOOST_AUTO_TEST_CASE(graph_writes_dot_to_standard_output) {
  const Outcome outcome = run_nabla(with({"graph"}, kInputs));
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.substr(0, 7) == "digraph");
}

BOOST_AUTO_TEST_CASE(graph_saves_what_the_suffix_says) {
  const TestFolder folder;
  const std::pair<std::string, std::string> files[] = {
      {"a.dot", "digraph"},          {"a.json", "{"},      {"a.svg", "<?xml"},
      {"a.html", "<!DOCTYPE html>"}, {"a.png", "\x89PNG"}, {"a.pdf", "%PDF"}};
  for (const auto& [name, start] : files) {
    const std::string path = (folder.path() / name).string();
    const Outcome outcome = run_nabla(with(with({"graph"}, kInputs), {"-o", path}));
    BOOST_TEST(outcome.status == 0, outcome.err);
    BOOST_TEST(outcome.out == path + "\n");
    BOOST_TEST(read_text(path).substr(0, start.size()) == start);
  }
  BOOST_TEST(folder.count() == std::size(files));
}

BOOST_AUTO_TEST_CASE(the_view_box_of_an_svg_holds_the_whole_drawing) {
  const TestFolder folder;
  const std::string path = (folder.path() / "a.svg").string();
  BOOST_TEST(run_nabla(with(with({"graph"}, kInputs), {"-o", path})).status == 0);
  const std::string svg = read_text(path);
  const auto number_after = [&](const std::string& mark) {
    const std::size_t at = svg.find(mark);
    BOOST_REQUIRE(at != std::string::npos);
    return std::stod(svg.substr(at + mark.size()));
  };
  // The drawing is scaled by what stands in its transformation; the box must be as large. Sizes
  // are written as whole points.
  constexpr double kRounding = 1.0;
  BOOST_TEST(std::abs(number_after("viewBox=\"0.00 0.00 ") - number_after("<svg width=\"")) <=
             kRounding);
  BOOST_TEST(number_after("transform=\"scale(") == 1.0);
}

BOOST_AUTO_TEST_CASE(times_are_measured_where_they_are_asked_for) {
  const TestFolder folder;
  const auto file = [&](const char* name) { return (folder.path() / name).string(); };
  const std::vector<std::string> graph = with({"graph"}, kInputs);
  BOOST_TEST(run_nabla(with(graph, {"--times", "-o", file("t.json")})).status == 0);
  BOOST_TEST(run_nabla(with(graph, {"-o", file("g.json")})).status == 0);
  BOOST_TEST(contains(read_text(file("t.json")), "\"seconds\": "));
  BOOST_TEST(!contains(read_text(file("g.json")), "\"seconds\": "));
  const auto rendered = [&](const char* of) {
    return run_nabla({"render", file(of), "-o", file("t.svg"), "--color", "time"});
  };
  BOOST_TEST(rendered("t.json").status == 0);
  BOOST_TEST(contains(read_text(file("t.svg")), ">time "));
  const Outcome refused = rendered("g.json");
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(contains(refused.err, "g.json has no times; nabla graph --times"), refused.err);
  check_refused(with(graph, {"--times", "-o", file("t.svg")}),
                "--times changes nothing in a .svg file; need a .html or .json file");
  check_refused(with(graph, {"--times"}),
                "--times changes nothing in DOT; need a .html or .json file");
}

BOOST_AUTO_TEST_CASE(finite_differences_stay_with_a_graph) {
  const TestFolder folder;
  const auto file = [&](const char* name) { return (folder.path() / name).string(); };
  const std::vector<std::string> graph{"graph", "abs(a)*b", "a=0", "b=2"};
  BOOST_TEST(run_nabla(with(graph, {"-o", file("g.json")})).status == 0);
  BOOST_TEST(run_nabla(with(graph, {"-o", file("g.html")})).status == 0);
  BOOST_TEST(run_nabla({"render", file("g.json"), "-o", file("again.html")}).status == 0);
  BOOST_TEST(
      contains(read_text(file("g.json")), R"("left": -2, "right": 2, "verdict": "kink acc)"));
  BOOST_TEST(contains(read_text(file("g.html")), "kink accepted"));
  BOOST_TEST(read_text(file("again.html")) == read_text(file("g.html")));
}

BOOST_AUTO_TEST_CASE(graph_leaves_no_file_when_it_fails) {
  const TestFolder folder;
  const auto refused = [&](const std::string& path) {
    const Outcome outcome = run_nabla(with(with({"graph"}, kInputs), {"-o", path}));
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.substr(0, 7) == "nabla: ");
  };
  refused((folder.path() / "a.gif").string());
  refused((folder.path() / "missing" / "a.svg").string());
  refused("/proc/a.svg");
  refused(folder.path().string());
  BOOST_TEST(folder.count() == 0u);
}

BOOST_AUTO_TEST_CASE(the_layout_program_does_not_outlive_a_killed_graph) {
  const TestFolder folder;
  const auto pids = folder.path() / "pids";
  {
    std::ofstream script(folder.path() / "dot");
    script << "#!/bin/sh\necho $PPID $$ > " << pids.string() << ".part\nmv " << pids.string()
           << ".part " << pids.string() << "\nexec sleep 100\n";
  }
  std::filesystem::permissions(folder.path() / "dot", std::filesystem::perms::owner_all);
  const ProgramsFirstFrom path(folder.path());
  int dot = 0;
  std::thread killer([&] {
    if (!comes_true([&] { return std::filesystem::exists(pids); })) return;
    int nabla = 0;
    std::ifstream(pids) >> nabla >> dot;
    ::kill(nabla, SIGKILL);
  });
  const Outcome outcome =
      run_nabla(with(with({"graph"}, kInputs), {"-o", (folder.path() / "a.svg").string()}));
  killer.join();
  BOOST_TEST(outcome.status == 128 + SIGKILL, outcome.err);
  BOOST_REQUIRE(dot > 0);
  const bool gone = comes_true([&] { return !is_running(dot); });
  BOOST_TEST(gone);
  if (!gone) ::kill(dot, SIGKILL);
}

#else

BOOST_AUTO_TEST_CASE(a_build_without_graphviz_says_that_it_cannot_draw) {
  check_refused({"graph", "x^2", "x=1", "-o", "x.svg"},
                "this nabla was built without Graphviz and cannot draw or explain");
}

#endif

BOOST_AUTO_TEST_SUITE_END()
