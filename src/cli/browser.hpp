// Showing an address to the person at this machine.
#pragma once

#include <string>

namespace berth::cli {

/// Whether somebody sits at a desktop here: a terminal, and a display that a browser can show itself on.
bool has_desktop();

/// Starts $BROWSER, or what the desktop opens addresses with, and does not wait for it. False where there is
/// none.
bool open_in_browser(const std::string& url);

}  // namespace berth::cli
