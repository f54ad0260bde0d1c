"""As many tunnels through a gate as there may be, with nobody reading at either end: what they take of its memory, in the kernel too."""

import base64
import contextlib
import os
import pathlib
import re
import socket
import socketserver
import subprocess
import threading

from gate_test import PATIENCE, let_in
from harness import wait_for

MOST_TUNNELS = 128
MOST_OF_TUNNELS = 160 << 20  # of the 512 MiB that the gate has


class Inside(socketserver.ThreadingTCPServer):
    """What a person may have listening in a workspace."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, serve):
        self.serve = serve
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def finish_request(self, request, _address):
        with contextlib.suppress(OSError):
            self.serve(request)

    def shutdown_request(self, request):
        request.close()


def memory(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def kept_by_the_kernel(pids):
    """Bytes that wait in sockets of these processes, with what they are kept in: for reading, for sending, and room ahead."""
    told = "".join(subprocess.run(["ss", "-n", "-m", "-p", kind, "-a"], capture_output=True, text=True, check=True).stdout for kind in ("-t", "-x"))
    total = 0
    for socket_line in re.split(r"\n(?=\S)", told):
        if any(f"pid={pid}," in socket_line for pid in pids) and (found := re.search(r"skmem:\(r(\d+),rb\d+,t(\d+),tb\d+,f(\d+),w(\d+)", socket_line)):
            total += sum(int(number) for number in found.groups())
    return total


def slow_tunnels(world, api, booked, tally):
    """As many as there may be, both ends of each pouring and neither reading."""
    entered, _ = let_in(world.gate, api, booked)
    cookie = entered[1]
    stop, sent = threading.Event(), [0, 0]
    frame = bytes([0x82, 0xFE, 0x40, 0x00, 0, 0, 0, 0]) + bytes(0x4000)

    def pour(line, piece, which):
        line.settimeout(1)
        with contextlib.suppress(OSError):
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    sent[which] += line.send(piece)

    source = Inside(lambda line: pour(line, bytes(65536), 0))
    pids = set(world.gate.processes()) - {world.gate.process.pid}
    before = kept_by_the_kernel(pids) + sum(memory(pid) for pid in pids)
    lines, refused = [], 0
    for _ in range(MOST_TUNNELS + 10):
        line = socket.create_connection(("127.0.0.1", world.gate.port), timeout=PATIENCE)
        line.sendall((f"GET /_gate/port/{source.port} HTTP/1.1\r\nHost: {world.gate.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                      f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nBerth-Client: x\r\n"
                      f"Cookie: {cookie}\r\n\r\n").encode())
        if line.recv(12) == b"HTTP/1.1 101":
            lines.append(line)
            threading.Thread(target=pour, args=(line, frame, 1), daemon=True).start()
        else:
            refused += 1
            line.close()
    tally.check(len(lines) == MOST_TUNNELS and refused == 10, f"there are {MOST_TUNNELS} tunnels and no more", f"{len(lines)}, {refused} refused")
    seen = [(-1, -1)]

    def settled():
        was, seen[0] = seen[0], tuple(sent)
        return was == seen[0]

    tally.check(bool(wait_for(settled, PATIENCE, 2)), "all of them stand still")
    more = kept_by_the_kernel(pids) + sum(memory(pid) for pid in pids) - before
    tally.check(world.gate.health() == 200 and more < MOST_OF_TUNNELS, "many slow tunnels take little of the gate's memory",
                f"{more >> 20} MiB more, {more // 1024 // MOST_TUNNELS} KiB for each; {sent[0] >> 20} and {sent[1] >> 20} MiB were sent")
    stop.set()
    for line in lines:
        line.close()
