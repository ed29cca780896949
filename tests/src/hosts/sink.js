// What stands behind the Worker's queues and datasets on a bare workerd: prints each record, after the sink's name.

export default {
  async fetch(request, { SINK }) {
    const said = await request.text();
    for (const record of new URL(request.url).pathname === "/batch" ? messages(said) : [point(said)]) {
      console.log(`${SINK} :: ${record}`);
    }
    return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
  },
};

/** The messages of a `sendBatch`, as the runtime writes them. */
function messages(said) {
  return JSON.parse(said).messages.map(({ body, contentType }) => {
    if (contentType !== "json") throw new Error(`a message as ${contentType}`);
    return new TextDecoder().decode(Uint8Array.from(atob(body), (byte) => byte.charCodeAt(0)));
  });
}

/** The columns of a data point that are not empty; the runtime has their texts as bytes. */
function point(said) {
  const text = (bytes) => new TextDecoder().decode(Uint8Array.from(bytes));
  const columns = Object.entries(JSON.parse(said)).filter(([name]) => /^(index|blob|double)\d+$/.test(name));
  const read = columns.map(([name, value]) => [name, Array.isArray(value) ? text(value) : value]);
  const order = ["index", "blob", "double"];
  const rank = ([name]) => order.indexOf(name.replace(/\d/g, "")) * 100 + Number(name.replace(/\D/g, ""));
  return JSON.stringify(Object.fromEntries(read.filter(([, value]) => value).sort((a, b) => rank(a) - rank(b))));
}
