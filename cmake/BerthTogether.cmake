# berth_compile_together(result target source...): some eight sources of one target are one translation unit, so that what they all
# take of the compiler (its start, the precompiled headers, templates of JSON and of the standard library) is paid once: the whole
# is built in two fifths of the time. `result` is set to what the target is then made of.
#
# Which sources go together depends on their names and, in steps of two, on how many there are: a new one joins one group and leaves the others as
# they are. Two unnamed namespaces of a group are one, so the same name in both is an error of the compiler: give the newer one a name that says more.
#
# The groups name their sources as any source names a header, from src: one compiler's cache serves every clone, which
# it does not with CMake's own UNITY_BUILD (whole paths).
#
# -DBERTH_TOGETHER=OFF compiles each source by itself, as clang-tidy reads it (tools/lint/tidy.py).
option(BERTH_TOGETHER "Compile sources of a target in groups" ON)

function(berth_compile_together result target)
  list(LENGTH ARGN count)
  if(NOT BERTH_TOGETHER OR count LESS 2)
    set(${result} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(groups 1)
  while(count GREATER 8)
    math(EXPR groups "${groups} * 2")
    math(EXPR count "(${count} + 1) / 2")
  endwhile()
  foreach(source IN LISTS ARGN)
    cmake_path(GET source FILENAME name)
    string(MD5 digest ${name})
    string(SUBSTRING ${digest} 0 6 digits)
    math(EXPR group "0x${digits} % ${groups}")
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/src OUTPUT_VARIABLE included)
    string(APPEND text_${group} "#include \"${included}\"\n")
  endforeach()
  set(made "")
  math(EXPR last "${groups} - 1")
  foreach(group RANGE ${last})
    if(text_${group})
      set(file ${CMAKE_BINARY_DIR}/together/${target}/${group}.cpp)
      file(CONFIGURE OUTPUT ${file} CONTENT "${text_${group}}" @ONLY)  # written where it is another, not at each configuring
      list(APPEND made ${file})
    endif()
  endforeach()
  set(${result} ${made} PARENT_SCOPE)
endfunction()
