"""Runs for a few milliseconds in the process that becomes Chromium, and takes the network away from it.

    python -I -S enter.py SOCKET CGROUP PROGRAM [ARGUMENT ...]

Joins the memory cgroup (if CGROUP is not ""), makes an empty network namespace, brings its loopback up, listens there
and hands the listening socket to the scanner over the unix socket SOCKET (if that is not ""): so the egress proxy
accepts from inside a namespace that has no other way out, and no process has to forward anything. Then it becomes
PROGRAM. Standard library only: nothing of ours is imported here.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

PORT = 3128  # of the namespace, where nobody else can have it
BACKLOG = 512
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1


def main() -> None:
    scanner, cgroup, program, *arguments = sys.argv[1:]
    if cgroup:
        Path(cgroup, "cgroup.procs").write_text("0")
    if scanner:
        with socket.socket(socket.AF_UNIX) as out:
            out.connect(scanner)
            leave_network()
            with listening() as listener:
                socket.send_fds(out, [b"."], [listener.fileno()])
    os.execv(program, [program, *arguments])  # noqa: S606


def leave_network() -> None:
    """As root without a user namespace, where that is allowed: it is the smaller change. OSError when neither is."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        try:
            return unshare(CLONE_NEWNET)
        except OSError:
            pass
    unshare(CLONE_NEWNET | CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def unshare(flags: int) -> None:
    """`os.unshare` is only in Python 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def listening() -> socket.socket:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return socket.create_server(("127.0.0.1", PORT), backlog=BACKLOG)


if __name__ == "__main__":
    main()
