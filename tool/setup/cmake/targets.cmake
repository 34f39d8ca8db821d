# Functions that declare our libraries, so that a folder's CMakeLists.txt says only what is special about it.

# shapelint_library(<name> [LINKS <library>...] [SOURCES <file>...])
# The library shapelint_<name> of the .cpp files in this folder, or of SOURCES. LINKS are passed on to whoever links
# it. A folder without sources becomes a library of headers, and turns into a real one as soon as a source appears.
function(shapelint_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS;SOURCES")
  if(NOT DEFINED arg_SOURCES AND NOT "SOURCES" IN_LIST arg_KEYWORDS_MISSING_VALUES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  endif()
  set(target shapelint_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE shapelint_options PUBLIC ${arg_LINKS} shapelint_fmt)
    target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}")
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINKS} shapelint_fmt)
    target_include_directories(${target} INTERFACE "${PROJECT_SOURCE_DIR}")
  endif()
endfunction()

# shapelint_program(<target> ...)
# Link options of an executable that users run.
function(shapelint_program target)
  target_link_libraries(${target} PRIVATE shapelint_options)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  if(SHAPELINT_STATIC)
    # Start-up is what a user waits for on one file: a static program saves the dynamic linker's work.
    target_link_options(${target} PRIVATE -static)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_link_options(${target} PRIVATE -s)
  endif()
endfunction()
