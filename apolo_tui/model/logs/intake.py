"""From the chunks of a log's connections to the lines of one store.

Chunks begin and end anywhere. At the start of a connection, and after the separator between the
archive and the live part, lines are taken one by one and repeats are left out; once no line can be
a repeat any more, chunks go into the store as they are (docs/protocol.md section 6.2).
"""

from apolo_tui.model.logs.blocks import LogStore
from apolo_tui.model.logs.overlap import Overlap
from apolo_tui.model.logs.stamps import LONGEST_STAMP, split_stamp

LONGEST_HELD = 8 * 1024 * 1024
"""Bytes. A line that may be a repeat waits for its end unless it is longer."""


class Intake:
    """Fills a store from one connection after the other."""

    def __init__(self, store: LogStore) -> None:
        self.store = store
        self.live = False
        """Whether this connection has passed the separator, and so has the archive behind it."""
        self.joined = False
        """Whether this connection repeated something that was shown: nothing is missing between."""
        self.new_bytes = 0
        """Bytes that this connection added."""
        self.new_from = 0
        """The number of the first line that it added."""
        self._separator = b""
        self._overlap: Overlap | None = None
        self._carry = b""
        self._partial = b""

    def connect(self, separator: str) -> Overlap:
        """Begin with a new connection; the answer knows from when to ask for lines."""
        self._separator = f"{separator}\n".encode() if separator else b""
        self.live = False
        self.joined = False
        self.new_bytes = 0
        self._carry = b""
        self._overlap = Overlap(self.store)
        return self._overlap

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the connection."""
        data = self._carry + chunk if self._carry else chunk
        if self._separator:
            self._carry = b""
            before, found, after = data.partition(self._separator)
            if found:
                self._take(before)
                self._pass_separator()
                data = after
            else:
                # The separator itself may come in two pieces.
                cut = data.rfind(b"\n") + 1
                if len(data) > cut and self._separator.startswith(data[cut:]):
                    self._take(data[:cut])
                    self._carry = data[cut:]
                    return
        elif self._carry:
            self._carry = b""
        self._take(data)

    def _pass_separator(self) -> None:
        self._end_line()
        self._separator = b""
        self.live = True
        self._overlap = Overlap(self.store)

    def _end_line(self) -> None:
        carry, self._carry = self._carry, b""
        if carry:
            self._take(carry + b"\n")
        elif self._overlap is None and self.store.has_partial:
            self._keep(b"\n")

    def _take(self, data: bytes) -> None:
        if data and self._overlap is not None:
            data = self._new_part(self._overlap, data)
        if data:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        if not self.new_bytes:
            self.new_from = self.store.end - (1 if self.store.has_partial else 0)
        self.new_bytes += len(data)
        self.store.append(data)

    def _new_part(self, overlap: Overlap, data: bytes) -> bytes:
        """What is new in the data, which begins at a line; a half line at its end waits."""
        partial = self.store.take_partial()
        if b" " in partial or len(partial) >= LONGEST_STAMP:  # more than a piece of its time
            self._partial = partial
        new: list[bytes] = []
        position = 0
        while self._partial or not overlap.done:
            end = data.find(b"\n", position)
            if end < 0:
                break
            raw = data[position:end]
            position = end + 1
            if self._partial:
                new.append(self._settle(raw))
            stamp, start = split_stamp(raw)
            if not overlap.is_repeat(stamp, raw[start:]):
                new.append(raw + b"\n")
            self.joined = self.joined or overlap.repeats > 0
        else:
            self._overlap = None
            new.append(data[position:])
            return b"".join(new)
        rest = data[position:]
        if rest and self._is_new(overlap, rest):
            if self._partial:
                new.append(self._settle(rest))
            self._overlap = None
            new.append(rest)
        else:
            self._carry = rest
        return b"".join(new)

    def _is_new(self, overlap: Overlap, rest: bytes) -> bool:
        """Whether a half line can be shown already: what is newer than all, or grows the last."""
        if len(rest) > LONGEST_HELD:
            return True
        if b" " not in rest:  # perhaps not all of its time
            return False
        stamp, _ = split_stamp(rest)
        if self._partial:
            known, _ = split_stamp(self._partial)
            if rest.startswith(self._partial):
                return True
            if known is None or stamp is None or stamp.same_time(known):
                return False
        last = overlap.last
        if stamp is None or last is None:
            return False
        return stamp.ns > last.ns + max(stamp.tolerance, last.tolerance)

    def _settle(self, raw: bytes) -> bytes:
        """What is to be kept of the line that the last connection broke off in.

        Nothing if this line is that one, sent again, or if that one may still come; the piece
        itself once the stream is past it.
        """
        partial = self._partial
        known, known_start = split_stamp(partial)
        stamp, start = split_stamp(raw)
        if known is None:
            self._partial = b""
            return partial + b"\n"
        if stamp is None:
            return b""
        text, piece = raw[start:], partial[known_start:]
        if stamp.same_time(known):
            if text.startswith(piece) or (text and piece.startswith(text)):
                self._partial = b""
                self.joined = True
            return b""
        if stamp.ns < known.ns:
            return b""
        self._partial = b""
        return partial + b"\n"

    def finish(self) -> None:
        """The log is over: what is left of a half line is its last line."""
        partial, self._partial = self._partial, b""
        carry, self._carry = self._carry, b""
        self._overlap = None
        if partial and not carry.startswith(partial):
            self._keep(partial + (b"\n" if carry else b""))
        if carry:
            self._keep(carry)
