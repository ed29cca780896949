// A WebSocket goes through the edge as if it were not there. (Viceroy has no WebSockets; Fastly's own hand-off is the
// platform's.)

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { stamped } from "./artifact.mjs";
import { workerd } from "./workerd.mjs";

const accept = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** Takes short frames apart (RFC 6455 §5.2); what is not complete waits. */
function texts(buffer) {
  const found = [];
  for (;;) {
    const masked = (buffer[1] & 0x80) !== 0;
    const length = buffer[1] & 0x7f;
    const start = 2 + (masked ? 4 : 0);
    if (buffer.length < start + length) return found;
    const data = Buffer.from(buffer.subarray(start, start + length));
    if (masked) data.forEach((byte, at) => (data[at] = byte ^ buffer[2 + (at % 4)]));
    if ((buffer[0] & 0x0f) === 1) found.push(data.toString());
    buffer = buffer.subarray(start + length);
  }
}

function frame(text, mask) {
  const data = Buffer.from(text);
  if (!mask) return Buffer.concat([Buffer.from([0x81, data.length]), data]);
  const key = randomBytes(4);
  data.forEach((byte, at) => (data[at] = byte ^ key[at % 4]));
  return Buffer.concat([Buffer.from([0x81, 0x80 | data.length]), key, data]);
}

test("a WebSocket is passed on, both ways", { timeout: 20_000 }, async () => {
  let asked;
  let there;
  const origin = createServer().listen(0, "127.0.0.1");
  origin.on("upgrade", (request, socket) => {
    asked = request;
    there = socket;
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept(request.headers["sec-websocket-key"])}\r\n\r\n`,
    );
    socket.on("data", (data) => texts(data).forEach((text) => socket.write(frame(`echo ${text}`, false))));
    socket.on("error", () => {});
  });
  await once(origin, "listening");
  const running = await workerd(stamped(`[[site]]\norigin = "http://127.0.0.1:${origin.address().port}"\n`));
  const socket = connect(running.port, "127.0.0.1");
  try {
    const key = randomBytes(16).toString("base64");
    socket.write(
      `GET /live?room=1 HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nCookie: a=1; selvedge=ours\r\n\r\n`,
    );
    let received = Buffer.alloc(0);
    const head = () => received.indexOf("\r\n\r\n");
    const until = async (done) => {
      while (!done()) received = Buffer.concat([received, ...(await once(socket, "data"))]);
    };
    await until(() => head() > 0);
    const response = received.subarray(0, head()).toString();
    assert.match(response, /^HTTP\/1\.1 101 /);
    assert.ok(response.includes(accept(key)), response);
    received = received.subarray(head() + 4);
    socket.write(frame("hello", true));
    await until(() => received.length > 2 && texts(received).length === 1);
    assert.deepEqual(texts(received), ["echo hello"]);
    assert.equal(asked.url, "/live?room=1");
    assert.equal(asked.headers.cookie, "a=1", "our cookie stays here");
    assert.equal(asked.headers["x-forwarded-host"], "shop.example");
  } finally {
    socket.destroy();
    await running.stop();
    there?.destroy();
    origin.close();
  }
});
