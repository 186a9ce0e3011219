# SPDX-License-Identifier: MIT
# Puts the shell of the page into a source: cmake -DFOLDER=... -DOUTPUT=... -DSCRIPTS=a.js,b.js -P embed.cmake
# The policy of the page lets it use this style and this script only, named by their SHA-256.

function(base64_of_hex hex result)
  set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  # 256 bits are 42 groups of three digits, two letters each, and 4 bits more.
  foreach(start RANGE 0 63 3)
    string(SUBSTRING "${hex}00" ${start} 3 digits)
    math(EXPR first "0x${digits} >> 6")
    math(EXPR second "0x${digits} & 63")
    string(SUBSTRING "${letters}" ${first} 1 one)
    string(SUBSTRING "${letters}" ${second} 1 two)
    string(APPEND text "${one}${two}")
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

function(policy_source text result)
  string(SHA256 hex "${text}")
  base64_of_hex(${hex} hash)
  set(${result} "'sha256-${hash}'" PARENT_SCOPE)
endfunction()

file(READ "${FOLDER}/page.css" style)
file(READ "${FOLDER}/page.html" page)
string(REPLACE "," ";" scripts "${SCRIPTS}")
set(script "\"use strict\";\n(() => {\n")
foreach(name IN LISTS scripts)
  file(READ "${FOLDER}/${name}" text)
  string(APPEND script "${text}")
endforeach()
string(APPEND script "})();\n")

# Lines that are comments, and indentation, stay here. No text of the script spans lines.
string(REGEX REPLACE "\n *//[^\n]*" "" script "${script}")
string(REGEX REPLACE "\n +" "\n" script "${script}")
string(REGEX REPLACE "\n\n+" "\n" script "${script}")
string(REGEX REPLACE "\n +" "\n" style "${style}")

policy_source("${style}" style_source)
policy_source("${script}" script_source)
foreach(part style script style_source script_source)
  string(REPLACE "{{${part}}}" "${${part}}" page "${page}")
endforeach()

# Each literal ends well below what a compiler must take.
set(literals "")
string(LENGTH "${page}" length)
set(at 0)
while(at LESS length)
  string(SUBSTRING "${page}" ${at} 8000 piece)
  string(LENGTH "${piece}" taken)
  math(EXPR at "${at} + ${taken}")
  string(APPEND literals "R\"~~~(${piece})~~~\"\n")
endwhile()
file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: MIT\n#include \"page_shell.hpp\"\n\nnamespace nabla::viz::detail {\n\nconst std::string_view page_shell =\n${literals};\n\n}  // namespace nabla::viz::detail\n")
