// What the simulated cluster reads besides its API: the file of an earlier run, and faults.
#include "fuzz.hpp"
#include "simcluster/fault.hpp"
#include "simcluster/saved_state.hpp"

namespace {

constexpr std::size_t kDepth = 128;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  namespace sim = berth::simcluster;
  const auto text = berth::fuzz::text_of(bytes, size);

  sim::Store store(100);
  if (const auto read = sim::restore_state(text, store)) {
    const auto saved = sim::dump_state(store);
    sim::Store again(100);
    require(sim::restore_state(saved, again).has_value());
    // Boost.JSON reads long numbers inexactly, so the texts may differ in their last digits.
    require(berth::fuzz::same_json(*berth::parse_json(sim::dump_state(again), kDepth),
                                   *berth::parse_json(saved, kDepth)));
    require(again.size() == store.size());
  } else {
    require(read.error().code == berth::Code::kMalformed && store.size() == 0);
  }

  const auto body = berth::parse_json(text);
  if (!body) return 0;
  const auto fault = sim::fault_from_json(*body);
  if (!fault) {
    require(!fault.error().message.empty());
    return 0;
  }
  auto written = sim::fault_to_json(1, *fault);
  written.erase("id");
  const auto again = sim::fault_from_json(written);
  require(again && sim::fault_to_json(1, *again) == sim::fault_to_json(1, *fault));
  sim::Faults faults;
  require(faults.add(*fault).has_value());
  return 0;
}
