// SPDX-License-Identifier: MIT
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <nabla/engine/error.hpp>
#include <nabla/viz/dot.hpp>
#include <nabla/viz/json.hpp>
#include <nabla/viz/save.hpp>
#include <nabla/viz/svg.hpp>

#include "support/xml.hpp"
#include "viz/graphs.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nabla::viz::test {

using nabla::test::xml_defect;

namespace {

namespace fs = std::filesystem;

// An empty folder that disappears with the test.
struct Folder {
  Folder() {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() {
    fs::permissions(path, fs::perms::owner_all);
    fs::remove_all(path);
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
  fs::path path = "viz_save";
};

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A program in place of `dot` that does what `script` says.
std::string fake_dot(const Folder& folder, const std::string& script) {
  const fs::path path = folder.path / "fake_dot";
  write(path, "#!/bin/sh\n" + script + "\n");
  fs::permissions(path, fs::perms::owner_all);
  return fs::absolute(path).string();
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const IoError& error) {
    return error.what();
  }
  return "no IoError";
}

// What `action` gives while this process can write so many bytes to a file, as on a full disk.
std::string with_small_files(rlim_t bytes, const std::function<std::string()>& action) {
  const rlimit small{bytes, RLIM_INFINITY};
  rlimit former{};
  getrlimit(RLIMIT_FSIZE, &former);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  std::string result = action();
  setrlimit(RLIMIT_FSIZE, &former);
  std::signal(SIGXFSZ, handler);
  return result;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double seconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Size {
  std::uint32_t width = 0, height = 0;
};

Size png_size(const std::string& png) {
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = (value << 8) | static_cast<unsigned char>(png.at(at + i));
    }
    return value;
  };
  return {word(16), word(20)};  // the header chunk is always the first
}

}  // namespace

BOOST_AUTO_TEST_SUITE(save_file)

BOOST_AUTO_TEST_CASE(the_suffix_says_the_format) {
  const Folder folder;
  const Graph graph = neuron();
  for (const char* name :
       {"g.dot", "g.svg", "g.png", "g.pdf", "g.html", "g.json", "g.txt", "G2.SVG"}) {
    save(graph, folder.path / name);
  }
  BOOST_TEST(contents(folder.path / "g.dot").starts_with("digraph"));
  BOOST_TEST(contents(folder.path / "g.png").starts_with("\x89PNG"));
  BOOST_TEST(contents(folder.path / "g.pdf").starts_with("%PDF"));
  BOOST_TEST(has(contents(folder.path / "g.txt"), "dL/do += "));
  BOOST_TEST((from_json(contents(folder.path / "g.json")) == graph));
  BOOST_TEST(xml_defect(contents(folder.path / "g.svg")) == "");
  BOOST_TEST(xml_defect(contents(folder.path / "G2.SVG")) == "");
  BOOST_TEST(folder.files() == 8u);
}

BOOST_AUTO_TEST_CASE(an_unknown_suffix_names_the_known_ones) {
  const Folder folder;
  for (const char* name : {"g", "g.bmp", "g.svg.gz", ".svg"}) {
    BOOST_CHECK_EXCEPTION(save(neuron(), folder.path / name), FormatError, [](const Error& error) {
      return has(error.what(), ".dot .svg .png .pdf .html .json .txt");
    });
  }
  BOOST_TEST(folder.files() == 0u);
}

BOOST_AUTO_TEST_CASE(pictures_of_the_same_graph_are_the_same_bytes) {
  const Folder folder;
  save(network({3, 4, 1}), folder.path / "a.svg");
  save(network({3, 4, 1}), folder.path / "b.svg");
  BOOST_TEST((contents(folder.path / "a.svg") == contents(folder.path / "b.svg")));
}

BOOST_AUTO_TEST_CASE(a_png_stays_within_its_pixels) {
  const Folder folder;
  save(network({12, 3, 2}), folder.path / "g.png", {.max_pixels = 1e6});
  save(chain(300), folder.path / "chain.png", {.max_pixels = 1e6});
  for (const char* name : {"g.png", "chain.png"}) {
    const Size size = png_size(contents(folder.path / name));
    const double pixels = static_cast<double>(size.width) * size.height;
    BOOST_TEST(pixels <= 1e6);
    BOOST_TEST(pixels > 0.5e6);  // and uses them
  }
}

BOOST_AUTO_TEST_CASE(our_own_layout_is_a_png_and_a_pdf_too) {
  const Folder folder;
  save(neuron(), folder.path / "g.png", {.engine = Engine::layered});
  save(neuron(), folder.path / "g.pdf", {.engine = Engine::layered});
  save(neuron(), folder.path / "again.pdf", {.engine = Engine::layered});
  const std::string svg = to_svg(neuron());
  const double width = std::stod(svg.substr(svg.find(" width=\"") + 8));  // in points
  const Size size = png_size(contents(folder.path / "g.png"));
  BOOST_TEST(std::abs(size.width - width * 96 / 72) <= 1.0);
  BOOST_TEST(contents(folder.path / "g.pdf").starts_with("%PDF"));
  BOOST_TEST((contents(folder.path / "g.pdf") == contents(folder.path / "again.pdf")));
  const Graph long_loop = recurrence(65);
  for (const char* name : {"loop.png", "loop.pdf"}) {
    const Remarks remarks = save(long_loop, folder.path / name, {.timeout_seconds = 60.0});
    BOOST_TEST(remarks.empty(), (remarks.empty() ? "" : remarks[0]));  // all of it is shown
  }
}

BOOST_AUTO_TEST_CASE(a_drawing_keeps_the_deadline_and_shows_less_if_it_has_to) {
  const Folder folder;
  // Takes long over what is large.
  write(folder.path / "rsvg-convert",
        "#!/bin/sh\ncd " + fs::absolute(folder.path).string() +
            "\ncat > input\n[ $(wc -c < input) -gt 150000 ] && sleep 60\n"
            "PATH=/usr/bin:/bin exec rsvg-convert \"$@\" < input\n");
  fs::permissions(folder.path / "rsvg-convert", fs::perms::owner_all);
  const std::string slow = fake_dot(folder, "sleep 60"), path = std::getenv("PATH");
  setenv("PATH", (fs::absolute(folder.path).string() + ":" + path).c_str(), 1);
  const Graph graph = network({4, 16, 16, 1});
  SaveOptions options{.dot_program = slow, .timeout_seconds = 3.0};
  options.picture.view.max_nodes = 0;
  options.picture.view.max_cost = 1'000'000;
  for (const char* name : {"g.png", "g.pdf"}) {
    Remarks remarks;
    const double took = seconds([&] { remarks = save(graph, folder.path / name, options); });
    BOOST_TEST(took < 4.5);
    BOOST_TEST_REQUIRE(remarks.size() == 2u);
    BOOST_TEST(has(remarks[0], fmt::format("of {} nodes", graph.nodes.size())), remarks[0]);
    BOOST_TEST(has(remarks[1], "\"rsvg-convert\" took longer than "), remarks[1]);
    BOOST_TEST(has(remarks[1], "so less is drawn"), remarks[1]);
    // What is small is all there, although dot has had its share.
    const Remarks small = save(neuron(), folder.path / name, options);
    BOOST_TEST_REQUIRE(small.size() == 1u);
    BOOST_TEST(has(small[0], "took longer than 1.5 s and was stopped, so nabla laid"), small[0]);
  }
  setenv("PATH", path.c_str(), 1);
  BOOST_TEST(png_size(contents(folder.path / "g.png")).width > 100u);
  BOOST_TEST(contents(folder.path / "g.pdf").starts_with("%PDF"));
}

BOOST_AUTO_TEST_CASE(without_a_program_that_draws_it_less_is_shown) {
  const Folder folder;
  const std::string dot = fake_dot(folder, "PATH=/usr/bin:/bin exec dot \"$@\"");
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder.path.c_str(), 1);
  const Remarks remarks = save(recurrence(65), folder.path / "loop.png", {.dot_program = dot});
  const std::string error =
      error_of([&] { save(neuron(), folder.path / "g.png", {.engine = Engine::layered}); });
  setenv("PATH", path.c_str(), 1);
  BOOST_REQUIRE(remarks.size() == 2u);
  BOOST_TEST(has(remarks[0], "showing "), remarks[0]);
  BOOST_TEST(has(remarks[1], "\"rsvg-convert\" was not found"), remarks[1]);
  BOOST_TEST(has(remarks[1], "install librsvg2-bin"), remarks[1]);
  BOOST_TEST(has(error, "\"rsvg-convert\" was not found; install librsvg2-bin"), error);
  BOOST_TEST(contents(folder.path / "loop.png").starts_with("\x89PNG"));
}

BOOST_AUTO_TEST_CASE(a_missing_program_is_named_with_what_to_do) {
  const Folder folder;
  const std::string text = error_of([&] {
    save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = "no_such_dot"});
  });
  BOOST_TEST(has(text, "\"no_such_dot\" was not found; install graphviz"));
  BOOST_TEST(folder.files() == 0u);
}

BOOST_AUTO_TEST_CASE(dot_and_json_need_no_program) {
  const Folder folder;
  save(neuron(), folder.path / "g.dot", {.engine = Engine::dot, .dot_program = "no_such_dot"});
  save(neuron(), folder.path / "g.json", {.engine = Engine::dot, .dot_program = "no_such_dot"});
  BOOST_TEST(folder.files() == 2u);
}

BOOST_AUTO_TEST_CASE(a_slow_program_is_stopped_at_the_deadline) {
  const Folder folder;
  // It ignores the polite signal and has a child of its own.
  const std::string slow = fake_dot(folder, "trap '' TERM\nsleep 60 & echo part; sleep 60");
  std::string text;
  const double took = seconds([&] {
    text = error_of([&] {
      save(neuron(), folder.path / "g.svg",
           {.engine = Engine::dot, .dot_program = slow, .timeout_seconds = 0.3});
    });
  });
  BOOST_TEST(has(text, "took longer than 0.3 s"));
  BOOST_TEST(has(text, "save as .dot"));
  BOOST_TEST(took < 2.0);
  BOOST_TEST(folder.files() == 1u);  // only the program
}

BOOST_AUTO_TEST_CASE(a_program_that_never_reads_does_no_harm) {
  const Folder folder;
  const std::string deaf = fake_dot(folder, "exec 0<&-\necho '<svg></svg>'");
  save(network({4, 16, 16, 1}), folder.path / "g.svg",
       {.picture = {.view = {.max_nodes = 0, .max_cost = 0}},
        .engine = Engine::dot,
        .dot_program = deaf});
  BOOST_TEST(contents(folder.path / "g.svg") == "<svg></svg>\n");
}

BOOST_AUTO_TEST_CASE(an_svg_needs_no_program) {
  const Folder folder;
  const fs::path path = folder.path / "g.svg";
  const auto is_ours = [&] {
    const std::string svg = contents(path);
    return xml_defect(svg).empty() && svg == to_svg(neuron());
  };
  for (const std::string& script :
       {std::string("exit 3"), std::string("kill -SEGV $$"), std::string("echo all is well"),
        std::string("echo '<svg>'; sleep 60")}) {
    const std::string broken = fake_dot(folder, script);
    const double took =
        seconds([&] { save(neuron(), path, {.dot_program = broken, .timeout_seconds = 0.3}); });
    BOOST_TEST(is_ours(), script);
    BOOST_TEST(took < 2.0);
  }
  save(neuron(), path, {.dot_program = "no_such_dot"});
  BOOST_TEST(is_ours());
  save(neuron(), path, {.engine = Engine::layered});
  BOOST_TEST(is_ours());
}

BOOST_AUTO_TEST_CASE(what_graphviz_takes_long_over_is_not_given_to_it) {
  const Folder folder;
  const std::string marker = fake_dot(folder, "echo '<svg></svg>'");
  SaveOptions options{.dot_program = marker};
  options.picture.view.max_nodes = 0;
  save(network({4, 4, 1}), folder.path / "g.svg", options);
  BOOST_TEST(contents(folder.path / "g.svg") == "<svg></svg>\n");
  save(network({16, 32, 32, 1}), folder.path / "g.svg", options);
  BOOST_TEST(contents(folder.path / "g.svg").size() > 100'000u);
}

BOOST_AUTO_TEST_CASE(a_long_loop_is_laid_out_here_at_once) {
  const Folder folder;
  const std::string marker = fake_dot(folder, "echo '<svg></svg>'");
  const Graph graph = recurrence(40);
  for (const std::size_t max_cost : {std::size_t{0}, kUsualCost}) {
    SaveOptions options{.dot_program = marker};
    options.picture.view.max_nodes = 0;
    options.picture.view.max_cost = max_cost;
    BOOST_TEST(save(graph, folder.path / "g.svg", options).empty());
    BOOST_TEST((contents(folder.path / "g.svg") == to_svg(graph, options.picture)));
  }
}

BOOST_AUTO_TEST_CASE(graphviz_lays_a_long_loop_out_before_its_deadline) {
  const Folder folder;
  for (const std::size_t steps : {43, 65}) {
    SaveOptions options{.engine = Engine::dot};  // else 43 steps take it more than ten seconds
    options.picture.view.max_nodes = 0;
    options.picture.view.max_cost = 0;
    BOOST_TEST(save(recurrence(steps), folder.path / "g.svg", options).empty());
    BOOST_TEST(xml_defect(contents(folder.path / "g.svg")) == "");
  }
}

BOOST_AUTO_TEST_CASE(lines_to_gradients_are_laid_out_here) {
  const Folder folder;
  const std::string marker = fake_dot(folder, "echo '<svg></svg>'");
  BOOST_TEST(save(double_backward(), folder.path / "g.svg", {.dot_program = marker}).empty());
  BOOST_TEST((contents(folder.path / "g.svg") == to_svg(double_backward())));
  save(double_backward(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = marker});
  BOOST_TEST(contents(folder.path / "g.svg") == "<svg></svg>\n");
}

BOOST_AUTO_TEST_CASE(why_graphviz_did_not_lay_a_picture_out_is_told) {
  const Folder folder;
  const auto remarks = [&](const std::string& program, double seconds = 0.3) {
    return save(neuron(), folder.path / "g.svg",
                {.dot_program = program, .timeout_seconds = seconds});
  };
  BOOST_TEST(remarks("", 100.0).empty());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"no_such_dot", "the program \"no_such_dot\" was not found, so nabla laid the picture out"},
      {fake_dot(folder, "sleep 60"), "took longer than 0.27 s and was stopped, so nabla laid"}};
  for (const auto& [program, text] : cases) {
    const Remarks told = remarks(program);
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST(has(told[0], text), told[0]);
  }
  for (const auto& [script, text] :
       {std::pair{"exit 3", "failed with exit code 3"}, std::pair{"exit 0", "wrote no picture"}}) {
    const Remarks told = remarks(fake_dot(folder, script));
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST(has(told[0], text), told[0]);
  }
}

BOOST_AUTO_TEST_CASE(how_much_a_picture_leaves_out_is_told) {
  const Folder folder;
  const Graph graph = network({4, 16, 16, 1});
  for (const char* name : {"g.svg", "g.dot", "g.pdf"}) {
    const Remarks told = save(graph, folder.path / name);
    BOOST_TEST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].starts_with("showing "));
    BOOST_TEST(told[0].ends_with(fmt::format(" of {} nodes", graph.nodes.size())));
  }
  for (const char* name : {"g.json", "g.txt", "g.html"})
    BOOST_TEST(save(graph, folder.path / name).empty());
}

BOOST_AUTO_TEST_CASE(options_that_a_file_cannot_have_are_refused) {
  const Folder folder;
  const auto refused = [&](const char* name, const SaveOptions& options, const std::string& text) {
    BOOST_CHECK_EXCEPTION(save(neuron(), folder.path / name, options), DomainError,
                          [&](const Error& error) { return has(error.what(), "[save] " + text); });
  };
  for (const char* name : {"g.json", "g.txt"})
    refused(name, {.picture = {.values = false}}, "values: got false for a");
  for (const char* name : {"g.png", "g.pdf"})
    refused(name, {.picture = {.theme = Theme::automatic}}, "theme: got automatic for a");
  for (const double seconds : {0.0, -1.0, std::nan(""), HUGE_VAL})
    refused("g.svg", {.timeout_seconds = seconds}, "timeout: got ");
  for (const double pixels : {-1.0, std::nan(""), HUGE_VAL})
    refused("g.png", {.max_pixels = pixels}, "max_pixels: got ");
  for (const double size : {-1.0, std::nan(""), HUGE_VAL}) {
    for (double PictureOptions::*option :
         {&PictureOptions::max_width_inches, &PictureOptions::max_height_inches,
          &PictureOptions::dots_per_inch}) {
      PictureOptions options;
      options.*option = size;
      BOOST_CHECK_THROW(static_cast<void>(to_dot(neuron(), options)), DomainError);
    }
  }
  BOOST_TEST(folder.files() == 0u);
}

BOOST_AUTO_TEST_CASE(a_failing_program_leaves_the_old_file_and_its_reason) {
  const Folder folder;
  write(folder.path / "g.svg", "old");
  const std::string bad = fake_dot(folder, "echo half a picture\necho out of ink >&2\nexit 3");
  const std::string text = error_of(
      [&] { save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = bad}); });
  BOOST_TEST(has(text, "exit code 3"));
  BOOST_TEST(has(text, "out of ink"));
  BOOST_TEST(contents(folder.path / "g.svg") == "old");
  BOOST_TEST(folder.files() == 2u);
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_without_a_word_is_an_error_that_says_so) {
  const Folder folder;
  const std::string mute = fake_dot(folder, "exit 3");
  const std::string text = error_of(
      [&] { save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = mute}); });
  BOOST_TEST(has(text, "failed with exit code 3: it printed nothing"), text);
}

BOOST_AUTO_TEST_CASE(a_crashing_program_is_an_error_that_names_the_signal) {
  const Folder folder;
  const std::string bad = fake_dot(folder, "kill -SEGV $$");
  const std::string text = error_of(
      [&] { save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = bad}); });
  BOOST_TEST(has(text, "signal 11"));
}

BOOST_AUTO_TEST_CASE(a_program_that_writes_nothing_is_an_error) {
  const Folder folder;
  const std::string empty = fake_dot(folder, "exit 0");
  const std::string text = error_of([&] {
    save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = empty});
  });
  BOOST_TEST(has(text, "wrote no picture: it printed nothing"));
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_picture_is_not_believed) {
  const Folder folder;
  const std::string garbage = fake_dot(folder, "echo all is well");
  for (const char* name : {"g.svg", "g.png", "g.pdf"}) {
    write(folder.path / name, "old");
    const std::string text = error_of([&] {
      save(neuron(), folder.path / name, {.engine = Engine::dot, .dot_program = garbage});
    });
    BOOST_TEST(has(text, "wrote no picture: got 12 bytes that begin \"all is well"), text);
    BOOST_TEST(contents(folder.path / name) == "old");
  }
  const std::string half = fake_dot(folder, "echo '<svg><g>'");
  BOOST_TEST(has(error_of([&] {
                   save(neuron(), folder.path / "g.svg",
                        {.engine = Engine::dot, .dot_program = half});
                 }),
                 "need a whole .svg file; is it the dot of Graphviz?"));
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_while_drawing_is_told_as_such) {
  const Folder folder;
  const std::string words = "head -c 65536 /dev/zero\necho gvwrite_no_z problem 37 >&2\nexit ";
  for (const char* status : {"0", "1"}) {
    const std::string full = fake_dot(folder, words + status);
    const std::string text = with_small_files(65536, [&] {
      return error_of([&] {
        save(neuron(), folder.path / "g.png",
             {.engine = Engine::dot, .dot_program = full, .max_pixels = 0});
      });
    });
    BOOST_TEST(has(text, "[save] cannot write"), text);
    BOOST_TEST(!has(text, "problem 37"), text);
  }
}

BOOST_AUTO_TEST_CASE(endless_complaints_do_not_fill_memory_or_block) {
  const Folder folder;
  const std::string loud = fake_dot(folder, "yes complaint | head -c 3000000 >&2\nexit 1");
  const std::string text = error_of(
      [&] { save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = loud}); });
  BOOST_TEST(has(text, "complaint"));
  BOOST_TEST(text.size() < 1000u);
}

BOOST_AUTO_TEST_CASE(the_program_inherits_no_files_and_no_secrets) {
  const Folder folder;
  const int open_file = open("/dev/null", O_RDONLY);  // without close-on-exec
  setenv("NABLA_TEST_SECRET", "secret", 1);
  const std::string curious =
      fake_dot(folder, "echo '<svg>'\nls -l /proc/$$/fd | grep -c null\nenv\necho '</svg>'");
  save(neuron(), folder.path / "g.svg", {.engine = Engine::dot, .dot_program = curious});
  close(open_file);
  const std::string seen = contents(folder.path / "g.svg");
  BOOST_TEST(seen.starts_with("<svg>\n0\n"));
  BOOST_TEST(!has(seen, "secret"));
  BOOST_TEST(has(seen, "PATH="));
}

BOOST_AUTO_TEST_CASE(a_caller_that_ignores_its_children_still_gets_pictures) {
  const Folder folder;
  const auto former = std::signal(SIGCHLD, SIG_IGN);
  save(neuron(), folder.path / "g.svg");
  std::signal(SIGCHLD, former);
  BOOST_TEST(has(contents(folder.path / "g.svg"), "</svg>"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_does_not_exist_is_an_error_with_the_reason) {
  const std::string text = error_of([] { save(neuron(), "no/such/folder/g.json"); });
  BOOST_TEST(has(text, "cannot write no/such/folder/g.json: No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_may_not_be_written_is_an_error) {
  const Folder folder;
  fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
  if (access(folder.path.c_str(), W_OK) == 0) {  // root may write anywhere
    BOOST_TEST(has(error_of([] { save(neuron(), "/proc/g.json"); }), "cannot write /proc/g.json"));
    return;
  }
  BOOST_TEST(has(error_of([&] { save(neuron(), folder.path / "g.json"); }), "Permission denied"));
}

BOOST_AUTO_TEST_CASE(a_folder_in_place_of_the_file_is_an_error) {
  const Folder folder;
  fs::create_directory(folder.path / "g.json");
  BOOST_TEST(has(error_of([&] { save(neuron(), folder.path / "g.json"); }), "it is a folder"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file) {
  if (!fs::exists("/dev/full")) return;
  const Folder folder;
  write(folder.path / "g.json", "old");
  const std::string text = with_small_files(
      100, [&] { return error_of([&] { save(neuron(), folder.path / "g.json"); }); });
  BOOST_TEST(has(text, "cannot write"));
  BOOST_TEST(contents(folder.path / "g.json") == "old");
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(several_threads_draw_at_once) {
  const Folder folder;
  const std::string expected = [&] {
    save(neuron(), folder.path / "expected.svg");
    return contents(folder.path / "expected.svg");
  }();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int run = 0; run < 3; ++run) save(neuron(), folder.path / (std::to_string(i) + ".svg"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 4; ++i) {
    BOOST_TEST((contents(folder.path / (std::to_string(i) + ".svg")) == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_large_graph_is_drawn_within_the_deadline) {
  const Folder folder;
  const Graph graph = network({64, 64, 64, 10});
  BOOST_TEST(graph.nodes.size() > 20000u);
  const double took = seconds([&] { save(graph, folder.path / "g.svg"); });
  BOOST_TEST(took < 10.0);
  BOOST_TEST(has(contents(folder.path / "g.svg"), "neuron \xC3\x97 64"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace nabla::viz::test
