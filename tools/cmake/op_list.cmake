# SPDX-License-Identifier: MIT
# Derives the list of ops from the op files: <family>/foo_bar.hpp holds the op nabla::op::FooBar.
# Nothing else names an op. Adding one is adding its file; the next build finds it.
include_guard(GLOBAL)

set(nabla_op_families unary binary ternary reduction cumulative view index linalg nn loss)

# nabla_op_list(<folder with the family folders> <output folder> <variable for the sources>)
#
# Writes below the output folder: include/nabla/ops/ops.hpp, which includes every op; src/<op>.cpp
# with the op's explicit instantiation; src/registry_table.cpp with all of them in one table.
function(nabla_op_list folder output sources_variable)
  set(names)
  foreach(family IN LISTS nabla_op_families)
    file(GLOB files CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/${family}/*.hpp")
    foreach(file IN LISTS files)
      get_filename_component(name "${file}" NAME_WE)
      if(name IN_LIST names)
        message(FATAL_ERROR "two files hold the op ${name}: ${file_of_${name}} and ${file}")
      endif()
      list(APPEND names ${name})
      set(file_of_${name} "${file}")
    endforeach()
  endforeach()
  list(SORT names)

  set(sources "${output}/src/registry_table.cpp")
  foreach(name IN LISTS names)
    nabla_op_struct(${name} struct)
    set(header "nabla/ops/${file_of_${name}}")
    string(APPEND includes "#include <${header}>\n")
    string(APPEND declarations "namespace nabla::op { struct ${struct}; }\n")
    string(APPEND entries "&entry<op::${struct}>(), ")
    nabla_op_source("${output}/src/${name}.cpp" ${header} ${struct} ${name})
    list(APPEND sources "${output}/src/${name}.cpp")
  endforeach()

  file(CONFIGURE OUTPUT "${output}/include/nabla/ops/ops.hpp" @ONLY
       CONTENT "// SPDX-License-Identifier: MIT\n// Every op of the library.\n#pragma once\n\n@includes@")
  if(names)
    set(body "  static const OpEntry* const table[] = {${entries}};\n  return table;\n")
  else()
    set(body "  return {};\n")
  endif()
  file(CONFIGURE OUTPUT "${output}/src/registry_table.cpp" @ONLY CONTENT
"// SPDX-License-Identifier: MIT
#include <nabla/ops/registry.hpp>

@declarations@
namespace nabla::detail {
template <class Op>
const OpEntry& entry();

std::span<const OpEntry* const> registry_table() {
@body@}
}  // namespace nabla::detail
")
  set(${sources_variable} "${sources}" PARENT_SCOPE)
endfunction()

# foo_bar -> FooBar
function(nabla_op_struct name struct_variable)
  set(struct "")
  string(REPLACE "_" ";" words "${name}")
  foreach(word IN LISTS words)
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND struct "${first}${rest}")
  endforeach()
  set(${struct_variable} "${struct}" PARENT_SCOPE)
endfunction()

# The instantiation of one op. Sources are compiled in groups, since most of the time goes into the
# headers that they share; a group is chosen by the name alone, so a new op recompiles only its own.
function(nabla_op_source file header struct name)
  file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT
"// SPDX-License-Identifier: MIT
#include <@header@>
#include <nabla/ops/family/instantiate.hpp>

namespace nabla::detail {
template struct Instantiate<op::@struct@>;
template const OpEntry& entry<op::@struct@>();
}  // namespace nabla::detail
")
  string(MD5 digest "${name}")
  string(SUBSTRING "${digest}" 0 1 group)
  set_source_files_properties("${file}" PROPERTIES UNITY_GROUP ops_${group})
endfunction()
