# What makes a fault in memory the end of the process and not the way in. In every preset; test/system/hardening_test.py
# reads it off the binary.
#
# Stack protector and control flow: against overwritten return addresses and jumps into the middle of functions. PIE and
# full RELRO: addresses are not known beforehand, and the tables of functions cannot be written once the program runs. Sanitizers
# look at memory themselves and have to see it as it is: with them it is not set to zero.
add_compile_options(-fPIE -fstack-protector-strong)
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  add_compile_options(-mbranch-protection=standard)
endif()
string(TOUPPER "CMAKE_CXX_FLAGS_${CMAKE_BUILD_TYPE}" flags_name)
if(NOT "${CMAKE_CXX_FLAGS} ${${flags_name}}" MATCHES "-fsanitize")
  add_compile_options(-ftrivial-auto-var-init=zero)
  # The C library looks at sizes only where the optimiser has found them.
  if("${${flags_name}}" MATCHES "-O[123s]")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  endif()
endif()
