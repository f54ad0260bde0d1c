#include <algorithm>

#include "booking/rearrange.hpp"

namespace berth::booking {
namespace {

/// A lane that is free for a job, and how many jobs that come later have it today: each of those might have
/// to move.
struct Choice {
  std::size_t lane = 0;
  bool present = false;
  std::size_t later = 0;
};

class DealOut {
 public:
  DealOut(const NodeCalendar& node, const Wanted& wanted)
      : node_(node), wanted_(wanted), busy_until_(node.lanes.size(), Instant::min()) {}

  std::optional<Arrangement> run() {
    std::vector<std::size_t> order;
    for (std::size_t job = 0; job < node_.jobs.size(); ++job) {
      const Job& one = node_.jobs[job];
      if (!one.movable || one.holding->during.end <= wanted_.window.start) continue;
      // What began before the wanted window was there first, and stays.
      if (one.holding->during.start < wanted_.window.start) {
        occupy(one.lanes, one.holding->during);
      } else {
        order.push_back(job);
      }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return node_.jobs[a].holding->during.start < node_.jobs[b].holding->during.start;
    });
    auto lanes = for_wanted();
    if (!lanes) return std::nullopt;
    occupy(*lanes, wanted_.window);
    out_.wanted = std::move(*lanes);
    for (const std::size_t job : order) {
      if (!place(job)) return std::nullopt;
    }
    return std::move(out_);
  }

 private:
  void occupy(const std::vector<std::size_t>& lanes, Window during) {
    for (const std::size_t lane : lanes) {
      busy_until_[lane] = std::max(busy_until_[lane], during.end);
      for (const std::size_t sibling : node_.lanes[lane].siblings) {
        busy_until_[sibling] = std::max(busy_until_[sibling], during.end);
      }
    }
  }

  /// Who has the lane today during `window`: nothing when one of them is fixed, else how many.
  std::optional<std::size_t> later(std::size_t lane, Window window) const {
    std::size_t count = 0;
    bool fixed = false;
    each_overlapping(node_.lanes[lane], window, [&](const Taken& taken) {
      if (!node_.jobs[taken.job].movable) fixed = true;
      if (taken.during.start >= window.start) ++count;
    });
    if (fixed) return std::nullopt;
    return count;
  }

  std::optional<std::vector<std::size_t>> best(std::vector<Choice> choices, std::size_t count) const {
    if (choices.size() < count) return std::nullopt;
    std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) {
      if (a.present != b.present) return a.present;
      return a.later != b.later ? a.later < b.later : a.lane < b.lane;
    });
    std::vector<std::size_t> lanes;
    for (std::size_t i = 0; i < choices.size() && lanes.size() < count; ++i) {
      if (!excluded(node_.lanes[choices[i].lane], lanes)) lanes.push_back(choices[i].lane);
    }
    if (lanes.size() < count) return std::nullopt;
    std::sort(lanes.begin(), lanes.end());
    return lanes;
  }

  std::optional<std::vector<std::size_t>> for_wanted() const {
    std::vector<Choice> choices;
    for (std::size_t lane = 0; lane < node_.lanes.size(); ++lane) {
      const Lane& one = node_.lanes[lane];
      if (!is_wanted(node_, one) || (node_.pinned && !one.own)) continue;
      if (busy_until_[lane] > wanted_.window.start) continue;
      if (any_overlaps(one.faults_for_wanted, wanted_.window)) continue;
      if (const auto count = later(lane, wanted_.window)) choices.push_back({lane, false, *count});
    }
    return best(std::move(choices), static_cast<std::size_t>(wanted_.units));
  }

  bool place(std::size_t index) {
    const Job& job = node_.jobs[index];
    const Window during = job.holding->during;
    const auto free = [&](std::size_t lane) { return busy_until_[lane] <= during.start; };
    if (std::all_of(job.lanes.begin(), job.lanes.end(), free)) {
      occupy(job.lanes, during);
      return true;
    }
    std::vector<Choice> choices;
    for (std::size_t lane = 0; lane < node_.lanes.size(); ++lane) {
      if (!free(lane) || node_.lanes[lane].device_class != job.holding->device_class) continue;
      const bool present = std::binary_search(job.lanes.begin(), job.lanes.end(), lane);
      if (!present && any_overlaps(node_.lanes[lane].faults, during)) continue;
      if (const auto count = later(lane, during)) choices.push_back({lane, present, *count});
    }
    auto lanes = best(std::move(choices), job.lanes.size());
    if (!lanes) return false;
    occupy(*lanes, during);
    out_.moves.emplace_back(index, std::move(*lanes));
    return true;
  }

  const NodeCalendar& node_;
  const Wanted& wanted_;
  std::vector<Instant> busy_until_;  // by lane, of what has been dealt out so far
  Arrangement out_;
};

}  // namespace

std::optional<Arrangement> deal_out(const NodeCalendar& node, const Wanted& wanted) {
  return DealOut(node, wanted).run();
}

}  // namespace berth::booking
