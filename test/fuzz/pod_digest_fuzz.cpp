// Pods and nodes as a cluster tells them, where tenants wrote most of it.
#include <algorithm>

#include "fuzz.hpp"
#include "reconciler/pod_digest.hpp"

namespace {

using berth::fuzz::require;

void check_amounts(const std::map<std::string, std::int64_t>& gpus) {
  for (const auto& [name, amount] : gpus) require(name.starts_with("nvidia.com/") && amount >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto object = berth::parse_json(berth::fuzz::text_of(bytes, size));
  if (!object) return 0;

  const auto pod = berth::reconciler::digest_pod(*object);
  check_amounts(pod.gpus);
  require(!pod.ready || pod.running);
  require(!(pod.finished && pod.running));
  require(pod.trouble.empty() ? pod.raw_trouble.empty() : pod.trouble.size() < 200);
  require(pod.name == berth::string_at(*object, {"metadata", "name"}));

  const auto offered = berth::reconciler::node_gpus(*object);
  check_amounts(offered);
  const auto names = berth::reconciler::gpu_names(*object);
  for (const auto& [name, amount] : offered)
    require(std::find(names.begin(), names.end(), name) != names.end());
  return 0;
}
