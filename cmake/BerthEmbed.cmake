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
