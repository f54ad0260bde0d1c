#include "store/desired_besides.hpp"

#include <algorithm>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kKubeconfigs{"control_kubeconfigs", R"sql(
    SELECT q.id, q.reservation, q.asked_by, q.public_key, q.created_at, q.answered_at IS NOT NULL AS answered
    FROM berth.kubeconfig_request q
    JOIN berth.reservation r ON r.id = q.reservation
    JOIN berth.pool p ON p.id = r.pool
    WHERE p.cluster = $1
    ORDER BY q.created_at, q.id
    LIMIT 100
)sql"};

constexpr pg::Query kWishes{"control_wishes", R"sql(
    SELECT w.session, w.id::text AS id, w.asked_at, w.earlier::text[] AS earlier, coalesce(w.answer, '') AS answer
    FROM berth.wish w
    JOIN berth.session s ON s.id = w.session
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
)sql"};

constexpr pg::Query kActivity{"control_activity", R"sql(
    SELECT a.session, a.looked_at, a.heard_at
    FROM berth.activity a
    JOIN berth.session s ON s.id = a.session
    WHERE s.cluster = $1 AND s.phase <> 'Gone'
)sql"};

constexpr pg::Query kHomes{"control_homes", R"sql(
    SELECT h.id::text AS id, h.volume, h.size_gib, h.identity, h.kept_at IS NOT NULL AS of_before, h.session,
        h.going_at IS NOT NULL AS going,
        h.delete_asked_at IS NOT NULL OR h.kept_until <= $2 OR berth.home_stays(h.pool, 0) IS NULL AS due
    FROM berth.home h
    WHERE h.cluster = $1 AND h.gone_at IS NULL
    ORDER BY h.id
)sql"};

planning::KubeconfigRequest read_kubeconfig_request(const pg::Row& row) {
  planning::KubeconfigRequest request{.id = row.get<std::string>("id"),
                                      .reservation = row.get<model::ReservationId>("reservation"),
                                      .asked_by = row.get<model::UserId>("asked_by"),
                                      .asked_at = row.get<Instant>("created_at"),
                                      .answered = row.get<bool>("answered")};
  const auto key = row.get<std::vector<std::byte>>("public_key");
  if (key.size() != request.key.size())
    throw pg::Misuse("column \"public_key\": not as long as its check says");
  std::copy(key.begin(), key.end(), request.key.begin());
  return request;
}

std::map<model::SessionId, planning::HeardWish> read_wishes(const pg::Rows& rows) {
  std::map<model::SessionId, planning::HeardWish> wishes;
  for (const auto& row : rows) {
    wishes.emplace(row.get<model::SessionId>("session"),
                   planning::HeardWish{.id = row.get<std::string>("id"),
                                       .asked_at = row.get<Instant>("asked_at"),
                                       .earlier = row.get<std::vector<std::string>>("earlier"),
                                       .answer = row.get<std::string>("answer")});
  }
  return wishes;
}

std::map<model::SessionId, planning::HeardActivity> read_heard(const pg::Rows& rows) {
  std::map<model::SessionId, planning::HeardActivity> activity;
  for (const auto& row : rows) {
    activity.emplace(row.get<model::SessionId>("session"),
                     planning::HeardActivity{row.get<Instant>("looked_at"), row.get<Instant>("heard_at")});
  }
  return activity;
}

planning::Home read_home(const pg::Row& row) {
  planning::Home home{.id = row.get<std::string>("id"),
                      .volume = row.get<std::string>("volume"),
                      .size = Gib{row.get<std::int64_t>("size_gib")},
                      .identity = {},
                      .of_before = row.get<bool>("of_before")};
  const auto identity = row.get<json::value>("identity");
  for (const auto& [name, value] : identity.as_object()) {
    if (value.is_string()) home.identity.emplace(name, value.get_string());
  }
  return home;
}

/// By session; those that no session has apart.
void add_homes(const pg::Rows& rows, Besides& besides) {
  for (const auto& row : rows) {
    auto home = read_home(row);
    if (const auto session = row.get<std::optional<model::SessionId>>("session")) {
      besides.homes.emplace(*session, std::move(home));
      continue;
    }
    home.due = row.get<bool>("due");
    home.going = row.get<bool>("going");
    besides.nobodys_homes.push_back(std::move(home));
  }
}

template <typename T>
void give(const std::map<model::SessionId, T>& all, const model::SessionId& session, std::optional<T>& into) {
  if (const auto found = all.find(session); found != all.end()) into = found->second;
}

}  // namespace

void Besides::add_to(planning::DesiredSession& session) const {
  give(wishes, session.session.id, session.wish);
  give(activity, session.session.id, session.activity);
  give(homes, session.session.id, session.home);
}

void add_besides_read(pg::Batch& batch, const std::string& cluster, Instant now) {
  batch.add(kKubeconfigs, cluster);
  batch.add(kWishes, cluster);
  batch.add(kActivity, cluster);
  batch.add(kHomes, cluster, now);
}

Besides read_besides(std::span<const pg::Rows> rows) {
  Besides besides;
  for (const auto& row : rows[0]) besides.kubeconfigs.push_back(read_kubeconfig_request(row));
  besides.wishes = read_wishes(rows[1]);
  besides.activity = read_heard(rows[2]);
  add_homes(rows[3], besides);
  return besides;
}

}  // namespace berth::store
