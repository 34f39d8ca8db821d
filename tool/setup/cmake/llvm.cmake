# `shapelint_clang`: Clang 19 and LLVM 19 as static archives. Debian's exported CMake targets name libLLVM.so beside the
# static archives of Clang, which costs 12 ms at every start; so the archives are named here, in the order of their
# needs, and llvm-config names LLVM's. See docs/dependencies.md.
if(TARGET shapelint_clang)
  return()
endif()
find_program(SHAPELINT_LLVM_CONFIG NAMES llvm-config-19 HINTS /usr/lib/llvm-19/bin)
if(NOT SHAPELINT_LLVM_CONFIG)
  message(FATAL_ERROR "SHAPELINT_CXX needs LLVM 19 and Clang 19: on Debian, install libclang-19-dev llvm-19-dev "
                      "libzstd-dev zlib1g-dev (tool/setup/test does), or configure with -DSHAPELINT_CXX=OFF")
endif()
execute_process(COMMAND ${SHAPELINT_LLVM_CONFIG} --libdir OUTPUT_VARIABLE llvm_libdir OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${SHAPELINT_LLVM_CONFIG} --includedir OUTPUT_VARIABLE llvm_includes
                OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${SHAPELINT_LLVM_CONFIG} --link-static --libs support option frontendopenmp frontendhlsl
                        targetparser bitreader mcparser profiledata windowsdriver
                OUTPUT_VARIABLE llvm_libraries OUTPUT_STRIP_TRAILING_WHITESPACE)
separate_arguments(llvm_libraries)
list(TRANSFORM llvm_libraries REPLACE "^-l(.*)$" "${llvm_libdir}/lib\\1.a")

set(clang_libraries)
foreach(name Tooling ToolingInclusions ToolingCore Frontend Driver Serialization Parse Sema Edit Analysis APINotes
             ASTMatchers AST Support Lex Basic)
  list(APPEND clang_libraries "${llvm_libdir}/libclang${name}.a")
endforeach()
list(GET clang_libraries 0 first)
if(NOT EXISTS "${first}")
  message(FATAL_ERROR "${first} is missing: on Debian, install libclang-19-dev, or configure with -DSHAPELINT_CXX=OFF")
endif()

find_library(shapelint_zstd NAMES libzstd.a REQUIRED)
find_library(shapelint_libz NAMES libz.a REQUIRED)
mark_as_advanced(shapelint_zstd shapelint_libz SHAPELINT_LLVM_CONFIG)
add_library(shapelint_clang INTERFACE)
target_include_directories(shapelint_clang SYSTEM INTERFACE "${llvm_includes}")
target_compile_definitions(shapelint_clang INTERFACE __STDC_CONSTANT_MACROS __STDC_FORMAT_MACROS __STDC_LIMIT_MACROS)
target_link_libraries(shapelint_clang INTERFACE ${clang_libraries} ${llvm_libraries} ${shapelint_libz}
                                                ${shapelint_zstd} -lrt -ldl -lm -lpthread)
