// Kubeconfigs that are asked for, as the portal asks and hears: who may ask is model::Action::kKubeconfig's
// to say. The reconciler's side is ControlRows.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "entry/sealed.hpp"
#include "model/ids.hpp"
#include "pg/pg.hpp"
#include "store/author.hpp"

namespace berth::store {

inline constexpr int kMostKubeconfigsOfReservation = 2;  // open at one time
inline constexpr int kMostKubeconfigsOfPerson = 4;
/// Of one reservation, asked for in the last kKubeconfigWindow: each is a token, and three rows of the audit
/// log.
inline constexpr int kMostKubeconfigsInWindow = 20;
inline constexpr std::chrono::minutes kKubeconfigWindow{10};
inline constexpr std::string_view kTooManyKubeconfigs = "too_many_kubeconfigs";

struct KubeconfigWish {
  std::string id;  // a UUID
  model::ReservationId reservation;
  model::UserId asked_by;
  entry::SealPublicKey key{};
};

/// Wakes the reconciler when it is committed. kTooMany (slug kTooManyKubeconfigs) with the field at fault.
Status ask_kubeconfig(pg::Transaction& transaction, const KubeconfigWish& wish);

/// What has become of one that was asked for.
struct NotYet {};
struct Dropped {};  // by the reconciler: it is not to be had
using Sealed = std::vector<std::byte>;
using KubeconfigAnswer = std::variant<NotYet, Dropped, Sealed>;
/// An answer is taken away with its row. With `give_up` the row goes in any case.
Result<KubeconfigAnswer> take_kubeconfig(pg::Connection& connection, const Author& author,
                                         const std::string& id, bool give_up);

}  // namespace berth::store
