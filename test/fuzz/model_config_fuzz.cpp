// A model's config.json, from whoever made the model: numbers of it are multiplied with each other.
#include "fuzz.hpp"
#include "modelmemory/modelmemory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  namespace memory = berth::modelmemory;
  const auto model = memory::parse_model(berth::fuzz::text_of(bytes, size));
  if (!model) {
    require(!model.error().message.empty() && model.error().message.size() < 2000);
    return 0;
  }
  require(memory::parameters(*model) > 0 && memory::weight_bytes(*model) > 0);
  require(memory::cache_bytes(*model, 1, 2) > 0);
  require(memory::cache_bytes(*model, 1000, 2) >= memory::cache_bytes(*model, 999, 2));
  for (const std::int64_t streams : {1, 7, 100'000}) {
    for (const std::int64_t tokens : {1, 8192, 1 << 24}) {
      const auto found =
          memory::fit(*model, {.device_bytes = 96 * memory::kGib, .tokens = tokens, .streams = streams});
      require(found.streams >= 0 && found.tokens_of_one >= 0 && found.needed > found.weights);
      require(found.fits == (found.streams >= streams));
    }
  }
  return 0;
}
