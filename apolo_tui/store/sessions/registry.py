"""All open sessions, in the order of their tabs. They go on while nobody looks at them."""

import asyncio
from collections.abc import Callable, Iterator

from apolo_tui.store.feed import FeedPool
from apolo_tui.store.sessions.session import CLOSE_WITHIN, Session
from apolo_tui.store.topic import Topic


class Sessions:
    """Opens, finds and closes sessions. Their tasks belong to the pool."""

    def __init__(self, pool: FeedPool) -> None:
        self._pool = pool
        self._tasks: dict[Session, asyncio.Task[None]] = {}
        self.current: Topic[Session | None] = Topic(None)
        """The session whose tab is in front."""
        self.changed: Topic[int] = Topic(0)
        """Grows when a session is opened or closed."""

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._tasks))

    def __len__(self) -> int:
        return len(self._tasks)

    def __bool__(self) -> bool:
        return bool(self._tasks)

    @property
    def open(self) -> list[Session]:
        """Those that are not over: what leaving the dashboard would cut off."""
        return [session for session in self if not session.state.value.over]

    def start(self, session: Session) -> Session:
        """Run a session and bring its tab to the front."""
        name = f"session {session.title}"
        self._tasks[session] = self._pool.start(session.run(), name=name)
        self.select(session)
        self._count()
        return session

    def find(self, wanted: Callable[[Session], bool]) -> Session | None:
        """The first session that is wanted and not over."""
        return next((session for session in self.open if wanted(session)), None)

    def select(self, session: Session) -> None:
        if self.current.value is not session:
            self.current.publish(session)

    def select_number(self, number: int) -> bool:
        """Bring a tab to the front, counted from 1. False when there is none."""
        sessions = list(self)
        if not 1 <= number <= len(sessions):
            return False
        self.select(sessions[number - 1])
        return True

    def step(self, by: int) -> None:
        """The next tab (1) or the one before (-1), round and round."""
        sessions = list(self)
        current = self.current.value
        if current in sessions:
            self.select(sessions[(sessions.index(current) + by) % len(sessions)])

    async def close(self, session: Session) -> None:
        """Close a session and its tab, in bounded time; its neighbour comes to the front."""
        if session not in self._tasks:
            return
        sessions = list(self)
        index = sessions.index(session)
        await session.close()
        task = self._tasks.pop(session)
        task.cancel()
        await asyncio.wait([task], timeout=CLOSE_WITHIN)
        if self.current.value is session:
            left = list(self)
            self.current.publish(left[min(index, len(left) - 1)] if left else None)
        self._count()

    async def close_all(self) -> None:
        """Close every session at once, in bounded time: at the end of the program."""
        await asyncio.gather(*(self.close(session) for session in self))

    def _count(self) -> None:
        self.changed.publish(self.changed.value + 1)
