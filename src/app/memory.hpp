// How much of the memory that was given back this process keeps.
#pragma once

namespace berth::app {

/// What a role's threads give back goes back to the system: few pools of the allocator, and every block of
/// more than 128 KiB a mapping of its own. Left to itself glibc keeps one pool for each thread as large as
/// its largest answer ever was: 64 readers of calendars left a portal 75 MiB, and now leave it 55. Does
/// nothing elsewhere.
void keep_little_memory();

}  // namespace berth::app
