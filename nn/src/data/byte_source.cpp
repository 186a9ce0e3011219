// SPDX-License-Identifier: MIT
#include "byte_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <nabla/engine/error.hpp>

#if defined(NABLA_WITH_ZLIB)
#include <zlib.h>
#endif

namespace nabla::data {
namespace {

// Deflate cannot pack better than 258 bytes into 2 bits.
constexpr std::uint64_t kMaxDeflateRatio = 1032;
constexpr std::size_t kChunkBytes = std::size_t{1} << 18;

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path, const char* op) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw IoError(fmt::format("[{}] cannot open {}: no such file", op, path));
  if (!std::filesystem::is_regular_file(status))
    throw IoError(fmt::format("[{}] cannot read {}: got a {}, need a regular file", op, path,
                              std::filesystem::is_directory(status) ? "folder" : "special file"));
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (error || file == nullptr)
    throw IoError(fmt::format("[{}] cannot open {}: {}", op, path, std::strerror(errno)));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  if (std::fread(bytes.data(), 1, bytes.size(), file.get()) != bytes.size())
    throw IoError(fmt::format("[{}] cannot read all of {}", op, path));
  return bytes;
}

#if defined(NABLA_WITH_ZLIB)

struct ByteSource::Inflater {
  explicit Inflater(std::span<const std::byte> packed) : left(packed) {
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();  // 16: gzip framing
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Up to out.size() bytes; `problem` is set if the packed data are damaged or cut short.
  std::size_t read(std::span<std::byte> out) {
    std::size_t done = 0;
    while (done < out.size() && !finished && problem == nullptr) {
      const std::size_t room = std::min(out.size() - done, kChunkBytes);
      const std::size_t given = std::min(left.size(), kChunkBytes);
      // zlib does not write through next_in.
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(left.data()));
      stream.avail_in = static_cast<uInt>(given);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
      stream.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream, Z_NO_FLUSH);
      left = left.subspan(given - stream.avail_in);
      done += room - stream.avail_out;
      if (status == Z_STREAM_END)
        next_member();
      else if (status == Z_BUF_ERROR || (status == Z_OK && left.empty() && stream.avail_out > 0))
        problem = "it is cut short";
      else if (status != Z_OK)
        problem = stream.msg != nullptr ? stream.msg : "it is damaged";
    }
    return done;
  }

  /// A gzip file is one or more members one after another; zeros behind the last are padding.
  void next_member() {
    finished = !is_gzip(left);
    if (!finished) inflateReset(&stream);
    if (std::ranges::all_of(left, [](std::byte byte) { return byte == std::byte{}; })) left = {};
  }

  std::span<const std::byte> left;
  z_stream stream{};
  bool finished = false;
  const char* problem = nullptr;
};

#else

struct ByteSource::Inflater {
  explicit Inflater(std::span<const std::byte>) {}
  std::size_t read(std::span<std::byte>) { return 0; }

  std::span<const std::byte> left;
  const char* problem = nullptr;
};

#endif

ByteSource::ByteSource(const std::string& path, const char* op)
    : path_(path), op_(op), file_(read_file(path, op)) {
  refuse_markup(file_);
  if (!is_gzip(file_)) return;
#if !defined(NABLA_WITH_ZLIB)
  fail("got a gzip file, need it unpacked: nabla was built without zlib; gunzip it");
#endif
  inflater_ = std::make_unique<Inflater>(file_);
}

ByteSource::~ByteSource() = default;

void ByteSource::fail(const std::string& text) const {
  throw FormatError(fmt::format("[{}] {}: {}", op_, path_, text));
}

void ByteSource::refuse_markup(std::span<const std::byte> beginning) const {
  std::string text;
  for (const std::byte byte : beginning.first(std::min<std::size_t>(beginning.size(), 64)))
    text += static_cast<char>(byte);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (!text.starts_with('<')) return;
  text = text.substr(0, text.find_first_of("\r\n"));
  std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  fail(
      fmt::format("got a web page or XML (it begins with \"{}\"), need data; the server sent an "
                  "error page? download it again",
                  text.substr(0, 40)));
}

std::size_t ByteSource::read_some(std::span<std::byte> out) {
  if (inflater_ != nullptr) {
    const std::size_t done = inflater_->read(out);
    if (inflater_->problem != nullptr)
      fail(fmt::format("the gzip data do not unpack: {}; download it again", inflater_->problem));
    return done;
  }
  const std::size_t count = std::min(out.size(), file_.size() - position_);
  std::copy_n(file_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
  position_ += count;
  return count;
}

void ByteSource::read(std::span<std::byte> out, const char* what) {
  const std::size_t done = read_some(out);
  if (done < out.size())
    fail(fmt::format("it ends inside {}: got {} bytes of it, need {}", what, done, out.size()));
}

void ByteSource::expect_end(const char* what) {
  std::byte extra[1];
  if (read_some(extra) != 0 || (inflater_ != nullptr && !inflater_->left.empty()))
    fail(fmt::format("it goes on after {}, need the end of the file there", what));
}

std::vector<std::byte> ByteSource::read_all() {
  std::vector<std::byte> bytes;
  std::size_t got = 0, asked = 0;
  do {
    asked = inflater_ == nullptr ? file_.size() : kChunkBytes;
    bytes.resize(bytes.size() + asked);
    got = read_some(std::span(bytes).last(asked));
    bytes.resize(bytes.size() - asked + got);
  } while (got == asked && got > 0);
  expect_end("the gzip data");
  return bytes;
}

std::uint64_t ByteSource::size_limit() const {
  return inflater_ == nullptr ? file_.size() : file_.size() * kMaxDeflateRatio;
}

}  // namespace nabla::data
