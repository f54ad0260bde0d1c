# berth_embed(target name ROOT folder FILES file...)
#
# Puts files into the target, so that the one binary carries its migrations, its API description and the reference pool:
# `std::span<const berth::base::EmbeddedFile> berth::embedded::<name>()`, paths relative to ROOT, by name. No header is
# made; who uses the function declares it. tools/embed.py writes the source.
function(berth_embed target name)
  cmake_parse_arguments(ARG "" "ROOT" "FILES" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed.py --name ${name} --root ${ARG_ROOT} --out ${out} ${ARG_FILES}
    DEPENDS ${ARG_FILES} ${CMAKE_SOURCE_DIR}/tools/embed.py
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# berth_embed_folder(target name FOLDER folder CHANGES_WITH file)
#
# The same function for all files of a folder that is made elsewhere, and for gzip copies of those that shrink. Names in
# the folder may change whenever it is made, so CHANGES_WITH stands for all of them; where it is not there when CMake
# runs, it is not depended on (a folder that is not there embeds nothing). tools/embed_folder.py writes the source.
function(berth_embed_folder target name)
  cmake_parse_arguments(ARG "" "FOLDER;CHANGES_WITH" "" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
  set(changes ${CMAKE_SOURCE_DIR}/tools/embed_folder.py)
  if(EXISTS ${ARG_CHANGES_WITH})
    list(APPEND changes ${ARG_CHANGES_WITH})
  else()
    message(STATUS "${ARG_CHANGES_WITH} is not there: ${name} stays empty")
  endif()
  add_custom_command(
    OUTPUT ${out}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/embed_folder.py --name ${name} --folder ${ARG_FOLDER}
            --work ${CMAKE_BINARY_DIR}/embedded/${name} --out ${out}
    DEPENDS ${changes}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
