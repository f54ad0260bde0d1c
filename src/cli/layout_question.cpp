#include "cli/layout_question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kIdCharacters = 8;  // as lists show them

/// A bar of the calendar with the unit that it is of.
struct Held {
  std::string unit;
  Window during;
  std::string booking;
  bool ready = false;
};

/// What the calendar says of one card.
struct CardBars {
  std::vector<Held> held;
  std::vector<Window> blocked;
};

std::string booking_of(const json::value& bar) {
  if (string_at(bar, {"kind"}) == "hold") return "pods that linger";
  const auto id = string_at(bar, {"reservation"}).substr(0, kIdCharacters);
  const auto name = string_at(bar, {"name"});
  if (id.empty()) return name.empty() ? "a booking" : fmt::format("\"{}\"", shown(name));
  return name.empty() ? id : fmt::format("\"{}\" ({})", shown(name), id);
}

using BarsByCard = std::map<std::pair<std::string, std::string>, CardBars>;

Result<BarsByCard> bars_of(const json::value& calendar) {
  BarsByCard bars;
  const auto* lanes = find(calendar, {"lanes"});
  if (lanes == nullptr || !lanes->is_array()) return fail(Code::kMalformed, "the calendar has no lanes");
  for (const auto& lane : lanes->get_array()) {
    auto& card = bars[{string_at(lane, {"node"}), string_at(lane, {"device"})}];
    const auto* of_lane = find(lane, {"bars"});
    if (of_lane == nullptr || !of_lane->is_array()) continue;
    for (const auto& bar : of_lane->get_array()) {
      const auto start = parse_rfc3339(string_at(bar, {"start"}));
      const auto end = parse_rfc3339(string_at(bar, {"end"}));
      if (!start || !end) return fail(within("the calendar", start ? end.error() : start.error()));
      const Window during{*start, *end};
      if (during.empty()) continue;
      if (string_at(bar, {"kind"}) == "blocked") {
        card.blocked.push_back(during);
      } else {
        card.held.push_back(
            {string_at(lane, {"unit"}), during, booking_of(bar), string_at(bar, {"phase"}) == "Ready"});
      }
    }
  }
  return bars;
}

/// What is blocked while nothing on offer is held: a unit that is on offer no more is.
std::vector<Window> unexplained(const CardBars& bars) {
  std::vector<Window> held;
  for (const auto& one : bars.held) held.push_back(one.during);
  std::ranges::sort(held, {}, &Window::start);
  std::vector<Window> left;
  for (auto during : bars.blocked) {
    for (const auto& one : held) {
      if (one.end <= during.start) continue;
      if (one.start >= during.end) break;
      if (one.start > during.start) left.push_back({during.start, one.start});
      during.start = std::max(during.start, one.end);
      if (during.empty()) break;
    }
    if (!during.empty()) left.push_back(during);
  }
  std::ranges::sort(left, {}, &Window::start);
  std::vector<Window> joined;
  for (const auto& one : left) {
    if (!joined.empty() && one.start <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, one.end);
    } else {
      joined.push_back(one);
    }
  }
  return joined;
}

class Asking {
 public:
  Asking(const model::Pool& pool, const json::value& calendar, const std::vector<PresentWay>& present,
         const LayoutTimes& times, AskedLayouts& asked)
      : pool_(pool), calendar_(calendar), present_(present), times_(times), asked_(asked) {}

  Status run() {
    auto bars = bars_of(calendar_);
    if (!bars) return fail(bars.error());
    for (const auto& node : pool_.nodes) {
      if (node.retired) continue;
      auto cards = layout::cuts_of(pool_, node);
      for (std::size_t i = 0; i < cards.size(); ++i) {
        const auto key = std::pair{node.name, cards[i].device->name};
        if (auto added = add(node, std::move(cards[i]), i, (*bars)[key]); !added) return added;
      }
    }
    for (const auto& one : present_) {
      const auto is_it = [&](const AskedLayouts::Card& card) {
        return card.node->name == one.node && card.cuts.device->name == one.device;
      };
      if (std::ranges::any_of(asked_.cards, is_it)) continue;
      return fail(invalid_field("now", fmt::format("{}/{}", one.node, one.device), "a card of the pool",
                                fmt::format("There is no card {} on a node {} of pool {}.", shown(one.device),
                                            shown(one.node), pool_.name)));
    }
    return {};
  }

 private:
  Status add(const model::Node& node, layout::CardCuts cuts, std::size_t index, const CardBars& bars) {
    AskedLayouts::Card card{&node, std::move(cuts), index, {}, false};
    layout::OfferedCard offered{
        .name = fmt::format("{}/{}", node.name, card.cuts.device->name), .units = {}, .layouts = {}};
    for (const auto& unit : pool_.units) {
      if (unit.device != card.cuts.device->id || unit.retired) continue;
      card.units.push_back(&unit);
      const auto* its_class = pool_.find_class(unit.device_class);
      // No wish goes onto a unit that is out of service: it is of no class then.
      offered.units.push_back(unit.out_of_service || its_class == nullptr ? "" : its_class->name);
    }
    for (const auto& cut : card.cuts.cuts) {
      std::vector<std::size_t> layout;
      for (const auto& part : cut.parts) layout.push_back(place_of(card, part.unit->name));
      offered.layouts.push_back(std::move(layout));
    }
    for (const auto& fault : card.cuts.faults)
      asked_.notes.push_back(fmt::format("{}: {}", fault.field, fault.message));
    for (const auto& one : bars.held) {
      const auto at = place_of(card, one.unit);
      offered.claims.push_back(
          {one.booking, at < card.units.size() ? std::optional(at) : std::nullopt, one.during});
    }
    for (const auto& during : unexplained(bars))
      offered.claims.push_back({"a booking of a unit that is on offer no more", std::nullopt, during});
    if (auto set = set_present(card, offered, bars); !set) return set;
    asked_.cards.push_back(std::move(card));
    asked_.question.cards.push_back(std::move(offered));
    return {};
  }

  static std::size_t place_of(const AskedLayouts::Card& card, const std::string& unit) {
    const auto found = std::ranges::find(card.units, unit, [](const auto* one) { return one->name; });
    return static_cast<std::size_t>(found - card.units.begin());
  }

  Status set_present(AskedLayouts::Card& card, layout::OfferedCard& offered, const CardBars& bars) const {
    const auto told = std::ranges::find_if(present_, [&](const PresentWay& one) {
      return one.node == card.node->name && one.device == card.cuts.device->name;
    });
    const auto count = offered.layouts.size();
    if (told != present_.end()) {
      if (told->way < 1 || static_cast<std::size_t>(told->way) > count) {
        return fail(invalid_field(
            "now", std::to_string(told->way), fmt::format("1 to {}", count),
            fmt::format("{} can be cut in {} ways: berth gpu plan shows them.", offered.name, count)));
      }
      offered.present = static_cast<std::size_t>(told->way) - 1;
      return {};
    }
    if (count == 1) {
      offered.present = 0;
      return {};
    }
    std::vector<std::size_t> on_it;
    for (const auto& one : bars.held) {
      if (one.ready && one.during.contains(times_.now)) on_it.push_back(place_of(card, one.unit));
    }
    std::vector<std::size_t> possible;
    for (std::size_t i = 0; i < count; ++i) {
      const auto has = [&](std::size_t unit) {
        return std::ranges::find(offered.layouts[i], unit) != offered.layouts[i].end();
      };
      if (!on_it.empty() && std::ranges::all_of(on_it, has)) possible.push_back(i);
    }
    if (possible.size() == 1) {
      offered.present = possible.front();
      card.seen = true;
    }
    return {};
  }

  const model::Pool& pool_;
  const json::value& calendar_;
  const std::vector<PresentWay>& present_;
  const LayoutTimes& times_;
  AskedLayouts& asked_;
};

}  // namespace

Result<PresentWay> parse_present(const std::string& text) {
  const auto slash = text.find('/');
  const auto equals = text.rfind('=');
  PresentWay present;
  bool good = slash != std::string::npos && equals != std::string::npos && slash < equals && slash > 0 &&
              equals > slash + 1;
  if (good) {
    const auto* const end = text.data() + text.size();
    const auto [read, fault] = std::from_chars(text.data() + equals + 1, end, present.way);
    good = fault == std::errc() && read == end;
  }
  if (!good) {
    return fail(invalid_field("now", text, "NODE/DEVICE=WAY, like gpu-node-1/gpu0=2",
                              fmt::format("--now \"{}\" is not how a card is cut: use NODE/DEVICE=WAY, like "
                                          "gpu-node-1/gpu0=2, with ways as berth gpu plan counts them",
                                          shown(text))));
  }
  present.node = text.substr(0, slash);
  present.device = text.substr(slash + 1, equals - slash - 1);
  return present;
}

Result<AskedLayouts> ask_layouts(const model::Pool& pool, const json::value& calendar,
                                 const std::vector<PresentWay>& present, const LayoutTimes& times,
                                 std::vector<layout::LayoutWish> wishes) {
  AskedLayouts asked{.question = {.cards = {},
                                  .wishes = std::move(wishes),
                                  .now = times.now,
                                  .horizon = times.horizon,
                                  .change = times.change,
                                  .tail = times.tail,
                                  .patience = times.patience},
                     .cards = {},
                     .notes = {}};
  for (const auto& wish : asked.question.wishes) {
    if (pool.find_class(wish.device_class) != nullptr) continue;
    std::string names;
    for (const auto& one : pool.classes) names += (names.empty() ? "" : ", ") + one.name;
    return fail(invalid_field(
        "wish", wish.device_class, names,
        fmt::format("Pool {} has no class {}. It has {}.", pool.name, shown(wish.device_class), names)));
  }
  if (auto done = Asking(pool, calendar, present, times, asked).run(); !done) return fail(done.error());
  return asked;
}

}  // namespace berth::cli
