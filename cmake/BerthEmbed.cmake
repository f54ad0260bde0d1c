# berth_embed(target variable_prefix FILES file...)
#
# Puts files into the program as `const berth::base::EmbeddedFile <prefix>[]`, so that the one binary carries its
# migrations, its API description and its page. The generated header is <target>_embedded.hpp.
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
# Every file of a folder that is made elsewhere, and compressed copies. Names in it may change with each build of it, so one
# file stands for all; while that is not there, nothing is embedded.
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
