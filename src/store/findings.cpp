#include "store/findings.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kFindingList{"finding_list", R"sql(
    SELECT id, cluster, kind, object, detail, planned_action, first_seen_at
    FROM berth.finding
    WHERE resolved_at IS NULL
      AND ($1::timestamptz IS NULL OR (first_seen_at, id) < ($1, $2::uuid))
    ORDER BY first_seen_at DESC, id DESC
    LIMIT $3
)sql"};

}  // namespace

Result<Page<Finding>> list_findings(pg::Connection& connection, const PageRequest& request) {
  if (auto good = check_limit(request.limit); !good) return fail(good.error());
  const auto mark = parse_cursor(request.cursor, MarkId::kUuid);
  if (!mark) return fail(mark.error());
  const auto before = mark->has_value() ? std::optional((*mark)->at) : std::nullopt;
  const auto before_id = mark->has_value() ? std::optional((*mark)->id) : std::nullopt;
  const auto rows = connection.exec(kFindingList, before, before_id, request.limit + 1);
  if (!rows) return fail(within("list findings", rows.error()));
  std::vector<Finding> findings;
  for (const auto& row : *rows) {
    findings.push_back({row.get<std::string>("id"), row.get<std::string>("cluster"),
                        row.get<std::string>("kind"), row.get<std::string>("object"),
                        row.get<std::string>("detail"), row.get<std::string>("planned_action"),
                        row.get<Instant>("first_seen_at")});
  }
  return cut_page(std::move(findings), request.limit,
                  [](const Finding& finding) { return Mark{finding.first_seen_at, finding.id}; });
}

}  // namespace berth::store
