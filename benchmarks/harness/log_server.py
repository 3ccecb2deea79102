"""A platform's log_ws that sends as fast as it is read, or at a rate.

python -m benchmarks.harness.log_server  (prints its port)

GET /log?size=BYTES&total=BYTES&rate=LINES&burst=LINES

total 0: for ever; rate 0: as fast as it is read; burst: lines that come before the rate counts
"""

import asyncio
import time

from aiohttp import web

from benchmarks.harness.log_text import LINE, block

TICK = 0.01


async def log(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    size, total = int(request.query["size"]), int(request.query["total"])
    rate = float(request.query.get("rate", 0))
    burst = float(request.query.get("burst", 0)) * LINE
    text = block(20_000)
    messages = [text[at : at + size] for at in range(0, len(text) - size + 1, size)]
    sent = index = 0
    begun: float | None = None
    while not total or sent < total:
        if rate and sent >= burst:
            now = time.monotonic()
            begun = begun or now
            if sent - burst > (now - begun) * rate * LINE:
                await asyncio.sleep(TICK)
                continue
        try:
            await socket.send_bytes(messages[index % len(messages)])
        except ConnectionError:  # the reader is gone
            return socket
        index += 1
        sent += size
    await socket.close()
    return socket


async def main() -> None:
    app = web.Application()
    app.router.add_get("/log", log)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
