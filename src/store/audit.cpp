#include "store/audit.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kAuditList{"audit_list", R"sql(
    SELECT id, at, actor, action, object_type, object_id, outcome, before, after, request_id, source_ip,
        token, count, since,
        CASE WHEN actor ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
             THEN (SELECT email FROM berth.app_user WHERE id = substr(actor, 6)::uuid) END AS actor_email
    FROM berth.audit
    WHERE ($1::timestamptz IS NULL OR (at, id) < ($1, $2::bigint))
      AND ($3 = '' OR actor = $3)
      AND ($4 = '' OR action = $4)
      AND ($5 = '' OR object_id = $5)
      AND ($6 = '' OR token = nullif($6, '')::uuid)
      AND ($8 = '' OR object_type = $8)
      AND ($9::timestamptz IS NULL OR at >= $9)
      AND ($10::timestamptz IS NULL OR at < $10)
    ORDER BY at DESC, id DESC
    LIMIT $7
)sql"};
constexpr pg::Query kRecord{"audit_record", R"sql(
    INSERT INTO berth.audit (actor, action, object_type, object_id, outcome, request_id, source_ip, token,
        count, since)
    VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::uuid, $9, $10)
)sql"};

AuditRow read_audit(const pg::Row& row) {
  return {row.get<std::string>("id"),
          row.get<Instant>("at"),
          row.get<std::string>("actor"),
          row.get<std::optional<std::string>>("actor_email"),
          row.get<std::string>("action"),
          row.get<std::string>("object_type"),
          row.get<std::string>("object_id"),
          row.get<std::string>("outcome"),
          row.get<std::optional<json::value>>("before").value_or(nullptr),
          row.get<std::optional<json::value>>("after").value_or(nullptr),
          row.get<std::string>("request_id"),
          row.get<std::string>("source_ip"),
          row.get<std::optional<std::string>>("token"),
          row.get<int>("count"),
          row.get<std::optional<Instant>>("since")};
}

}  // namespace

Result<Page<AuditRow>> list_audit(pg::Connection& connection, const AuditFilter& filter,
                                  const PageRequest& request) {
  if (auto good = check_limit(request.limit); !good) return fail(good.error());
  const auto mark = parse_cursor(request.cursor, MarkId::kNumber);
  if (!mark) return fail(mark.error());
  const auto before = mark->has_value() ? std::optional((*mark)->at) : std::nullopt;
  const auto before_id = mark->has_value() ? std::optional((*mark)->id) : std::nullopt;
  const auto rows = connection.exec(kAuditList, before, before_id, filter.actor, filter.action, filter.object,
                                    filter.token, request.limit + 1, filter.kind, filter.from, filter.to);
  if (!rows) return fail(within("list the audit log", rows.error()));
  std::vector<AuditRow> items;
  for (const auto& row : *rows) items.push_back(read_audit(row));
  return cut_page(std::move(items), request.limit, [](const AuditRow& row) { return Mark{row.at, row.id}; });
}

Status record_audit(pg::Connection& connection, const Author& author, const AuditNote& note) {
  const auto done =
      connection.exec(kRecord, author.actor, note.action, note.object_type, note.object_id, note.outcome,
                      author.request_id, author.source_ip, author.token, note.count, note.since);
  if (!done) return fail(within("write the audit log", done.error()));
  return {};
}

}  // namespace berth::store
