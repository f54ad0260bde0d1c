#include "storetwin/homes.hpp"

#include <algorithm>
#include <tuple>

namespace berth::storetwin::homes {
namespace {

const model::HomeRule& rule_of(const Declared& declared, model::PoolId pool) {
  return declared.pools.at(pool).policy.homes;
}

HomeRow* find(Change& change, const std::string& id) {
  const auto found = change.tables.homes.find(id);
  return found == change.tables.homes.end() || found->second.gone_at ? nullptr : &found->second;
}

HomeRow* held_by(Change& change, const model::SessionId& session) {
  const auto* row = of_session(change.tables, session);
  return row == nullptr ? nullptr : &change.tables.homes.at(row->home.id);
}

bool lies_on(const HomeRow& row, const model::Pool& pool, const std::vector<Claim>& claims) {
  return row.node.empty() || std::ranges::any_of(claims, [&](const Claim& claim) {
           return pool.find_node(pool.find_unit(claim.unit)->node)->kubernetes_name == row.node;
         });
}

/// Of that owner and pool the newest stay, the others are past.
void crowd_out(Change& change, const Declared& declared, const HomeRow& left) {
  std::vector<HomeRow*> kept;
  for (auto& [id, row] : change.tables.homes) {
    const bool free = row.session.value.empty() && !row.gone_at && !row.home.going && !row.deletion_asked;
    if (free && row.owner == left.owner && row.pool == left.pool && row.kept_until > change.now())
      kept.push_back(&row);
  }
  const auto count = static_cast<std::size_t>(rule_of(declared, left.pool).count);
  std::ranges::sort(kept, [](const HomeRow* a, const HomeRow* b) {
    return std::tie(*b->kept_at, a->home.id) < std::tie(*a->kept_at, b->home.id);
  });
  for (std::size_t at = count; at < kept.size(); ++at) kept[at]->kept_until = change.now();
}

void give(HomeRow& row, const model::SessionId& session) {
  row.session = session;
  row.last_session = session;
}

}  // namespace

const HomeRow* of_session(const Tables& tables, const model::SessionId& session) {
  for (const auto& [id, row] : tables.homes) {
    if (!session.value.empty() && row.session == session) return &row;
  }
  return nullptr;
}

bool is_due(const Declared& declared, const HomeRow& row, Instant now) {
  return row.session.value.empty() && (row.deletion_asked || (row.kept_until && *row.kept_until <= now) ||
                                       rule_of(declared, row.pool).days == 0);
}

void take(Change& change, const Declared& declared, const std::string& cluster,
          const model::SessionId& session) {
  const auto& of = change.reservation(change.tables.sessions.at(session).session.reservation);
  const auto& pool = declared.pools.at(of.pool);
  const auto& storage_class = declared.clusters.at(cluster).storage_class;
  const auto claims = claims_of(change.tables, of.id);
  HomeRow* newest = nullptr;
  for (auto& [id, row] : change.tables.homes) {
    const bool free = row.session.value.empty() && !row.gone_at && !row.home.going && !row.deletion_asked &&
                      row.kept_until && *row.kept_until > change.now() && pool.policy.homes.days > 0;
    const bool fits = row.cluster == cluster && row.pool == of.pool && row.owner == of.owner &&
                      row.home.size + pool.find_class(of.device_class)->model_cache <= of.load.storage &&
                      (storage_class.empty() || storage_class == row.storage_class) &&
                      lies_on(row, pool, claims);
    if (free && fits && (newest == nullptr || *row.kept_at > *newest->kept_at)) newest = &row;
  }
  if (newest != nullptr) give(*newest, session);
}

void give_back(Change& change, const Declared& declared, const model::SessionId& session) {
  auto* row = held_by(change, session);
  if (row == nullptr) return;
  const auto& rule = rule_of(declared, row->pool);
  row->session = {};
  row->kept_at = change.now();
  row->kept_until = change.now() + std::chrono::days(rule.keeps(row->home.size) ? rule.days : 0);
  row->home.of_before = true;
  crowd_out(change, declared, *row);
}

std::optional<std::string> keep(Change& change, const Declared& declared, const model::SessionId& session,
                                const store::FoundHome& found) {
  if (auto* row = held_by(change, session)) {
    if (row->home.volume != found.volume) return std::nullopt;
    row->home.size = found.size;
    return row->home.id;
  }
  const auto at = change.tables.sessions.find(session);
  if (at == change.tables.sessions.end() || at->second.session.phase == model::SessionPhase::kGone)
    return std::nullopt;
  const auto& of = change.reservation(at->second.session.reservation);
  for (auto& [id, row] : change.tables.homes) {
    if (row.gone_at || row.cluster != at->second.cluster || row.home.volume != found.volume) continue;
    if (row.owner != of.owner || row.pool != of.pool || !row.session.value.empty() || row.home.going)
      return std::nullopt;
    give(row, session);
    return id;
  }
  if (!rule_of(declared, of.pool).keeps(found.size)) return std::nullopt;
  HomeRow row;
  row.home = {.id = found.new_id, .volume = found.volume, .size = found.size, .identity = found.identity};
  row.cluster = at->second.cluster;
  row.pool = of.pool;
  row.owner = of.owner;
  row.storage_class = found.storage_class;
  row.node = found.node;
  give(row, session);
  change.tables.homes.emplace(found.new_id, std::move(row));
  return found.new_id;
}

bool leave(Change& change, const Declared& declared, const model::SessionId& session,
           const std::string& home) {
  auto* row = find(change, home);
  if (row == nullptr || row->session != session || !row->kept_until) return false;
  const auto& rule = rule_of(declared, row->pool);
  row->session = {};
  row->kept_until = std::max(*row->kept_until,
                             change.now() + std::chrono::days(rule.keeps(row->home.size) ? rule.days : 0));
  crowd_out(change, declared, *row);
  return true;
}

bool let_go(Change& change, const Declared& declared, const std::string& home) {
  auto* row = find(change, home);
  if (row == nullptr || row->home.going || !is_due(declared, *row, change.now())) return false;
  row->home.going = true;
  return true;
}

void close(Change& change, const std::string& home) {
  auto* row = find(change, home);
  if (row == nullptr) return;
  row->session = {};
  row->gone_at = change.now();
}

}  // namespace berth::storetwin::homes
