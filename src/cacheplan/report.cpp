#include "cacheplan/report.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace berth::cacheplan {
namespace {

constexpr double kRateSeconds = 30;
constexpr std::string_view kNoRuntime =
    "this node's cache has no container runtime: the image comes with the first session that needs it";

std::string cut_reason(const std::string& text) {
  return std::string(first_bytes(text, kMostReasonCharacters));
}

std::int64_t there_of(const Artifact& artifact, const std::vector<Held>& held) {
  const auto folder = folder_of(artifact);
  const auto found = std::ranges::find(held, folder, &Held::folder);
  return found == held.end() ? 0 : found->arriving;
}

Said state_of(const Wanted& wanted, const Situation& now, const Plan& plan,
              const std::optional<Pulling>& pulling) {
  const auto& artifact = wanted.artifact;
  Said said{.artifact = artifact.id};
  const auto told = now.memory.told.find(artifact.id);
  if (told != now.memory.told.end()) said.of_bytes = told->second.bytes;
  if (pulling && pulling->artifact == artifact.id) {
    said.state = State::kPulling;
    said.bytes = pulling->bytes;
    said.of_bytes = pulling->of_bytes;
    said.rate = pulling->rate;
    return said;
  }
  if (artifact.kind == Kind::kImage) {
    said.state = State::kFailed;
    said.reason = kNoRuntime;
    return said;
  }
  const auto has = commit_held(artifact, now.held);
  const auto wants = commit_wanted(artifact, now.memory);
  const auto refused = plan.refused.find(artifact.id);
  const auto failed = now.memory.failures.find(artifact.id);
  if (refused != plan.refused.end())
    said.reason = cut_reason(refused->second);
  else if (failed != now.memory.failures.end())
    said.reason = cut_reason(failed->second.reason);
  if (!has.empty()) {
    said.digest = has;
    // Not to have been able to ask whether there is a newer one does not make it less there.
    said.state = wants.empty() || wants == has ? State::kCached : State::kOutdated;
    if (said.state == State::kCached && said.of_bytes) said.bytes = *said.of_bytes;
    return said;
  }
  said.bytes = there_of(artifact, now.held);
  if (said.of_bytes) said.bytes = std::min(said.bytes, *said.of_bytes);
  if (now.memory.evicted.contains(artifact.id) && refused != plan.refused.end())
    said.state = State::kEvicted;
  else if (!said.reason.empty())
    said.state = State::kFailed;
  return said;
}

}  // namespace

std::vector<Said> states(const Situation& situation, const Plan& plan,
                         const std::optional<Pulling>& pulling) {
  std::vector<Said> out;
  for (const auto& wanted : situation.wanted) out.push_back(state_of(wanted, situation, plan, pulling));
  return out;
}

std::optional<std::int64_t> seconds_left(std::int64_t bytes, std::optional<std::int64_t> of_bytes,
                                         std::int64_t rate) {
  if (!of_bytes || rate <= 0) return std::nullopt;
  const auto left = std::max<std::int64_t>(0, *of_bytes - bytes);
  return left / rate + (left % rate != 0 ? 1 : 0);
}

double blended_rate(double before, std::int64_t bytes, double seconds) {
  if (seconds <= 0) return before;
  const auto now = static_cast<double>(bytes) / seconds;
  if (before <= 0) return now;
  const auto weight = 1 - std::exp(-seconds / kRateSeconds);
  return before + (now - before) * weight;
}

}  // namespace berth::cacheplan
