// SPDX-License-Identifier: MIT
// The program as a whole: help, usage errors, and standard streams that do not work.
#include <cstdlib>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "program.hpp"

namespace {

const std::vector<std::string> kCommands{"grad",  "explain", "graph", "ops",
                                         "check", "train",   "demo",  "info"};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string error_line(const std::vector<std::string>& arguments) {
  const Outcome outcome = run_nabla(arguments);
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.out == "");
  return outcome.err;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(the_overview_names_every_command) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, std::vector<std::string>{"--help"}}) {
    const Outcome outcome = run_nabla(arguments);
    BOOST_TEST(outcome.status == 0);
    for (const std::string& command : kCommands)
      BOOST_TEST(contains(outcome.out, "\n  " + command + " "), command);
  }
}

BOOST_AUTO_TEST_CASE(every_command_has_help_with_an_example) {
  for (const std::string& command : kCommands) {
    const Outcome outcome = run_nabla({command, "--help"});
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == "");
    BOOST_TEST(contains(outcome.out, "\nExamples:\n  nabla " + command), command);
    BOOST_TEST(contains(outcome.out, "usage: nabla " + command), command);
  }
}

BOOST_AUTO_TEST_CASE(version_and_info_say_what_this_is) {
  BOOST_TEST(run_nabla({"--version"}).out.substr(0, 6) == "nabla ");
  const Outcome info = run_nabla({"info"});
  BOOST_TEST(info.status == 0);
  BOOST_TEST(contains(info.out, "compiler"));
  BOOST_TEST(contains(info.out, "instructions"));
  BOOST_TEST(contains(info.out, "threads of kernels"));
  BOOST_TEST(contains(info.out, "matrix products"));
  ::setenv("NABLA_ISA", "baseline", 1);
  BOOST_TEST(contains(run_nabla({"info"}).out, "baseline"));
  ::setenv("NABLA_ISA", "sse9", 1);
  ::setenv("NABLA_THREADS", "many", 1);
  const std::string text = run_nabla({"info"}).out;
  BOOST_TEST(contains(text, "NABLA_ISA asks for 'sse9', which is none of baseline, avx2, avx512"));
  BOOST_TEST(contains(text, "NABLA_THREADS asks for 'many', need 1 to 256"));
  ::unsetenv("NABLA_ISA");
  ::unsetenv("NABLA_THREADS");
}

BOOST_AUTO_TEST_CASE(usage_errors_are_one_line_that_helps) {
  BOOST_TEST(error_line({"gard"}) ==
             "nabla: unknown command 'gard'; did you mean 'grad'?; nabla --help lists them\n");
  BOOST_TEST(error_line({"grad"}) ==
             "nabla: EXPR is required; nabla grad --help shows the usage\n");
  BOOST_TEST(error_line({"grad", "x", "--ordr", "2"}) ==
             "nabla: unknown option '--ordr'; did you mean '--order'?; nabla grad --help shows the "
             "usage\n");
  BOOST_TEST(
      error_line({"grad", "x", "--order", "3"}) ==
      "nabla: --order: '3' is no whole number from 1 to 2; nabla grad --help shows the usage\n");
  BOOST_TEST(error_line({"graph", "x", "x=1", "--theme", "drk"}) ==
             "nabla: --theme: 'drk' is none of light, dark, print, auto; did you mean 'dark'?; "
             "nabla graph "
             "--help shows the usage\n");
  BOOST_TEST(error_line({"--frobnicate"}) ==
             "nabla: unknown option '--frobnicate'; nabla --help shows the usage\n");
  BOOST_TEST(error_line({"train", "x", "--lr", "-1"}) ==
             "nabla: --lr: '-1' is no number above 0; nabla train --help shows the usage\n");
  BOOST_TEST(error_line({"check", "--seed", "-1"}).substr(0, 49) ==
             "nabla: --seed: '-1' is no whole number from 0 to ");
  BOOST_TEST(error_line({"ops", "\x1b[2J", "x"}).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
  const Outcome outcome = run_nabla({"ops"}, {.out_file = "/dev/full"});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.err == "nabla: cannot write to standard output: No space left on device\n");
}

BOOST_AUTO_TEST_CASE(a_closed_standard_output_is_an_error) {
  const Outcome outcome = run_nabla({"grad", "x", "x=1"}, {.close_out = true});
  BOOST_TEST(outcome.status == 2);
  BOOST_TEST(outcome.err == "nabla: cannot write to standard output: Bad file descriptor\n");
}

BOOST_AUTO_TEST_SUITE_END()
