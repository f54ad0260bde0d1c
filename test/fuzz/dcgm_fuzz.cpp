// What an exporter of DCGM says: text of another program, on another machine.
#include "fuzz.hpp"
#include "said/dcgm.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);
  for (const auto& [name, busy] : berth::said::busy_devices(text, "b"))
    berth::fuzz::require(name.starts_with('b') && busy >= 0 && busy <= 1000);
  return 0;
}
