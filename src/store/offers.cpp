#include <algorithm>

#include "store/author.hpp"
#include "store/codecs.hpp"
#include "store/decision.hpp"
#include "store/snapshot.hpp"

namespace berth::store {
namespace {

constexpr pg::Query kLive{"offers_live", R"sql(
    SELECT count(*) AS live
    FROM berth.reservation
    WHERE owner = $1 AND state IN ('APPROVED', 'ACTIVE') AND end_at > clock_timestamp()
)sql"};

Offer make_offer(const model::Pool& pool, const Asked& asked, const booking::Alternative& alternative) {
  const auto& wanted = alternative.wanted;
  const auto* device_class = pool.find_class(wanted.device_class);
  Offer offer;
  offer.kind = alternative.kind;
  offer.team = asked.team;
  auto& request = offer.request;
  request.pool = pool.name;
  request.device_class = device_class == nullptr ? std::string() : device_class->name;
  request.units = wanted.units;
  // "now" is a little later already, and stays "now" for who asks again.
  const bool now_again = asked.start_now && wanted.window.start == asked.wanted.window.start;
  if (!now_again) request.start = wanted.window.start;  // now otherwise
  // From between two steps the longest booking ends a little later than an end may say; it is had by its
  // length.
  const bool by_length = now_again && wanted.window.length() > pool.policy.max_length;
  if (now_again && asked.duration) {
    request.duration = asked.duration;
  } else if (by_length) {
    request.duration = std::chrono::floor<minutes>(pool.policy.max_length);
  } else {
    request.end = wanted.window.end;
  }
  request.cpu = wanted.load.cpu;
  request.memory = wanted.load.memory;
  request.storage = wanted.load.storage;
  request.mode = asked.mode;
  request.name = asked.name;
  return offer;
}

bool admitted(const booking::Snapshot& snapshot, const booking::Wanted& wanted) {
  return std::holds_alternative<booking::Placement>(booking::place(snapshot, wanted));
}

}  // namespace

Result<std::vector<Offer>> find_offers(pg::Connection& connection, const model::Pool& pool,
                                       const model::UserId& asker, const Asked& asked, AsAsked as_asked) {
  const auto now = database_now(connection);
  if (!now) return fail(now.error());
  const auto live = connection.exec(kLive, asker);
  if (!live) return fail(within("count what the asker has booked", live.error()));
  const booking::OwnerFacts owner{live->front().get<int>("live")};
  const auto& window = asked.wanted.window;
  const auto last = last_claim_end(connection, pool, std::max(window.end, *now + pool.policy.horizon));
  if (!last) return fail(last.error());

  std::vector<booking::Alternative> found;
  const Instant from = std::max(window.end, *now);
  for (const Instant end : {from + kSoon, from + kLater, *last}) {
    const auto snapshot = load_snapshot(connection, pool, {window.start, std::min(end, *last)}, *now);
    if (!snapshot) return fail(snapshot.error());
    if (as_asked == AsAsked::kUntried && window.start > *now && admitted(*snapshot, asked.wanted)) {
      found = {{booking::Alternative::Kind::kLater, asked.wanted}};
      break;
    }
    found = booking::alternatives(*snapshot, asked.wanted, asked.explicit_load, *now, asked.duration);
    const bool has_later = std::any_of(found.begin(), found.end(), [](const booking::Alternative& one) {
      return one.kind == booking::Alternative::Kind::kLater;
    });
    if (has_later || end >= *last) break;
  }
  std::vector<Offer> offers;
  for (const auto& alternative : found) {
    auto offer = make_offer(pool, asked, alternative);
    // The rules of a booking have the last word: an edit may keep a window that they forbid, may be made by
    // who can book no more, and a start may have passed meanwhile.
    if (booking::resolve(pool, offer.request, owner, *now)) offers.push_back(std::move(offer));
  }
  return offers;
}

}  // namespace berth::store
