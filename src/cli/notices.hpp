// Telling people in a workspace that it ends soon: in their terminals, and to the editor by a file that an
// extension of ours in the image looks at (images/workspace/berth).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/workspace.hpp"
#include "said/notices.hpp"

namespace berth::cli {

inline constexpr const char* kTerminals = "/dev/pts";
inline constexpr const char* kNoticeFile = "/tmp/.berth/notice.json";
inline constexpr const char* kPartsFolder = "/tmp/.berth";

/// To every terminal in `folder` that is this user's. What nobody reads is not waited for. Gives how many.
int write_to_terminals(const std::filesystem::path& folder, std::string_view text);

/// The last notice, for the editor and for whoever goes on after this program.
Status keep_notice(const std::filesystem::path& file, const said::Notice& notice, std::string_view text);
/// Nothing where there is none that can be read.
std::optional<said::Notice> kept_notice(const std::filesystem::path& file);

/// What the image says in `folder` of an editor or a lab that runs without its owner's settings: a line each.
/// Empty where both run as they should.
std::vector<std::string> plain_parts(const std::filesystem::path& folder);

/// One look: tells what is due, if anything is.
void look_for_notice(const SessionFacts& facts, Instant now, const std::filesystem::path& file,
                     const std::filesystem::path& terminals);
/// Looks until the program is ended; and, once a minute, when the workspace was last used.
[[noreturn]] void give_notices(const Workspace& workspace, const std::filesystem::path& file,
                               const std::filesystem::path& terminals);

}  // namespace berth::cli
