# Run with -P: writes the text file INPUT as a C++ raw string literal to OUTPUT.
file(READ "${INPUT}" text)
string(FIND "${text}" ")embedded\"" clash)
if(NOT clash EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains the characters that end its raw string literal: )embedded\"")
endif()
file(WRITE "${OUTPUT}" "R\"embedded(${text})embedded\"sv\n")
