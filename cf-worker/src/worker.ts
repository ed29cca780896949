// Selvedge on Cloudflare Workers. Thin by intention: it converts, fetches, streams and sends; what to do is decided in
// selvedge-core, behind core.ts. The files here and those of fastly-app/src mirror each other.

import { deliver } from "./deliver";
import { fetchOrigin } from "./origin";
import { drain } from "./outbox";
import { obey } from "./owner";
import { arrival, body } from "./request";
import { reply } from "./respond";
import { type Env, fallback, freshen, isDue, selvedge } from "./start";
import * as log from "./log";

export default {
  async fetch(request, env, ctx): Promise<Response> {
    // Whatever fails here and below, the visitor gets the origin's bytes.
    ctx.passThroughOnException();
    try {
      const response = await serve(request, env, ctx);
      // The visitor has been answered: now is the time to look for another configuration.
      if (isDue(env)) ctx.waitUntil(freshen(env));
      return response;
    } catch (problem) {
      return stepAside(request, problem);
    }
  },

  async queue(messages, env): Promise<void> {
    await drain(messages, env);
  },
} satisfies ExportedHandler<Env, string>;

async function serve(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const running = await selvedge(env);
  const { core } = running;
  const said = core.receive(arrival(request));
  switch (said.lines[0]) {
    case "reply":
      return reply(said);
    case "collect": {
      const [, handle, limit] = said.lines;
      const read = await body(request, Number(limit));
      const answer = reply(core.collect(Number(handle), read));
      ctx.waitUntil(deliver(Number(handle), 0, running));
      return answer;
    }
    case "owner": {
      const [, handle, limit] = said.lines;
      const read = core.collect(Number(handle), await body(request, Number(limit)));
      core.forget(Number(handle));
      const [kind, order = ""] = read.lines;
      return kind === "order" ? obey(JSON.parse(order), running) : reply(read);
    }
    default:
      return fetchOrigin(request, said.lines, running, ctx);
  }
}

/** The core has failed. A request whose body is still whole goes to the origin as it is. */
async function stepAside(request: Request, problem: unknown): Promise<Response> {
  log.problem("stepped aside", problem);
  const url = new URL(request.url);
  const origin = fallback(url.hostname);
  if (!origin || request.bodyUsed) {
    // Without a configuration there is no origin either; the platform has its own, where the site has one.
    if (!origin && !request.bodyUsed) throw problem;
    return new Response("The website could not be reached.\n", { status: 502 });
  }
  const response = await fetch(new Request(origin + url.pathname + url.search, request), { redirect: "manual" });
  const passed = new Response(response.body, response);
  passed.headers.set("x-selvedge", "pass; reason=internal");
  return passed;
}
