#include "layout/cuts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>

namespace berth::layout {
namespace {

std::string path_of(const model::Node& node, const model::Device& device, const model::Unit& unit,
                    std::string_view field) {
  return fmt::format("nodes.{}.devices.{}.units.{}.{}", node.name, device.name, unit.name, field);
}

/// Units of one device, as instances of its card.
class Reading {
 public:
  Reading(const model::Node& node, const model::Device& device, CardCuts& out)
      : node_(node), device_(device), out_(out) {}

  std::optional<Part> part(const model::Unit& unit) {
    const auto& card = *out_.card;
    if (unit.resource_name == kWholeResource) return whole(unit);
    const auto found = std::ranges::find_if(card.profiles, [&](const Profile& profile) {
      return resource_name(profile.name) == unit.resource_name;
    });
    if (found == card.profiles.end()) {
      std::vector<std::string> known{std::string(kWholeResource)};
      for (const auto& profile : card.profiles) known.push_back(resource_name(profile.name));
      add(unit, "resource_name", unit.resource_name, fmt::format("one of {}", fmt::join(known, ", ")),
          fmt::format("A {} has no instance of this name.", card.name));
      return std::nullopt;
    }
    const int per_slot = card.positions / device_.slots;
    const Part part{&unit, {&*found, unit.placement.first * per_slot}};
    const auto range = fmt::format("[{}, {}]", unit.placement.first, unit.placement.end);
    if (unit.placement.length() * per_slot != found->size || !found->may_start_at(part.instance.start)) {
      add(unit, "placement", range, places(*found, per_slot),
          fmt::format("On a {} of {} slots {} lies at {}.", card.name, device_.slots, found->name,
                      places(*found, per_slot)));
      return std::nullopt;
    }
    return part;
  }

  /// False where slots of the pool file are no positions of the card.
  bool slots_divide() {
    const auto& card = *out_.card;
    if (device_.slots <= card.positions && card.positions % device_.slots == 0) return true;
    out_.faults.push_back({fmt::format("nodes.{}.devices.{}.slots", node_.name, device_.name),
                           std::to_string(device_.slots), fmt::format("a divisor of {}", card.positions),
                           fmt::format("A {} has {} positions, which {} slots do not divide.", card.name,
                                       card.positions, device_.slots)});
    return false;
  }

 private:
  std::optional<Part> whole(const model::Unit& unit) {
    if (unit.placement == model::PlacementRange{0, device_.slots}) return Part{&unit, {nullptr, 0}};
    add(unit, "placement", fmt::format("[{}, {}]", unit.placement.first, unit.placement.end),
        fmt::format("[0, {}]", device_.slots),
        fmt::format("{} is a whole card: it covers all of its slots.", kWholeResource));
    return std::nullopt;
  }
  void add(const model::Unit& unit, std::string_view field, std::string value, std::string limit,
           std::string message) {
    out_.faults.push_back(
        {path_of(node_, device_, unit, field), std::move(value), std::move(limit), std::move(message)});
  }
  static std::string places(const Profile& profile, int per_slot) {
    std::vector<std::string> places;
    for (int position = 0; position < 16; ++position) {
      if (!profile.may_start_at(position) || position % per_slot != 0 || profile.size % per_slot != 0)
        continue;
      places.push_back(fmt::format("[{}, {}]", position / per_slot, (position + profile.size) / per_slot));
    }
    return places.empty() ? "no place of such slots" : fmt::format("{}", fmt::join(places, ", "));
  }

  const model::Node& node_;
  const model::Device& device_;
  CardCuts& out_;
};

int end_of(const Part& part, const Card& card) {
  return part.instance.profile == nullptr ? card.positions : part.instance.end();
}

/// Every largest set of parts that do not overlap, by where they begin: after what ends at `from` comes, of
/// what begins there or later, whatever nothing else would fit before.
class Enumeration {
 public:
  Enumeration(const Card& card, std::vector<Part> parts) : card_(card), parts_(std::move(parts)) {
    // The larger before the smaller, and by no order of a file or of rows: way 2 is the same one to whoever
    // counts.
    std::ranges::sort(parts_, {}, [&](const Part& part) {
      return std::tuple(part.instance.start, -end_of(part, card_), std::string_view(part.unit->name));
    });
  }
  /// False where there are more.
  bool run(std::vector<Cut>& into) { return from(0, into); }

 private:
  bool from(int position, std::vector<Cut>& into) {
    int first_end = card_.positions + 1;
    for (const auto& part : parts_) {
      if (part.instance.start >= position) first_end = std::min(first_end, end_of(part, card_));
    }
    if (first_end > card_.positions) {
      if (here_.parts.empty()) return true;
      if (into.size() == kMostCuts) return false;
      into.push_back(here_);
      return true;
    }
    for (const auto& part : parts_) {
      if (part.instance.start < position || part.instance.start >= first_end) continue;
      here_.parts.push_back(part);
      const bool all = from(end_of(part, card_), into);
      here_.parts.pop_back();
      if (!all) return false;
    }
    return true;
  }

  const Card& card_;
  std::vector<Part> parts_;
  Cut here_;
};

/// A cut that the card's engines or compute do not allow, as a fault of its first unit.
void judge(const model::Node& node, const CardCuts& of, const std::vector<Cut>& cuts, std::vector<Cut>& good,
           std::vector<FieldError>& faults) {
  for (const auto& cut : cuts) {
    std::vector<Instance> instances;
    if (!cut.is_whole()) {
      for (const auto& part : cut.parts) instances.push_back(part.instance);
    }
    const auto allowed = check(*of.card, instances);
    if (allowed) {
      good.push_back(cut);
      continue;
    }
    const auto& field = allowed.error().fields.front();
    faults.push_back({path_of(node, *of.device, *cut.parts.front().unit, "resource_name"), field.value,
                      field.limit, allowed.error().message});
  }
}

CardCuts cuts_of_device(const model::Pool& pool, const model::Node& node, const model::Device& device) {
  CardCuts out{
      .device = &device, .card = find_card(device.model, device.memory.value), .cuts = {}, .faults = {}};
  std::vector<const model::Unit*> units;
  for (const auto& unit : pool.units) {
    if (unit.device == device.id && !unit.retired) units.push_back(&unit);
  }
  if (out.card == nullptr) {
    std::ranges::sort(units, {}, &model::Unit::name);
    for (const auto* unit : units) {
      if (unit->resource_name == kWholeResource) {
        out.cuts.push_back({{{unit, {nullptr, 0}}}});
        continue;
      }
      out.faults.push_back(
          {fmt::format("nodes.{}.devices.{}.model", node.name, device.name), device.model,
           "a card that can be cut, with its memory_gib",
           fmt::format("There is no table of how a {} of {} GiB is cut.",
                       device.model.empty() ? "card without a model" : device.model, device.memory.value)});
    }
    return out;
  }
  Reading reading(node, device, out);
  if (!reading.slots_divide()) return out;
  std::vector<Part> parts;
  for (const auto* unit : units) {
    if (auto part = reading.part(*unit)) parts.push_back(*part);
  }
  std::vector<Cut> cuts;
  if (!Enumeration(*out.card, parts).run(cuts)) {
    out.faults.push_back({fmt::format("nodes.{}.devices.{}.units", node.name, device.name),
                          fmt::format("more than {} ways to cut it", kMostCuts), std::to_string(kMostCuts),
                          "Its units lie over each other in more ways than can be told apart."});
  }
  std::vector<Cut> good;
  judge(node, out, cuts, good, out.faults);
  out.cuts = std::move(good);
  return out;
}

}  // namespace

std::vector<CardCuts> cuts_of(const model::Pool& pool, const model::Node& node) {
  std::vector<CardCuts> all;
  for (const auto& device : pool.devices) {
    if (device.node == node.id && !device.retired) all.push_back(cuts_of_device(pool, node, device));
  }
  return all;
}

}  // namespace berth::layout
