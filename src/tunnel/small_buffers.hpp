// How much the kernel may keep between two ends. Internal to this module.
#pragma once

#include <boost/asio/socket_base.hpp>

namespace berth::tunnel {

/// What waits in a socket counts as the memory of whoever made it, and left to itself it grows to megabytes:
/// a few dozen readers who stop reading would end the gate. The kernel takes twice as much.
inline constexpr int kSocketBytes = 32 * 1024;

/// Before it is connected, so that the other end never hears of more.
template <class Socket>
void keep_small(Socket& socket) {
  boost::system::error_code ignored;  // then it is as large as the kernel has it
  socket.set_option(boost::asio::socket_base::send_buffer_size(kSocketBytes), ignored);
  socket.set_option(boost::asio::socket_base::receive_buffer_size(kSocketBytes), ignored);
}

}  // namespace berth::tunnel
