# berth_compile_together(target source...): some eight sources of one target are one translation unit, so that what they all take of
# the compiler (its start, the precompiled headers, templates of JSON and of the standard library) is paid once: the whole
# is built in two fifths of the time.
#
# Which sources go together depends on their names and, in steps of two, on how many there are: a new one joins one group and leaves the others as
# they are. Two unnamed namespaces of a group are one, so the same name in both is an error of the compiler: give the newer one a name that says more.
#
# -DBERTH_TOGETHER=OFF compiles each source by itself, as clang-tidy reads it (tools/lint/tidy.py).
option(BERTH_TOGETHER "Compile sources of a target in groups" ON)

function(berth_compile_together target)
  if(NOT BERTH_TOGETHER)
    return()
  endif()
  list(LENGTH ARGN count)
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
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP group_${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
