// The least that a Worker in front of a website can do: fetch, and pass on.

export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    const response = await fetch(new Request(env.ORIGIN + pathname + search, request), { redirect: "manual" });
    return new Response(response.body, response);
  },
};
