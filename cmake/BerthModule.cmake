# berth_module(name [APART file...|ALL] [DEPS module...] [LIBS library...] [TEST_DEPS module...] [TEST_LIBS library...])
#
# src/<name>/*.cpp and src/<name>/*/*.cpp become the static library berth_<name>, or an interface library where there are
# only headers; the *_test.cpp among them the test program berth_<name>_test, which is added to BERTH_TEST_PROGRAMS.
# DEPS are the only other modules it may include, TEST_DEPS those that its tests may include besides;
# tools/lint/includes.py holds the sources to that line. DEPS are handed on to who links it, the LIBS of a static
# library are not. Sources whose names APART lists, or ALL of them, are compiled each by itself.
function(berth_module_sources result target apart)
  set(alone ${ARGN})
  set(others ${ARGN})
  if(NOT apart STREQUAL "ALL")
    list(JOIN apart "|" names)
    list(FILTER alone INCLUDE REGEX "/(${names})$")
    list(FILTER others EXCLUDE REGEX "/(${names})$")
    berth_compile_together(together ${target} ${others})
    list(APPEND alone ${together})
  endif()
  set(${result} ${alone} PARENT_SCOPE)
endfunction()

function(berth_module name)
  cmake_parse_arguments(ARG "" "" "APART;DEPS;LIBS;TEST_DEPS;TEST_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*.cpp
       ${CMAKE_CURRENT_SOURCE_DIR}/src/${name}/*/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  berth_module_sources(sources berth_${name} "${ARG_APART}" ${sources})
  berth_module_sources(tests berth_${name}_test "${ARG_APART}" ${tests})
  list(TRANSFORM ARG_DEPS PREPEND berth_)
  list(TRANSFORM ARG_TEST_DEPS PREPEND berth_)

  if(sources)
    add_library(berth_${name} STATIC ${sources})
    target_include_directories(berth_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(berth_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_LIBS} berth_warnings)
    berth_use_headers(berth_${name} ${name})
  else()
    add_library(berth_${name} INTERFACE)
    target_include_directories(berth_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/src)
    target_link_libraries(berth_${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS})
  endif()

  if(tests AND BERTH_TESTS)
    add_executable(berth_${name}_test ${tests})
    target_link_libraries(berth_${name}_test PRIVATE
      berth_${name} ${ARG_TEST_DEPS} ${ARG_LIBS} ${ARG_TEST_LIBS} berth_warnings GTest::gtest GTest::gmock GTest::gtest_main)
    berth_use_test_headers(berth_${name}_test ${name})
    set_property(GLOBAL APPEND PROPERTY BERTH_TEST_PROGRAMS berth_${name}_test)
  endif()
endfunction()

# berth_test_definitions(name DEFINITION...): for the tests of a module, where tests are built.
function(berth_test_definitions name)
  if(BERTH_TESTS)
    target_compile_definitions(berth_${name}_test PRIVATE ${ARGN})
  endif()
endfunction()
