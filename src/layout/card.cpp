#include "layout/card.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace berth::layout {
namespace {

/// "NVIDIA-A100-SXM4-80GB" and "Tesla A30" as "a100 sxm4 80gb" and "a30".
std::string plain_model(std::string_view model) {
  std::string plain;
  for (const char c : model) {
    if (c >= 'A' && c <= 'Z') {
      plain += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      plain += c;
    } else if (!plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  for (const std::string_view maker : {"nvidia ", "tesla "}) {
    if (plain.starts_with(maker)) plain.erase(0, maker.size());
  }
  return plain;
}

/// Whole words: "h20" is no beginning of "h200".
bool begins_with(std::string_view plain, std::string_view words) {
  return plain.starts_with(words) && (plain.size() == words.size() || plain[words.size()] == ' ');
}

std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

const Profile* Card::find(std::string_view profile) const {
  const auto found = std::ranges::find(profiles, profile, &Profile::name);
  return found == profiles.end() ? nullptr : &*found;
}

const Card* find_card(std::string_view model, std::int64_t memory_gib) {
  // A card of 80 GB has 80 GiB or a few less for programs, one of 96 GB 95: nothing else is so near.
  constexpr double kNear = 0.12;
  const auto plain = plain_model(model);
  const Card* nearest = nullptr;
  double distance = kNear;
  for (const auto& card : cards()) {
    if (std::ranges::none_of(card.kin, [&](std::string_view word) { return begins_with(plain, word); }))
      continue;
    const double off = std::abs(static_cast<double>(memory_gib) - card.memory_gb) / card.memory_gb;
    if (off >= distance) continue;
    distance = off;
    nearest = &card;
  }
  return nearest;
}

std::optional<ProfileName> parse_profile(std::string_view name) {
  ProfileName out;
  const auto compute = take_number(name);
  if (!compute || *compute == 0 || !take(name, "g.")) return std::nullopt;
  const auto memory = take_number(name);
  if (!memory || !take(name, "gb")) return std::nullopt;
  out.compute = *compute;
  out.memory_gb = *memory;
  if (name.empty()) return out;
  if (name == "-me") {
    out.media = Media::kNone;
    return out;
  }
  if (!take(name, "+")) return std::nullopt;
  if (name == "gfx") {
    out.graphics = true;
  } else if (name == "me") {
    out.media = Media::kMore;
  } else if (name == "me.all") {
    out.media = Media::kAll;
  } else {
    return std::nullopt;
  }
  return out;
}

std::string resource_name(std::string_view profile) {
  std::string name = "nvidia.com/mig-" + std::string(profile);
  std::ranges::replace(name, '+', '.');
  return name;
}

}  // namespace berth::layout
