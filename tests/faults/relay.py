"""A TCP relay that does not look into TLS: cuts, holds back, delays and repeats what passes."""
import socket
import threading

from harness import with_shutdown


class Plan:
    """What happens to the connections that are made from now on."""

    def __init__(self, cut_up=None, cut_down=None, hold_down=None, record=False, slow=None):
        self.cut_up, self.cut_down = cut_up, cut_down  # bytes after which both sides are cut
        self.hold_down = hold_down  # bytes of the answer after which the rest is held back until release()
        self.record = record  # keeps what the laptop sent, to be played again
        self.slow = slow  # the answer comes in pieces of so many bytes
        self.struck, self.released = threading.Event(), threading.Event()
        self.sent = []  # one bytearray a connection

    def release(self):
        self.released.set()


class Relay:
    def __init__(self, test, port):
        self.target_port = port
        self.plan = Plan()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open, self._lock = [], threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self.close)

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def use(self, plan):
        self.plan = plan
        return plan

    def replay(self, sent):
        """Sends the bytes of a recorded connection once more, on a connection of their own; returns the answer's
        length. The collector cannot read them: the keys of TLS were another connection's."""
        with socket.create_connection(("127.0.0.1", self.target_port), timeout=10) as far:
            answer = 0
            try:
                far.sendall(bytes(sent))
                far.shutdown(socket.SHUT_WR)
                while data := far.recv(65536):
                    answer += len(data)
            except OSError:
                pass  # reset by the collector: as good an answer
            return answer

    def cut_all(self):
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with_shutdown(end)
            end.close()

    def close(self):
        with_shutdown(self._listener)
        self._listener.close()
        self.cut_all()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open += [near, far]
            plan = self.plan
            threading.Thread(target=self._up, args=(near, far, plan), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near, plan), daemon=True).start()

    def _up(self, source, target, plan):
        sent = bytearray()
        if plan.record:
            plan.sent.append(sent)

        def forward(data):
            sent.extend(data)
            target.sendall(data)

        self._pass(source, target, plan, plan.cut_up, forward)

    def _down(self, source, target, plan):
        passed = 0

        def forward(data):
            nonlocal passed
            if plan.hold_down is not None and passed + len(data) > plan.hold_down and not plan.released.is_set():
                target.sendall(data[: max(0, plan.hold_down - passed)])
                data = data[max(0, plan.hold_down - passed):]
                passed = max(passed, plan.hold_down)
                plan.struck.set()
                plan.released.wait(60)
            passed += len(data)
            if plan.slow:
                target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(data), plan.slow):
                    target.sendall(data[at:at + plan.slow])
            else:
                target.sendall(data)

        self._pass(source, target, plan, plan.cut_down, forward)

    @staticmethod
    def _pass(source, target, plan, cut, forward):
        passed = 0
        try:
            while data := source.recv(65536):
                if cut is not None and passed + len(data) > cut:
                    forward(data[: cut - passed])
                    plan.struck.set()
                    raise OSError("cut")
                passed += len(data)
                forward(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                with_shutdown(end)
