// What a session waits for, from its rows alone: the same words in the plan, the API and the page.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "model/reservation.hpp"

namespace berth::model {

struct Waiting {
  std::string reason;            // a plain sentence
  std::optional<Instant> until;  // when it is looked at again by itself, where that is known
  bool operator==(const Waiting&) const = default;
};

/// What is known of the reconciler of a cluster, by what it reports.
struct ControllerReport {
  std::string cluster;
  std::optional<Instant> reported_at;    // nothing: never
  bool silent = false;                   // too long ago
  std::optional<Instant> unheard_since;  // it has not heard the cluster since, though it reports
  std::string starts_wait{};             // why it starts nothing otherwise, a sentence
};

/// By its own rows. Nothing where it waits for nothing: it is Ready or Gone.
std::optional<Waiting> waiting_for(const Session& session, Instant now);
/// The same, with what holds its controller up: that comes first where it concerns the session.
std::optional<Waiting> waiting_for(const Session& session, const ControllerReport& controller, Instant now);

/// Why nothing is started while the cluster is not heard.
Waiting not_heard(Instant since);
/// And where what sessions need of the cluster is not in place, which `why` says in a sentence.
Waiting nothing_starts(const std::string& why);
/// What a reservation waits for whose window has begun and which has no session.
/// Of one whose window has begun while its owner's session before it is still being taken away (decision 51).
Waiting waiting_for_files();
Waiting waiting_to_begin(const ControllerReport& controller);

}  // namespace berth::model
