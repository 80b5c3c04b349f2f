"""The parent of one engine: sees to it that no process of the engine outlives its owner.

Run as `python -I -S -B guard.py FD GRACE ARGV…` with nothing but the standard library, so that it
starts in some 20 ms and stays small. FD is a socket to the owner. The owner writes `stop GRACE\\n`
(seconds between TERM and KILL); end of file means that the owner is gone, which is a stop too. The
guard answers with one JSON object per line:

    {"event": "started", "pid": 4711}
    {"event": "failed", "errno": 2}                    the program could not be executed
    {"event": "exited", "status": 1, "signal": null, "cpu_seconds": 0.1, "peak_memory_bytes": 1}
    {"event": "gone", "survivors": []}                 the last one; nothing of the engine is left

On Linux three things hold the family together: the guard is its subreaper (prctl(2)), so children
that double-fork come back to it; the engine gets SIGKILL when the guard dies; and the engine leads a
session of its own. Elsewhere only the process group does.
"""

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform == "linux"
# seconds that processes may take to go after KILL before they are reported as survivors
KILL_LIMIT = 5.0
# the kernel's out-of-memory killer should take an engine before it takes the server (proc(5))
OOM_SCORE = "500"


def prctl(option: int, value: int) -> None:
    """Call prctl(2) where there is one."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def become_engine(argv: list[str], guard: int) -> None:
    """Turn this freshly forked process into the engine. Raises OSError."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:
        os._exit(1)  # the guard died before prctl
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(OOM_SCORE)
    except OSError:
        pass
    os.execvp(argv[0], argv)  # noqa: S606


def spawn(argv: list[str]) -> int:
    """Start the engine and return its pid. Raises OSError where it cannot be executed."""
    guard = os.getpid()
    read, write = os.pipe()  # closed by a successful exec, else it carries the errno
    pid = os.fork()
    if not pid:
        try:
            become_engine(argv, guard)
        except OSError as error:
            os.write(write, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        failure = pipe.read()
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)))
    return pid


def parents() -> dict[int, int]:
    """Return the parent of every process that can be seen, zombies left out (proc_pid_stat(5))."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] not in (b"Z", b"X"):
                found[int(entry)] = int(fields[1])
    return found


def descendants() -> list[int]:
    """Return all living descendants of this process."""
    if not LINUX:
        return []
    table = parents()
    family = {os.getpid()}
    grown = True
    while grown:
        fresh = {pid for pid, parent in table.items() if parent in family} - family
        family |= fresh
        grown = bool(fresh)
    return sorted(family - {os.getpid()})


class Guard:
    """The state of one guard."""

    def __init__(self, owner: socket.socket, grace: float) -> None:
        self.owner = owner
        self.grace = grace
        self.engine = 0
        self.buffer = b""
        self.owner_lives = True
        self.exited = False
        self.stopping = False

    def tell(self, **report: object) -> None:
        """Report to the owner, if it is still there."""
        try:
            self.owner.sendall(json.dumps(report).encode() + b"\n")
        except OSError:
            pass

    def listen(self) -> None:
        """Take what the owner says."""
        try:
            data = self.owner.recv(4096)
        except OSError:
            data = b""
        self.buffer += data
        if not data:
            self.owner_lives = False
            self.stopping = True
        elif self.buffer.endswith(b"\n"):
            self.grace = float(self.buffer.split()[-1])
            self.stopping = True

    def reap(self) -> bool:
        """Collect the dead. Return whether any child is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return self.group_lives()
            if not pid:
                return True
            if pid == self.engine:
                self.exited = True
                unit = 1024 if LINUX else 1  # getrusage(2): kilobytes on Linux, bytes on macOS
                self.tell(
                    event="exited",
                    status=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
                    signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
                    cpu_seconds=usage.ru_utime + usage.ru_stime,
                    peak_memory_bytes=usage.ru_maxrss * unit,
                )

    def group_lives(self) -> bool:
        """Return whether the engine's group has members that are not our children (never on Linux)."""
        if LINUX:
            return False
        try:
            os.killpg(self.engine, 0)
        except OSError:
            return False
        return True

    def signal_all(self, number: int) -> None:
        """Signal the engine's group and whatever has left it, each process once."""
        try:
            os.killpg(self.engine, number)
        except OSError:
            pass
        for pid in descendants():
            try:
                if os.getpgid(pid) != self.engine:
                    os.kill(pid, number)
            except OSError:
                pass

    def watch(self, wake: socket.socket) -> None:
        """Wait until the engine has ended or is to be ended."""
        while self.reap() and not self.exited and not self.stopping:
            for ready in select.select([self.owner, wake], [], [])[0]:
                if ready is self.owner:
                    self.listen()
                else:
                    self.drain(wake)

    def drain(self, wake: socket.socket) -> None:
        """Take the numbers of the signals that came; TERM to the guard means stop."""
        numbers = wake.recv(4096)
        if signal.SIGTERM in numbers or signal.SIGHUP in numbers:
            self.stopping = True

    def end(self, wake: socket.socket) -> None:
        """End all that is left: politely, unless the engine itself is dead already."""
        began = time.monotonic()
        if self.exited:
            self.grace = 0.0
        else:
            self.signal_all(signal.SIGTERM)
            self.signal_all(signal.SIGCONT)  # a stopped process would not see TERM
        while self.reap():
            now = time.monotonic()
            left = began + self.grace - now
            if left < -KILL_LIMIT:
                break
            if left <= 0:
                self.signal_all(signal.SIGKILL)
                left = 0.01
            sources = [wake, self.owner] if self.owner_lives else [wake]
            for ready in select.select(sources, [], [], left)[0]:
                if ready is self.owner:
                    self.listen()  # the owner may have become less patient
                else:
                    self.drain(wake)
        self.tell(event="gone", survivors=descendants())


def heard(number: int, frame: object) -> None:
    """Do nothing: the number is on its way through the wake-up socket."""


def main() -> None:
    """Guard one engine from its start to its end."""
    owner = socket.socket(fileno=int(sys.argv[1]))
    owner.set_inheritable(False)
    guard = Guard(owner, float(sys.argv[2]))
    wake, waker = socket.socketpair()
    wake.setblocking(False)
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, heard)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the weights
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        guard.engine = spawn(sys.argv[3:])
    except OSError as error:
        guard.tell(event="failed", errno=error.errno)
        return
    guard.tell(event="started", pid=guard.engine)
    guard.watch(wake)
    guard.end(wake)


if __name__ == "__main__":
    main()
