// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

// Opens pages in Debian's chromium, without a screen.

namespace nabla::viz::test {

/// Where it is missing, tests are skipped.
boost::test_tools::assertion_result has_browser(boost::unit_test::test_unit_id);

/// What the page has become when its script has run, without its data and script.
struct Opened {
  std::string page;
  std::string console;  ///< lines that it wrote there
};
Opened open_page(const std::string& html, const std::string& fragment);

/// The text of an element without elements inside.
std::string text_of(const Opened& opened, const std::string& id);

/// What a reader finds: the lines that `deeds` told, in a copy of the page without its policy, and those
/// on the console. `deeds` are statements that can use
///   tell(text)           a line of the result
///   read(id)             the text that an element shows, in one line
///   await key(name), await key(name, element)    a key that is pressed there, else at the canvas
///   await press(id)      a click at a button
///   await click(x, y), await doubleClick(x, y), await hover(x, y)    on the canvas, in its pixels
///   await visit(fragment)
///   await slide(id, value)
///   await wait(milliseconds)
///   boxes()              those on the canvas, each {x, y, text}: a place in it and what its tooltip says
///   pixel(x, y)          the colour there, as "r,g,b"
///   canvas, by(id)
std::vector<std::string> lived(const std::string& html, const std::string& deeds,
                               const std::string& fragment = "");

}  // namespace nabla::viz::test
