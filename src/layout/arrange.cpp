#include "layout/arrange.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>

namespace berth::layout {
namespace {

Error refused(std::string field, std::string value, std::string limit, std::string message) {
  Error error{.code = Code::kInvalid, .message = message, .slug = "layout"};
  error.fields.push_back({std::move(field), std::move(value), std::move(limit), std::move(message)});
  return error;
}

Media media_of(const Profile& profile) {
  const auto name = parse_profile(profile.name);
  return name ? name->media : Media::kShare;
}

std::string list_of(const std::vector<const Profile*>& profiles) {
  std::vector<std::string_view> names;
  for (const auto* one : profiles) names.push_back(one->name);
  std::ranges::sort(names);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What is true of them wherever they lie.
Status may_be_together(const Card& card, const std::vector<const Profile*>& profiles) {
  std::map<std::string_view, int> counts;
  int compute = 0;
  int more = 0;
  const Profile* all = nullptr;
  for (const auto* one : profiles) {
    if (++counts[one->name] > one->most) {
      return fail(refused("profiles", fmt::format("{} of {}", counts[one->name], one->name),
                          std::to_string(one->most),
                          fmt::format("A {} has at most {} of {}.", card.name, one->most, one->name)));
    }
    compute += one->compute;
    const auto media = media_of(*one);
    if (media == Media::kAll) all = one;
    if (media == Media::kAll || media == Media::kMore) ++more;
  }
  if (more > 1) {
    return fail(refused(
        "profiles", list_of(profiles), "one with +me or +me.all",
        fmt::format("A {} has one extension of media engines to give, and several ask for it.", card.name)));
  }
  const auto has_engines = [&](const Profile* one) { return one != all && media_of(*one) != Media::kNone; };
  if (all != nullptr && std::ranges::any_of(profiles, has_engines)) {
    return fail(refused(
        "profiles", list_of(profiles), "-me beside +me.all",
        fmt::format("Beside {} every other instance is one without media engines (-me).", all->name)));
  }
  if (compute > card.compute) {
    return fail(refused(
        "profiles", fmt::format("{} compute slices", compute), std::to_string(card.compute),
        fmt::format("A {} has {} compute slices, and {} are asked for.", card.name, card.compute, compute)));
  }
  return {};
}

std::uint32_t covered(const Profile& profile, int start) {
  return ((1U << static_cast<unsigned>(profile.size)) - 1) << static_cast<unsigned>(start);
}

/// Largest first; those that are alike in ascending places, so that none is tried twice.
bool place(const Card& card, const std::vector<const Profile*>& profiles, std::size_t next,
           std::uint32_t taken, std::vector<Instance>& placed) {
  if (next == profiles.size()) return true;
  const auto& profile = *profiles[next];
  const int from = next > 0 && profiles[next - 1] == &profile ? placed.back().start + 1 : 0;
  for (int start = from; start + profile.size <= card.positions; ++start) {
    const auto bits = covered(profile, start);
    if (!profile.may_start_at(start) || (taken & bits) != 0) continue;
    placed.push_back({&profile, start});
    if (place(card, profiles, next + 1, taken | bits, placed)) return true;
    placed.pop_back();
  }
  return false;
}

std::string starts_of(const Profile& profile) {
  std::vector<int> starts;
  for (int position = 0; position < 16; ++position) {
    if (profile.may_start_at(position)) starts.push_back(position);
  }
  return fmt::format("{}", fmt::join(starts, ", "));
}

}  // namespace

Result<std::vector<Instance>> arrange(const Card& card, const std::vector<std::string>& profiles) {
  std::vector<const Profile*> wanted;
  for (const auto& name : profiles) {
    const auto* profile = card.find(name);
    if (profile == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& one : card.profiles) known.push_back(one.name);
      return fail(refused("profiles", name, fmt::format("one of {}", fmt::join(known, ", ")),
                          fmt::format("A {} has no profile of this name.", card.name)));
    }
    wanted.push_back(profile);
  }
  if (auto together = may_be_together(card, wanted); !together) return fail(together.error());
  std::ranges::sort(wanted, [](const Profile* a, const Profile* b) {
    return a->size != b->size ? a->size > b->size : a < b;
  });
  std::vector<Instance> placed;
  if (!place(card, wanted, 0, 0, placed)) {
    return fail(refused("profiles", list_of(wanted), fmt::format("{} positions", card.positions),
                        fmt::format("These do not fit onto a {} together, in whatever order.", card.name)));
  }
  std::ranges::sort(placed, {}, &Instance::start);
  return placed;
}

Status check(const Card& card, const std::vector<Instance>& instances) {
  std::vector<const Profile*> profiles;
  std::uint32_t taken = 0;
  for (const auto& one : instances) {
    if (!one.profile->may_start_at(one.start) || one.end() > card.positions) {
      return fail(refused(
          "placement", fmt::format("{} at {}", one.profile->name, one.start), starts_of(*one.profile),
          fmt::format("On a {} {} starts at {}.", card.name, one.profile->name, starts_of(*one.profile))));
    }
    const auto bits = covered(*one.profile, one.start);
    if ((taken & bits) != 0) {
      return fail(
          refused("placement", fmt::format("{} at {}", one.profile->name, one.start), "a place of its own",
                  fmt::format("{} at {} covers what another one covers.", one.profile->name, one.start)));
    }
    taken |= bits;
    profiles.push_back(one.profile);
  }
  return may_be_together(card, profiles);
}

}  // namespace berth::layout
