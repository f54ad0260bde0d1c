#include "store/kubeconfigs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "store/codecs.hpp"

namespace berth::store {
namespace {

// One at a time of a person, whose reservations are nobody else's: what is counted then stays so.
constexpr pg::Query kLock{"kubeconfig_lock", "SELECT pg_advisory_xact_lock(3, hashtext($1::text))"};
// What a portal left behind when it died counts for as long as it would be answered.
constexpr pg::Query kCount{"kubeconfig_count", R"sql(
    SELECT count(*) AS mine, count(*) FILTER (WHERE reservation = $2) AS of_it
    FROM berth.kubeconfig_request
    WHERE asked_by = $1 AND created_at > clock_timestamp() - interval '1 minute'
)sql"};
constexpr pg::Query kAsk{"kubeconfig_ask", R"sql(
    INSERT INTO berth.kubeconfig_request (id, reservation, asked_by, public_key)
    VALUES ($1::uuid, $2, $3, $4)
)sql"};
// The rows themselves are gone with their answers.
constexpr pg::Query kLately{"kubeconfig_lately", R"sql(
    SELECT count(*) AS lately, coalesce(extract(epoch FROM min(at) - clock_timestamp()), 0)::float8 AS first_s
    FROM berth.audit
    WHERE object_id = $1 AND action = 'kubeconfig.asked' AND at > clock_timestamp() - make_interval(secs => $2::float8)
)sql"};
constexpr pg::Query kLook{"kubeconfig_look", R"sql(
    SELECT answered_at IS NOT NULL AS answered FROM berth.kubeconfig_request WHERE id = $1::uuid
)sql"};
constexpr pg::Query kTake{"kubeconfig_take", R"sql(
    DELETE FROM berth.kubeconfig_request WHERE id = $1::uuid RETURNING secret
)sql"};

Status refused(std::string_view of, std::int64_t open, int most) {
  Error error{.code = Code::kTooMany,
              .message = fmt::format(
                  "{} kubeconfigs are asked for of one {} at one time at the most; {} are.", most, of, open),
              .slug = std::string(kTooManyKubeconfigs),
              .retry_after_seconds = 15};
  error.fields.push_back(
      {std::string(of), fmt::format("{} asked for", open), std::to_string(most), error.message});
  return fail(std::move(error));
}

/// Seconds until the first of those that count does so no more.
Status refused_for_now(std::int64_t lately, double first_s) {
  const std::chrono::seconds window = kKubeconfigWindow;
  Error error{
      .code = Code::kTooMany,
      .message = fmt::format(
          "{} kubeconfigs of one reservation in {} minutes at the most; {} were asked for. Each is good "
          "until the end of the reservation: use one again.",
          kMostKubeconfigsInWindow, kKubeconfigWindow.count(), lately),
      .slug = std::string(kTooManyKubeconfigs),
      .retry_after_seconds = std::clamp(static_cast<int>(window.count() + std::ceil(first_s)), 1,
                                        static_cast<int>(window.count()))};
  error.fields.push_back({"reservation", fmt::format("{} asked for", lately),
                          std::to_string(kMostKubeconfigsInWindow), error.message});
  return fail(std::move(error));
}

}  // namespace

Status ask_kubeconfig(pg::Transaction& transaction, const KubeconfigWish& wish) {
  if (const auto locked = transaction.exec(kLock, wish.asked_by.value); !locked)
    return fail(within("wait to ask for a kubeconfig", locked.error()));
  const auto open = transaction.exec(kCount, wish.asked_by, wish.reservation);
  if (!open) return fail(within("count kubeconfigs that are asked for", open.error()));
  const auto of_it = open->front().get<std::int64_t>("of_it");
  const auto mine = open->front().get<std::int64_t>("mine");
  if (of_it >= kMostKubeconfigsOfReservation)
    return refused("reservation", of_it, kMostKubeconfigsOfReservation);
  if (mine >= kMostKubeconfigsOfPerson) return refused("person", mine, kMostKubeconfigsOfPerson);
  const std::chrono::duration<double> window = kKubeconfigWindow;
  const auto lately = transaction.exec(kLately, wish.reservation.value, window.count());
  if (!lately) return fail(within("count the kubeconfigs of the last minutes", lately.error()));
  if (const auto count = lately->front().get<std::int64_t>("lately"); count >= kMostKubeconfigsInWindow)
    return refused_for_now(count, lately->front().get<double>("first_s"));
  if (auto named = name_action(transaction, "kubeconfig.asked"); !named) return named;
  const std::vector<std::byte> key(wish.key.begin(), wish.key.end());
  if (const auto asked = transaction.exec(kAsk, wish.id, wish.reservation, wish.asked_by, key); !asked)
    return fail(within("ask for a kubeconfig", asked.error()));
  return {};
}

Result<KubeconfigAnswer> take_kubeconfig(pg::Connection& connection, const Author& author,
                                         const std::string& id, bool give_up) {
  const auto seen = connection.exec(kLook, id);
  if (!seen) return fail(within("look for a kubeconfig", seen.error()));
  if (seen->empty()) return KubeconfigAnswer(Dropped{});
  const bool answered = seen->front().get<bool>("answered");
  if (!answered && !give_up) return KubeconfigAnswer(NotYet{});
  auto transaction = begin_write(connection, author);
  if (!transaction) return fail(transaction.error());
  if (auto named = name_action(*transaction, answered ? "kubeconfig.given" : "kubeconfig.given_up"); !named)
    return fail(named.error());
  const auto rows = transaction->exec(kTake, id);
  if (!rows) return fail(within("take a kubeconfig", rows.error()));
  if (auto done = transaction->commit(); !done) return fail(done.error());
  if (rows->empty()) return KubeconfigAnswer(Dropped{});
  // Where it was given up, what came in that moment is lost: it is as if it had come later.
  if (!answered) return KubeconfigAnswer(NotYet{});
  return KubeconfigAnswer(rows->front().get<Sealed>("secret"));
}

}  // namespace berth::store
