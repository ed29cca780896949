// sdk/src/stub.ts
var METHODS = ["page", "track", "user", "consent", "reset"];
var stub = () => {
  const q = [];
  const calls = { q };
  for (const name of METHODS) calls[name] = (...given) => (q.push([name, given]), calls);
  return calls;
};

// sdk/src/index.ts
var handle = {};
for (const name of METHODS) {
  handle[name] = (...given) => {
    if (typeof window !== "undefined") {
      const there = window.selvedge ?? (window.selvedge = stub());
      there[name]?.(...given);
    }
    return handle;
  };
}
var selvedge = handle;
export {
  selvedge
};
