#include "cacheplan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "cacheplan/words.hpp"
#include "modelcache/source.hpp"

namespace berth::cacheplan {
namespace {

constexpr minutes kFirstPause{1};
constexpr int kPercent = 100;

std::int64_t part_of(std::int64_t bytes, int percent) {
  return bytes / kPercent * percent + bytes % kPercent * percent / kPercent;
}

/// Does `one` get the room of what `other` holds? Never between equals: they would take turns for ever.
bool outranks(const Wanted& one, const Wanted& other) {
  if (other.keep != Keep::kNo) return false;
  return one.keep != Keep::kNo || one.artifact.priority > other.artifact.priority;
}

class Planning {
 public:
  explicit Planning(const Situation& situation)
      : now_(situation), used_(situation.disk.bytes - situation.disk.free) {}

  Plan make() {
    make_room_for_others();
    for (const auto& wanted : now_.wanted) {
      if (wanted.artifact.kind != Kind::kModel) continue;
      if (waits(wanted)) continue;
      if (must_ask(wanted)) {
        plan_.ask = Ask{wanted.artifact.id};
        return std::move(plan_);
      }
      if (is_there(wanted) || !is_what_was_meant(wanted) || !fits(wanted)) continue;
      plan_.fetch = Fetch{wanted.artifact.id};
      refuse_the_rest(wanted);
      return std::move(plan_);
    }
    ask_again();
    return std::move(plan_);
  }

 private:
  /// After a failure, until its pause is over. What failed because of the server's list is asked for again as
  /// well.
  bool waits(const Wanted& wanted) const {
    const auto failed = now_.memory.failures.find(wanted.artifact.id);
    return failed != now_.memory.failures.end() &&
           now_.now < failed->second.at + pause_after(failed->second.times);
  }
  bool must_ask(const Wanted& wanted) const { return !now_.memory.told.contains(wanted.artifact.id); }
  bool is_there(const Wanted& wanted) const {
    const auto has = commit_held(wanted.artifact, now_.held);
    return !has.empty() && has == commit_wanted(wanted.artifact, now_.memory);
  }

  bool is_what_was_meant(const Wanted& wanted) {
    const auto& commit = now_.memory.told.at(wanted.artifact.id).commit;
    if (wanted.artifact.digest.empty() || commit == wanted.artifact.digest) return true;
    plan_.refused.emplace(
        wanted.artifact.id,
        fmt::format("the server says that it is {}, and the catalogue {}", commit, wanted.artifact.digest));
    return false;
  }

  const Held* held_of(const std::string& folder) const {
    const auto found = std::ranges::find(now_.held, folder, &Held::folder);
    return found == now_.held.end() ? nullptr : &*found;
  }

  /// Bytes that a fetch adds at most. Files that another revision has already are not counted off: which
  /// those are is not known before. What is unfinished there of another fetch does not count either.
  std::int64_t to_come(const Wanted& wanted) const {
    const auto& told = now_.memory.told.at(wanted.artifact.id);
    const auto folder = folder_of(wanted.artifact);
    const auto* held = held_of(folder);
    if (held == nullptr) return told.bytes;
    auto arrived = held->arriving;
    if (const auto begun = now_.memory.begun.find(folder); begun != now_.memory.begun.end()) {
      const bool of_this = begun->second.commit == told.commit;
      arrived = of_this ? std::max<std::int64_t>(0, arrived - begun->second.arrived_before) : 0;
    }
    return std::max<std::int64_t>(0, told.bytes - arrived);
  }

  bool is_stuck(const std::string& folder) const {
    const auto stuck = now_.memory.stuck.find(folder);
    return stuck != now_.memory.stuck.end() && now_.now < stuck->second.at + kStuckPause;
  }

  struct Candidate {
    const Held* held = nullptr;
    std::vector<const Wanted*> wanted;
    Instant used_at;
    bool is_wanted() const { return !wanted.empty(); }
  };
  /// What may go for `taker`, or for nobody in particular, the least recently used first; before it what
  /// nobody wants.
  std::vector<Candidate> may_go(const Wanted* taker) const {
    std::vector<Candidate> out;
    for (const auto& held : now_.held) {
      if (gone_.contains(held.folder) || is_stuck(held.folder)) continue;
      if (taker != nullptr && folder_of(taker->artifact) == held.folder) continue;
      Candidate candidate{.held = &held, .wanted = {}, .used_at = held.used_at};
      bool stays = false;
      for (const auto& wanted : now_.wanted) {
        if (folder_of(wanted.artifact) != held.folder) continue;
        candidate.wanted.push_back(&wanted);
        candidate.used_at = std::max(candidate.used_at, wanted.last_used_at.value_or(candidate.used_at));
        stays = stays || wanted.keep != Keep::kNo || (taker != nullptr && !outranks(*taker, wanted));
      }
      if (!stays) out.push_back(std::move(candidate));
    }
    std::ranges::sort(out, {}, [](const Candidate& one) {
      return std::tuple(one.is_wanted(), one.used_at, std::string_view(one.held->folder));
    });
    return out;
  }

  void evict(const Candidate& candidate, const std::string& reason) {
    Evict evict{.folder = candidate.held->folder,
                .bytes = candidate.held->bytes + candidate.held->arriving,
                .artifacts = {},
                .reason = reason};
    for (const auto* wanted : candidate.wanted) evict.artifacts.push_back(wanted->artifact.id);
    used_ -= evict.bytes;
    gone_.insert(evict.folder);
    plan_.evictions.push_back(std::move(evict));
  }

  /// What was removed and is not needed comes back below the low mark alone: on a disk that hovers at the
  /// high one it would come and go in turns.
  int mark_for(const Wanted& wanted) const {
    const bool comes_back = wanted.keep == Keep::kNo && now_.memory.evicted.contains(wanted.artifact.id);
    return comes_back ? now_.marks.low : now_.marks.high;
  }

  std::int64_t high() const { return part_of(now_.disk.bytes, now_.marks.high); }
  std::int64_t low() const { return part_of(now_.disk.bytes, now_.marks.low); }

  /// Something else filled the disk.
  void make_room_for_others() {
    if (now_.disk.bytes <= 0 || used_ <= high()) return;
    const auto reason = fmt::format("the disk was {} full, above the mark of {} %",
                                    percent_text(used_, now_.disk.bytes), now_.marks.high);
    for (const auto& candidate : may_go(nullptr)) {
      if (used_ <= low()) return;
      evict(candidate, reason);
    }
  }

  bool fits(const Wanted& wanted) {
    const auto more = to_come(wanted);
    const auto mark = mark_for(wanted);
    const auto most = part_of(now_.disk.bytes, mark);
    if (used_ + more <= most) return true;
    const auto candidates = may_go(&wanted);
    std::int64_t gain = 0;
    for (const auto& one : candidates) gain += one.held->bytes + one.held->arriving;
    if (used_ - gain + more > most) {
      plan_.refused.emplace(
          wanted.artifact.id,
          fmt::format(
              "{} are to come, and {} are left below the mark of {} % of {}; what may go for it has {}",
              bytes_text(more), bytes_text(std::max<std::int64_t>(0, most - used_)), mark,
              bytes_text(now_.disk.bytes), bytes_text(gain)));
      return false;
    }
    const auto reason = fmt::format("made room for {}", wanted.artifact.source);
    for (const auto& one : candidates) {
      if (used_ + more <= low()) break;
      evict(one, reason);
    }
    return true;
  }

  /// So that what cannot fit says so before its turn comes.
  void refuse_the_rest(const Wanted& after) {
    bool behind = false;
    for (const auto& wanted : now_.wanted) {
      if (&wanted == &after) {
        behind = true;
        continue;
      }
      if (!behind || wanted.artifact.kind != Kind::kModel || must_ask(wanted) || is_there(wanted)) continue;
      const auto total = now_.memory.told.at(wanted.artifact.id).bytes;
      if (total <= high()) continue;
      plan_.refused.emplace(wanted.artifact.id,
                            fmt::format("it has {}, and {} % of the disk are {}", bytes_text(total),
                                        now_.marks.high, bytes_text(high())));
    }
  }

  void ask_again() {
    for (const auto& wanted : now_.wanted) {
      if (wanted.artifact.kind != Kind::kModel || waits(wanted)) continue;
      const auto told = now_.memory.told.find(wanted.artifact.id);
      if (told == now_.memory.told.end() || now_.now < told->second.at + kAskAgain) continue;
      plan_.ask = Ask{wanted.artifact.id};
      return;
    }
  }

  const Situation& now_;
  std::int64_t used_;
  std::set<std::string> gone_;
  Plan plan_;
};

}  // namespace

Duration pause_after(int failures) {
  Duration pause = kFirstPause;
  for (int i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  return std::min<Duration>(pause, kLongestPause);
}

Plan plan(const Situation& situation) {
  return Planning(situation).make();
}

bool ends_early(const Situation& situation, const Plan& plan, const Running& running) {
  const auto& current = running.artifact;
  const auto is_current = [&](const Wanted& one) { return one.artifact.id == current; };
  if (std::ranges::none_of(situation.wanted, is_current)) return true;
  const bool goes_on = plan.fetch && plan.fetch->artifact == current;
  if (running.fetches) {
    const auto& disk = situation.disk;
    const bool above = disk.bytes - disk.free > part_of(disk.bytes, situation.marks.high);
    if (plan.refused.contains(current) || (!plan.evictions.empty() && (above || goes_on))) return true;
  }
  if (goes_on || (!plan.fetch && !plan.ask)) return false;
  const auto& next = plan.fetch ? plan.fetch->artifact : plan.ask->artifact;
  return next != current && gives_way(situation.wanted, current, next);
}

bool gives_way(std::span<const Wanted> wanted, const ArtifactId& current, const ArtifactId& next) {
  const Wanted* now = nullptr;
  const Wanted* other = nullptr;
  for (const auto& one : wanted) {
    if (one.artifact.id == current) now = &one;
    if (one.artifact.id == next) other = &one;
  }
  if (now == nullptr) return true;  // nobody wants it any more
  if (other == nullptr || !other->needed_at || other->keep < Keep::kNeeded) return false;
  return !now->needed_at || *other->needed_at < *now->needed_at;
}

std::string folder_of(const Artifact& artifact) {
  if (artifact.kind != Kind::kModel) return {};
  const auto source = modelcache::parse_source(artifact.source);
  return source ? source->folder() : std::string();
}

std::string commit_held(const Artifact& artifact, std::span<const Held> held) {
  const auto source = modelcache::parse_source(artifact.source);
  if (artifact.kind != Kind::kModel || !source) return {};
  const auto folder = source->folder();
  for (const auto& one : held) {
    if (one.folder != folder) continue;
    const auto found = one.commits.find(source->revision);
    return found == one.commits.end() ? std::string() : found->second;
  }
  return {};
}

std::string commit_wanted(const Artifact& artifact, const Memory& memory) {
  if (!artifact.digest.empty()) return artifact.digest;
  const auto told = memory.told.find(artifact.id);
  return told == memory.told.end() ? std::string() : told->second.commit;
}

}  // namespace berth::cacheplan
