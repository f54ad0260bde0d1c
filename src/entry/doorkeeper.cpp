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

Doorkeeper::Doorkeeper(PassKey key, const std::vector<UsedTicket>& used) : key_(key) {
  for (const auto& ticket : used) used_.emplace(ticket.id, ticket.expires);
}

std::vector<std::string> Doorkeeper::set(AccessList list) {
  list_ = std::move(list);
  std::vector<std::string> out;
  for (const auto& user : inside_) {
    if (!names(user)) out.push_back(user);
  }
  for (const auto& user : out) inside_.erase(user);
  return out;
}

Result<Admitted> Doorkeeper::open(std::string_view text, Instant now) {
  if (!list_) return no_list();
  std::erase_if(used_, [now](const auto& one) { return one.second <= now; });
  const auto ticket = verify(text, list_->keys, {.session = list_->session, .host = list_->host, .now = now});
  if (!ticket) return fail(ticket.error());
  if (used_.contains(ticket->id)) return fail(Code::kGone, "this ticket was used already", "ticket_used");
  if (!names(ticket->user)) return not_named();
  used_.emplace(ticket->id, ticket->expires);
  inside_.insert(ticket->user);
  return Admitted{.user = ticket->user,
                  .pass = seal({ticket->user, list_->session, now, now}, key_),
                  .ticket = {ticket->id, ticket->expires}};
}

Result<Known> Doorkeeper::check(std::string_view text, Instant now) {
  if (!list_) return no_list();
  auto pass = unseal(text, key_, now);
  if (!pass) return fail(pass.error());
  if (pass->session != list_->session || !names(pass->user)) return not_named();
  inside_.insert(pass->user);
  Known known{.user = pass->user, .renewed = std::nullopt};
  if (now >= pass->issued + kPassRenewedAfter) {
    pass->issued = now;
    known.renewed = seal(*pass, key_);
  }
  return known;
}

bool Doorkeeper::names(std::string_view user) const {
  return list_ && std::any_of(list_->people.begin(), list_->people.end(),
                              [&](const Person& one) { return one.id == user; });
}

}  // namespace berth::entry
