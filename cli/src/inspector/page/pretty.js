// A request as somebody reads it: JSON with its structure, forms as pairs, and anything else as it is.

/** What a request says, in parts: `{ title, pairs }` or `{ title, json }` or `{ title, text }`. */
export function parts({ url, headers = [], body = "" }) {
  const found = [];
  const query = URL.canParse(url) ? [...new URL(url).searchParams] : [];
  if (query.length > 0) found.push({ title: "Query", pairs: query });
  if (body === "") return found;
  const media = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const whole = json(body);
  if (whole !== undefined) return [...found, { title: "Body", json: whole }];
  const lines = body.split("\n").filter((line) => line !== "");
  const values = lines.map(json);
  if (values.every((value) => value !== undefined)) {
    return [...found, ...values.map((value, index) => ({ title: `Line ${index + 1}`, json: value }))];
  }
  if (/urlencoded/.test(media) || lines.every(isForm)) {
    const title = (index) => (lines.length > 1 ? `Event ${index + 1}` : "Body");
    return [...found, ...lines.map((line, index) => ({ title: title(index), pairs: [...new URLSearchParams(line)] }))];
  }
  return [...found, { title: "Body", text: body }];
}

function json(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isForm = (line) => /^[\w.~%+-]+=[^\s]*$/.test(line);

/** JSON in words of a kind each: `[kind, text]`, to be put into elements. */
export function* words(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) yield ["", text.slice(from, match.index)];
    const [all, string, colon, digits] = match;
    if (string && colon) {
      yield ["name", string];
      yield ["", colon];
    } else yield [string ? "string" : digits ? "number" : "word", all];
    from = match.index + all.length;
  }
  if (from < text.length) yield ["", text.slice(from)];
}
