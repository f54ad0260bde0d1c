// The list of fuzzers, for the program that runs them without libFuzzer; the build writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace berth::fuzz {

struct Fuzzer {
  const char* name;
  int (*run)(const std::uint8_t* bytes, std::size_t size);
};

std::vector<Fuzzer> all_fuzzers();

}  // namespace berth::fuzz
