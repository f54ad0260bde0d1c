#include "cli/dev_plan.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace berth::cli {
namespace {

constexpr std::string_view kScript = "images/build-in-cluster";
// As deploy/base has them. The portal first: its new pods migrate, and go back first too.
constexpr std::string_view kNamespace = "berth-system";
constexpr std::array<std::string_view, 2> kDeployments{"deployment/berth-portal",
                                                       "deployment/berth-reconciler"};
// A pod's start, image and migration included, on a slow line.
constexpr std::string_view kRolloutWithin = "600s";

Words of_rollout(std::string_view verb) {
  return {"oc", "rollout", std::string(verb), "--namespace", std::string(kNamespace)};
}

void add_waiting(std::vector<Words>& lines) {
  for (const auto deployment : kDeployments) {
    auto line = of_rollout("status");
    line.emplace_back(deployment);
    line.push_back("--timeout=" + std::string(kRolloutWithin));
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::vector<Words> lines_of(const DevBuild& build) {
  Words script{(build.checkout / kScript).string()};
  script.insert(script.end(), build.images.begin(), build.images.end());
  std::vector<Words> lines{
      std::move(script),
      {"oc", "apply", "-k", (build.checkout / "deploy/overlays" / build.overlay).string()}};
  if (build.restart) {
    auto line = of_rollout("restart");
    line.insert(line.end(), kDeployments.begin(), kDeployments.end());
    lines.push_back(std::move(line));
  }
  if (build.wait) add_waiting(lines);
  return lines;
}

std::vector<Words> rollback_lines(bool wait) {
  std::vector<Words> lines;
  for (const auto deployment : kDeployments) {
    auto line = of_rollout("undo");
    line.emplace_back(deployment);
    lines.push_back(std::move(line));
  }
  if (wait) add_waiting(lines);
  return lines;
}

std::string typed(const Words& line) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:@%+,";
  std::string text;
  for (const auto& word : line) {
    if (!text.empty()) text += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    text += '\'';
  }
  return text;
}

std::optional<std::filesystem::path> checkout_around(const std::filesystem::path& folder) {
  std::error_code error;  // what cannot be looked into is none
  auto at = std::filesystem::absolute(folder, error).lexically_normal();
  while (!error) {
    if (std::filesystem::is_regular_file(at / kScript, error)) return at;
    error.clear();
    if (at == at.parent_path()) break;
    at = at.parent_path();
  }
  return std::nullopt;
}

}  // namespace berth::cli
