# A server of lines and its client, on one event loop: prints how the client's four questions ended,
# and how long they took in milliseconds; the processor time goes to standard error.
import asyncio
import resource
import time


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    begun = time.monotonic()
    answers = 0
    try:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for _ in range(4):
            writer.write(b"hello\n")
            answers += await reader.readline() == b"hello\n"
        ended = "well"
    except OSError as error:
        ended = type(error).__name__
    print(answers, ended, round((time.monotonic() - begun) * 1000))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    assert usage.ru_utime + usage.ru_stime < 1, usage


asyncio.run(main())
