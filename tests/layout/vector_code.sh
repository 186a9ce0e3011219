#!/bin/sh
# SPDX-License-Identifier: MIT
# vector_code.sh ARCHIVE...: instructions that not every x86-64 has must stay in the functions that
# are chosen at run time, whose names say avx2 or avx512. Anywhere else they would end a program on
# an older processor. Nor may those functions call code of ours for each number, which the compiler
# should have put into them (it has no name of its own: its address counts from the start of .text).
# Nor may the first gradients of maps in them compute more numbers alone than in vectors: each formula stands in
# such a function once for a vector, and once for the few that are left over.
# Prints the functions that break this; fails if there is one, or no vector code.
set -eu
objdump --disassemble --reloc --no-show-raw-insn "$@" | awk '
  /^[0-9a-f]+ <.*>:$/ { name = $2 }
  /R_X86_64_PLT32|R_X86_64_PC32/ && after_call && $NF ~ /^\.text/ {
    if (name ~ /avx2|avx512/) wrong[name]
  }
  { after_call = /\tcall / }
  /%zmm/ { used = 1; if (name !~ /avx512/) wrong[name] }
  /%ymm/ { if (name !~ /avx2|avx512/) wrong[name] }
  name ~ /(avx2|avx512).*MapGradient/ && name !~ /MapGradientINS[A-Z0-9]*_I/ && $2 ~ /^v(add|sub|mul|div|fn?m(add|sub)[123]+)[ps][sd]$/ {
    many[name] += $2 ~ /p[sd]$/
    alone[name] += $2 ~ /s[sd]$/
  }
  END {
    for (name in alone) if (alone[name] > many[name]) wrong[name]
    for (name in wrong) { print name; failed = 1 }
    if (!used) print "no function uses AVX-512"
    exit failed || !used
  }'
