// The response to the visitor: whole, passed on, or rewritten until the core releases it.

import type { Core, Said } from "./core";
import { deliver } from "./deliver";
import type { Selvedge } from "./start";
import * as log from "./log";

/** How much of a page is read at a time until it is released, in bytes. */
const CHUNK = 16 * 1024;

/** A complete response: `reply`, the status, the fields; and the body. */
export function reply({ lines, body }: Said): Response {
  const headers = new Headers();
  for (const line of lines.slice(2)) {
    const at = line.indexOf(": ");
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 2));
  }
  return new Response(body.byteLength > 0 ? body : null, { status: Number(lines[1]), headers });
}

/** Makes the edits that stand from a line on. */
export function edit(headers: Headers, lines: string[], from: number): void {
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    const kind = line[0];
    if (kind === "-") {
      headers.delete(line.slice(1));
      continue;
    }
    const at = line.indexOf(": ");
    if (kind === "=") headers.set(line.slice(1, at), line.slice(at + 2));
    else if (kind === "+") headers.append(line.slice(1, at), line.slice(at + 2));
  }
}

/** The origin's response with another head; the platform streams its body. */
export function pass(response: Response, answer: string[]): Response {
  const passed = new Response(response.body, response);
  edit(passed.headers, answer, 1);
  return passed;
}

/** The origin's page, through the core until that releases it; from there on the platform streams by itself. */
export function rewrite(
  response: Response,
  answer: string[],
  handle: number,
  selvedge: Selvedge,
  ctx: ExecutionContext,
): Response {
  if (!response.body) {
    // A page without a body: there is nothing to rewrite, and nothing to wait for.
    ctx.waitUntil(deliver(handle, 1, selvedge));
    return pass(response, answer);
  }
  const { readable, writable } = new IdentityTransformStream();
  const rewritten = new Response(readable, response);
  edit(rewritten.headers, answer, 1);
  ctx.waitUntil(stream(response.body, writable, handle, selvedge));
  return rewritten;
}

async function stream(
  body: ReadableStream,
  writable: WritableStream,
  handle: number,
  selvedge: Selvedge,
): Promise<void> {
  let rest: Promise<void> | undefined;
  try {
    const reader = body.getReader({ mode: "byob" });
    const writer = writable.getWriter();
    try {
      const released = await untilReleased(reader, writer, handle, selvedge.core);
      reader.releaseLock();
      writer.releaseLock();
      rest = released ? body.pipeTo(writable) : writable.close();
    } catch (problem) {
      // The origin broke off, or the visitor left: neither may take what there is for the whole page.
      await Promise.allSettled([reader.cancel(problem), writer.abort(problem)]);
    }
  } finally {
    await Promise.allSettled([rest, deliver(handle, 1, selvedge)]);
  }
}

/** Puts the page through the core; whether there is more of it when that has seen enough. */
async function untilReleased(
  reader: ReadableStreamBYOBReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  handle: number,
  core: Core,
): Promise<boolean> {
  const send = async (bytes: Uint8Array) => {
    if (bytes.byteLength > 0) await writer.write(bytes);
  };
  // What the core has taken and not given back, an incomplete tag at most: should it trap, nothing is missing.
  let held = new Uint8Array();
  let buffer = new ArrayBuffer(CHUNK);
  for (;;) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    const ended = done || !value;
    let out: Uint8Array;
    let released = false;
    try {
      if (ended) out = core.finish(handle);
      else ({ out, released } = core.write(handle, value));
    } catch (problem) {
      log.problem("stepped aside", problem);
      await send(held);
      if (value) await send(value);
      return !ended;
    }
    await send(out);
    if (ended || released) return released;
    const both = joined(held, value);
    held = both.slice(Math.min(out.byteLength, both.byteLength));
    buffer = value.buffer as ArrayBuffer;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}
