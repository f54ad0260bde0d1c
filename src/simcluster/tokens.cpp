#include "simcluster/tokens.hpp"

#include <algorithm>
#include <utility>

namespace berth::simcluster {
namespace {

constexpr std::size_t kTokenBytes = 32;

}  // namespace

std::string Tokens::give(Random& random, Holder holder, Instant now) {
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second.expires <= now; });
  if (tokens_.size() >= kMaxTokens) {
    tokens_.erase(
        std::ranges::min_element(tokens_, {}, [](const auto& entry) { return entry.second.expires; }));
  }
  auto token = random_secret(random, kTokenBytes);
  tokens_.insert_or_assign(token, std::move(holder));
  return token;
}

const Tokens::Holder* Tokens::find(std::string_view token, Instant now) const {
  const auto found = tokens_.find(token);
  return found == tokens_.end() || found->second.expires <= now ? nullptr : &found->second;
}

}  // namespace berth::simcluster
