// The website of the benchmarks, and the catcher of its events: as quick as Node can be, because it shares the machine
// with what is measured. The answers are made once and written whole.
//
//   node origin.mjs DIRECTORY      each file there is a complete answer: head and body
//
// Prints its port. Every POST is answered with 204; /count says how many there were.

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const answers = new Map(readdirSync(process.argv[2]).map((name) => [name, readFileSync(join(process.argv[2], name))]));
const taken = Buffer.from("HTTP/1.1 204 No Content\r\n\r\n");
const unknown = Buffer.from("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
let posts = 0;

const count = () => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${String(posts).length}\r\n\r\n${posts}`);

const server = createServer({ noDelay: true }, (socket) => {
  let kept = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    kept = kept.length > 0 ? Buffer.concat([kept, data]) : data;
    for (let end; (end = kept.indexOf("\r\n\r\n")) >= 0; ) {
      const head = kept.latin1Slice(0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (kept.length < end + 4 + length) return;
      kept = kept.subarray(end + 4 + length);
      const [method, target] = head.split(" ", 2);
      if (method === "POST") {
        posts++;
        socket.write(taken);
      } else {
        const name = target.slice(1).split("?", 1)[0];
        socket.write(name === "count" ? count() : (answers.get(name) ?? unknown));
      }
      if (/\r\nconnection: *close/i.test(head)) socket.end();
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
