// The simulated cluster as a function of requests: whatever comes, an answer of the API, and a state that can
// be saved and read back.
#include <set>

#include "base/clock.hpp"
#include "fuzz.hpp"
#include "http/target.hpp"
#include "simcluster/api.hpp"
#include "simcluster/saved_state.hpp"
#include "simcluster/seed.hpp"
#include "simcluster/sim_control.hpp"

namespace {

using berth::fuzz::require;
namespace sim = berth::simcluster;

constexpr std::size_t kMostRequests = 8;
constexpr std::size_t kDeepest = 128;

class FixedClock final : public berth::Clock {
 public:
  berth::Instant now() const override { return now_; }
  void advance(berth::Duration by) { now_ += by; }

 private:
  berth::Instant now_ = *berth::parse_rfc3339("2026-11-22T12:00:00Z");
};

sim::Settings settings() {
  sim::Settings out;
  out.seed = 7;
  out.delays = sim::Delays::none();
  out.bounds.objects = 200;
  out.nodes.push_back({.name = "gpu-1",
                       .capacity = {{"cpu", "16"}, {"memory", "64Gi"}, {"nvidia.com/gpu", "4"}},
                       .allocatable = {},
                       .labels = {},
                       .taints = {},
                       .internal_ip = "192.0.2.10"});
  return out;
}

/// "METHOD target content-type user-agent", then the body up to a line "---".
std::optional<sim::ApiRequest> take_request(std::string_view& rest) {
  auto line = berth::fuzz::take_line(rest);
  const auto word = [&] {
    const auto end = std::min(line.find(' '), line.size());
    const auto out = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return out;
  };
  sim::ApiRequest request;
  request.method = word();
  auto target = berth::http::parse_target(word());
  request.content_type = word();
  request.user_agent = line;
  for (std::string_view body; !rest.empty();) {
    body = berth::fuzz::take_line(rest);
    if (body == "---") break;
    request.body += body;
  }
  if (!target) return std::nullopt;
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  return request;
}

void check_answer(const sim::ApiAnswer& answer) {
  static const std::set<int> kKnown{200, 201, 400, 403, 404, 405, 406, 409,
                                    410, 413, 415, 422, 429, 504, 507};
  require(kKnown.contains(answer.status));
  if (answer.watch) return require(answer.watch->type != nullptr);
  require(answer.content_type != "application/json" || berth::parse_json(answer.body, kDeepest));
}

void check_state(const sim::World& world) {
  const auto saved = sim::dump_state(world.store());
  sim::Store again(100);
  require(sim::restore_state(saved, again).has_value());
  require(berth::fuzz::same_json(*berth::parse_json(sim::dump_state(again), kDeepest),
                                 *berth::parse_json(saved, kDeepest)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto kSettings = settings();
  FixedClock clock;
  berth::SeededRandom random(kSettings.seed);
  sim::Faults faults;
  sim::World world(kSettings, clock, random, faults, berth::Log::silent());
  sim::seed(world);

  auto rest = berth::fuzz::text_of(bytes, size);
  for (std::size_t i = 0; i < kMostRequests && !rest.empty(); ++i) {
    const auto request = take_request(rest);
    if (!request) continue;
    check_answer(sim::answer(world, *request));
    check_answer(sim::handle_control(*request, faults).answer);
    clock.advance(berth::minutes(1));
    world.wake();
    sim::settle(world);
  }
  check_state(world);
  return 0;
}
