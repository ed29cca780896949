// The core as TypeScript calls it: lib.rs beside this file says what each export does and how its text is written.

import module from "../dist/selvedge.wasm";

interface Exports extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  input(len: number): number;
  output(): number;
  output_len(): number;
  configure(len: number): number;
  start(len: number): number;
  configuration(len: number, now: number): number;
  receive(len: number): number;
  collect(handle: number, len: number): number;
  collect_failed(handle: number, tooLarge: number): number;
  answer(handle: number, len: number): number;
  failed(handle: number, late: number): number;
  write(handle: number, len: number): number;
  finish(handle: number): void;
  plan(handle: number, spent: number): number;
  waiting(handle: number): number;
  seek_token(handle: number, index: number, len: number, now: number): number;
  token_answered(handle: number, index: number, status: number, len: number, now: number): number;
  token_failed(handle: number, index: number, late: number, len: number, now: number): number;
  resume(handle: number, len: number, now: number): number;
  delivery(handle: number, index: number): number;
  settle(handle: number, index: number, status: number, len: number, now: number): number;
  settle_written(handle: number, index: number, now: number): number;
  settle_failed(handle: number, index: number, late: number, len: number, now: number): number;
  parcels(handle: number, now: number): number;
  counts(handle: number, len: number): number;
  keep_visits(there: number): void;
  record(handle: number): number;
  afresh(len: number, now: number): number;
  again(len: number, now: number): number;
  forget(handle: number): void;
}

/** Which configuration is to be at work, if there is one, and the secrets that it names. */
export interface Chosen {
  which: { id: string } | null;
  secrets: string[];
  problems: string[];
}

/** What there is to know of a configuration at work. */
export interface Started {
  problems: string[];
  fallbacks: Fallback[];
  concurrent: number;
  outbox: boolean;
}

/** Where a host's website lives, known without the core: for when that has failed. */
export interface Fallback {
  hosts: string[];
  origin: string;
}

/** A result: its lines, and a copy of the body that follows them. */
export interface Said {
  lines: string[];
  body: Uint8Array<ArrayBuffer>;
}

/** What became of a request. */
export type Asked = { status: number; retryAfter: string; body: Uint8Array } | { late: boolean; problem: string };

/** What became of a delivery: of a request, or of a write. */
export type Outcome = Asked | "written";

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One instance of the module. After a trap its memory means nothing any more: every later call throws. */
export class Core {
  readonly #wasm = new WebAssembly.Instance(module, {}).exports as Exports;
  #trapped = false;

  get trapped(): boolean {
    return this.#trapped;
  }

  #call<T>(call: () => T): T {
    if (this.#trapped) throw new Error("the core has trapped");
    try {
      return call();
    } catch (error) {
      this.#trapped = true;
      throw error;
    }
  }

  /** Writes text, after so many bytes that `before` fills, and returns the length of both. */
  #give(text: string, before = 0): number {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const room = before + text.length * 3;
    const at = this.#wasm.input(room);
    const into = new Uint8Array(this.#wasm.memory.buffer, at, room);
    if (before) crypto.getRandomValues(into.subarray(0, before));
    return before + encoder.encodeInto(text, into.subarray(before)).written;
  }

  #giveBytes(bytes: Uint8Array): number {
    const at = this.#wasm.input(bytes.byteLength);
    new Uint8Array(this.#wasm.memory.buffer, at, bytes.byteLength).set(bytes);
    return bytes.byteLength;
  }

  /** Writes an answer, after so many random bytes: when to come back, a line's end, and what was read of it. */
  #giveAnswer({ retryAfter, body }: { retryAfter: string; body: Uint8Array }, before = 0): number {
    const line = encoder.encode(`${retryAfter}\n`);
    const length = before + line.byteLength + body.byteLength;
    const at = this.#wasm.input(length);
    const into = new Uint8Array(this.#wasm.memory.buffer, at, length);
    if (before) crypto.getRandomValues(into.subarray(0, before));
    into.set(line, before);
    into.set(body, before + line.byteLength);
    return length;
  }

  #text(head: number): string {
    return decoder.decode(new Uint8Array(this.#wasm.memory.buffer, this.#wasm.output(), head));
  }

  #bytes(from = 0): Uint8Array<ArrayBuffer> {
    const length = this.#wasm.output_len();
    if (length <= from) return NOTHING;
    const at = this.#wasm.output();
    return new Uint8Array(this.#wasm.memory.buffer.slice(at + from, at + length) as ArrayBuffer);
  }

  #said(head: number): Said {
    return { lines: this.#text(head).split("\n"), body: this.#bytes(head) };
  }

  /** Chooses the configuration, given what the store has. */
  configure(pushed: string): Chosen {
    return JSON.parse(this.#call(() => this.#text(this.#wasm.configure(this.#give(pushed))))) as Chosen;
  }

  start(secrets: Record<string, string>): Started {
    const said = this.#call(() => this.#text(this.#wasm.start(this.#give(JSON.stringify(secrets)))));
    return JSON.parse(said) as Started;
  }

  /** What the owner wants of the configuration, with what there is for it. */
  configuration(given: object): Said {
    return this.#call(() => this.#said(this.#wasm.configuration(this.#give(JSON.stringify(given)), Date.now())));
  }

  receive(arrival: string): Said {
    return this.#call(() => this.#said(this.#wasm.receive(this.#give(arrival, 32))));
  }

  collect(handle: number, body: Uint8Array | "too large" | "broken"): Said {
    return this.#call(() =>
      this.#said(
        typeof body === "string"
          ? this.#wasm.collect_failed(handle, body === "too large" ? 1 : 0)
          : this.#wasm.collect(handle, this.#giveBytes(body)),
      ),
    );
  }

  answer(handle: number, response: string): string[] {
    return this.#call(() => this.#text(this.#wasm.answer(handle, this.#give(response))).split("\n"));
  }

  failed(handle: number, late: boolean): Said {
    return this.#call(() => this.#said(this.#wasm.failed(handle, late ? 1 : 0)));
  }

  write(handle: number, chunk: Uint8Array): { out: Uint8Array<ArrayBuffer>; released: boolean } {
    return this.#call(() => {
      const released = this.#wasm.write(handle, this.#giveBytes(chunk)) === 1;
      return { out: this.#bytes(), released };
    });
  }

  finish(handle: number): Uint8Array<ArrayBuffer> {
    return this.#call(() => {
      this.#wasm.finish(handle);
      return this.#bytes();
    });
  }

  plan(handle: number, spent: number): string[] {
    const lines = this.#call(() => this.#text(this.#wasm.plan(handle, spent)));
    return lines === "" ? [] : lines.split("\n");
  }

  /** The names in the store of the tokens that a plan waits for; empty where the store is not to be asked. */
  waiting(handle: number): string[] {
    return this.#call(() => {
      const head = this.#wasm.waiting(handle);
      return head === 0 ? [] : this.#text(head).split("\n").slice(0, -1);
    });
  }

  seekToken(handle: number, index: number, stored: string): Said {
    return this.#call(() => this.#said(this.#wasm.seek_token(handle, index, this.#give(stored, 32), Date.now())));
  }

  tokenAnswered(handle: number, index: number, outcome: Asked): Said {
    const now = Date.now();
    return this.#call(() =>
      this.#said(
        "status" in outcome
          ? this.#wasm.token_answered(handle, index, outcome.status, this.#giveAnswer(outcome, 32), now)
          : this.#wasm.token_failed(handle, index, outcome.late ? 1 : 0, this.#give(outcome.problem), now),
      ),
    );
  }

  /** Goes on with a plan whose tokens were waited for. Returns lines for the log. */
  resume(handle: number): string[] {
    const lines = this.#call(() => this.#text(this.#wasm.resume(handle, this.#give("", 32), Date.now())));
    return lines === "" ? [] : lines.split("\n");
  }

  delivery(handle: number, index: number): Said | undefined {
    return this.#call(() => {
      const head = this.#wasm.delivery(handle, index);
      return head === 0 ? undefined : this.#said(head);
    });
  }

  settle(handle: number, index: number, outcome: Outcome): string[] {
    const now = Date.now();
    const settled = () => {
      if (outcome === "written") return this.#wasm.settle_written(handle, index, now);
      return "status" in outcome
        ? this.#wasm.settle(handle, index, outcome.status, this.#giveAnswer(outcome), now)
        : this.#wasm.settle_failed(handle, index, outcome.late ? 1 : 0, this.#give(outcome.problem), now);
    };
    const lines = this.#call(() => this.#text(settled()));
    return lines === "" ? [] : lines.split("\n");
  }

  /** What is to be kept, a line each, as `State::parcels` writes them. */
  parcels(handle: number): string[] {
    const lines = this.#call(() => {
      this.#give("", 32);
      return this.#text(this.#wasm.parcels(handle, Date.now()));
    });
    return lines === "" ? [] : lines.split("\n");
  }

  keepVisits(there: boolean): void {
    this.#call(() => this.#wasm.keep_visits(there ? 1 : 0));
  }

  /** What is to be kept of a visit for its owner: its key, and as the body its text. */
  record(handle: number): Said | undefined {
    return this.#call(() => {
      const head = this.#wasm.record(handle);
      return head === 0 ? undefined : this.#said(head);
    });
  }

  /** What a plan has counted, as data points; `lost` is what the outbox did not take: components and how many events. */
  counts(handle: number, lost: [string, number][]): string[] {
    const lines = this.#call(() => this.#text(this.#wasm.counts(handle, this.#give(JSON.stringify(lost)))));
    return lines === "" ? [] : lines.split("\n");
  }

  /** The same for parcels that the owner wants in the outbox again. */
  afresh(parcels: string[]): string[] {
    const lines = this.#call(() => this.#text(this.#wasm.afresh(this.#give(parcels.join("\n")), Date.now())));
    return lines === "" ? [] : lines.split("\n");
  }

  /** Plans what was kept. */
  again(parcels: string[]): { handle: number; lines: string[] } {
    const said = this.#call(() => this.#text(this.#wasm.again(this.#give(parcels.join("\n"), 32), Date.now())));
    const [handle, ...lines] = said.split("\n");
    return { handle: Number(handle), lines: lines.filter((line) => line !== "") };
  }

  forget(handle: number): void {
    if (!this.#trapped) this.#call(() => this.#wasm.forget(handle));
  }
}
