// Does in a JavaScript engine what `api/` does in others: the arguments are the engine's name and a job.
import { readFileSync, openSync } from "node:fs";

const job = JSON.parse(process.argv[3]);
const seconds = () => performance.now() / 1000;
const status = name => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);

// Times something, `count` of which are done at once; its result is part of the report.
function time(called, count, call) {
  const start = seconds();
  const result = call();
  called.seconds.push((seconds() - start) / count);
  called.results.push(result);
}
const fresh = () => ({ seconds: [], results: [] });

function program({ modules, limits, calls }) {
  if (limits.some(limit => limit !== "default")) throw new Error("it has no fuel, and is stopped only with its thread");
  const start = seconds();
  const exports = {};
  let instance;
  for (const file of modules) {
    const module = new WebAssembly.Module(readFileSync(file));
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = exports[name];
    instance = new WebAssembly.Instance(module, imports);
    Object.assign(exports, instance.exports);
  }
  const compile = seconds() - start;
  return { compile, calls: calls.map(({ export: name, argument, times }) => {
    const called = fresh();
    for (let turn = 0; turn < times; turn++) time(called, 1, () => instance.exports[name](argument));
    return called;
  }) };
}

function compile({ modules, times }) {
  const binaries = modules.map(file => readFileSync(file));
  const called = fresh();
  for (let turn = 0; turn < times; turn++)
    time(called, 1, () => binaries.reduce((sum, bytes) => sum + WebAssembly.Module.exports(new WebAssembly.Module(bytes)).length, 0));
  return { compile: 0, calls: [called] };
}

const cases = {
  "host to wasm, typed": ({ exports: { add } }, count) => {
    let x = 0;
    for (let turn = 0; turn < count; turn++) x = add(x);
    return x;
  },
  "wasm to host, typed": ({ exports: { run } }, count) => run(count),
  "functions only": each,
  "memory and table": each,
  "memory and table, and a call": each,
  "alive at once": (make, count) => alive(make, count).length,
};

function each(make, count, called) {
  let sum = 0;
  for (let turn = 0; turn < count; turn++) {
    const { exports } = make();
    if (called) sum += exports.run(7);
  }
  return sum;
}

function alive(make, count) {
  return Array.from({ length: count }, () => {
    const instance = make();
    instance.exports.run(7);
    return instance;
  });
}

function measured({ suite, name, count, times, module: file }) {
  const called = fresh();
  const module = new WebAssembly.Module(readFileSync(file));
  const make = () => new WebAssembly.Instance(module, { host: { add: x => (x + 3) | 0, note() {} } });
  if (name === "alive at once, memory of each") {
    const first = alive(make, 1), before = status("VmRSS"), all = alive(make, count);
    called.seconds.push((status("VmRSS") - before) / count);
    called.results.push(first.length + all.length);
    return { compile: 0, calls: [called] };
  }
  const call = cases[name];
  if (!call) throw new Error("JavaScript has one kind of function, which is measured in the row of typed ones");
  const subject = suite === "calls" ? make() : make;
  for (let turn = 0; turn < times; turn++) time(called, count, () => call(subject, count, name.endsWith("call")));
  return { compile: 0, calls: [called] };
}

async function wasi({ name, count, times, module: file, folder }) {
  if (name === "write") throw new Error("its WASI can't capture what is written");
  const { WASI } = await import("node:wasi");
  const module = new WebAssembly.Module(readFileSync(file));
  const called = fresh();
  for (let turn = 0; turn < times; turn++) {
    const wasi = new WASI({ version: "preview1", preopens: { "/": folder }, stdout: openSync("/dev/null", "w") });
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
    if (!wasi.initialize) throw new Error("its WASI runs whole commands only");
    wasi.initialize(instance);
    time(called, count, () => instance.exports[name](count));
  }
  return { compile: 0, calls: [called] };
}

const [task, what] = Object.entries(job.task)[0];
const run = { program, compile, case: what.suite === "wasi" ? wasi : measured }[task];
const report = await run(what);
const { node, v8, bun } = process.versions;
const engine = bun ? `Bun ${bun}` : `Node ${node}, V8 ${v8}`;
// Not process.resourceUsage(): what its number counts, and that it starts from zero, depends on the engine.
console.log(JSON.stringify({ engine, ...report, peak: status("VmHWM") }));
