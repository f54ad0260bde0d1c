// What each address holds of the server: connections, in the order in which they were last of use, and bytes.
// For the I/O thread alone.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace berth::http {

class Connection;

/// How well a connection can be spared where others have none. The later, the better.
enum class Spare {
  kNot,      // its request is handled or answered
  kStuck,    // its answer waits for the client to read
  kPartial,  // its request waits for the client to send
  kIdle,     // it waits for a request
};

class Peers {
 public:
  struct Peer {
    std::string group;
    bool many = false;                   // speaks for others, as a proxy does
    std::list<Connection*> connections;  // the front has been of use longest ago
    std::size_t bytes = 0;               // of requests and answers that are held for it
  };
  using Place = std::list<Connection*>::iterator;
  using SpareOf = std::function<Spare(const Connection&)>;

  explicit Peers(SpareOf spare_of) : spare_of_(std::move(spare_of)) {}

  const Peer* find(const std::string& group) const;
  /// It stays until `leave` takes its last connection.
  Peer& find_or_make(const std::string& group, bool many);
  static Place enter(Peer& peer, Connection& connection) {
    return peer.connections.insert(peer.connections.end(), &connection);
  }
  /// It was of use just now.
  static void used(Peer& peer, Place place) {
    peer.connections.splice(peer.connections.end(), peer.connections, place);
  }
  void leave(Peer& peer, Place place);

  void hold(Peer& peer, std::size_t before, std::size_t now);
  std::size_t bytes() const { return bytes_; }

  /// The connection of this peer that can be spared best, of those the one that was of use longest ago; or
  /// none.
  Connection* spare(const Peer& peer) const;
  /// Of the peer with the most connections; or none.
  Connection* spare_of_largest() const;

 private:
  SpareOf spare_of_;
  std::map<std::string, Peer, std::less<>> peers_;
  std::size_t bytes_ = 0;
};

}  // namespace berth::http
