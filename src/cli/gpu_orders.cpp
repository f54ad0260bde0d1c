#include "cli/gpu_orders.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <set>

#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/times.hpp"
#include "cli/words.hpp"
#include "layout/cuts.hpp"

namespace berth::cli {
namespace {

/// Of a node with many cards the first of its units say enough.
constexpr std::size_t kUnitsTold = 16;

/// With what lies in them: a number alone does not show a slip.
std::string ways_text(const json::value& layout) {
  std::vector<std::string> parts;
  for (const auto& one : layout.at("ways").as_array())
    parts.push_back(fmt::format("{} way {}", plain(string_at(one, {"device"})), one.at("way").as_int64()));
  std::vector<std::string> units;
  for (const auto& one : layout.at("units").as_array())
    units.push_back(plain(std::string_view(one.as_string())));
  std::string more;
  if (units.size() > kUnitsTold) {
    more = fmt::format(" and {} more", units.size() - kUnitsTold);
    units.resize(kUnitsTold);
  }
  return fmt::format("{} ({}{})", fmt::join(parts, ", "), fmt::join(units, ", "), more);
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
    json::object body{{"pool", *pool}, {"node", node}, {"changes", std::move(changes)}};
    if (options_.drop) return drop(std::move(body), node);
    if (!options_.yes && output != "json" && is_asked()) {
      if (const auto stopped = ask_about_bookings(body)) return *stopped;
    }
    const auto answer =
        ask({.method = "POST", .path = "/layouts", .body = json::value(std::move(body))}, code);
    if (!answer) return code;
    code = tell(*answer, node);
    if (output != "json") {
      if (!is_to_come(*answer, node)) std::cout << "The node has that layout: nothing was ordered.\n";
      std::cout << concerned_text(*answer, server_now);
    }
    return code;
  }

  int show() {
    int code = kOk;
    auto path = std::string("/layouts");
    if (!options_.pool.empty()) path += "?pool=" + percent_encoded(options_.pool);
    const auto answer = ask({.method = "GET", .path = path}, code);
    if (!answer) return code;
    if (!options_.node.empty() && of_node(*answer, options_.node).empty()) {
      std::cerr << fmt::format("berth: no layout was ordered of a node \"{}\"\n", shown(options_.node));
      return kNotFound;
    }
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

  /// Fails where a change has begun, since that one stays.
  int drop(json::object body, const std::string& node) {
    int code = kOk;
    const auto answer =
        ask({.method = "POST", .path = "/layouts", .body = json::value(std::move(body))}, code);
    if (!answer) return code;
    code = tell(*answer, node);
    if (!is_to_come(*answer, node)) {
      if (output != "json") std::cout << "No change of its layout is to come.\n";
      return code;
    }
    std::cerr << "berth: the change that has begun cannot be dropped. The layout that the node had can be "
                 "ordered in its place: berth gpu apply --in-service\n";
    return kFailed;
  }

  /// At a terminal: which bookings do not get their unit, or late, and whether it is to be done. Empty: go
  /// on; else how to exit.
  std::optional<int> ask_about_bookings(json::object body) {
    int code = kOk;
    body["dry_run"] = true;
    const auto tried =
        ask({.method = "POST", .path = "/layouts", .body = json::value(std::move(body))}, code);
    if (!tried) return code;
    const auto text = concerned_text(*tried, server_now);
    if (text.empty()) return std::nullopt;
    std::cerr << text;
    if (confirmed("Order it all the same?")) return std::nullopt;
    std::cerr << "berth: nothing was ordered\n";
    return kFailed;
  }

  static json::array of_node(const json::value& answer, const std::string& node) {
    json::array its;
    for (const auto& one : answer.at("items").as_array()) {
      if (node.empty() || string_at(one, {"node"}) == node || string_at(one, {"kubernetes_name"}) == node)
        its.push_back(one);
    }
    return its;
  }

  static bool is_to_come(const json::value& answer, const std::string& node) {
    return std::ranges::any_of(of_node(answer, node),
                               [](const json::value& one) { return string_at(one, {"state"}) == "ordered"; });
  }

  int tell(const json::value& answer, const std::string& node) const {
    auto shown = of_node(answer, node);
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

std::vector<PresentWay> present_ways(const json::value& layouts, const model::Pool& pool) {
  std::vector<PresentWay> present;
  for (const auto& one : layouts.at("items").as_array()) {
    if (string_at(one, {"state"}) != "in_force") continue;
    const auto node = std::ranges::find(pool.nodes, string_at(one, {"node"}), &model::Node::name);
    if (node == pool.nodes.end()) continue;
    std::set<std::string, std::less<>> units;
    for (const auto& unit : one.at("units").as_array()) units.emplace(std::string_view(unit.as_string()));
    for (const auto& card : layout::cuts_of(pool, *node)) {
      const auto way = std::ranges::find_if(card.cuts, [&](const layout::Cut& cut) {
        return std::ranges::all_of(cut.parts,
                                   [&](const layout::Part& part) { return units.contains(part.unit->name); });
      });
      if (way != card.cuts.end()) {
        present.push_back({node->name, card.device->name, static_cast<int>(way - card.cuts.begin()) + 1});
      }
    }
  }
  return present;
}

std::string concerned_text(const json::value& ordered, Instant now) {
  const auto* bookings = ordered.as_object().if_contains("concerned");
  if (bookings == nullptr || bookings->as_array().empty()) return "";
  std::string text = "Bookings of the next 14 days that do not get their unit by it, or late:\n";
  for (const auto& one : bookings->as_array()) {
    const auto name = plain(string_at(one, {"name"}));
    text += fmt::format("  {}{} of {}, {}\n", string_at(one, {"reservation"}).substr(0, kShownIdBytes),
                        name.empty() ? "" : fmt::format(" \"{}\"", name), plain(string_at(one, {"owner"})),
                        show_time(string_at(one, {"start"}), now));
    for (const auto& warning : one.at("warnings").as_array())
      text += fmt::format("      {}\n", plain(with_local_times(std::string_view(warning.as_string()), now)));
  }
  return text;
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
