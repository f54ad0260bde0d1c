# The heavy headers that nearly every source includes, compiled once: `berth_headers` for the product, the same and
# GoogleTest in `berth_test_headers` for tests. berth_use_headers(target) and berth_use_test_headers(target) hand them on.
#
# Only what comes from outside and does not change belongs here; a header of our own would make every edit of it
# a build of everything. Each source still includes what it needs: `make lint` and the sanitizer builds see it alone.
set(berth_heavy_headers
  <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <tuple>
  <utility> <variant> <vector> <boost/json.hpp> <fmt/format.h> <tl/expected.hpp>)

# A precompiled header serves only sources that are compiled with the same options and definitions.
file(WRITE ${CMAKE_BINARY_DIR}/headers/headers.cpp "")
add_library(berth_headers STATIC ${CMAKE_BINARY_DIR}/headers/headers.cpp)
target_link_libraries(berth_headers PRIVATE berth_warnings)
target_precompile_headers(berth_headers PRIVATE ${berth_heavy_headers})

file(WRITE ${CMAKE_BINARY_DIR}/headers/test_headers.cpp "")
add_library(berth_test_headers STATIC ${CMAKE_BINARY_DIR}/headers/test_headers.cpp)
target_link_libraries(berth_test_headers PRIVATE berth_warnings GTest::gtest GTest::gmock)
target_precompile_headers(berth_test_headers PRIVATE ${berth_heavy_headers} <gmock/gmock.h> <gtest/gtest.h>)

function(berth_use_headers target)
  target_precompile_headers(${target} REUSE_FROM berth_headers)
endfunction()

function(berth_use_test_headers target)
  target_precompile_headers(${target} REUSE_FROM berth_test_headers)
endfunction()
