# Language level, warnings, sanitizers and ccache. `shapelint_options` carries what our own code is compiled with;
# third-party code gets only what follows from the compiler.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

find_program(SHAPELINT_CCACHE ccache)
mark_as_advanced(SHAPELINT_CCACHE)
if(SHAPELINT_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${SHAPELINT_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${SHAPELINT_CCACHE}")
endif()

# Unused functions of the libraries stay out of the executable, which is read from disk at every start.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

add_library(shapelint_options INTERFACE)
target_include_directories(shapelint_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(
  shapelint_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Wrong alarms of GCC 12 inside std::string and std::variant once they are inlined.
  target_compile_options(
    shapelint_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-maybe-uninitialized
                                -Wno-missing-field-initializers>)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # xtensor 0.24 needs the rule for template template parameters from before Clang 19.
  target_compile_options(
    shapelint_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-relaxed-template-template-args
                                -Wno-deprecated-no-relaxed-template-template-args -Wno-missing-field-initializers
                                -Wno-missing-designated-field-initializers>)
endif()
if(SHAPELINT_WERROR)
  target_compile_options(shapelint_options INTERFACE -Werror)
endif()

if(SHAPELINT_SANITIZE)
  set(SHAPELINT_STATIC OFF)
  add_compile_options(-fsanitize=address -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  target_compile_options(shapelint_options INTERFACE -fsanitize=undefined -fno-sanitize-recover=all)
endif()
if(SHAPELINT_SANITIZE_THREADS)
  set(SHAPELINT_STATIC OFF)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(SHAPELINT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
