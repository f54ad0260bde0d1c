#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "poolfile/poolfile.hpp"
#include "store/apply_parts.hpp"
#include "store/author.hpp"
#include "store/booking_writes.hpp"
#include "store/claims.hpp"
#include "store/codecs.hpp"
#include "store/pool_changes.hpp"
#include "store/pool_rows.hpp"
#include "store/pools.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kInsertPool{"apply_insert_pool", R"sql(
    INSERT INTO berth.pool (name, cluster, time_zone, currency, policy, annual_cost_micros, annual_cost_currency)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (name) DO NOTHING
    RETURNING id
)sql"};
constexpr pg::Query kElsewhere{"apply_elsewhere", R"sql(
    SELECT n.kubernetes_name, n.name AS node, p.name AS pool
    FROM berth.node n
    JOIN berth.pool p ON p.id = n.pool
    WHERE p.id <> $1
      AND p.cluster = $2
      AND n.kubernetes_name = ANY($3::text[])
      AND n.retired_at IS NULL
    ORDER BY p.name, n.name
)sql"};
constexpr pg::Query kUpdatePool{"apply_update_pool", R"sql(
    UPDATE berth.pool
    SET cluster = $2, time_zone = $3, currency = $4, policy = $5, annual_cost_micros = $6,
        annual_cost_currency = $7, version = version + 1, retired_at = NULL
    WHERE id = $1
)sql"};
constexpr pg::Query kPutNode{"apply_put_node", R"sql(
    INSERT INTO berth.node (pool, name, kubernetes_name, cpu_milli, memory_gib, storage_gib,
        aside_cpu_milli, aside_memory_gib, aside_storage_gib)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (pool, name) DO UPDATE
    SET kubernetes_name = EXCLUDED.kubernetes_name,
        cpu_milli = EXCLUDED.cpu_milli, memory_gib = EXCLUDED.memory_gib, storage_gib = EXCLUDED.storage_gib,
        aside_cpu_milli = EXCLUDED.aside_cpu_milli, aside_memory_gib = EXCLUDED.aside_memory_gib,
        aside_storage_gib = EXCLUDED.aside_storage_gib, retired_at = NULL
)sql"};
constexpr pg::Query kPutClass{"apply_put_class", R"sql(
    INSERT INTO berth.device_class (pool, name, ordinal, title, device_memory_gib, gpu_share, rate_micros,
        default_cpu_milli, default_memory_gib, default_storage_gib, ephemeral_gib, home_gib, model_cache_gib,
        pods)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (pool, name) DO UPDATE
    SET ordinal = EXCLUDED.ordinal, title = EXCLUDED.title,
        device_memory_gib = EXCLUDED.device_memory_gib, gpu_share = EXCLUDED.gpu_share,
        rate_micros = EXCLUDED.rate_micros, default_cpu_milli = EXCLUDED.default_cpu_milli,
        default_memory_gib = EXCLUDED.default_memory_gib,
        default_storage_gib = EXCLUDED.default_storage_gib, ephemeral_gib = EXCLUDED.ephemeral_gib,
        home_gib = EXCLUDED.home_gib, model_cache_gib = EXCLUDED.model_cache_gib,
        pods = EXCLUDED.pods, retired_at = NULL
)sql"};
constexpr pg::Query kPutDevice{"apply_put_device", R"sql(
    INSERT INTO berth.device (node, name, model, memory_gib, slots)
    SELECT n.id, $3, $4, $5, $6
    FROM berth.node n
    WHERE n.pool = $1 AND n.name = $2
    ON CONFLICT (node, name) DO UPDATE
    SET model = EXCLUDED.model, memory_gib = EXCLUDED.memory_gib, slots = EXCLUDED.slots, retired_at = NULL
)sql"};
constexpr pg::Query kPutUnit{"apply_put_unit", R"sql(
    INSERT INTO berth.unit (node, device_class, name, resource_name, replicas, out_of_service, device,
        placement)
    SELECT n.id, c.id, $4, $5, $6, $7, d.id, int4range($9, $10)
    FROM berth.node n
    JOIN berth.device d ON d.node = n.id AND d.name = $8
    JOIN berth.device_class c ON c.pool = n.pool AND c.name = $3
    WHERE n.pool = $1 AND n.name = $2
    ON CONFLICT (node, name) DO UPDATE
    SET device_class = EXCLUDED.device_class, resource_name = EXCLUDED.resource_name,
        replicas = EXCLUDED.replicas, out_of_service = EXCLUDED.out_of_service, device = EXCLUDED.device,
        placement = EXCLUDED.placement, retired_at = NULL
)sql"};
// Claims go along with units that are laid elsewhere, one unit after the other: what they come to lie on is
// looked at when all are there.
constexpr pg::Query kLayUnits{"apply_lay_units",
                              R"sql(SET CONSTRAINTS berth.one_reservation_per_placement DEFERRED)sql"};
constexpr pg::Query kUnitsAreLaid{"apply_units_are_laid",
                                  R"sql(SET CONSTRAINTS berth.one_reservation_per_placement IMMEDIATE)sql"};
constexpr pg::Query kRetireNode{
    "apply_retire_node", R"sql(UPDATE berth.node SET retired_at = clock_timestamp() WHERE id = $1)sql"};
constexpr pg::Query kRetireClass{"apply_retire_class", R"sql(
    UPDATE berth.device_class
    SET retired_at = clock_timestamp()
    WHERE id = $1
)sql"};
constexpr pg::Query kRetireDevice{
    "apply_retire_device", R"sql(UPDATE berth.device SET retired_at = clock_timestamp() WHERE id = $1)sql"};
constexpr pg::Query kRetireUnit{
    "apply_retire_unit", R"sql(UPDATE berth.unit SET retired_at = clock_timestamp() WHERE id = $1)sql"};

/// Where the parts of a pool are found by name. Retired ones too: they come back when they are declared
/// again.
const model::Node* find_node(const model::Pool& pool, const std::string& name) {
  const auto found = std::find_if(pool.nodes.begin(), pool.nodes.end(),
                                  [&](const model::Node& node) { return node.name == name; });
  return found == pool.nodes.end() ? nullptr : &*found;
}

/// Of a device or a unit: by its name and its node's.
template <typename Part>
const Part* find_part(const model::Pool& pool, const std::vector<Part>& parts, const std::string& node_name,
                      const std::string& name) {
  const auto* node = find_node(pool, node_name);
  if (node == nullptr) return nullptr;
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
    return part.node == node->id && part.name == name;
  });
  return found == parts.end() ? nullptr : &*found;
}

void put_nodes(pg::Batch& batch, const model::Pool& before, const model::Pool& wanted) {
  for (const auto& node : wanted.nodes) {
    const auto* was = find_node(before, node.name);
    if (was != nullptr && !was->retired && was->kubernetes_name == node.kubernetes_name &&
        was->capacity == node.capacity && was->set_aside == node.set_aside) {
      continue;
    }
    batch.add(kPutNode, before.id, node.name, node.kubernetes_name, node.capacity.cpu, node.capacity.memory,
              node.capacity.storage, node.set_aside.cpu, node.set_aside.memory, node.set_aside.storage);
  }
  for (const auto& node : before.nodes) {
    if (!node.retired && find_node(wanted, node.name) == nullptr) batch.add(kRetireNode, node.id);
  }
}

void put_classes(pg::Batch& batch, const model::Pool& before, const model::Pool& wanted) {
  for (std::size_t place = 0; place < wanted.classes.size(); ++place) {
    const auto& item = wanted.classes[place];
    auto as_before = item;
    const auto* was = before.find_class(std::string_view(item.name));
    if (was != nullptr) as_before.id = was->id;
    // In the database's order the retired come along; where a class stands among them tells whether its place
    // is the same.
    const bool same_place = was != nullptr && static_cast<std::size_t>(was - before.classes.data()) == place;
    if (was != nullptr && *was == as_before && same_place) continue;
    batch.add(kPutClass, before.id, item.name, static_cast<int>(place), item.title, item.device_memory,
              item.gpu_share, item.rate, item.defaults.cpu, item.defaults.memory, item.defaults.storage,
              item.ephemeral, item.home, item.model_cache, item.pods);
  }
  for (const auto& item : before.classes) {
    if (!item.retired && wanted.find_class(std::string_view(item.name)) == nullptr)
      batch.add(kRetireClass, item.id);
  }
}

void put_devices(pg::Batch& batch, const model::Pool& before, const model::Pool& wanted) {
  for (const auto& device : wanted.devices) {
    const auto& node_name = wanted.find_node(device.node)->name;
    const auto* was = find_part(before, before.devices, node_name, device.name);
    if (was != nullptr && !was->retired && was->model == device.model && was->memory == device.memory &&
        was->slots == device.slots) {
      continue;
    }
    batch.add(kPutDevice, before.id, node_name, device.name, device.model, device.memory, device.slots);
  }
  for (const auto& device : before.devices) {
    const auto& node_name = before.find_node(device.node)->name;
    if (!device.retired && find_part(wanted, wanted.devices, node_name, device.name) == nullptr) {
      batch.add(kRetireDevice, device.id);
    }
  }
}

void put_units(pg::Batch& batch, const model::Pool& before, const model::Pool& wanted) {
  for (const auto& unit : wanted.units) {
    const auto& node_name = wanted.find_node(unit.node)->name;
    const auto& class_name = wanted.find_class(unit.device_class)->name;
    const auto& device_name = wanted.find_device(unit.device)->name;
    const auto* was = find_part(before, before.units, node_name, unit.name);
    if (was != nullptr && !was->retired && before.find_class(was->device_class)->name == class_name &&
        was->resource_name == unit.resource_name && was->replicas == unit.replicas &&
        was->out_of_service == unit.out_of_service && was->placement == unit.placement &&
        before.find_device(was->device)->name == device_name) {
      continue;
    }
    batch.add(kPutUnit, before.id, node_name, class_name, unit.name, unit.resource_name, unit.replicas,
              unit.out_of_service, device_name, unit.placement.first, unit.placement.end);
  }
  for (const auto& unit : before.units) {
    const auto& node_name = before.find_node(unit.node)->name;
    if (!unit.retired && find_part(wanted, wanted.units, node_name, unit.name) == nullptr) {
      batch.add(kRetireUnit, unit.id);
    }
  }
}

json::value policy_of(const model::Pool& pool) {
  return poolfile::policy_to_json(pool.policy);
}

std::optional<MoneyMicros> cost_of(const model::Pool& pool) {
  return pool.annual_cost ? std::optional(pool.annual_cost->amount) : std::nullopt;
}
std::optional<std::string> cost_currency_of(const model::Pool& pool) {
  return pool.annual_cost ? std::optional(pool.annual_cost->currency) : std::nullopt;
}

Status write_parts(pg::Transaction& transaction, const model::Pool& before, const model::Pool& wanted) {
  pg::Batch batch;
  put_nodes(batch, before, wanted);
  put_classes(batch, before, wanted);
  put_devices(batch, before, wanted);
  batch.add(kLayUnits);
  put_units(batch, before, wanted);
  batch.add(kUnitsAreLaid);
  batch.add(kUpdatePool, before.id, wanted.cluster, wanted.time_zone, wanted.currency, policy_of(wanted),
            cost_of(wanted), cost_currency_of(wanted));
  const auto written = transaction.connection().exec(batch);
  if (!written) return fail(within("write a pool", written.error()));
  return {};
}

}  // namespace

Status check_nodes_are_nowhere_else(pg::Transaction& transaction, model::PoolId id,
                                    const model::Pool& wanted) {
  std::vector<std::string> names;
  names.reserve(wanted.nodes.size());
  for (const auto& node : wanted.nodes) names.push_back(node.kubernetes_name);
  const auto rows = transaction.exec(kElsewhere, id, wanted.cluster, names);
  if (!rows) return fail(within("look for nodes in other pools", rows.error()));
  if (rows->empty()) return {};
  Error error{.code = Code::kConflict,
              .message = {},
              .slug = "node_in_another_pool",
              .fields = {},
              .retry_after_seconds = 0};
  for (const auto& row : *rows) {
    if (error.fields.size() == kMaxNamedConflicts) {
      error.message += fmt::format(" And {} more.", rows->size() - kMaxNamedConflicts);
      break;
    }
    const auto name = row.get<std::string>("kubernetes_name");
    const auto at = std::find_if(wanted.nodes.begin(), wanted.nodes.end(),
                                 [&](const model::Node& node) { return node.kubernetes_name == name; });
    const auto sentence =
        fmt::format("Kubernetes node {} of cluster {} is node {} of pool {} already.", name, wanted.cluster,
                    row.get<std::string>("node"), row.get<std::string>("pool"));
    error.message += (error.message.empty() ? "" : " ") + sentence;
    error.fields.push_back({fmt::format("nodes[{}].kubernetes_name", at - wanted.nodes.begin()), name,
                            "in one pool of its cluster", sentence});
  }
  return fail(std::move(error));
}

Result<model::PoolId> make_pool(pg::Transaction& transaction, const model::Pool& wanted) {
  const auto made =
      transaction.exec(kInsertPool, wanted.name, wanted.cluster, wanted.time_zone, wanted.currency,
                       policy_of(wanted), cost_of(wanted), cost_currency_of(wanted));
  if (!made) return fail(within("make a pool", made.error()));
  if (made->empty()) {
    return fail(Code::kConflict, fmt::format("pool {} was made at the same moment; try again", wanted.name),
                "try_again");
  }
  return made->front().get<model::PoolId>("id");
}

namespace {

/// What is to become of the bookings, decided; those that are to move are locked.
struct Decided {
  Outcome outcome;
  std::vector<booking::Holding> held;  // as they are before
};

Result<Decided> decide_bookings(pg::Transaction& transaction, const model::Pool& before,
                                const model::Pool& wanted, MoveBookings move) {
  auto& connection = transaction.connection();
  for (int tries = 1;; ++tries) {
    const auto now = database_now(connection);
    if (!now) return fail(now.error());
    const auto last = last_claim_end(connection, before, *now + seconds(1));
    if (!last) return fail(last.error());
    auto snapshot = load_snapshot(connection, before, {*now, *last}, *now);
    if (!snapshot) return fail(snapshot.error());
    auto outcome = affected_by(connection, before, wanted, *snapshot, *now);
    if (!outcome) return fail(outcome.error());
    Decided decided{.outcome = std::move(*outcome), .held = std::move(snapshot->holdings)};
    if (move == MoveBookings::kNo) return decided;
    const auto locked = lock_moved(transaction, decided.outcome.moves, *now);
    if (!locked) return fail(locked.error());
    if (*locked) return decided;
    if (tries == kMaxDecisions)
      return fail(Code::kConflict, "bookings began while they were to be moved; try again", "try_again");
  }
}

/// What stands against it, when the bookings are `holdings`.
std::optional<PoolInUse> find_in_use(const model::Pool& before, const model::Pool& wanted,
                                     const std::vector<booking::Holding>& holdings, const Outcome& outcome) {
  auto conflicts = find_conflicts(before, wanted, holdings);
  if (conflicts.empty()) return std::nullopt;
  const auto in_the_way = [&](const booking::Holding& one) {
    return std::ranges::any_of(outcome.affected, [&](const AffectedBooking& booking) {
      return booking.in_the_way && booking.reservation == one.reservation;
    });
  };
  auto rest = holdings;
  std::erase_if(rest, in_the_way);
  return PoolInUse{.pool = before.name,
                   .conflicts = std::move(conflicts),
                   .others = find_conflicts(before, wanted, rest),
                   .affected = outcome.affected};
}

Status move_bookings(pg::Transaction& transaction, Decided& decided) {
  pg::Batch batch;
  add_swaps(batch, swaps_of(decided.outcome.moves, decided.held));
  if (const auto moved = transaction.connection().exec(batch); !moved)
    return fail(in_words("move bookings", moved.error()));
  for (auto& booking : decided.outcome.affected) {
    if (booking.fate == Fate::kMovable) booking.fate = Fate::kMoved;
  }
  return {};
}

}  // namespace

/// Units go to the model's order of a pool file, so that what was declared and what is there can be compared.
Result<PartsOutcome> apply_parts(pg::Transaction& transaction, model::PoolId id, const model::Pool& wanted,
                                 IsNew is_new, MoveBookings move) {
  auto& connection = transaction.connection();
  auto before = load_pool(connection, id);
  if (!before) return fail(before.error());

  Applied applied;
  applied.changes = describe_changes(*before, wanted);
  if (is_new == IsNew::kYes)
    applied.changes.insert(applied.changes.begin(), fmt::format("Pool {} is new.", wanted.name));
  // What was taken out of service before may still be booked.
  if (applied.changes.empty() && !closes_units(*before, wanted)) {
    applied.pool = std::move(*before);
    return PartsOutcome(std::move(applied));
  }
  auto decided = decide_bookings(transaction, *before, wanted, move);
  if (!decided) return fail(decided.error());
  const bool moves = move == MoveBookings::kYes && !decided->outcome.moves.empty();
  if (auto in_use =
          find_in_use(*before, wanted, moves ? decided->outcome.holdings : decided->held, decided->outcome))
    return PartsOutcome(std::move(*in_use));
  if (moves) {
    if (auto done = move_bookings(transaction, *decided); !done) return fail(done.error());
  }
  applied.affected = std::move(decided->outcome.affected);
  if (!applied.changes.empty()) {
    if (auto written = write_parts(transaction, *before, wanted); !written) return fail(written.error());
  }
  auto after = load_pool(connection, id);
  if (!after) return fail(after.error());
  applied.pool = std::move(*after);
  return PartsOutcome(std::move(applied));
}

}  // namespace berth::store
