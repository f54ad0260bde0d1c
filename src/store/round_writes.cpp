#include "store/round_writes.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "store/booking_writes.hpp"
#include "store/codecs.hpp"
#include "store/events.hpp"
#include "store/reservation_rows.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kAuthors{"round_authors", R"sql(SELECT set_config('berth.authors', $1, true))sql"};
// What one gives up another may take in a later statement, and the other way round: what counts is the end.
constexpr pg::Query kDefer{"round_defer", R"sql(
    SET CONSTRAINTS berth.one_reservation_per_placement, berth.reservation_unit_pkey DEFERRED
)sql"};
constexpr pg::Query kGiveUp{"round_give_up", R"sql(
    UPDATE berth.reservation_unit
    SET live = false
    WHERE reservation = ANY($1::uuid[]) AND live
)sql"};
constexpr pg::Query kCancel{"round_cancel", R"sql(
    UPDATE berth.reservation
    SET state = 'CANCELED', reason = canceled.reason, version = version + 1
    FROM unnest($1::uuid[], $2::text[]) AS canceled (id, reason)
    WHERE reservation.id = canceled.id
)sql"};
constexpr pg::Query kRequestEnd{"round_request_end", R"sql(
    UPDATE berth.reservation
    SET end_requested_at = $3, reason = ended.reason, version = version + 1
    FROM unnest($1::uuid[], $2::text[]) AS ended (id, reason)
    WHERE reservation.id = ended.id
)sql"};
constexpr pg::Query kSetEnds{"round_set_ends", R"sql(
    UPDATE berth.reservation_unit AS claim
    SET during = tstzrange(lower(claim.during), until.at)
    FROM unnest($1::uuid[], $2::timestamptz[]) AS until (reservation, at)
    WHERE claim.reservation = until.reservation AND claim.live
)sql"};
constexpr pg::Query kRemoveClaims{"round_remove_claims", R"sql(
    DELETE FROM berth.reservation_unit
    WHERE reservation = ANY($1::uuid[])
)sql"};
constexpr pg::Query kEdit{"round_edit", R"sql(
    UPDATE berth.reservation
    SET device_class = edited.device_class, units = edited.units, cpu_milli = edited.cpu_milli,
        memory_gib = edited.memory_gib, storage_gib = edited.storage_gib, mode = edited.mode,
        start_at = edited.start_at, end_at = edited.end_at, name = edited.name,
        rate_micros = edited.rate_micros, currency = edited.currency, version = version + 1
    FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
        $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[], $12::text[])
      AS edited (id, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at, end_at, name,
        rate_micros, currency)
    WHERE reservation.id = edited.id
)sql"};
constexpr pg::Query kMake{"round_make", R"sql(
    INSERT INTO berth.reservation (id, device_class, units, cpu_milli, memory_gib, storage_gib, mode, start_at,
        end_at, name, rate_micros, currency, owner, team, pool, created_at)
    SELECT made.*, $15::bigint, $16::timestamptz
    FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
        $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bigint[], $12::text[], $13::uuid[],
        $14::uuid[]) AS made
)sql"};
constexpr pg::Query kClaim{"round_claim", R"sql(
    INSERT INTO berth.reservation_unit (reservation, unit, during)
    SELECT claimed.*
    FROM unnest($1::uuid[], $2::bigint[], $3::tstzrange[]) AS claimed
)sql"};
constexpr pg::Query kKeys{"round_keys_used", R"sql(
    INSERT INTO berth.idempotency (owner, key, body_hash, reservation)
    SELECT used.*
    FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[]) AS used
)sql"};

/// Reservations as columns.
struct Columns {
  std::vector<model::ReservationId> ids;
  std::vector<model::ClassId> classes;
  std::vector<int> units;
  std::vector<CpuMilli> cpu;
  std::vector<Gib> memory, storage;
  std::vector<std::string> modes, names, currencies;
  std::vector<Instant> starts, ends;
  std::vector<MoneyMicros> rates;
  std::vector<model::UserId> owners;
  std::vector<std::optional<model::TeamId>> teams;

  void add(const model::Reservation& one) {
    ids.push_back(one.id);
    classes.push_back(one.device_class);
    units.push_back(one.units);
    cpu.push_back(one.load.cpu);
    memory.push_back(one.load.memory);
    storage.push_back(one.load.storage);
    modes.emplace_back(to_string(one.mode));
    starts.push_back(one.window.start);
    ends.push_back(one.window.end);
    names.push_back(one.name);
    rates.push_back(one.rate);
    currencies.push_back(one.currency);
    owners.push_back(one.owner);
    teams.push_back(one.team);
  }
};

template <typename Value>
void split(const std::map<model::ReservationId, Value>& given, std::vector<model::ReservationId>& ids,
           std::vector<Value>& values) {
  for (const auto& [id, value] : given) {
    ids.push_back(id);
    values.push_back(value);
  }
}

std::string authors_of(const RoundWrites& writes) {
  json::object all;
  for (const auto& [id, doing] : writes.authors) {
    json::object one{{"actor", doing.author.actor},
                     {"request_id", doing.author.request_id},
                     {"source_ip", doing.author.source_ip},
                     {"at", format_rfc3339(doing.at)}};
    if (!doing.action.empty()) one["action"] = doing.action;
    if (!doing.author.token.empty()) one["token"] = doing.author.token;
    all[id.value] = std::move(one);
  }
  return json::serialize(all);
}

void add_ends(pg::Batch& batch, const RoundWrites& writes, Instant now) {
  const auto add_reasons = [&](const std::map<model::ReservationId, std::string>& given,
                               const pg::Query& query, const auto&... more) {
    if (given.empty()) return;
    std::vector<model::ReservationId> ids;
    std::vector<std::string> reasons;
    split(given, ids, reasons);
    batch.add(query, ids, reasons, more...);
  };
  if (!writes.canceled.empty()) {  // before the state: claims of what is over are kept as they are
    std::vector<model::ReservationId> ids;
    std::vector<std::string> reasons;
    split(writes.canceled, ids, reasons);
    batch.add(kGiveUp, ids);
  }
  add_reasons(writes.canceled, kCancel);
  add_reasons(writes.ended, kRequestEnd, now);
  if (!writes.ends.empty()) {
    std::vector<model::ReservationId> ids;
    std::vector<Instant> at;
    split(writes.ends, ids, at);
    batch.add(kSetEnds, ids, at);
  }
}

void add_edits(pg::Batch& batch, const RoundWrites& writes) {
  if (!writes.relaid.empty()) batch.add(kRemoveClaims, writes.relaid);
  if (!writes.edited.empty()) {
    Columns all;
    for (const auto& one : writes.edited) all.add(one);
    batch.add(kEdit, all.ids, all.classes, all.units, all.cpu, all.memory, all.storage, all.modes, all.starts,
              all.ends, all.names, all.rates, all.currencies);
  }
  add_swaps(batch, writes.swaps);
}

void add_made(pg::Batch& batch, const RoundWrites& writes, model::PoolId pool, Instant now) {
  if (!writes.made.empty()) {
    Columns all;
    for (const auto& id : writes.made) all.add(writes.laid.at(id).reservation);
    batch.add(kMake, all.ids, all.classes, all.units, all.cpu, all.memory, all.storage, all.modes, all.starts,
              all.ends, all.names, all.rates, all.currencies, all.owners, all.teams, pool, now);
  }
  if (!writes.laid.empty()) {
    std::vector<model::ReservationId> reservations;
    std::vector<model::UnitId> units;
    std::vector<Window> during;
    for (const auto& [id, laid] : writes.laid) {
      for (const auto unit : laid.units) {
        reservations.push_back(id);
        units.push_back(unit);
        during.push_back(laid.reservation.window);
      }
    }
    batch.add(kClaim, reservations, units, during);
  }
  if (!writes.keys.empty()) {
    std::vector<model::UserId> owners;
    std::vector<std::string> keys;
    std::vector<std::vector<std::byte>> hashes;
    std::vector<model::ReservationId> reservations;
    for (const auto& key : writes.keys) {
      owners.push_back(key.owner);
      keys.push_back(key.idempotency.key);
      hashes.push_back(key.idempotency.body_hash);
      reservations.push_back(key.reservation);
    }
    batch.add(kKeys, owners, keys, hashes, reservations);
  }
}

std::vector<model::ReservationId> changed_ones(const RoundWrites& writes) {
  std::vector<model::ReservationId> ids;
  for (const auto& one : writes.edited) ids.push_back(one.id);
  for (const auto& [id, reason] : writes.canceled) ids.push_back(id);
  for (const auto& [id, reason] : writes.ended) ids.push_back(id);
  return ids;
}

/// Units change hands, so the constraint may be broken between two statements.
bool changes_hands(const RoundWrites& writes) {
  return !writes.swaps.empty() || !writes.ends.empty() || !writes.relaid.empty();
}

}  // namespace

Result<std::map<model::ReservationId, Result<ReservationView>>> write_round(pg::Transaction& transaction,
                                                                            const model::Pool& pool,
                                                                            const RoundWrites& writes,
                                                                            Instant now) {
  pg::Batch batch;
  batch.add(kAuthors, authors_of(writes));
  if (changes_hands(writes)) batch.add(kDefer);
  add_ends(batch, writes, now);
  add_edits(batch, writes);
  add_made(batch, writes, pool.id, now);
  const auto views_at = add_views(batch, changed_ones(writes));
  add_news(batch, pool, writes.news, now);
  const auto answers = transaction.commit_with(batch);
  if (!answers) return fail(in_words("write a round", answers.error()));
  std::map<model::ReservationId, Result<ReservationView>> views;
  if (views_at) {
    for (auto& row : read_rows(answers->at(*views_at))) views.emplace(row.id, std::move(row.view));
  }
  return views;
}

}  // namespace berth::store
