# Fetches source packages by the npm client, checks them against a pinned hash and unpacks them once.

# shapelint_npm_package(<name> <version> <sha256> <variable>)
# Sets <variable> to the folder of the unpacked package. What is already in SHAPELINT_DEPS_DIR is used again, so a
# second configure, another build folder and a machine without a network need no npm.
function(shapelint_npm_package name version sha256 variable)
  set(id "${name}-${version}")
  set(folder "${SHAPELINT_DEPS_DIR}/${id}")
  set(tarball "${SHAPELINT_DEPS_DIR}/${id}.tgz")
  set(${variable} "${folder}" PARENT_SCOPE)

  file(MAKE_DIRECTORY "${SHAPELINT_DEPS_DIR}")
  file(LOCK "${SHAPELINT_DEPS_DIR}" DIRECTORY GUARD FUNCTION)  # two build folders may be configured at once

  set(stamp "${folder}/.sha256")
  if(EXISTS "${stamp}")
    file(READ "${stamp}" unpacked)
    if(unpacked STREQUAL sha256)
      return()
    endif()
  endif()

  if(NOT EXISTS "${tarball}")
    shapelint_npm_pack("${name}" "${version}" "${sha256}" "${tarball}")
  endif()

  file(SHA256 "${tarball}" found)
  if(NOT found STREQUAL sha256)
    message(
      FATAL_ERROR
        "${tarball} is not the pinned ${name} ${version}.\n"
        "  expected sha256 ${sha256}\n  found    sha256 ${found}\n"
        "Delete the file to fetch it again. If that gives the same hash, do not build: find out what changed.")
  endif()

  set(unpacking "${SHAPELINT_DEPS_DIR}/${id}.unpacking")
  file(REMOVE_RECURSE "${unpacking}" "${folder}")
  file(ARCHIVE_EXTRACT INPUT "${tarball}" DESTINATION "${unpacking}")
  file(REMOVE_RECURSE "${unpacking}/package/prebuilds")  # binaries for Node.js, most of the size
  file(WRITE "${unpacking}/package/.sha256" "${sha256}")
  file(RENAME "${unpacking}/package" "${folder}")
  file(REMOVE_RECURSE "${unpacking}")
endfunction()

# Runs `npm pack`, three times at most since networks fail, and moves the result to <tarball>.
function(shapelint_npm_pack name version sha256 tarball)
  find_program(SHAPELINT_NPM npm)
  mark_as_advanced(SHAPELINT_NPM)
  if(NOT SHAPELINT_NPM)
    message(
      FATAL_ERROR
        "npm is needed once, to fetch the sources of ${name} ${version}. On Debian: apt-get install npm\n"
        "Or put the package's tarball (sha256 ${sha256}) at\n  ${tarball}")
  endif()
  message(STATUS "Fetching ${name} ${version} with npm")
  set(scratch "${tarball}.fetching")
  foreach(attempt RANGE 1 3)
    file(REMOVE_RECURSE "${scratch}")
    file(MAKE_DIRECTORY "${scratch}")
    execute_process(
      COMMAND "${SHAPELINT_NPM}" pack --silent "${name}@${version}"
      WORKING_DIRECTORY "${scratch}"
      RESULT_VARIABLE status
      OUTPUT_VARIABLE output
      ERROR_VARIABLE output
      TIMEOUT 120)
    file(GLOB packed "${scratch}/*.tgz")
    if(status EQUAL 0 AND packed)
      file(RENAME ${packed} "${tarball}")
      file(REMOVE_RECURSE "${scratch}")
      return()
    endif()
  endforeach()
  file(REMOVE_RECURSE "${scratch}")
  message(
    FATAL_ERROR
      "npm pack ${name}@${version} failed (${status}):\n${output}\n"
      "If this machine has no network, put the package's tarball (sha256 ${sha256}) at\n  ${tarball}")
endfunction()
