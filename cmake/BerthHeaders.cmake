# The heavy headers that nearly every source includes, compiled once: `berth_headers` for the product, the same and
# GoogleTest in `berth_test_headers` for tests. berth_use_headers(target module) and berth_use_test_headers(target module)
# hand them on.
#
# Only what comes from outside and does not change belongs here; a header of our own would make every edit of it
# a build of everything. Each source still includes what it needs: clang-tidy sees it alone.
#
# Where BERTH_COMPUTING_OPTIONS is set (-O1 in the development build, which optimises nothing else), the modules of
# BERTH_COMPUTING_MODULES and their tests are compiled with it, and with headers of their own: a compiler takes a
# precompiled header only into sources that are compiled with the same options.
set(berth_heavy_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <condition_variable> <cstdint> <deque> <filesystem> <functional>
  <iostream> <map> <memory> <mutex> <optional> <ranges> <semaphore> <set> <span> <sstream> <stop_token> <string> <string_view>
  <thread> <tuple> <unordered_map> <utility> <variant> <vector> <CLI/CLI.hpp> <boost/json.hpp> <fmt/format.h> <tl/expected.hpp>)

function(berth_make_headers name)
  cmake_parse_arguments(ARG "" "" "OPTIONS;LIBS;HEADERS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers/${name}.cpp CONTENT "")  # written once, not at each configuring
  add_library(berth_${name} STATIC ${CMAKE_BINARY_DIR}/headers/${name}.cpp)
  target_link_libraries(berth_${name} PRIVATE berth_warnings ${ARG_LIBS})
  target_compile_options(berth_${name} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(berth_${name} PRIVATE ${berth_heavy_headers} ${ARG_HEADERS})
endfunction()

berth_make_headers(headers)
berth_make_headers(computing_headers OPTIONS ${BERTH_COMPUTING_OPTIONS})
if(BERTH_TESTS)
  set(of_tests LIBS GTest::gtest GTest::gmock HEADERS <gmock/gmock.h> <gtest/gtest.h>)
  berth_make_headers(test_headers ${of_tests})
  berth_make_headers(computing_test_headers OPTIONS ${BERTH_COMPUTING_OPTIONS} ${of_tests})
endif()

function(berth_use_precompiled kind target module)
  if(BERTH_COMPUTING_OPTIONS AND module IN_LIST BERTH_COMPUTING_MODULES)
    target_compile_options(${target} PRIVATE ${BERTH_COMPUTING_OPTIONS})
    target_precompile_headers(${target} REUSE_FROM berth_computing_${kind})
  else()
    target_precompile_headers(${target} REUSE_FROM berth_${kind})
  endif()
endfunction()

function(berth_use_headers target module)
  berth_use_precompiled(headers ${target} ${module})
endfunction()

function(berth_use_test_headers target module)
  berth_use_precompiled(test_headers ${target} ${module})
endfunction()
