#include "store/session_rows.hpp"

#include "store/codecs.hpp"

namespace berth::store {
namespace {

std::vector<model::Endpoint> read_endpoints(const json::value& list) {
  std::vector<model::Endpoint> endpoints;
  if (!list.is_array()) throw pg::Misuse("column \"endpoints\": no list");
  for (const auto& endpoint : list.get_array()) {
    endpoints.push_back({string_at(endpoint, {"name"}), string_at(endpoint, {"url"})});
  }
  return endpoints;
}

}  // namespace

Result<model::Step> read_step(const pg::Row& row) {
  const auto name = known<model::StepName>(row, "name", "step");
  if (!name) return fail(name.error());
  const auto state = known<model::StepState>(row, "state", "step state");
  if (!state) return fail(state.error());
  return model::Step{.name = *name,
                     .state = *state,
                     .started_at = row.get<std::optional<Instant>>("started_at"),
                     .finished_at = row.get<std::optional<Instant>>("finished_at"),
                     .tries = row.get<int>("tries"),
                     .next_try_at = row.get<std::optional<Instant>>("next_try_at"),
                     .detail = row.get<std::string>("detail")};
}

Result<model::Session> read_session(const pg::Row& row, std::vector<model::Step> steps) {
  const auto phase = known<model::SessionPhase>(row, "phase");
  if (!phase) return fail(phase.error());
  return model::Session{.id = row.get<model::SessionId>("id"),
                        .reservation = row.get<model::ReservationId>("reservation"),
                        .attempt = row.get<int>("attempt"),
                        .namespace_name = row.get<std::string>("namespace_name"),
                        .host = row.get<std::string>("host"),
                        .phase = *phase,
                        .reason = row.get<std::string>("reason"),
                        .created_at = row.get<Instant>("created_at"),
                        .ready_at = row.get<std::optional<Instant>>("ready_at"),
                        .stopping_at = row.get<std::optional<Instant>>("stopping_at"),
                        .gone_at = row.get<std::optional<Instant>>("gone_at"),
                        .failed = row.get<bool>("failed"),
                        .steps = std::move(steps),
                        .endpoints = read_endpoints(row.get<json::value>("endpoints"))};
}

}  // namespace berth::store
