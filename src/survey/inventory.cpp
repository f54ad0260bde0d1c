#include "survey/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/kube_quantity.hpp"

namespace berth::survey {
namespace {

constexpr std::string_view kVendor = "nvidia.com/";
constexpr std::string_view kSlices = "nvidia.com/mig-";
constexpr std::string_view kRenamed = ".shared";  // of what is shared under a name of its own
constexpr std::int64_t kMostUnits = 1'024;        // of a node, as a pool file has it
constexpr std::int64_t kMostCards = 256;
constexpr std::int64_t kMostReplicas = 64;
constexpr std::int64_t kMibInGib = 1'024;
constexpr Int128 kNano = 1'000'000'000;

/// What a node offers under one name.
struct Offer {
  std::string resource_name;
  std::string profile;  // empty: whole cards
  std::int64_t slots = 0;
  std::int64_t replicas = 0;  // 0: the node does not say
};

std::map<std::string, std::int64_t> amounts(const json::value& node, const char* field) {
  std::map<std::string, std::int64_t> out;
  const auto* all = find(node, {"status", field});
  if (all == nullptr || !all->is_object()) return out;
  for (const auto& [name, value] : all->get_object()) {
    if (!std::string_view(name).starts_with(kVendor) || !value.is_string()) continue;
    const auto amount = parse_kube_quantity(value.get_string());
    if (!amount || amount->nano % kNano != 0) continue;
    const auto whole = amount->nano / kNano;
    if (whole > 0 && whole <= kMostUnits * kMostReplicas)
      out[std::string(name)] = static_cast<std::int64_t>(whole);
  }
  return out;
}

/// "1g.24gb+me" of "nvidia.com/mig-1g.24gb.me": only "+" is written otherwise.
std::string profile_of(std::string_view resource_name) {
  auto profile = std::string(resource_name.substr(kSlices.size()));
  const auto gb = profile.find("gb");
  if (gb != std::string::npos && gb + 2 < profile.size() && profile[gb + 2] == '.') profile[gb + 2] = '+';
  return profile;
}

/// The model as people write it: labels have "-" for blanks.
std::string model_of(const std::string& product) {
  auto model = product.substr(0, product.find("-MIG-"));
  if (model.ends_with("-SHARED")) model.resize(model.size() - std::string_view("-SHARED").size());
  std::ranges::replace(model, '-', ' ');
  return model;
}

std::string profile_in(const std::string& product) {
  constexpr std::string_view kMark = "-MIG-";
  const auto at = product.find(kMark);
  if (at == std::string::npos) return {};
  auto profile = product.substr(at + kMark.size());
  if (profile.ends_with("-SHARED")) profile.resize(profile.size() - std::string_view("-SHARED").size());
  return profile_of(std::string(kSlices) + profile);
}

/// By its model alone, where only one table has it.
const layout::Card* only_card(const std::string& model) {
  const layout::Card* found = nullptr;
  for (const auto& card : layout::cards()) {
    if (layout::find_card(model, card.memory_gb) != &card) continue;
    if (found != nullptr) return nullptr;
    found = &card;
  }
  return found;
}

/// Positions that one placement slot of a pool file covers: 3 of an RTX PRO 6000's twelve, 1 of an H100's
/// eight.
int positions_per_slot(const layout::Card& card) {
  int divisor = card.positions;
  for (const auto& profile : card.profiles) {
    divisor = std::gcd(divisor, profile.size);
    for (int position = 0; position < card.positions; ++position) {
      if (profile.may_start_at(position)) divisor = std::gcd(divisor, position);
    }
  }
  return std::max(divisor, 1);
}

using Packed = std::vector<std::vector<std::string>>;

/// The profiles on so many cards, the largest first and each on the first card that takes it.
std::optional<Packed> pack(const layout::Card& card, std::vector<std::string> profiles, std::int64_t cards) {
  std::ranges::stable_sort(profiles, std::greater{}, [&](const std::string& name) {
    const auto* profile = card.find(name);
    return profile == nullptr ? 0 : profile->size;
  });
  Packed packed(static_cast<std::size_t>(cards));
  for (const auto& profile : profiles) {
    const bool placed = std::ranges::any_of(packed, [&](std::vector<std::string>& on) {
      on.push_back(profile);
      if (layout::arrange(card, on)) return true;
      on.pop_back();
      return false;
    });
    if (!placed) return std::nullopt;
  }
  return packed;
}

class Reading {
 public:
  explicit Reading(const json::value& node) : node_(node) {}

  Inventory read() {
    const auto product = label(node_, "nvidia.com/gpu.product");
    out_.model = model_of(product);
    read_memory();
    read_offers(profile_in(product));
    physical_ = std::clamp<std::int64_t>(small_number(label(node_, "nvidia.com/gpu.count")).value_or(0), 0,
                                         kMostCards);
    if (!slices_.empty() && !(card_ != nullptr && single_.empty() && cut_cards())) lone_slices();
    whole_cards();
    mark_shared_names();
    return std::move(out_);
  }

 private:
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  void read_memory() {
    if (const auto mib = small_number(label(node_, "nvidia.com/gpu.memory"))) memory_ = *mib / kMibInGib;
    card_ = memory_ > 0 ? layout::find_card(out_.model, memory_) : only_card(out_.model);
    if (memory_ == 0 && card_ != nullptr) {
      memory_ = card_->memory_gb - 1;
      note(fmt::format("GUESSED: {} GiB of memory, since the node has no label nvidia.com/gpu.memory.",
                       memory_));
    }
    if (memory_ == 0) {
      memory_ = 1;
      note("NOT KNOWN: the cards' memory. The node has no label nvidia.com/gpu.memory; 1 GiB stands for it.");
    }
  }

  void read_offers(const std::string& single) {
    single_ = single;
    const auto all = amounts(node_, "capacity");
    const auto usable = amounts(node_, "allocatable");
    for (const auto& [name, slots] : all) {
      const auto now = usable.contains(name) ? usable.at(name) : 0;
      if (now < slots)
        note(
            fmt::format("{} of {} {} can be used just now: devices are not healthy, or their plugin is away.",
                        now, slots, name));
      const auto plain = name.ends_with(kRenamed) ? name.substr(0, name.size() - kRenamed.size()) : name;
      Offer offer{name, {}, slots, small_number(label(node_, plain + ".replicas")).value_or(0)};
      if (offer.replicas > kMostReplicas || (offer.replicas > 0 && slots % offer.replicas != 0)) {
        note(
            fmt::format("{} slots of {} are no multiple of the {} replicas that its label says; replicas are "
                        "left out.",
                        slots, name, offer.replicas));
        offer.replicas = 1;
      }
      if (plain.starts_with(kSlices)) {
        offer.profile = profile_of(plain);
        slices_.push_back(std::move(offer));
      } else if (plain == layout::kWholeResource) {
        offer.profile = single_;
        (single_.empty() ? whole_ : slices_).push_back(std::move(offer));
      } else {
        note(fmt::format("{} of {} are no GPUs that can be booked; left out.", slots, name));
      }
    }
  }

  /// Each slice by its profile, with `guess` replicas where the node does not say.
  std::optional<std::vector<std::string>> profiles(std::int64_t guess) const {
    std::vector<std::string> out;
    for (const auto& offer : slices_) {
      const auto replicas = offer.replicas > 0 ? offer.replicas : guess;
      if (card_->find(offer.profile) == nullptr || offer.slots % replicas != 0) return std::nullopt;
      if (offer.slots / replicas > kMostUnits) return std::nullopt;
      out.insert(out.end(), static_cast<std::size_t>(offer.slots / replicas), offer.profile);
    }
    return out;
  }

  /// How many cards may be cut: exactly, where the node says enough.
  std::pair<std::int64_t, std::int64_t> range_of_cut() const {
    std::int64_t whole = 0;
    bool known = true;
    for (const auto& offer : whole_) {
      known = known && offer.replicas > 0;
      whole += offer.slots / std::max<std::int64_t>(offer.replicas, offer.slots);  // one at least
      if (offer.replicas > 0) whole += offer.slots / offer.replicas - 1;
    }
    if (physical_ <= whole) return {1, kMostCards};
    return {known ? physical_ - whole : 1, physical_ - whole};
  }

  bool cut_cards() {
    const bool all_say = std::ranges::all_of(slices_, [](const Offer& one) { return one.replicas > 0; });
    const auto [least, most] = range_of_cut();
    for (std::int64_t guess = 1; guess <= (all_say ? 1 : kMostReplicas); ++guess) {
      const auto wanted = profiles(guess);
      if (!wanted) continue;
      for (auto cards = least; cards <= std::min(most, static_cast<std::int64_t>(wanted->size())); ++cards) {
        const auto packed = pack(*card_, *wanted, cards);
        if (!packed) continue;
        if (!all_say)
          note(fmt::format("GUESSED: replicas of slices ({}), since the node has no labels that say them.",
                           guess));
        if (cards > 1)
          note(
              "GUESSED: which slice lies on which card. The cluster does not say; this is one way that "
              "fits.");
        add_cut(*packed, guess);
        return true;
      }
    }
    return false;
  }

  void add_cut(const Packed& packed, std::int64_t guess) {
    const int per_slot = positions_per_slot(*card_);
    for (const auto& on : packed) {
      const auto placed = layout::arrange(*card_, on);
      FoundCard card{memory_, card_->positions / per_slot, {}};
      for (const auto& instance : *placed) {
        const auto name = std::string(instance.profile->name);
        const auto offer = std::ranges::find(slices_, name, &Offer::profile);
        const auto replicas = offer->replicas > 0 ? offer->replicas : guess;
        card.units.push_back({offer->resource_name, static_cast<int>(replicas), name,
                              instance.start / per_slot, instance.end() / per_slot,
                              static_cast<double>(instance.profile->compute) / card_->compute,
                              memory_of_slice(*offer, *instance.profile), called(name), false});
      }
      out_.cards.push_back(std::move(card));
    }
  }

  std::int64_t memory_of_slice(const Offer& offer, const layout::Profile& profile) const {
    if (const auto mib = small_number(label(node_, offer.resource_name + ".memory")))
      return std::max<std::int64_t>(*mib / kMibInGib, 1);
    return std::max<std::int64_t>(memory_ * profile.size / card_->positions, 1);
  }

  static std::int64_t called(const std::string& profile) {
    const auto name = layout::parse_profile(profile);
    return name ? name->memory_gb : 0;
  }

  /// Slices of which nobody knows where they lie: each a device of its own.
  void lone_slices() {
    note("NOT KNOWN: on which card each slice lies; each stands as a device of its own.");
    for (const auto& offer : slices_) {
      const auto replicas = std::max<std::int64_t>(offer.replicas, 1);
      const auto name = layout::parse_profile(offer.profile);
      const auto* profile = card_ == nullptr ? nullptr : card_->find(offer.profile);
      const auto memory = name && name->memory_gb > 0 ? static_cast<std::int64_t>(name->memory_gb) : memory_;
      const double share = profile != nullptr ? static_cast<double>(profile->compute) / card_->compute
                           : memory_ > memory ? static_cast<double>(memory) / static_cast<double>(memory_)
                                              : 1.0;
      for (std::int64_t i = 0; i < std::min(offer.slots / replicas, kMostCards); ++i)
        out_.cards.push_back({memory,
                              1,
                              {{offer.resource_name, static_cast<int>(replicas), offer.profile, 0, 1, share,
                                memory, memory, false}}});
    }
  }

  void whole_cards() {
    const auto cut = single_.empty() ? static_cast<std::int64_t>(out_.cards.size()) : 0;
    for (const auto& offer : whole_) {
      auto replicas = offer.replicas;
      if (replicas == 0) {
        // Only one name of whole cards, and it is said how many there are.
        const auto cards = whole_.size() == 1 && physical_ > cut ? physical_ - cut : 0;
        replicas = cards > 0 && offer.slots % cards == 0 ? offer.slots / cards : 1;
        if (replicas > kMostReplicas) replicas = 1;
        if (replicas > 1)
          note(fmt::format("GUESSED: {} replicas of {}, since the node has no label that says them.",
                           replicas, offer.resource_name));
      }
      const int slots = card_ == nullptr ? 1 : card_->positions / positions_per_slot(*card_);
      for (std::int64_t i = 0; i < std::min(offer.slots / replicas, kMostCards); ++i)
        out_.cards.push_back({memory_,
                              slots,
                              {{offer.resource_name,
                                static_cast<int>(replicas),
                                {},
                                0,
                                slots,
                                1.0,
                                memory_,
                                card_ == nullptr ? memory_ : card_->memory_gb,
                                false}}});
    }
    if (out_.cards.size() > static_cast<std::size_t>(kMostCards)) {
      note(fmt::format("More than {} devices; the rest is left out.", kMostCards));
      out_.cards.resize(static_cast<std::size_t>(kMostCards));
    }
  }

  void mark_shared_names() {
    std::map<std::string, int> users;
    for (const auto& card : out_.cards) {
      for (const auto& unit : card.units) ++users[unit.resource_name];
    }
    for (auto& card : out_.cards) {
      for (auto& unit : card.units) unit.shares_its_name = unit.replicas > 1 && users[unit.resource_name] > 1;
    }
  }

  const json::value& node_;
  Inventory out_;
  const layout::Card* card_ = nullptr;
  std::int64_t memory_ = 0;
  std::int64_t physical_ = 0;  // 0: the node does not say
  std::string single_;  // the profile of all slices, where they are offered under the name of whole cards
  std::vector<Offer> slices_;
  std::vector<Offer> whole_;
};

}  // namespace

std::optional<std::int64_t> small_number(std::string_view text) {
  constexpr std::size_t kMostDigits = 9;
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::string label(const json::value& node, std::string_view key) {
  return string_at(node, {"metadata", "labels", key});
}

bool has_gpus(const json::value& node) {
  return !amounts(node, "capacity").empty() ||
         small_number(label(node, "nvidia.com/gpu.count")).value_or(0) > 0;
}

Inventory inventory(const json::value& node) {
  return Reading(node).read();
}

}  // namespace berth::survey
