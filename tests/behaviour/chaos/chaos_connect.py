# 200 connects, one after the other: prints one character for each, 1 where it was refused. With
# an argument, as many children do the same, one after the other.
import os
import socket
import sys

listener = socket.create_server(("127.0.0.1", 0), backlog=1)


def connects():
    pattern = ""
    for _ in range(200):
        client = socket.socket()
        try:
            client.connect(listener.getsockname())
            listener.accept()[0].close()
            pattern += "0"
        except ConnectionRefusedError:
            pattern += "1"
        client.close()
    print(pattern, flush=True)


children = int(sys.argv[1]) if len(sys.argv) > 1 else 0
for _ in range(children):
    child = os.fork()
    if child == 0:
        connects()
        os._exit(0)
    os.waitpid(child, 0)
if children == 0:
    connects()
