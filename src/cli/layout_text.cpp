#include "cli/layout_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "cli/words.hpp"
#include "layout/render.hpp"

namespace berth::cli {
namespace {

/// Who begins a session on another card of a node while one of its cards is cut anew: all of its devices are
/// away.
struct Waits {
  std::string who;
  std::string card;
};

class Telling {
 public:
  Telling(const model::Pool& pool, const AskedLayouts& asked, const layout::LayoutProposal& proposal)
      : pool_(pool), asked_(asked), question_(asked.question), proposal_(proposal) {
    for (const auto& node : pool.nodes) layouts_.push_back(layout::layouts_of(pool, node));
  }

  std::string text(ProposalUse use) const {
    auto out = fmt::format("Pool {}, until {}. A change takes {}", pool_.name, at(question_.horizon),
                           show_length(question_.change));
    if (question_.tail > Duration{0})
      out += fmt::format(", and begins {} after the end of a session", show_length(question_.tail));
    out += ".\n";
    for (std::size_t i = 0; i < asked_.cards.size(); ++i) out += card_text(i);
    out += wishes_text() + faults_text();
    for (const auto& note : asked_.notes) out += fmt::format("! {}\n", plain(note));
    if (!proposal_.exact) out += "The search was cut short: there may be a better plan.\n";
    return out + end_text(use);
  }

  json::value value() const {
    json::array cards;
    for (std::size_t i = 0; i < asked_.cards.size(); ++i) cards.emplace_back(card_json(i));
    json::array wishes;
    for (std::size_t i = 0; i < question_.wishes.size(); ++i) wishes.emplace_back(wish_json(i));
    return json::object{{"pool", pool_.name},
                        {"now", format_rfc3339(question_.now)},
                        {"until", format_rfc3339(question_.horizon)},
                        {"change_seconds", seconds_of(question_.change)},
                        {"tail_seconds", seconds_of(question_.tail)},
                        {"late_seconds", seconds_of(question_.patience)},
                        {"exact", proposal_.exact},
                        {"cards", std::move(cards)},
                        {"wishes", std::move(wishes)},
                        {"notes", json::array(asked_.notes.begin(), asked_.notes.end())}};
  }

 private:
  std::string at(Instant instant) const { return show_time(instant, question_.now); }
  static std::int64_t seconds_of(Duration length) { return std::chrono::ceil<seconds>(length).count(); }

  std::string way_of(std::size_t card, std::optional<std::size_t> way) const {
    if (!way) return "cut in a way that nobody knows: tell it with --now";
    std::vector<std::string_view> units;
    for (const auto& part : asked_.cards[card].cuts.cuts[*way].parts) units.push_back(part.unit->name);
    return fmt::format("way {}: {}", *way + 1, fmt::join(units, ", "));
  }

  /// The name of the node's layout while a change of the card begins, by which a label puts it into force.
  std::optional<std::string> label_of(std::size_t card, const layout::LayoutChange& change) const {
    const auto* node = asked_.cards[card].node;
    const auto& layouts = layouts_[static_cast<std::size_t>(node - pool_.nodes.data())];
    if (!layouts) return std::nullopt;
    std::vector<const layout::Cut*> cuts;
    for (std::size_t i = 0; i < asked_.cards.size(); ++i) {
      if (asked_.cards[i].node != node || asked_.cards[i].cuts.cuts.empty()) continue;
      auto way = question_.cards[i].present;
      for (const auto& one : proposal_.cards[i].changes) {
        if (one.during.start <= change.during.start) way = one.to;
      }
      if (!way) return std::nullopt;
      cuts.push_back(&asked_.cards[i].cuts.cuts[*way]);
    }
    const auto is_same = [](const layout::Cut& a, const layout::Cut* b) {
      return std::ranges::equal(a.parts, b->parts, {}, &layout::Part::unit, &layout::Part::unit);
    };
    for (const auto& one : *layouts) {
      if (std::ranges::equal(one.cuts, cuts, is_same)) return one.name;
    }
    return std::nullopt;
  }

  std::vector<Waits> waiting(std::size_t card, const layout::LayoutChange& change) const {
    std::vector<Waits> found;
    for (std::size_t i = 0; i < asked_.cards.size(); ++i) {
      if (i == card || asked_.cards[i].node != asked_.cards[card].node) continue;
      for (const auto& claim : question_.cards[i].claims) {
        if (change.during.contains(claim.during.start))
          found.push_back({claim.booking, asked_.cards[i].cuts.device->name});
      }
    }
    for (std::size_t i = 0; i < question_.wishes.size(); ++i) {
      const auto& place = proposal_.wishes[i].place;
      if (!place || place->card == card || asked_.cards[place->card].node != asked_.cards[card].node)
        continue;
      if (change.during.contains(question_.wishes[i].during.start))
        found.push_back({fmt::format("wish {}", i + 1), asked_.cards[place->card].cuts.device->name});
    }
    return found;
  }

  std::string serves_text(std::size_t card, const layout::Stretch& stretch) const {
    constexpr std::size_t kMostShown = 12;
    std::vector<std::string> served;
    for (const auto claim : stretch.claims) {
      const auto& one = question_.cards[card].claims[claim];
      served.push_back(fmt::format("{} until {}", plain(one.booking), at(one.during.end)));
    }
    for (const auto wish : stretch.wishes) served.push_back(fmt::format("wish {}", wish + 1));
    if (served.empty()) return {};
    const auto more = served.size() - std::min(served.size(), kMostShown);
    served.resize(served.size() - more);
    return fmt::format("      for {}{}\n", fmt::join(served, "; "),
                       more > 0 ? fmt::format("; and {} more", more) : "");
  }

  std::string card_text(std::size_t card) const {
    const auto& timeline = proposal_.cards[card];
    auto out = fmt::format("{}\n  now: {}{}\n", question_.cards[card].name,
                           way_of(card, timeline.stretches.front().layout),
                           asked_.cards[card].seen ? " (by the session that is on it)" : "");
    out += serves_text(card, timeline.stretches.front());
    for (std::size_t i = 0; i < timeline.changes.size(); ++i) {
      const auto& change = timeline.changes[i];
      out += fmt::format("  {} to {}: changes to {}\n", at(change.during.start), at(change.during.end),
                         way_of(card, change.to));
      if (const auto label = label_of(card, change))
        out += fmt::format("      kubectl label node {} nvidia.com/mig.config={} --overwrite\n",
                           asked_.cards[card].node->kubernetes_name, *label);
      for (const auto& one : waiting(card, change))
        out += fmt::format("      {} waits meanwhile to begin on {}: the node's devices are away\n",
                           plain(one.who), one.card);
      out += serves_text(card, timeline.stretches[i + 1]);
    }
    return out;
  }

  std::string wishes_text() const {
    std::string out;
    for (std::size_t i = 0; i < question_.wishes.size(); ++i) {
      const auto& wish = question_.wishes[i];
      const auto& answer = proposal_.wishes[i];
      out += fmt::format("Wish {}, {} from {} to {}: ", i + 1, wish.device_class, at(wish.during.start),
                         at(wish.during.end));
      if (answer.place) {
        out += fmt::format("served by {} of {}\n",
                           asked_.cards[answer.place->card].units[answer.place->unit]->name,
                           question_.cards[answer.place->card].name);
      } else {
        out +=
            fmt::format("not served. {}\n", plain(with_local_times(answer.fault->sentence, question_.now)));
      }
    }
    return out;
  }

  std::string faults_text() const {
    std::string out;
    for (std::size_t card = 0; card < asked_.cards.size(); ++card) {
      for (std::size_t i = 0; i < proposal_.cards[card].claims.size(); ++i) {
        const auto& kept = proposal_.cards[card].claims[i];
        const auto& claim = question_.cards[card].claims[i];
        if (kept.fault) {
          out += fmt::format("Not kept: {}. {}\n", plain(claim.booking),
                             plain(with_local_times(kept.fault->sentence, question_.now)));
        } else if (late_by(claim, kept) > Duration{0}) {
          out += fmt::format("Late: {} begins {} after {}, when {} has its layout.\n", plain(claim.booking),
                             show_length(late_by(claim, kept)), at(claim.during.start),
                             question_.cards[card].name);
        }
      }
    }
    return out;
  }

  /// What runs already is not late by having begun before now.
  Duration late_by(const layout::CardClaim& claim, const layout::CardTimeline::Kept& kept) const {
    if (!kept.from || *kept.from == question_.now) return Duration{0};
    return *kept.from - claim.during.start;
  }

  std::string end_text(ProposalUse use) const {
    const auto has_change = [](const layout::CardTimeline& card) { return !card.changes.empty(); };
    if (std::ranges::none_of(proposal_.cards, has_change)) return "No card has to change.\n";
    if (use == ProposalUse::kOrdered) return "";
    return "This is a proposal, and nothing was changed. At each change, with no session on the node: the "
           "label above,\nonce the cluster has the layouts (berth gpu render); then wait for the units among "
           "the node's capacity.\n";
  }

  // --- For programs ---

  json::value way_json(std::optional<std::size_t> way) const {
    return way ? json::value(*way + 1) : json::value(nullptr);
  }

  json::object stretch_json(std::size_t card, const layout::Stretch& stretch) const {
    json::array claims;
    for (const auto claim : stretch.claims) claims.emplace_back(claim_json(card, claim));
    json::array wishes;
    for (const auto wish : stretch.wishes) wishes.emplace_back(wish + 1);
    return {{"way", way_json(stretch.layout)},
            {"start", format_rfc3339(stretch.in_force.start)},
            {"end", format_rfc3339(stretch.in_force.end)},
            {"bookings", std::move(claims)},
            {"wishes", std::move(wishes)}};
  }

  json::object claim_json(std::size_t card, std::size_t claim) const {
    const auto& one = question_.cards[card].claims[claim];
    const auto& kept = proposal_.cards[card].claims[claim];
    json::object out{
        {"booking", one.booking},
        {"unit", one.unit ? json::value(asked_.cards[card].units[*one.unit]->name) : json::value(nullptr)},
        {"start", format_rfc3339(one.during.start)},
        {"end", format_rfc3339(one.during.end)},
        {"late_seconds", seconds_of(late_by(one, kept))}};
    if (kept.fault) {
      out["why"] = layout::to_string(kept.fault->why);
      out["sentence"] = kept.fault->sentence;
    }
    return out;
  }

  json::object card_json(std::size_t card) const {
    const auto& timeline = proposal_.cards[card];
    json::array ways;
    for (const auto& cut : asked_.cards[card].cuts.cuts) {
      json::array units;
      for (const auto& part : cut.parts) units.emplace_back(part.unit->name);
      ways.emplace_back(std::move(units));
    }
    json::array stretches;
    for (const auto& stretch : timeline.stretches) stretches.emplace_back(stretch_json(card, stretch));
    json::array changes;
    for (const auto& change : timeline.changes) {
      const auto label = label_of(card, change);
      json::array waits;
      for (const auto& one : waiting(card, change)) waits.emplace_back(one.who);
      changes.emplace_back(json::object{{"from", way_json(change.from)},
                                        {"to", change.to + 1},
                                        {"start", format_rfc3339(change.during.start)},
                                        {"end", format_rfc3339(change.during.end)},
                                        {"mig_config", label ? json::value(*label) : json::value(nullptr)},
                                        {"waits", std::move(waits)}});
    }
    json::array not_kept;
    for (std::size_t i = 0; i < timeline.claims.size(); ++i) {
      if (timeline.claims[i].fault) not_kept.emplace_back(claim_json(card, i));
    }
    return {{"node", asked_.cards[card].node->name},
            {"device", asked_.cards[card].cuts.device->name},
            {"ways", std::move(ways)},
            {"now", way_json(question_.cards[card].present)},
            {"stretches", std::move(stretches)},
            {"changes", std::move(changes)},
            {"not_kept", std::move(not_kept)}};
  }

  json::object wish_json(std::size_t index) const {
    const auto& wish = question_.wishes[index];
    const auto& answer = proposal_.wishes[index];
    json::object out{{"device_class", wish.device_class},
                     {"start", format_rfc3339(wish.during.start)},
                     {"end", format_rfc3339(wish.during.end)},
                     {"served", answer.place.has_value()}};
    if (answer.place) {
      const auto& card = asked_.cards[answer.place->card];
      out["node"] = card.node->name;
      out["device"] = card.cuts.device->name;
      out["unit"] = card.units[answer.place->unit]->name;
    } else {
      out["why"] = layout::to_string(answer.fault->why);
      out["sentence"] = answer.fault->sentence;
    }
    return out;
  }

  const model::Pool& pool_;
  const AskedLayouts& asked_;
  const layout::LayoutQuestion& question_;
  const layout::LayoutProposal& proposal_;
  std::vector<Result<std::vector<layout::NodeLayout>>> layouts_;  // by node
};

}  // namespace

std::string layout_text(const model::Pool& pool, const AskedLayouts& asked,
                        const layout::LayoutProposal& proposal, ProposalUse use) {
  return Telling(pool, asked, proposal).text(use);
}

json::value layout_json(const model::Pool& pool, const AskedLayouts& asked,
                        const layout::LayoutProposal& proposal) {
  return Telling(pool, asked, proposal).value();
}

bool serves_all(const layout::LayoutProposal& proposal) {
  const auto has_place = [](const layout::WishAnswer& answer) { return answer.place.has_value(); };
  const auto keeps_all = [](const layout::CardTimeline& card) {
    return std::ranges::none_of(card.claims, [](const auto& kept) { return kept.fault.has_value(); });
  };
  return std::ranges::all_of(proposal.wishes, has_place) && std::ranges::all_of(proposal.cards, keeps_all);
}

}  // namespace berth::cli
