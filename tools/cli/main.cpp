// SPDX-License-Identifier: MIT
#include "app.hpp"

int main(int argc, char** argv) { return nabla::cli::run_app(argc, argv); }
