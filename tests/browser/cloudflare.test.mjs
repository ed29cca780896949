import { suite } from "./suite.mjs";

suite("cloudflare");
