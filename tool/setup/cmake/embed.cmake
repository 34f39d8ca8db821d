# Puts text files into the executable: one .inc per text, a C++ raw string that is rewritten only when its text
# changes, and one small source file that includes them all in a table.
set(SHAPELINT_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_text.cmake")

# shapelint_embed(<output.cpp> <path from the project's root>...)
# Writes the source file that defines `shapelint::embedded_modules()` (lib/language/frameworks.h), sorted by module
# name: the path below rules/frameworks with dots, without its extension and without a last `__init__`. Sets
# `embedded_sources` to every generated file.
function(shapelint_embed output)
  set(keyed)
  foreach(path IN LISTS ARGN)
    string(REGEX REPLACE "^rules/frameworks/" "" module "${path}")
    string(REGEX REPLACE "\\.loss$" "" module "${module}")
    string(REGEX REPLACE "/__init__$" "" module "${module}")
    string(REPLACE "/" "." module "${module}")
    # A tab sorts before every character of a name, so that a package stands before its modules.
    list(APPEND keyed "${module}\t${path}")
  endforeach()
  list(SORT keyed COMPARE STRING)

  list(LENGTH keyed count)
  set(table "")
  set(generated)
  foreach(entry IN LISTS keyed)
    string(REGEX REPLACE "\t.*" "" module "${entry}")
    string(REGEX REPLACE ".*\t" "" path "${entry}")
    set(include "${CMAKE_CURRENT_BINARY_DIR}/embedded/${path}.inc")
    add_custom_command(
      OUTPUT "${include}"
      COMMAND "${CMAKE_COMMAND}" "-DINPUT=${PROJECT_SOURCE_DIR}/${path}" "-DOUTPUT=${include}" -P
              "${SHAPELINT_EMBED_SCRIPT}"
      DEPENDS "${PROJECT_SOURCE_DIR}/${path}" "${SHAPELINT_EMBED_SCRIPT}"
      COMMENT "Embedding ${path}"
      VERBATIM)
    string(APPEND table "    {\"${module}\", \"${path}\",\n#include \"${include}\"\n    },\n")
    list(APPEND generated "${include}")
  endforeach()

  string(
    CONCAT text
           "// Made by tool/setup/cmake/embed.cmake; do not edit.\n"
           "#include <array>\n#include <cstddef>\n\n#include \"lib/language/frameworks.h\"\n\n"
           "namespace shapelint {\nnamespace {\nusing namespace std::string_view_literals;\n"
           "constexpr std::array<EmbeddedModule, ${count}> kModules{{\n${table}}};\n"
           "constexpr bool strictly_sorted() {\n"
           "  for (std::size_t i = 1; i < kModules.size(); ++i) {\n"
           "    if (!(kModules[i - 1].module < kModules[i].module)) return false;\n  }\n  return true;\n}\n"
           "static_assert(strictly_sorted(), \"two files define the same module\");\n}  // namespace\n\n"
           "std::span<const EmbeddedModule> embedded_modules() { return kModules; }\n}  // namespace shapelint\n")
  file(CONFIGURE OUTPUT "${output}" CONTENT "${text}" @ONLY)  # writes only what changed
  set(embedded_sources "${output}" ${generated} PARENT_SCOPE)
endfunction()
