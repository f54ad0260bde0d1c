// berth gpu apply, status, retry: layouts that Berth brings about in service, through the portal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/layout_question.hpp"

namespace berth::cli {

struct LayoutOrderOptions {
  std::string pool;
  std::string node;               // of status and retry; empty: all
  std::vector<std::string> ways;  // "node/device=way"
  std::string at;                 // empty: at once
  bool drop = false;              // what has not begun
  bool yes = false;               // without asking about bookings
  std::string output = "table";
};

int order_layout(const LayoutOrderOptions& options);
int show_layouts(const LayoutOrderOptions& options);
int retry_layout(const LayoutOrderOptions& options);

/// What a proposal asks of a node, for the API's operation that takes such; kInvalid where the layout that a
/// card has beside the change is not known. Without changes it is an empty list.
Result<json::array> layout_changes(const AskedLayouts& asked, const layout::LayoutProposal& proposal,
                                   const model::Node& node);

/// Why nothing that bookings ask for can be ordered now, a sentence: what is proposed begins with the layouts
/// that are in force, and not with one that a change has begun to bring. Nothing where none has begun.
std::optional<std::string> why_not_now(const json::value& layouts);

/// How cards are cut by what the portal has in force. By the units that lie in it: the pool may have been
/// declared anew since, and its ways have other numbers.
std::vector<PresentWay> present_ways(const json::value& layouts, const model::Pool& pool);

/// Whom an order concerns, a line each with what its owner is told below; empty where it is nobody.
std::string concerned_text(const json::value& ordered, Instant now);

/// An answer of that operation as people read it.
std::string layouts_text(const json::array& layouts, Instant now);

}  // namespace berth::cli
