#include "booking/rearrange.hpp"

#include <algorithm>

namespace berth::booking {
namespace {

/// A lane that a job could take, and who would have to leave it or a sibling of it.
struct Option {
  std::size_t lane = 0;
  bool present = false;  // the job holds it today
  std::vector<std::size_t> pushed;
};

class Search {
 public:
  Search(const NodeCalendar& node, const Wanted& wanted, SearchBudget& budget)
      : node_(node),
        wanted_(wanted),
        wanted_job_(node.jobs.size()),
        budget_(budget),
        where_(node.jobs.size() + 1, Where::kHome),
        lanes_(node.jobs.size() + 1),
        settled_on_(node.lanes.size()) {}

  std::optional<Arrangement> run() {
    const auto movable = static_cast<std::size_t>(
        std::count_if(node_.jobs.begin(), node_.jobs.end(), [](const Job& job) { return job.movable; }));
    where_[wanted_job_] = Where::kOut;
    out_.push_back(wanted_job_);
    // Fewest moves first. A round that never met its limit has seen everything.
    for (limit_ = 0; limit_ <= movable; ++limit_) {
      cut_ = false;
      if (settle_next()) return result();
      if (!cut_ || budget_.steps == 0) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  enum class Where { kHome, kOut, kSettled };

  Window during(std::size_t job) const {
    return job == wanted_job_ ? wanted_.window : node_.jobs[job].holding->during;
  }
  model::ClassId class_of(std::size_t job) const {
    return job == wanted_job_ ? wanted_.device_class : node_.jobs[job].holding->device_class;
  }
  std::size_t count(std::size_t job) const {
    return job == wanted_job_ ? static_cast<std::size_t>(wanted_.units) : node_.jobs[job].lanes.size();
  }
  bool holds_today(std::size_t job, std::size_t lane) const {
    if (job == wanted_job_) return node_.lanes[lane].own;
    const auto& lanes = node_.jobs[job].lanes;
    return std::binary_search(lanes.begin(), lanes.end(), lane);
  }
  bool faulty(std::size_t job, std::size_t lane, bool present) const {
    const Lane& one = node_.lanes[lane];
    if (job == wanted_job_) {
      if (node_.pinned && !present) return true;
      return any_overlaps(one.faults_for_wanted, wanted_.window);
    }
    return !present && any_overlaps(one.faults, during(job));
  }

  std::optional<Option> option(std::size_t job, std::size_t lane) const {
    const Window window = during(job);
    Option out{lane, holds_today(job, lane), {}};
    if (faulty(job, lane, out.present)) return std::nullopt;
    for (const std::size_t other : settled_on_[lane]) {
      if (during(other).overlaps(window)) return std::nullopt;
    }
    bool fixed = false;
    each_overlapping(node_.lanes[lane], window, [&](const Taken& taken) {
      if (where_[taken.job] != Where::kHome) return;
      if (!node_.jobs[taken.job].movable) fixed = true;
      // Once, however many of its units are in the way.
      if (std::find(out.pushed.begin(), out.pushed.end(), taken.job) == out.pushed.end()) {
        out.pushed.push_back(taken.job);
      }
    });
    if (fixed) return std::nullopt;
    return out;
  }

  std::vector<Option> options(std::size_t job) const {
    std::vector<Option> out;
    const auto device_class = class_of(job);
    for (std::size_t lane = 0; lane < node_.lanes.size(); ++lane) {
      if (node_.lanes[lane].device_class != device_class) continue;
      if (auto one = option(job, lane)) out.push_back(std::move(*one));
    }
    return out;
  }

  /// Settles the job with the least choice, then all others. True leaves the arrangement in place.
  bool settle_next() {
    if (out_.empty()) return true;
    std::size_t best = 0;
    std::vector<Option> best_options;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      auto found = options(out_[i]);
      if (found.size() < count(out_[i])) return false;
      if (i == 0 || found.size() < best_options.size()) {
        best = i;
        best_options = std::move(found);
      }
    }
    std::sort(best_options.begin(), best_options.end(), [](const Option& a, const Option& b) {
      if (a.present != b.present) return a.present;
      if (a.pushed.size() != b.pushed.size()) return a.pushed.size() < b.pushed.size();
      return a.lane < b.lane;
    });
    const std::size_t job = out_[best];
    out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(best));
    const bool done = choose(job, best_options, 0);
    if (!done) out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(best), job);
    return done;
  }

  /// Takes one more lane for `job` from `options[first..]`; with the last one the job is settled.
  bool choose(std::size_t job, const std::vector<Option>& options, std::size_t first) {
    const std::size_t missing = count(job) - lanes_[job].size();
    for (std::size_t i = first; i + missing <= options.size(); ++i) {
      if (excluded(node_.lanes[options[i].lane], lanes_[job])) continue;
      if (!budget_.spend()) return false;
      const std::size_t out_before = out_.size();
      for (const std::size_t pushed : options[i].pushed) {
        if (where_[pushed] != Where::kHome) continue;
        where_[pushed] = Where::kOut;
        out_.push_back(pushed);
        ++moves_;
      }
      lanes_[job].push_back(options[i].lane);
      if (moves_ > limit_) {
        cut_ = true;
      } else if (missing > 1 ? choose(job, options, i + 1) : settle(job)) {
        return true;
      }
      lanes_[job].pop_back();
      for (; out_.size() > out_before; --moves_) {
        where_[out_.back()] = Where::kHome;
        out_.pop_back();
      }
    }
    return false;
  }

  bool settle(std::size_t job) {
    where_[job] = Where::kSettled;
    const auto each_lane = [&](const auto& visit) {
      for (const std::size_t lane : lanes_[job]) {
        visit(settled_on_[lane]);
        for (const std::size_t sibling : node_.lanes[lane].siblings) visit(settled_on_[sibling]);
      }
    };
    each_lane([&](std::vector<std::size_t>& jobs) { jobs.push_back(job); });
    if (settle_next()) return true;
    each_lane([](std::vector<std::size_t>& jobs) { jobs.pop_back(); });
    where_[job] = Where::kOut;
    return false;
  }

  Arrangement result() {
    Arrangement out;
    for (std::size_t job = 0; job <= wanted_job_; ++job) {
      if (where_[job] != Where::kSettled) continue;
      std::sort(lanes_[job].begin(), lanes_[job].end());
      if (job == wanted_job_) {
        out.wanted = lanes_[job];
      } else {
        out.moves.emplace_back(job, lanes_[job]);
      }
    }
    return out;
  }

  const NodeCalendar& node_;
  const Wanted& wanted_;
  const std::size_t wanted_job_;
  SearchBudget& budget_;
  std::vector<Where> where_;                          // by job
  std::vector<std::vector<std::size_t>> lanes_;       // by job, those given by the search
  std::vector<std::vector<std::size_t>> settled_on_;  // by lane: on it or a sibling
  std::vector<std::size_t> out_;                      // jobs without lanes
  std::size_t moves_ = 0;                             // jobs pushed out; each one moves for certain
  std::size_t limit_ = 0;
  bool cut_ = false;  // the limit hid something
};

}  // namespace

std::optional<Arrangement> search(const NodeCalendar& node, const Wanted& wanted, SearchBudget& budget) {
  return Search(node, wanted, budget).run();
}

std::optional<Arrangement> rearrange(const NodeCalendar& node, const Wanted& wanted, SearchBudget& budget) {
  if (auto found = search(node, wanted, budget)) return found;
  // The search may have proved that there is none; dealing out is cheap, and says the same then.
  return deal_out(node, wanted);
}

}  // namespace berth::booking
