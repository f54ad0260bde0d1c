#include "store/layout_rows.hpp"

#include <charconv>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kLayouts{"control_layouts", R"sql(
    SELECT o.id, n.kubernetes_name AS node, o.layout, o.advertises, o.units, o.not_before, o.state = 'in_force' AS in_force,
        o.retry_asked_at IS NOT NULL AS retry_asked, o.in_force_since, o.over_at, o.label_given, o.labelled_at, o.had_others,
        o.mig_state, o.mig_state_since, o.boot, o.back_since, o.tries, o.step, o.stuck, o.sentence, o.repair, o.step_until
    FROM berth.layout_order o
    JOIN berth.node n ON n.id = o.node
    JOIN berth.pool p ON p.id = n.pool
    WHERE p.cluster = $1
      AND (o.state IN ('ordered', 'in_force')
        OR (o.state IN ('replaced', 'dropped') AND o.over_at > clock_timestamp() - interval '1 day'
            AND o.over_at >= o.not_before))
      AND n.retired_at IS NULL
      AND p.retired_at IS NULL
    ORDER BY n.kubernetes_name, o.not_before, o.id
)sql"};

constexpr pg::Query kReplace{"layout_replace", R"sql(
    UPDATE berth.layout_order
    SET state = 'replaced'
    WHERE id = ANY($1::bigint[]) AND state = 'ordered'
)sql"};

// Before the new one takes its place: a node has one.
constexpr pg::Query kReplaceInForce{"layout_replace_in_force", R"sql(
    UPDATE berth.layout_order o
    SET state = 'replaced'
    FROM berth.layout_order newer
    WHERE newer.id = $1
      AND newer.state IN ('ordered', 'in_force')
      AND o.node = newer.node
      AND o.id <> newer.id
      AND o.state = 'in_force'
)sql"};

constexpr pg::Query kKeep{"layout_keep", R"sql(
    UPDATE berth.layout_order
    SET state = CASE WHEN $2 THEN 'in_force' ELSE state END,
        in_force_since = CASE WHEN $2 THEN clock_timestamp() ELSE in_force_since END,
        retry_asked_at = CASE WHEN $3 THEN NULL ELSE retry_asked_at END,
        label_given = $4, labelled_at = $5, mig_state = $6, mig_state_since = $7, boot = $8, back_since = $9,
        tries = $10, step = $11, stuck = $12, sentence = $13, repair = $14, step_until = $15,
        had_others = $16
    WHERE id = $1 AND state IN ('ordered', 'in_force')
    RETURNING id
)sql"};

}  // namespace

std::map<std::string, std::int64_t> read_counts(const std::vector<std::string>& texts) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& text : texts) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos) return {};
    std::int64_t count = 0;
    const auto* end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data() + equals + 1, end, count);
        read.ec != std::errc() || read.ptr != end)
      return {};
    counts.emplace(text.substr(0, equals), count);
  }
  return counts;
}

void add_layouts_read(pg::Batch& batch, const std::string& cluster) {
  batch.add(kLayouts, cluster);
}

std::vector<planning::LayoutOrder> read_layouts(const pg::Rows& rows) {
  std::vector<planning::LayoutOrder> orders;
  for (const auto& row : rows) {
    orders.push_back({.id = row.get<std::int64_t>("id"),
                      .node = row.get<std::string>("node"),
                      .layout = row.get<std::string>("layout"),
                      .advertises = read_counts(row.get<std::vector<std::string>>("advertises")),
                      .units = row.get<std::vector<std::string>>("units"),
                      .not_before = row.get<Instant>("not_before"),
                      .in_force = row.get<bool>("in_force"),
                      .retry_asked = row.get<bool>("retry_asked"),
                      .in_force_since = row.get<std::optional<Instant>>("in_force_since"),
                      .over_at = row.get<std::optional<Instant>>("over_at"),
                      .progress = {.label_given = row.get<std::string>("label_given"),
                                   .labelled = row.get<std::optional<Instant>>("labelled_at"),
                                   .had_others = row.get<bool>("had_others"),
                                   .mig_state = row.get<std::string>("mig_state"),
                                   .mig_state_since = row.get<std::optional<Instant>>("mig_state_since"),
                                   .boot = row.get<std::string>("boot"),
                                   .back = row.get<std::optional<Instant>>("back_since"),
                                   .tries = row.get<int>("tries"),
                                   .step = row.get<std::string>("step"),
                                   .stuck = row.get<bool>("stuck"),
                                   .sentence = row.get<std::string>("sentence"),
                                   .repair = row.get<std::string>("repair"),
                                   .until = row.get<std::optional<Instant>>("step_until")}});
  }
  return orders;
}

Status keep_layout(pg::Transaction& transaction, const planning::KeepLayout& keep) {
  if (keep.order == 0) return {};
  const auto what = "write down a layout's step";
  if (!keep.replaced.empty()) {
    if (auto done = transaction.exec(kReplace, keep.replaced); !done) return fail(within(what, done.error()));
  }
  if (keep.takes_force) {
    if (auto done = transaction.exec(kReplaceInForce, keep.order); !done)
      return fail(within(what, done.error()));
  }
  const auto& it = keep.progress;
  const auto written =
      transaction.exec(kKeep, keep.order, keep.takes_force, keep.retries, it.label_given, it.labelled,
                       it.mig_state, it.mig_state_since, it.boot, it.back, it.tries, it.step, it.stuck,
                       it.sentence, it.repair, it.until, it.had_others);
  if (!written) return fail(within(what, written.error()));
  // Dropped or replaced since it was read: nothing of it may be done either.
  if (written->empty()) {
    return fail(Code::kConflict, "the layout that was ordered is over: another one was ordered meanwhile",
                "layout_order_over");
  }
  return {};
}

}  // namespace berth::store
