#include "store/reservation_rows.hpp"

#include "store/codecs.hpp"

namespace berth::store {

Result<model::Reservation> read_reservation(const pg::Row& row) {
  const auto mode = known<model::Mode>(row, "mode");
  if (!mode) return fail(mode.error());
  const auto state = known<model::ReservationState>(row, "state");
  if (!state) return fail(state.error());
  return model::Reservation{
      .id = row.get<model::ReservationId>("id"),
      .pool = row.get<model::PoolId>("pool"),
      .device_class = row.get<model::ClassId>("device_class"),
      .units = row.get<int>("units"),
      .load = {row.get<CpuMilli>("cpu_milli"), row.get<Gib>("memory_gib"), row.get<Gib>("storage_gib")},
      .mode = *mode,
      .window = {row.get<Instant>("start_at"), row.get<Instant>("end_at")},
      .state = *state,
      .reason = row.get<std::string>("reason"),
      .owner = row.get<model::UserId>("owner"),
      .team = row.get<std::optional<model::TeamId>>("team"),
      .name = row.get<std::string>("name"),
      .version = row.get<std::int64_t>("version"),
      .created_at = row.get<Instant>("created_at"),
      .end_requested_at = row.get<std::optional<Instant>>("end_requested_at"),
      .rate = row.get<MoneyMicros>("rate_micros"),
      .currency = row.get<std::string>("currency")};
}

}  // namespace berth::store
