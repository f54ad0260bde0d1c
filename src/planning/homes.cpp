#include "planning/homes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/kube_quantity.hpp"
#include "manifests/names_and_labels.hpp"
#include "planning/session_plan.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

constexpr std::string_view kUidRange = "openshift.io/sa.scc.uid-range";
constexpr std::array<std::string_view, 3> kIdentity{kUidRange, "openshift.io/sa.scc.supplemental-groups",
                                                    "openshift.io/sa.scc.mcs"};

const json::value* claim_of(const DesiredSession& wanted, const Observed& observed) {
  return observed.find(
      {std::string(kVolumeClaims.plural), wanted.session.namespace_name, std::string(kHomeClaimName)});
}

const json::value* volume_of(const Home& home, const Observed& observed) {
  return observed.find({std::string(kVolumes.plural), "", home.volume});
}

std::string annotation(const json::value& object, std::string_view name) {
  return string_at(object, {"metadata", "annotations", name});
}

/// It is a claim's that is yet to be made, or never was: no provisioner deletes it.
bool waits_for_claim(const json::value& volume) {
  return string_at(volume, {"spec", "claimRef", "uid"}).empty();
}

bool is_marked(const json::value& volume, const Home& home) {
  return string_at(volume, {"metadata", "labels", kHomeLabel}) == home.id &&
         string_at(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Retain";
}

/// Whether what is not seen is not there.
bool is_heard(const Observed& observed) {
  return observed.volumes_heard && observed.watch_trouble.empty();
}

HomeSeen look(const DesiredSession& wanted, const Observed& observed) {
  using State = HomeSeen::State;
  const auto& home = *wanted.home;
  if (!is_heard(observed)) return {State::kComing, "the cluster's volumes cannot be looked at."};
  const auto* volume = volume_of(home, observed);
  if (volume == nullptr) return {State::kUnusable, "their volume is not there any more.", true};
  if (terminating(*volume)) return {State::kUnusable, "their volume is being deleted."};
  if (string_at(*volume, {"metadata", "labels", kHomeLabel}) != home.id)
    return {State::kUnusable, "their volume is marked as another one's."};
  const auto phase = string_at(*volume, {"status", "phase"});
  const bool promised = waits_for_claim(*volume);
  const bool for_us =
      promised && string_at(*volume, {"spec", "claimRef", "namespace"}) == wanted.session.namespace_name &&
      string_at(*volume, {"spec", "claimRef", "name"}) == kHomeClaimName;
  if (for_us) {
    // The cluster calls it Available when it has seen whose it is now, and a claim is bound to it from then
    // on.
    const bool seen = phase != "Released" && phase != "Failed";
    return seen ? HomeSeen{State::kReady}
                : HomeSeen{State::kComing, "the cluster does not hand their volume on."};
  }
  if (phase == "Bound" && !promised) return {State::kComing, "their volume is still in use."};
  return {State::kToHand, "their volume could not be handed on."};
}

std::optional<Instant> waits_since(const model::Session& session) {
  const auto* step = find_step(session, model::StepName::kStorage);
  return step == nullptr || step->state == model::StepState::kPending ? std::nullopt : step->started_at;
}

/// The claim's size as it is, which may be more than was asked for.
std::optional<Gib> size_of(const json::value& claim) {
  return whole_gib(string_at(claim, {"status", "capacity", "storage"}));
}

std::map<std::string, std::string> identity_of(const json::value& place) {
  std::map<std::string, std::string> identity;
  for (const auto name : kIdentity) {
    if (auto value = annotation(place, name); !value.empty()) identity.emplace(name, std::move(value));
  }
  return identity;
}

/// A bound claim whose volume is not as its row says, or has none and should.
std::optional<KeepHome> to_keep(const DesiredSession& wanted, const Observed& observed) {
  const auto* claim = claim_of(wanted, observed);
  if (!is_heard(observed) || claim == nullptr || terminating(*claim)) return std::nullopt;
  if (string_at(*claim, {"status", "phase"}) != "Bound") return std::nullopt;
  const auto name = string_at(*claim, {"spec", "volumeName"});
  const auto size = size_of(*claim);
  if (name.empty() || !size) return std::nullopt;
  if (wanted.home) {
    if (wanted.home->volume != name) return std::nullopt;
    const auto* volume = volume_of(*wanted.home, observed);
    if (wanted.home->size == *size && volume != nullptr && is_marked(*volume, *wanted.home))
      return std::nullopt;
  } else if (!wanted.booked.homes.keeps(*size)) {
    return std::nullopt;
  }
  return KeepHome{name, string_at(*claim, {"metadata", "uid"}), wanted.booked.node.kubernetes_name,
                  identity_for(wanted, observed)};
}

}  // namespace

std::optional<Gib> whole_gib(std::string_view quantity) {
  constexpr Int128 kNanoGib = Int128{1'000'000'000} << 30;
  const auto amount = parse_kube_quantity(quantity);
  if (!amount || amount->nano < kNanoGib) return std::nullopt;
  return Gib{static_cast<std::int64_t>(amount->nano / kNanoGib)};
}

HomeSeen see_home(const DesiredSession& wanted, const Observed& observed, Instant now) {
  using State = HomeSeen::State;
  if (!wanted.home || claim_of(wanted, observed) != nullptr) return {};
  auto seen = look(wanted, observed);
  const auto since = waits_since(wanted.session);
  const bool starts = wanted.session.phase == model::SessionPhase::kStarting;
  if (seen.state != State::kReady && starts && since && now - *since >= kHomePatience)
    seen.state = State::kUnusable;
  // One that it made itself it cannot leave for another to have: it only gets a new claim.
  if (seen.state == State::kUnusable && !seen.lost && !wanted.home->of_before) return {State::kReady};
  return seen;
}

std::map<std::string, std::string> identity_for(const DesiredSession& wanted, const Observed& observed) {
  if (wanted.booked.cluster.flavour != model::Flavour::kOpenshift) return {};
  if (const auto* place = seen_namespace(wanted.session.namespace_name, observed)) return identity_of(*place);
  if (!wanted.home) return {};
  const auto range = wanted.home->identity.find(std::string(kUidRange));
  if (range == wanted.home->identity.end()) return {};
  const bool taken = std::ranges::any_of(observed.objects, [&](const auto& one) {
    return one.first.plural == kNamespaces.plural && annotation(*one.second, kUidRange) == range->second;
  });
  return taken ? std::map<std::string, std::string>() : wanted.home->identity;
}

std::vector<SessionEffect> home_effects(const DesiredSession& wanted, const Observed& observed, Instant now) {
  std::vector<SessionEffect> effects;
  const auto leave = [&](std::string why, bool lost) {
    effects.emplace_back(LeaveHome{wanted.home->id, wanted.home->volume, std::move(why), lost});
  };
  const auto seen = see_home(wanted, observed, now);
  if (seen.state == HomeSeen::State::kToHand)
    effects.emplace_back(HandHome{wanted.home->id, wanted.home->volume});
  if (seen.state == HomeSeen::State::kUnusable) leave(seen.why, seen.lost);
  if (auto keep = to_keep(wanted, observed)) effects.emplace_back(std::move(*keep));
  if (const auto* claim = claim_of(wanted, observed); claim != nullptr && wanted.home) {
    const auto name = string_at(*claim, {"spec", "volumeName"});
    if (!name.empty() && name != wanted.home->volume && wanted.home->of_before && is_heard(observed))
      leave("the claim was bound to another volume.", false);
  }
  return effects;
}

std::vector<SessionEffect> last_home_effects(const DesiredSession& wanted, const Observed& observed,
                                             Instant now) {
  const auto& session = wanted.session;
  std::vector<SessionEffect> effects;
  if (session.stopping_at && now - *session.stopping_at >= kHomePatience) return effects;
  if (auto keep = to_keep(wanted, observed)) effects.emplace_back(std::move(*keep));
  return effects;
}

bool waits_for_files(const Desired& desired, const Due& due, const Observed& observed) {
  const auto& booked = due.booked;
  const auto patience = std::min(kFilesPatience, booked.start_deadline / 2);
  if (booked.homes.days == 0 || desired.now >= booked.reservation.window.start + patience) return false;
  return std::ranges::any_of(desired.sessions, [&](const DesiredSession& other) {
    const auto& before = other.booked.reservation;
    if (!other.home || before.owner != booked.reservation.owner || before.pool != booked.reservation.pool)
      return false;
    const auto since = other.session.stopping_at;
    if (since) return desired.now < *since + kFilesPatience;
    return must_stop(desired, other, observed).has_value();
  });
}

std::vector<Action> plan_homes(const Desired& desired, const Observed& observed) {
  using Stage = RemoveHome::Stage;
  std::vector<Action> actions;
  if (!is_heard(observed)) return actions;
  for (const auto& home : desired.homes) {
    const auto add = [&](Stage stage) { actions.emplace_back(RemoveHome{home.id, home.volume, stage}); };
    const auto* volume = volume_of(home, observed);
    if (home.going) {
      if (volume == nullptr) {
        add(Stage::kClose);
      } else if (!terminating(*volume) && (is_marked(*volume, home) || waits_for_claim(*volume))) {
        add(Stage::kDrop);
      }
    } else if (home.due) {
      add(Stage::kLetGo);
    } else if (volume == nullptr) {
      add(Stage::kLost);
    }
  }
  return actions;
}

}  // namespace berth::planning
