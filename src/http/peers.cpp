#include "http/peers.hpp"

#include <algorithm>

namespace berth::http {

const Peers::Peer* Peers::find(const std::string& group) const {
  const auto found = peers_.find(group);
  return found == peers_.end() ? nullptr : &found->second;
}

Peers::Peer& Peers::find_or_make(const std::string& group, bool many) {
  auto& peer = peers_[group];
  peer.group = group;
  peer.many = many;
  return peer;
}

void Peers::leave(Peer& peer, Place place) {
  peer.connections.erase(place);
  if (!peer.connections.empty()) return;
  const auto group = peer.group;  // a copy: erasing destroys it
  peers_.erase(group);
}

void Peers::hold(Peer& peer, std::size_t before, std::size_t now) {
  peer.bytes += now - before;
  bytes_ += now - before;
}

Connection* Peers::spare(const Peer& peer) const {
  Connection* best = nullptr;
  auto best_spare = Spare::kNot;
  for (auto* connection : peer.connections) {
    const auto spare = spare_of_(*connection);
    if (spare <= best_spare) continue;
    best = connection;
    best_spare = spare;
    if (spare == Spare::kIdle) break;
  }
  return best;
}

Connection* Peers::spare_of_largest() const {
  const auto largest =
      std::ranges::max_element(peers_, {}, [](const auto& entry) { return entry.second.connections.size(); });
  return largest == peers_.end() ? nullptr : spare(largest->second);
}

}  // namespace berth::http
