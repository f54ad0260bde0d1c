#include "entry/access_list.hpp"

#include <algorithm>
#include <span>

#include "base/base64.hpp"
#include "base/json.hpp"

namespace berth::entry {
namespace {

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::kMalformed, "read the list of who may enter: " + std::string(what));
}

/// Nothing, or what a page may lead to.
bool is_link(std::string_view text) {
  return text.empty() ||
         (text.size() <= kMaxPortalBytes && (text.starts_with("https://") || text.starts_with("http://")));
}

/// The members of the list `name`, at most `most`; none where it is no list or longer.
const json::array* items_of(const json::value& document, std::string_view name, std::size_t most) {
  const auto* found = find(document, {name});
  if (found == nullptr || !found->is_array() || found->get_array().size() > most) return nullptr;
  return &found->get_array();
}

}  // namespace

std::string to_text(const AccessList& list) {
  json::array people;
  for (const auto& one : list.people) {
    json::object person{{"id", one.id}, {"name", one.name}};
    if (one.since) person.emplace("since", format_rfc3339(*one.since));
    people.push_back(std::move(person));
  }
  json::array keys;
  for (const auto& one : list.keys)
    keys.push_back(json::object{{"id", one.id}, {"key", base64_url_encode(std::span(one.key))}});
  json::object document{{"session", list.session},
                        {"host", list.host},
                        {"people", std::move(people)},
                        {"keys", std::move(keys)}};
  if (!list.portal.empty()) document.emplace("portal", list.portal);
  return json::serialize(document);
}

Result<AccessList> parse_access_list(std::string_view text) {
  if (text.size() > kMaxListBytes)
    return malformed("it is longer than " + std::to_string(kMaxListBytes) + " bytes");
  const auto document = parse_json(text, 4);
  if (!document) return fail(within("read the list of who may enter", document.error()));
  AccessList list{.session = string_at(*document, {"session"}),
                  .host = string_at(*document, {"host"}),
                  .people = {},
                  .keys = {},
                  .portal = string_at(*document, {"portal"})};
  if (list.session.empty() || list.host.empty()) return malformed("it names no session or no host");
  if (!is_link(list.portal))
    return malformed("portal has to be an http:// or https:// URL of at most " +
                     std::to_string(kMaxPortalBytes) + " bytes");
  const auto* people = items_of(*document, "people", kMaxPeople);
  const auto* keys = items_of(*document, "keys", kMaxKeys);
  if (people == nullptr || keys == nullptr)
    return malformed("people and keys have to be lists that are not too long");
  for (const auto& one : *people) {
    Person person{string_at(one, {"id"}), string_at(one, {"name"})};
    if (person.id.empty()) return malformed("somebody has no id");
    if (const auto* since = find(one, {"since"})) {
      const auto at = parse_rfc3339(since->is_string() ? std::string_view(since->get_string()) : "");
      if (!at) return malformed("somebody is named since no time");
      person.since = *at;
    }
    list.people.push_back(std::move(person));
  }
  for (const auto& one : *keys) {
    const auto bytes = base64_url_decode(string_at(one, {"key"}));
    PublicKey key{string_at(one, {"id"}), {}};
    if (!bytes || bytes->size() != key.key.size() || key.id.empty()) return malformed("a key is none");
    std::transform(bytes->begin(), bytes->end(), key.key.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    list.keys.push_back(std::move(key));
  }
  return list;
}

}  // namespace berth::entry
