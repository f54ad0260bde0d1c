# berth_next: the program as its next release may be, for test/system/rolling_test.py. The same objects, and one migration more,
# test/rolling/next_release.sql, under the number that is free. The linker takes berth::embedded::migrations() from here, so
# that the archive's own is not asked for.
list(LENGTH migrations count)
math(EXPR number "${count} + 1")
string(LENGTH "${number}" digits)
math(EXPR zeros "4 - ${digits}")
string(REPEAT "0" ${zeros} zeros)
set(next_folder ${CMAKE_BINARY_DIR}/next/migrations)
foreach(file ${migrations})
  cmake_path(GET file FILENAME name)
  configure_file(${file} ${next_folder}/${name} COPYONLY)
  list(APPEND next_migrations ${next_folder}/${name})
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/test/rolling/next_release.sql ${next_folder}/${zeros}${number}_next_release.sql COPYONLY)
list(APPEND next_migrations ${next_folder}/${zeros}${number}_next_release.sql)

add_executable(berth_next EXCLUDE_FROM_ALL $<TARGET_OBJECTS:berth>)
get_target_property(parts berth LINK_LIBRARIES)
target_link_libraries(berth_next PRIVATE ${parts})
target_compile_options(berth_next PRIVATE -w)   # of what is written by a program
set(out ${CMAKE_BINARY_DIR}/next/migrations.cpp)
add_custom_command(
  OUTPUT ${out}
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed.py --name migrations --root ${next_folder} --out ${out} ${next_migrations}
  DEPENDS ${next_migrations} ${CMAKE_SOURCE_DIR}/tools/embed.py
  VERBATIM)
target_sources(berth_next PRIVATE ${out})
target_include_directories(berth_next PRIVATE ${CMAKE_SOURCE_DIR}/src)
