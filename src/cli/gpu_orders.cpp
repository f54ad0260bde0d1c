#include "cli/gpu_orders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/times.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

std::string ways_text(const json::value& layout) {
  std::vector<std::string> parts;
  for (const auto& one : layout.at("ways").as_array())
    parts.push_back(fmt::format("{} way {}", plain(string_at(one, {"device"})), one.at("way").as_int64()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool is_true(const json::value& object, std::string_view name) {
  return find_bool(object, {name}).value_or(false);
}

class Ordering : Conversation {
 public:
  explicit Ordering(const LayoutOrderOptions& options) : options_(options) { output = options.output; }

  int order() {
    int code = kOk;
    const auto pool = pool_name(options_.pool, code);
    if (!pool) return code;
    std::string node = options_.node;
    json::array ways;
    for (const auto& text : options_.ways) {
      const auto way = parse_present(text);
      if (!way) {
        return complain(
            invalid_field("ways", text, "NODE/DEVICE=WAY, like gpu-node-1/gpu0=2",
                          fmt::format("\"{}\" is not how a card can be cut: use NODE/DEVICE=WAY, like "
                                      "gpu-node-1/gpu0=2, with ways as berth gpu plan counts them",
                                      shown(text))));
      }
      if (!node.empty() && way->node != node) {
        return complain(invalid_field("ways", text, "cards of one node",
                                      fmt::format("{} is of another node than the cards before it: order for "
                                                  "one node at a time",
                                                  plain(text))));
      }
      node = way->node;
      ways.emplace_back(json::object{{"device", way->device}, {"way", way->way}});
    }
    json::array changes;
    if (!options_.drop) {
      json::object change{{"ways", std::move(ways)}};
      if (!options_.at.empty()) {
        if (!ask({.method = "GET", .path = "/status"}, code)) return code;  // its answer tells the time
        const auto at = parse_time(options_.at, server_now);
        if (!at) return complain(at.error());
        change["not_before"] = format_rfc3339(*at);
      }
      changes.emplace_back(std::move(change));
    }
    return send("/layouts", {{"pool", *pool}, {"node", node}, {"changes", std::move(changes)}}, node);
  }

  int show() {
    int code = kOk;
    auto path = std::string("/layouts");
    if (!options_.pool.empty()) path += "?pool=" + url_encode(options_.pool);
    const auto answer = ask({.method = "GET", .path = path}, code);
    if (!answer) return code;
    return tell(*answer, options_.node);
  }

  int retry() {
    int code = kOk;
    const auto pool = pool_name(options_.pool, code);
    if (!pool) return code;
    return send("/layouts/retry", {{"pool", *pool}, {"node", options_.node}}, options_.node);
  }

 private:
  int send(const std::string& path, json::object body, const std::string& node) {
    int code = kOk;
    const auto answer = ask({.method = "POST", .path = path, .body = json::value(std::move(body))}, code);
    return answer ? tell(*answer, node) : code;
  }

  int tell(const json::value& answer, const std::string& node) const {
    json::array shown;
    for (const auto& one : answer.at("items").as_array()) {
      if (node.empty() || string_at(one, {"node"}) == node || string_at(one, {"kubernetes_name"}) == node)
        shown.push_back(one);
    }
    const auto text = layouts_text(shown, server_now);
    const bool stuck =
        std::ranges::any_of(shown, [](const json::value& one) { return is_true(one, "stuck"); });
    Conversation::show(json::object{{"items", std::move(shown)}}, text);
    return stuck ? kFailed : kOk;
  }

  const LayoutOrderOptions& options_;
};

}  // namespace

int order_layout(const LayoutOrderOptions& options) {
  return Ordering(options).order();
}
int show_layouts(const LayoutOrderOptions& options) {
  return Ordering(options).show();
}
int retry_layout(const LayoutOrderOptions& options) {
  return Ordering(options).retry();
}

Result<json::array> layout_changes(const AskedLayouts& asked, const layout::LayoutProposal& proposal,
                                   const model::Node& node) {
  std::set<Instant> times;
  for (std::size_t i = 0; i < asked.cards.size(); ++i) {
    if (asked.cards[i].node != &node) continue;
    for (const auto& change : proposal.cards[i].changes) times.insert(change.during.start);
  }
  json::array changes;
  for (const auto at : times) {
    json::array ways;
    for (std::size_t i = 0; i < asked.cards.size(); ++i) {
      const auto& card = asked.cards[i];
      if (card.node != &node || card.cuts.cuts.empty()) continue;
      auto way = asked.question.cards[i].present;
      for (const auto& change : proposal.cards[i].changes) {
        if (change.during.start <= at) way = change.to;
      }
      if (!way) {
        return fail(invalid_field("now", asked.question.cards[i].name, "how it is cut now",
                                  fmt::format("Nobody knows how {} is cut now, and another card of its node "
                                              "changes: tell it with --now",
                                              asked.question.cards[i].name)));
      }
      ways.emplace_back(json::object{{"device", card.cuts.device->name}, {"way", *way + 1}});
    }
    changes.emplace_back(json::object{{"ways", std::move(ways)}, {"not_before", format_rfc3339(at)}});
  }
  return changes;
}

std::optional<std::string> why_not_now(const json::value& layouts) {
  std::vector<std::string> begun;
  for (const auto& one : layouts.at("items").as_array()) {
    if (string_at(one, {"state"}) != "ordered" || !is_true(one, "begun")) continue;
    begun.push_back(
        fmt::format("the change of node {} to {}", plain(string_at(one, {"node"})), ways_text(one)));
  }
  if (begun.empty()) return std::nullopt;
  return fmt::format(
      "{} has begun, and what is proposed starts from the layout before it. Ask again once berth gpu status "
      "says that it is in force; for another layout in its place: berth gpu apply --in-service",
      fmt::join(begun, ", "));
}

std::vector<PresentWay> present_ways(const json::value& layouts) {
  std::vector<PresentWay> present;
  for (const auto& one : layouts.at("items").as_array()) {
    if (string_at(one, {"state"}) != "in_force") continue;
    for (const auto& way : one.at("ways").as_array()) {
      present.push_back(
          {string_at(one, {"node"}), string_at(way, {"device"}), static_cast<int>(way.at("way").as_int64())});
    }
  }
  return present;
}

std::string layouts_text(const json::array& layouts, Instant now) {
  std::map<std::string, std::string> in_force;  // by node
  std::map<std::string, std::string> to_come;
  for (const auto& one : layouts) {
    const auto node =
        fmt::format("{} ({})", plain(string_at(one, {"node"})), plain(string_at(one, {"pool"})));
    const auto sentence = plain(with_local_times(string_at(one, {"sentence"}), now));
    const bool is_in_force = string_at(one, {"state"}) == "in_force";
    auto& text = (is_in_force ? in_force : to_come)[node];
    if (is_in_force) {
      text += fmt::format("  now: {}, since {}\n", ways_text(one),
                          show_time(string_at(one, {"in_force_since"}), now));
    } else {
      text +=
          fmt::format("  {}: changes to {} (ordered by {})\n", show_time(string_at(one, {"not_before"}), now),
                      ways_text(one), plain(string_at(one, {"ordered_by"})));
    }
    const auto step = plain(string_at(one, {"step"}));
    if (is_true(one, "stuck")) {
      text += fmt::format("      STUCK ({}): {}\n      repair: {}\n", step, sentence,
                          plain(string_at(one, {"repair"})));
    } else if (!sentence.empty()) {
      const auto until = string_at(one, {"until"});
      text +=
          fmt::format("      {}: {}{}\n", step, sentence,
                      until.empty() || step == "draining" ? "" : " Late at " + show_time(until, now) + ".");
    }
  }
  std::set<std::string> nodes;
  for (const auto& [node, text] : in_force) nodes.insert(node);
  for (const auto& [node, text] : to_come) nodes.insert(node);
  if (nodes.empty()) return "No layout was ordered.\n";
  std::string out;
  for (const auto& node : nodes) {
    out += node + "\n";
    out += in_force.contains(node) ? in_force.at(node) : std::string("  now: not known\n");
    if (to_come.contains(node)) out += to_come.at(node);
  }
  return out;
}

}  // namespace berth::cli
