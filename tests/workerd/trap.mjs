// Breaks an artifact on purpose: the named export traps, on every call from its nth on.

import binaryen from "binaryen";

/** The module's bytes with `name` made to trap from its `from`th call on (1: at once). */
export function trapping(wasm, name, from = 1) {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(binaryen.Features.All);
  const { value } = binaryen.getExportInfo(module.getExport(name));
  const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
  const { i32 } = binaryen;
  module.addGlobal("calls", i32, true, module.i32.const(0));
  const given = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
  const count = module.global.set("calls", module.i32.add(module.global.get("calls", i32), module.i32.const(1)));
  const late = module.i32.ge_u(module.global.get("calls", i32), module.i32.const(from));
  const call = module.call(value, given, results);
  const body = module.block(null, [count, module.if(late, module.unreachable()), call], results);
  module.removeExport(name);
  module.addFunction("trapping", params, results, [], body);
  module.addFunctionExport("trapping", name);
  if (!module.validate()) throw new Error(`the artifact with a trap in ${name} is not valid`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}
