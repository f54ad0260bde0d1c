#include "cli/gpu_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <span>

#include "base/percent.hpp"
#include "cli/conversation.hpp"
#include "cli/gpu_orders.hpp"
#include "cli/input_file.hpp"
#include "cli/layout_text.hpp"
#include "cli/output.hpp"
#include "cli/range.hpp"
#include "cli/words.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::cli {
namespace {

/// "0" as well: no time at all.
Result<Duration> length_of(const char* option, const std::string& text) {
  if (text == "0") return Duration{0};
  const auto length = parse_length(text);
  if (length) return Duration(*length);
  return fail(invalid_field(option, text, "a length like 10m, or 0",
                            fmt::format("--{}: {}", option, length.error().message)));
}

class Proposing : Conversation {
 public:
  explicit Proposing(const LayoutOptions& options) : options_(options) { output = options.output; }

  int run() {
    int code = kOk;
    const auto pool = find_pool(code);
    if (!pool) return code;
    // Its answer tells the server's time, by which all else is read: with a file nothing else was asked yet.
    if (!ask({.method = "GET", .path = "/status"}, code)) return code;
    const auto wishes = wishes_of();
    if (!wishes) return complain(wishes.error());
    const auto times = times_of(*pool, *wishes);
    if (!times) return complain(times.error());
    auto present = known_ways(*pool, code);
    if (!present) return code;
    for (const auto& text : options_.present) {
      const auto one = parse_present(text);
      if (!one) return complain(one.error());
      std::erase_if(*present, [&](const PresentWay& known) {
        return known.node == one->node && known.device == one->device;
      });
      present->push_back(*one);
    }
    const auto calendar = calendar_of(*pool, *times, code);
    if (!calendar) return code;
    const auto asked = ask_layouts(*pool, *calendar, *present, *times, *wishes);
    if (!asked) return complain(asked.error());
    const auto proposal = layout::propose_layouts(asked->question);
    if (!proposal) return complain(proposal.error());
    const bool serves = serves_all(*proposal);
    show(layout_json(*pool, *asked, *proposal),
         layout_text(*pool, *asked, *proposal,
                     options_.apply && serves ? ProposalUse::kOrdered : ProposalUse::kRead));
    if (!serves) {
      if (options_.apply) std::cerr << "berth: nothing was ordered: not everything is kept and served\n";
      return kFailed;
    }
    return options_.apply ? apply(*pool, *asked, *proposal) : kOk;
  }

 private:
  std::optional<json::value> layouts_of(const model::Pool& pool, int& code) {
    return ask({.method = "GET", .path = "/layouts?pool=" + percent_encoded(pool.name)}, code);
  }

  /// By layouts that Berth brought about; what somebody says of a card goes before it.
  std::optional<std::vector<PresentWay>> known_ways(const model::Pool& pool, int& code) {
    if (!options_.file.empty()) return std::vector<PresentWay>();
    const auto answer = layouts_of(pool, code);
    if (!answer) return std::nullopt;
    return present_ways(*answer, pool);
  }

  /// All of each node's changes at once: those that were ordered before and have not begun give way to them.
  int apply(const model::Pool& pool, const AskedLayouts& asked, const layout::LayoutProposal& proposal) {
    int answered = kOk;
    const auto layouts = layouts_of(pool, answered);
    if (!layouts) return answered;
    if (const auto why = why_not_now(*layouts)) {
      std::cerr << fmt::format("berth: nothing was ordered: {}\n", *why);
      return kFailed;
    }
    int ordered = 0;
    for (const auto& node : pool.nodes) {
      const bool may_change = std::ranges::any_of(asked.cards, [&](const AskedLayouts::Card& card) {
        return card.node == &node && card.cuts.cuts.size() > 1;
      });
      if (!may_change) continue;
      auto changes = layout_changes(asked, proposal, node);
      if (!changes) return complain(changes.error());
      ordered += static_cast<int>(changes->size());
      int code = kOk;
      if (!ask({.method = "POST",
                .path = "/layouts",
                .body =
                    json::object{{"pool", pool.name}, {"node", node.name}, {"changes", std::move(*changes)}}},
               code))
        return code;
    }
    if (output != "json")
      std::cout << fmt::format("Ordered: {} change{}. See berth gpu status.\n", ordered,
                               ordered == 1 ? "" : "s");
    return kOk;
  }

  std::optional<model::Pool> find_pool(int& code) {
    return options_.file.empty() ? asked_pool(code) : file_pool(code);
  }

  std::optional<model::Pool> asked_pool(int& code) {
    const auto name = pool_name(options_.pool, code);
    if (!name) return std::nullopt;
    const auto answer = ask({.method = "GET", .path = "/pools/" + percent_encoded(*name)}, code);
    if (!answer) return std::nullopt;
    const auto& documents = answer->at("documents").as_array();
    return chosen(poolfile::parse_stream(std::span(documents.data(), documents.size())), *name, code);
  }

  std::optional<model::Pool> file_pool(int& code) {
    const auto documents = read_documents(options_.file);
    if (!documents) {
      code = complain(documents.error());
      return std::nullopt;
    }
    return chosen(poolfile::parse_stream(*documents), options_.pool, code);
  }

  /// The pool of that name, or the only one.
  std::optional<model::Pool> chosen(const Result<poolfile::Declared>& declared, const std::string& name,
                                    int& code) const {
    if (!declared) {
      code = complain(declared.error());
      return std::nullopt;
    }
    const auto& pools = declared->pools;
    const auto found = name.empty() && pools.size() == 1 ? pools.begin()
                                                         : std::ranges::find(pools, name, &model::Pool::name);
    if (found != pools.end()) return *found;
    std::string names;
    for (const auto& one : pools) names += (names.empty() ? "" : ", ") + one.name;
    code = complain(invalid_field("pool", name, names.empty() ? "a pool" : names,
                                  fmt::format("say which pool with --pool: {}{}",
                                              names.empty() ? "there is none" : "there is ", names)));
    return std::nullopt;
  }

  Result<std::vector<layout::LayoutWish>> wishes_of() const {
    std::vector<layout::LayoutWish> wishes;
    for (const auto& [device_class, from, to] : options_.wishes) {
      const auto what = fmt::format("--wish {}", plain(device_class));
      Reference reference{.now = server_now};
      const auto first = parse_range(from, "", reference);
      if (!first) return fail(within(what, first.error()));
      reference.after = first->from;
      const auto last = parse_range("", to, reference);
      if (!last) return fail(within(what, last.error()));
      if (!first->from || !last->to || *last->to <= *first->from) {
        return fail(invalid_field("wish", to, "a time after " + plain(from),
                                  fmt::format("{}: from \"{}\" to \"{}\" is no time: use --wish slice-24gb "
                                              "\"mon 9:00\" \"mon 17:00\"",
                                              what, plain(from), plain(to))));
      }
      wishes.push_back({device_class, {*first->from, *last->to}});
    }
    return wishes;
  }

  /// The horizon is so far behind the last wish that what comes after it is seen.
  Result<LayoutTimes> times_of(const model::Pool& pool, const std::vector<layout::LayoutWish>& wishes) const {
    const auto length = length_of("for", options_.length);
    const auto change = length_of("change", options_.change);
    const auto tail = length_of("tail", options_.tail);
    const auto late = options_.late.empty() ? Result<Duration>(Duration(pool.policy.start_deadline))
                                            : length_of("late", options_.late);
    for (const auto* one : {&length, &change, &tail, &late}) {
      if (!*one) return fail(one->error());
    }
    LayoutTimes times{.now = server_now,
                      .horizon = server_now + *length,
                      .change = *change,
                      .tail = *tail,
                      .patience = *late};
    for (const auto& wish : wishes)
      times.horizon = std::max(times.horizon, wish.during.end + times.tail + times.change);
    return times;
  }

  /// From some time before now on: what is over may still be cleaned up.
  std::optional<json::value> calendar_of(const model::Pool& pool, const LayoutTimes& times, int& code) {
    const auto from = std::chrono::floor<seconds>(times.now - times.tail);
    const auto to = std::chrono::ceil<seconds>(times.horizon);
    return ask({.method = "GET",
                .path = fmt::format("/calendar?pool={}&from={}&to={}", percent_encoded(pool.name),
                                    format_rfc3339(from), format_rfc3339(to))},
               code);
  }

  const LayoutOptions& options_;
};

}  // namespace

int propose_layout(const LayoutOptions& options) {
  return Proposing(options).run();
}

}  // namespace berth::cli
