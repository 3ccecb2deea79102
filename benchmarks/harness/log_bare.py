"""The bare loop over a WebSocket: how fast messages can be received at all.

python -m benchmarks.harness.log_bare URL SECONDS   prints bytes a second
"""

import asyncio
import os
import sys
import time

import aiohttp


async def main(url: str, seconds: float) -> None:
    count = 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0, compress=0) as socket,
    ):
        begun = time.perf_counter()
        async for message in socket:
            count += len(message.data)
            if time.perf_counter() - begun > seconds:
                break
        print(count / (time.perf_counter() - begun), flush=True)
        # The server goes on sending; a polite close would wait for it.
        os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
