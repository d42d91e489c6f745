# An asyncio server under a short timeout: idle, woken by another thread, serving, and with a client
# that says nothing, which is the only one to be told of a timeout.
import asyncio
import errno
import socket
import threading
import time

told = []


async def serve(reader, writer):
    try:
        while data := await reader.read(100):
            writer.write(data)
            await writer.drain()
    except OSError as error:
        told.append(error.errno)
    writer.close()


def clients(loop, port):
    silent = socket.create_connection(("127.0.0.1", port))
    silent.settimeout(30)
    for i in range(3):
        time.sleep(0.7)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"ping")
            assert client.recv(4) == b"ping"
    # The server has hung up on it.
    assert silent.recv(1) == b""
    loop.call_soon_threadsafe(done.set)


async def main():
    global done
    done = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=clients, args=(loop, port))
    thread.start()
    await done.wait()
    thread.join()
    assert told == [errno.ETIMEDOUT], told


asyncio.run(main())
