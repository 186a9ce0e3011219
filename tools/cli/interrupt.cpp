// SPDX-License-Identifier: MIT
#include "interrupt.hpp"

#include <csignal>

namespace nabla::cli {

namespace {

// The only thing a signal handler may touch.
volatile std::sig_atomic_t interrupt_requested = 0;

void request_interrupt(int /*signal*/) { interrupt_requested = 1; }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  // After the first signal the next one has its usual effect; system calls go on.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_requested = 0;
  handle(SIGINT, request_interrupt);
  handle(SIGTERM, request_interrupt);
}

InterruptGuard::~InterruptGuard() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
}

bool InterruptGuard::requested() { return interrupt_requested != 0; }

}  // namespace nabla::cli
