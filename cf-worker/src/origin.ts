// Fetching from an origin, and giving its answer to the visitor.

import { fields } from "./request";
import { edit, pass, reply, rewrite } from "./respond";
import type { Selvedge } from "./start";
import * as log from "./log";

/** Fetches what the core asks for and answers the visitor; what was learned is for after that. */
export async function fetchOrigin(
  request: Request,
  said: string[],
  selvedge: Selvedge,
  ctx: ExecutionContext,
): Promise<Response> {
  const { core } = selvedge;
  const handle = Number(said[1]);
  const [, , url = "", host = "", timeout = "30", kind = ""] = said;
  const headers = new Headers(request.headers);
  edit(headers, said, 6);
  // `fetch` would ask for encodings that the visitor did not.
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");

  let response: Response;
  const place = target(url, host);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), Number(timeout) * 1000);
  try {
    response = await fetch(place.url, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
      // A stream that never ends has begun once its head is here: only that is timed.
      signal: late.signal,
      ...place.init,
    });
  } catch (error) {
    log.problem("origin", error);
    const answer = reply(core.failed(handle, late.signal.aborted));
    core.forget(handle);
    return answer;
  } finally {
    clearTimeout(timer);
  }
  // The platform joins the two ends of a WebSocket by itself, if it gets its own response back.
  if (kind === "websocket" || response.webSocket) {
    core.forget(handle);
    return response;
  }
  const answer = core.answer(handle, `${response.status}\n${fields(response.headers)}`);
  if (answer[0] === "rewrite") return rewrite(response, answer, handle, selvedge, ctx);
  return pass(response, answer);
}

/**
 * `fetch` writes `Host` from the URL. Where the origin shall see another, the URL names that host, and the platform is
 * told to connect to the origin's (developers.cloudflare.com/workers/runtime-apis/request, `resolveOverride`, which asks
 * that both be in the same zone). On this very machine there is no such thing: there the origin's own is used.
 */
function target(url: string, host: string): { url: string; init?: RequestInit } {
  // The usual case, told without taking the URL apart.
  if (url.startsWith(`${host}/`, url.indexOf("://") + 3)) return { url };
  const there = new URL(url);
  const { hostname } = there;
  if (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")) return { url };
  there.host = host;
  if (!host.includes(":")) there.port = "";
  return { url: there.href, init: { cf: { resolveOverride: hostname } } };
}
