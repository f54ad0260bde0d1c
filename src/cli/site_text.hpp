// The installation at a glance and what an admin reads of it, as people read it. Pure.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "base/json.hpp"

namespace berth::cli {

/// Who is signed in, where, and for how long. `token` is its row of the list of tokens, or null where it is
/// not known.
std::string whoami_text(const json::value& me, const std::string& server, const json::value& token,
                        Instant now);

/// What `berth status` puts together: server, version, pools, controllers, reservations, findings.
std::string status_text(const json::value& status, Instant now);

/// Of one pool's availability its first moment, class by class: what `berth status` shows and gives as JSON.
json::array units_now(const json::value& availability);

std::string findings_text(const json::value& page, Instant now);
std::string audit_text(const json::value& page, Instant now);

}  // namespace berth::cli
