// What `berth gpu layout --from-bookings` tells of a proposal.
#pragma once

#include <string>

#include "cli/layout_question.hpp"

namespace berth::cli {

/// What becomes of a proposal: how it ends says so.
enum class ProposalUse { kRead, kOrdered };

/// Card by card: how it is cut now, each change with its time, what is served, and what is not and why.
std::string layout_text(const model::Pool& pool, const AskedLayouts& asked,
                        const layout::LayoutProposal& proposal, ProposalUse use = ProposalUse::kRead);
json::value layout_json(const model::Pool& pool, const AskedLayouts& asked,
                        const layout::LayoutProposal& proposal);

/// Whether it keeps every booking and serves every wish.
bool serves_all(const layout::LayoutProposal& proposal);

}  // namespace berth::cli
