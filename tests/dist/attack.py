# SPDX-License-Identifier: GPL-2.0-or-later
"""What an enemy does at the ports of a run: connections of garbage, handshakes with no key or another's, frames
of other jobs (docs/protocol.md), and a proxy that records what a worker says, to say it again."""
import os
import socket
import struct
import threading

try:
    import zmq
    ERRORS = OSError, zmq.ZMQError
except ImportError:
    zmq, ERRORS = None, OSError

HELLO, DATA = 1, 5
# ZMTP 3.1: signature, version, mechanism, not as server.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"CURVE".ljust(20, b"\0") + bytes(32)


def table_of():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = table_of()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def frame(job, version=1, kind=HELLO, generation=0, source=1, target=0):
    """A good frame's two parts: a HELLO, or the first chunk of a parcel of 48 bytes."""
    payload = struct.pack("<IIIIQQHHH10x", 1, 0, 0, 0, 0, 0, 1, 1, 2)
    data = kind == DATA
    head = struct.pack("<4sBBBBQIHHIIIIIIQI", b"GMLP", version, kind, 64 if data else 0, 0, job, generation, source,
                       target, 1, 0, 0, 0, int(data), len(payload), len(payload) if data else 0, crc32c(payload))
    return [head + struct.pack("<I", crc32c(head)), payload]


def raw(address, data):
    """A connection on which these bytes are said; it stays open while the caller keeps it."""
    host, port = address.removeprefix("tcp://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    try:
        connection.sendall(data)
    except OSError:
        pass  # we were thrown out in the middle of it
    return connection


def replay(address, recorded):
    """What a client said, said again; after its greeting and its first command (of less than 256 bytes) the other
    side is waited for, as it was then."""
    connection = raw(address, recorded[:64])
    try:
        left = 64
        while left > 0 and (data := connection.recv(left)):
            left -= len(data)
        first = 66 + recorded[65]
        connection.sendall(recorded[64:first])
        if connection.recv(1):
            connection.sendall(recorded[first:])
    except OSError:
        pass  # we were thrown out
    return connection


def curve_hello():
    """A greeting, and a first command of CURVE that is right in form and size, but is no box of any key."""
    command = b"\x05HELLO\x01\x00" + bytes(72) + os.urandom(32) + os.urandom(8 + 80)
    return GREETING + b"\x04" + bytes([len(command)]) + command


class Stranger:
    """Clients of ZeroMQ's own, with any keys, or none."""

    def __init__(self):
        self.context = zmq.Context()

    def connect(self, address, server_key=None, keys=None):
        client = self.context.socket(zmq.DEALER)
        client.linger = 0
        client.immediate = True
        if server_key:
            client.curve_serverkey = server_key.encode()
            client.curve_publickey, client.curve_secretkey = keys or zmq.curve_keypair()
        monitor = client.get_monitor_socket(zmq.EVENT_CONNECTED)
        client.connect(address)
        monitor.poll(5000)  # the run may be over
        client.disable_monitor()
        monitor.close()
        return client

    def close(self):
        self.context.destroy(linger=0)


class Proxy:
    """Between one worker and the coordinator: self.recorded holds what the worker said."""

    def __init__(self, address):
        host, port = address.removeprefix("tcp://").split(":")
        self.to = host, int(port)
        self.recorded = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "tcp://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.ends = [self.listener]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                inner = self.listener.accept()[0]
            except OSError:
                return
            self.ends.append(inner)
            try:
                outer = socket.create_connection(self.to)
            except OSError:
                inner.close()
                continue
            self.ends.append(outer)
            threading.Thread(target=self.carry, args=(inner, outer, True), daemon=True).start()
            threading.Thread(target=self.carry, args=(outer, inner, False), daemon=True).start()

    def carry(self, source, target, record):
        try:
            while data := source.recv(65536):
                if record:
                    self.recorded += data
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def close(self):
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
