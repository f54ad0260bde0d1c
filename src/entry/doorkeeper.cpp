#include "entry/doorkeeper.hpp"

#include <algorithm>

namespace berth::entry {
namespace {

tl::unexpected<Error> no_list() {
  return fail(Code::kUnavailable, "who may enter is not known yet", "no_list");
}

tl::unexpected<Error> not_named() {
  return fail(Code::kForbidden, "this workspace is not open to you", "not_named");
}

}  // namespace

Doorkeeper::Doorkeeper(PassKey key, const Remembered& remembered) : key_(key), began_(remembered.began) {
  for (const auto& ticket : remembered.used) used_.emplace(ticket.id, ticket.expires);
}

std::vector<std::string> Doorkeeper::set(AccessList list) {
  list_ = std::move(list);
  std::vector<std::string> out;
  for (const auto& [user, entered] : inside_) {
    if (!names(user, entered)) out.push_back(user);
  }
  for (const auto& user : out) inside_.erase(user);
  return out;
}

Result<Admitted> Doorkeeper::open(std::string_view text, Instant now) {
  if (!list_) return no_list();
  std::erase_if(used_, [now](const auto& one) { return one.second <= now; });
  const auto ticket = verify(text, list_->keys, {.session = list_->session, .host = list_->host, .now = now});
  if (!ticket) return fail(ticket.error());
  const auto signed_at = ticket->expires - kTicketLifetime;
  if (used_.contains(ticket->id) || (began_ && signed_at + kClocksApart < *began_))
    return fail(Code::kGone, "this ticket was used already", "ticket_used");
  // Who may enter since when is told by the portal's clock.
  const auto entered = std::max(now, signed_at);
  if (!names(ticket->user, entered)) return not_named();
  used_.emplace(ticket->id, ticket->expires);
  remember(ticket->user, entered);
  return Admitted{.user = ticket->user,
                  .pass = seal({ticket->user, list_->session, entered, now}, key_),
                  .ticket = {ticket->id, ticket->expires}};
}

Result<Known> Doorkeeper::check(std::string_view text, Instant now) {
  if (!list_) return no_list();
  auto pass = unseal(text, key_, now);
  if (!pass) return fail(pass.error());
  if (pass->session != list_->session || !names(pass->user, pass->entered)) return not_named();
  remember(pass->user, pass->entered);
  Known known{.user = pass->user, .entered = pass->entered, .renewed = std::nullopt};
  if (now >= pass->issued + kPassRenewedAfter) {
    pass->issued = now;
    known.renewed = seal(*pass, key_);
  }
  return known;
}

bool Doorkeeper::names(std::string_view user, Instant entered) const {
  return list_ && std::any_of(list_->people.begin(), list_->people.end(), [&](const Person& one) {
           return one.id == user && (!one.since || entered >= *one.since);
         });
}

void Doorkeeper::remember(const std::string& user, Instant entered) {
  const auto [at, is_new] = inside_.try_emplace(user, entered);
  if (!is_new) at->second = std::min(at->second, entered);
}

}  // namespace berth::entry
