#!/usr/bin/env python3
"""Keystroke to diagnostics: starts the server, types into a file of about 300 lines, and prints the median and the 99th
percentile of the time from sending a change to receiving the diagnostics of that version.

    tests/harness/lsp_latency.py build/bin/shapelint [KEYSTROKES]
"""
import json
import os
import subprocess
import sys
import time

LOSS = '''
def loss_{i}(y_true, y_pred):
    """y_true, y_pred: (B, 5)"""
    bce = binary_crossentropy(y_true[:, :1], y_pred[:, :1])
    diff = y_true[:, 1:] - y_pred[:, 1:]
    scaled = K.sign(y_true[:, 0]) * K.mean(K.square(diff), axis=-1)
    return bce + scaled * {i}.0
'''


def main():
    executable = sys.argv[1]
    keystrokes = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    # Plain code with losses between, as in a training script.
    text = "from keras import backend as K\nfrom keras.losses import binary_crossentropy\n"
    for i in range(12):
        text += LOSS.format(i=i) + "".join(f"\n\ndef helper_{i}_{k}(path, n):\n    rows = [r for r in open(path)]\n    return rows[:n]" for k in range(4))
        text += "\n"
    text += "\n" * max(0, 300 - text.count("\n"))
    server = subprocess.Popen([executable, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()

    def receive():
        length = 0
        while (line := server.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(server.stdout.read(length))

    def diagnostics(version):
        while True:
            message = receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"].get("version") == version:
                return message["params"]["diagnostics"]

    uri = "file:///nowhere/latency.py"
    start = time.perf_counter()
    send({"id": 1, "method": "initialize", "params": {"capabilities": {}}})
    receive()
    send({"method": "initialized", "params": {}})
    document = {"uri": uri, "languageId": "python", "version": 0, "text": text}
    send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
    found = diagnostics(0)
    print(f"{text.count(chr(10))} lines, {len(found)} findings; start to first diagnostics {(time.perf_counter() - start) * 1000:.1f} ms")
    times = []
    for version in range(1, keystrokes + 1):
        # Typing a comment at the end of a line inside a loss.
        at = {"line": 5, "character": 1000}
        change = {"range": {"start": at, "end": at}, "text": "  # " if version == 1 else "x"}
        begin = time.perf_counter()
        send({"method": "textDocument/didChange",
              "params": {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}})
        diagnostics(version)
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.005)
    times.sort()
    print(f"{keystrokes} keystrokes: median {times[len(times) // 2]:.2f} ms, p99 {times[int(len(times) * 0.99)]:.2f} ms, worst {times[-1]:.2f} ms")
    send({"id": 2, "method": "shutdown"})
    send({"method": "exit"})
    code = server.wait(10)
    used = os.times()
    print(f"processor time of the server: {(used.children_user + used.children_system) * 1000 / keystrokes:.2f} ms for each keystroke")
    sys.exit(code)


main()
