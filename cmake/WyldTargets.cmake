# The few target shapes of this project. All binaries land in build/<preset>/bin.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(WYLD_TESTS "Build the tests" ON)
option(WYLD_THREADED_TESTS_ONLY "Of the tests, build those of code that has threads or locks" OFF)
option(WYLD_BENCH "Build the benchmarks" ON)
option(WYLD_FUZZ "Build the libFuzzer targets (clang only)" OFF)
set(WYLD_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize takes them")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(wyld_flags INTERFACE)
target_compile_options(wyld_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlapping copies in std::string where there are none (GCC bug 105651).
  target_compile_options(wyld_flags INTERFACE -Wno-restrict)
endif()
target_include_directories(wyld_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)

# What operators run is hardened: the release build of everything but the tests. tests/cli/hardening_test.py reads the
# result; docs/design/security.md has the cost.
add_library(wyld_hardening INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT WYLD_SANITIZE)
  target_compile_definitions(wyld_hardening INTERFACE _GLIBCXX_ASSERTIONS)
  target_compile_options(wyld_hardening INTERFACE -fPIE -fstack-protector-strong -fstack-clash-protection
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(wyld_hardening INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # Debian's own start-up objects do not carry the mark of a shadow stack, so the linker has to be told. They do lack
    # the landing pads of indirect branches, so no such mark is set for those.
    target_compile_options(wyld_hardening INTERFACE -fcf-protection=full)
    target_link_options(wyld_hardening INTERFACE -Wl,-z,shstk)
  endif()
endif()

if(WYLD_SANITIZE)
  add_compile_options(-fsanitize=${WYLD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WYLD_SANITIZE})
endif()
if(WYLD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Precompiled headers hold only headers of others, so that they last until a package changes. No source may rely on them
# for an #include: the release build has none for the product, and clang-tidy reads every source without them.
set(WYLD_PCH_HEADERS)
if(WYLD_SANITIZE)
  # Reading these is a quarter of such a build.
  set(WYLD_PCH_HEADERS <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <cstring> <deque> <expected>
    <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
    <unordered_map> <utility> <vector> <fmt/format.h>)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Without the times of files in it, the same headers give the same bytes in every clone, and ccache finds what uses them.
  set(WYLD_PCH_OPTIONS "SHELL:-Xclang -fno-pch-timestamp")
endif()

# Test code is not optimised under sanitizers: it runs once, and compiling it is half of a build. The libraries under test
# are, except that of an inline function which both use, a test program may hold the test's copy.
set(WYLD_TEST_CODE_OPTIONS)
if(WYLD_SANITIZE)
  list(APPEND WYLD_TEST_CODE_OPTIONS -O0)
endif()
if(WYLD_FUZZ)
  list(APPEND WYLD_TEST_CODE_OPTIONS -fno-sanitize=fuzzer-no-link)  # libFuzzer steers by the product's branches
endif()

# wyld_precompile(TARGET): TARGET is compiled with the headers of others read already, where that pays.
function(wyld_precompile target)
  if(NOT WYLD_PCH_HEADERS)
    return()
  endif()
  if(NOT TARGET wyld_pch)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/wyld_pch.cc CONTENT "")
    add_library(wyld_pch OBJECT ${CMAKE_BINARY_DIR}/wyld_pch.cc)
    target_link_libraries(wyld_pch PRIVATE wyld_flags fmt::fmt)
    target_compile_options(wyld_pch PRIVATE ${WYLD_PCH_OPTIONS})
    target_precompile_headers(wyld_pch PRIVATE ${WYLD_PCH_HEADERS})
  endif()
  target_link_libraries(${target} PRIVATE fmt::fmt)  # the same macros as in the precompiled headers
  target_precompile_headers(${target} REUSE_FROM wyld_pch)
endfunction()

# wyld_compile_as_test(TARGET): TARGET is code of tests, with gtest.
function(wyld_compile_as_test target)
  target_compile_options(${target} PRIVATE ${WYLD_TEST_CODE_OPTIONS})
  if(WYLD_PCH_HEADERS)
    target_link_libraries(${target} PRIVATE fmt::fmt)  # the same macros as in the precompiled headers
  endif()
  target_precompile_headers(${target} REUSE_FROM wyld_test_pch)
endfunction()

# wyld_command_line(SOURCE): SOURCE includes CLI11, all of which is templates and inline functions. With sanitizers,
# optimising them takes longer than any other file of the tree, and they run once.
function(wyld_command_line source)
  if(WYLD_SANITIZE)
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -O0 SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# wyld_build_on_demand(TARGET): no step of script/test runs TARGET under a sanitizer, so there it is built only when named.
function(wyld_build_on_demand target)
  if(WYLD_SANITIZE)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

# wyld_library(NAME SOURCES ... DEPS ...): the library of one folder.
function(wyld_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE wyld_flags wyld_hardening)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  wyld_precompile(${name})
endfunction()

# The one precompiled gtest of a build: every test program reuses it.
function(wyld_declare_test_pch)
  find_package(GTest REQUIRED)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/wyld_test_pch.cc CONTENT "")
  add_library(wyld_test_pch OBJECT ${CMAKE_BINARY_DIR}/wyld_test_pch.cc)
  target_link_libraries(wyld_test_pch PRIVATE wyld_flags GTest::gtest GTest::gmock)
  target_compile_options(wyld_test_pch PRIVATE ${WYLD_TEST_CODE_OPTIONS} ${WYLD_PCH_OPTIONS})
  set(headers <gtest/gtest.h>)
  if(WYLD_PCH_HEADERS)
    target_link_libraries(wyld_test_pch PRIVATE fmt::fmt)
    list(APPEND headers <gmock/gmock.h> ${WYLD_PCH_HEADERS})
  endif()
  target_precompile_headers(wyld_test_pch PRIVATE ${headers})
endfunction()

# wyld_test(NAME [THREADED] SOURCES ... DEPS ...): one test program per folder, with gtest precompiled.
# THREADED: more than one thread meets in the code, so ThreadSanitizer has something to see.
function(wyld_test name)
  cmake_parse_arguments(arg "THREADED" "" "SOURCES;DEPS" ${ARGN})
  if(NOT WYLD_TESTS OR (WYLD_THREADED_TESTS_ONLY AND NOT arg_THREADED))
    return()
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} wyld_flags GTest::gtest GTest::gmock GTest::gtest_main)
  wyld_compile_as_test(${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # More of bug 105651 where g++ 12 optimises code full of short-lived strings. Clang and the sanitizers
    # look at the same tests.
    target_compile_options(${name} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
      -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
  endif()
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# wyld_bench(SOURCES ... DEPS ...): adds micro benchmarks to the one program wyldgate-bench.
function(wyld_bench)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  list(TRANSFORM arg_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set_property(GLOBAL APPEND PROPERTY WYLD_BENCH_SOURCES ${arg_SOURCES})
  set_property(GLOBAL APPEND PROPERTY WYLD_BENCH_DEPS ${arg_DEPS})
endfunction()

# wyld_fuzz(NAME SOURCE file DEPS ...): a decoder's fuzz target, and a test that replays tests/corpus/<NAME>.
# Under WYLD_FUZZ it is a libFuzzer program; in every other build the same entry point only replays.
function(wyld_fuzz name)
  cmake_parse_arguments(arg "" "SOURCE" "DEPS" ${ARGN})
  set(corpus ${PROJECT_SOURCE_DIR}/tests/corpus/${name})
  if(WYLD_FUZZ)
    add_executable(${name} ${arg_SOURCE})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name}_corpus COMMAND ${name} -runs=0 ${corpus})
  elseif(WYLD_TESTS AND NOT WYLD_THREADED_TESTS_ONLY)
    add_executable(${name} ${arg_SOURCE} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${name}_corpus COMMAND ${name} ${corpus})
  else()
    return()
  endif()
  target_link_libraries(${name} PRIVATE ${arg_DEPS} wyld_flags)
  wyld_precompile(${name})
endfunction()
