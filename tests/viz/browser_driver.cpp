// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "viz/browser.hpp"
#include "viz/page.hpp"

namespace nabla::viz::test {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr std::string_view kHands = R"(
const canvas = document.getElementById("canvas"), lines = [];
canvas.setPointerCapture = () => {};  // no such pointer is down
const by = (id) => document.getElementById(id);
const inLine = (text) => String(text).replace(/\s+/g, " ").trim();
const tell = (text) => lines.push(inLine(text));
const read = (id) => inLine(by(id).innerText);
const wait = (milliseconds = 100) => new Promise((done) => setTimeout(done, milliseconds));
const key = async (name, element = canvas) => {
  element.focus();
  element.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
  await wait();
};
const press = async (id) => { by(id).click(); await wait(); };
const point = (type, x, y) => {
  const box = canvas.getBoundingClientRect();
  const Kind = type === "dblclick" ? MouseEvent : PointerEvent;
  canvas.dispatchEvent(new Kind(type, { clientX: box.left + x, clientY: box.top + y, pointerId: 1,
                                        bubbles: true, cancelable: true }));
};
const hover = async (x, y) => { point("pointermove", x, y); await wait(); };
const click = async (x, y) => { await hover(x, y); point("pointerdown", x, y); point("pointerup", x, y); await wait(); };
const doubleClick = async (x, y) => { await click(x, y); await click(x, y); point("dblclick", x, y); await wait(); };
const visit = async (fragment) => { location.hash = fragment; await wait(300); };
const slide = async (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event("input")); await wait(); };
const boxes = () => {
  const found = new Map();
  for (let y = 4; y < canvas.clientHeight; y += 8) {
    for (let x = 4; x < canvas.clientWidth; x += 8) {
      point("pointermove", x, y);
      const text = read("tip");
      if (!by("tip").hidden && !found.has(text)) found.set(text, { x, y, text });
    }
  }
  return [...found.values()];
};
const pixel = (x, y) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, -x, -y);
  return pen.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
};
)";

}  // namespace

boost::test_tools::assertion_result has_browser(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(std::system("command -v chromium >/dev/null") == 0);
  result.message() << "chromium was not found; Debian has it as chromium";
  return result;
}

Opened open_page(const std::string& html, const std::string& fragment) {
  const std::filesystem::path folder = std::filesystem::absolute("browser");
  std::filesystem::create_directories(folder);
  const std::filesystem::path page = folder / "page.html";
  std::ofstream(page, std::ios::binary) << html;
  const std::string command = fmt::format(
      "cd '{0}' && timeout 120 chromium --headless --no-sandbox --disable-gpu "
      "--disable-background-networking --host-resolver-rules='MAP * ~NOTFOUND' "
      "--user-data-dir='{0}/profile' --enable-logging=stderr --window-size=1000,700 "
      "--virtual-time-budget=20000 --dump-dom "
      "'file://{0}/page.html{1}' >opened.html 2>log.txt",
      folder.string(), fragment);
  BOOST_TEST(std::system(command.c_str()) == 0);
  Opened opened{contents(folder / "opened.html"), {}};
  const std::string log = contents(folder / "log.txt");
  for (std::size_t at = 0; (at = log.find("CONSOLE", at)) != std::string::npos; ++at)
    opened.console += log.substr(at, log.find('\n', at) - at) + "\n";
  std::filesystem::remove_all(folder);
  const std::size_t data = opened.page.find("<script type=\"application/json\"");
  if (data != std::string::npos) opened.page.resize(data);
  return opened;
}

std::string text_of(const Opened& opened, const std::string& id) {
  const std::string_view rest = between(opened.page, "id=\"" + id + "\"", "</");
  return std::string(rest.substr(std::min(rest.find('>') + 1, rest.size())));
}

std::vector<std::string> lived(const std::string& html, const std::string& deeds,
                               const std::string& fragment) {
  std::string page = html;
  const std::size_t policy = page.find("<meta http-equiv=\"Content-Security-Policy\"");
  // Without a screen nothing asks for frames once all is still.
  page.replace(policy, page.find('>', policy) + 1 - policy,
               "<script>requestAnimationFrame = (draw) => setTimeout(draw, 16);</script>");
  const std::string script = fmt::format(
      "<script>addEventListener(\"load\", async () => {{ {}\ntry {{ await wait(300);\n{}\n}} "
      "catch (error) {{ tell(error); }}\n"
      "const told = document.createElement(\"pre\"); told.id = \"told\";\n"
      "told.textContent = lines.join(\"\\n\"); document.body.prepend(told); }});</script>",
      kHands, deeds);
  page.insert(page.rfind("</body>"), script);
  const Opened opened = open_page(page, fragment);
  std::vector<std::string> lines;
  std::string line;
  for (std::istringstream told(text_of(opened, "told") + "\n" + opened.console);
       std::getline(told, line);) {
    for (const auto& [entity, letter] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
      for (std::size_t at = 0; (at = line.find(entity, at)) != std::string::npos; ++at)
        line.replace(at, std::string_view(entity).size(), letter);
    BOOST_TEST_MESSAGE("told: " << line);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace nabla::viz::test
