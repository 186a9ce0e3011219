// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <zlib.h>

#include <nabla/engine/backward.hpp>
#include <nabla/engine/creation.hpp>
#include <nabla/engine/error.hpp>
#include <nabla/engine/recording.hpp>

#include <stdlib.h>

namespace nabla::test {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "nabla-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TemporaryFolder::path(std::string_view name) const {
  return name.empty() ? folder_ : folder_ + '/' + std::string(name);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view contents) const {
  std::ofstream file(path(name), std::ios::binary);
  file << contents;
  return path(name);
}

std::size_t TemporaryFolder::file_count() const {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

double gradient_error(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, double step) {
  const Tensor at = variable(x);
  const auto [gradient] = grad(f(at), wrt(at));
  const std::vector<double> analytic = gradient.to_vector();
  const std::vector<double> numbers = x.to_vector();
  const NoGrad no_grad;
  double worst = 0.0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto value = [&](double offset) {
      std::vector<double> moved = numbers;
      moved[i] += offset;
      return f(from_span(std::span<const double>(moved), x.shape())).item();
    };
    const double numeric = (value(step) - value(-step)) / (2 * step);
    worst = std::max(worst, std::abs(numeric - analytic[i]));
  }
  return worst;
}

}  // namespace nabla::test
