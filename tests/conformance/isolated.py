# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls that may crash or hang, each in a process of its own."""

import collections
import multiprocessing
import multiprocessing.connection
import os
import signal
import time


class Crash(Exception):
    """A call that ended without a result: by a signal, or by leaving the process."""


class Timeout(Exception):
    """A call that took too long."""


def call_each(function, arguments, workers, timeout):
    """Yields (index, result) of `function(argument)` as each ends, `workers` of them at a time.

    The result is an exception where the call raised one; a Crash or a Timeout where it ended otherwise. All processes
    that a call has started end with it.
    """
    waiting = collections.deque(enumerate(arguments))
    running = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, argument = waiting.popleft()
                connection, process = start(function, argument)
                running[connection] = index, process, time.monotonic() + timeout
            first_deadline = min(deadline for _, _, deadline in running.values())
            patience = max(0, first_deadline - time.monotonic())
            for connection in multiprocessing.connection.wait(list(running), patience):
                index, process, _ = running.pop(connection)
                yield index, receive(connection, process)
            now = time.monotonic()
            for connection in [one for one, (_, _, deadline) in running.items() if deadline <= now]:
                index, process, _ = running.pop(connection)
                end(process)
                yield index, Timeout(f"no result after {timeout:g} s")
    finally:
        for _, process, _ in running.values():
            end(process)


def start(function, argument):
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=child, args=(sender, function, argument))
    process.start()
    sender.close()
    return receiver, process


def child(sender, function, argument):
    os.setsid()
    try:
        result = function(argument)
    except Exception as error:  # pylint: disable=broad-except
        result = error
    sender.send(result)


def receive(connection, process):
    try:
        result = connection.recv()
    except EOFError:
        process.join()
        code = process.exitcode
        result = Crash(f"crashes by {signal.Signals(-code).name}" if code < 0 else f"exits with code {code}")
    end(process)
    return result


def end(process):
    """Ends a process with all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.join()
