// Runs modules in a JavaScript engine, for `transom compare`. It works in Node, Deno and Bun.
//
//   runner.mjs JOBS OUT
//
// JOBS is a file of JSON, an array of `{file, calls}`, of `{file, program}` for a program of WASI with its arguments, or of
// `{file, script}` for the directives of a script, as `directives.rs` writes them.
// For each call, program and script one line of JSON is written to OUT as soon as it is known: `{phase, results}`,
// `{phase, error: {name, message}}`, or what else `Said` in `answer.rs` has. Each call gets an instance of its own.
import { readFileSync, openSync, writeSync } from 'node:fs';

const [jobs, out] = process.argv.slice(-2);
const output = openSync(out, 'a');

function step(phase, error) {
  // Whatever is thrown may be no Error at all: an exception of WebAssembly, or a value of JavaScript.
  const exception = WebAssembly.Exception !== undefined && error instanceof WebAssembly.Exception;
  const name = exception ? 'WebAssembly.Exception' : String(error?.name ?? typeof error);
  return { phase, error: { name, message: exception ? '' : String(error?.message ?? error) } };
}

function text(value) {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value).toString();
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'number' ? String(value) : String(value === null ? 'null' : typeof value);
}

function call(module, name) {
  let instance;
  try {
    instance = new WebAssembly.Instance(module, {});
  } catch (error) {
    return step(error instanceof WebAssembly.LinkError || error instanceof TypeError ? 'link' : 'instantiate', error);
  }
  const export_ = instance.exports[name];
  if (typeof export_ !== 'function') {
    return step('execute', new Error(`no exported function ${name}`));
  }
  try {
    const results = export_();
    if (results === undefined) return { phase: 'execute', results: [] };
    return { phase: 'execute', results: (Array.isArray(results) ? results : [results]).map(text) };
  } catch (error) {
    return step('execute', error);
  }
}

// Scripts.

const spectest = {
  print() {}, print_i32() {}, print_i64() {}, print_f32() {}, print_f64() {}, print_i32_f32() {}, print_f64_f64() {},
  global_i32: 666, global_i64: 666n,
  global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6), global_f64: 666.6,
  table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
  memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
};

const view = new DataView(new ArrayBuffer(8));
// A value of a script in JavaScript; `bits` are decimal.
function value({ type, bits }) {
  switch (type) {
    case 'i32': return Number(BigInt.asIntN(32, BigInt(bits)));
    case 'i64': return BigInt.asIntN(64, BigInt(bits));
    case 'f32': view.setUint32(0, Number(bits)); return view.getFloat32(0);
    case 'f64': view.setBigUint64(0, BigInt(bits)); return view.getFloat64(0);
    case 'null': return null;
    default: return Number(bits);
  }
}

// Whether a result is what a script expects. Of NaNs JavaScript shows no more than that they are.
function fits(expected, actual) {
  switch (expected.type) {
    case 'any': return true;
    case 'nan': return Number.isNaN(actual);
    case 'ref': return actual !== null;
    case 'func': return typeof actual === 'function';
    case 'either': return expected.alternatives.some((one) => fits(one, actual));
    default: return Object.is(value(expected), actual);
  }
}

class Unlike extends Error {}

// Does what a directive says, or throws what is wrong with that.
function direct(directive, world) {
  const { instances, registered } = world;
  const make = (binary) => new WebAssembly.Instance(
    new WebAssembly.Module(Uint8Array.from(binary.match(/../g) ?? [], (byte) => parseInt(byte, 16))), registered);
  const act = ({ get, module, name, args }) => {
    const exports = (module === null ? world.current : instances.get(module)).exports;
    return get ? exports[name].value : exports[name](...args.map(value));
  };
  const fails = (attempt, is) => {
    try {
      attempt();
    } catch (error) {
      if (is(error)) return;
      throw new Unlike(`it fails in another way: ${error?.name}: ${error?.message}`);
    }
    throw new Unlike('it does not fail');
  };
  switch (directive.kind) {
    case 'module':
      world.current = make(directive.binary);
      if (directive.name !== null) instances.set(directive.name, world.current);
      return;
    case 'register':
      registered[directive.as] = (directive.module === null ? world.current : instances.get(directive.module)).exports;
      return;
    case 'action': act(directive.action); return;
    case 'return': {
      const results = act(directive.action);
      const list = Array.isArray(results) ? results : results === undefined && directive.results.length === 0 ? [] : [results];
      if (list.length !== directive.results.length || !list.every((one, at) => fits(directive.results[at], one))) {
        throw new Unlike(`it returns ${list.map(text).join(' ')}`);
      }
      return;
    }
    case 'trap':
      fails(() => (directive.binary ? make(directive.binary) : act(directive.action)), (error) => error instanceof WebAssembly.RuntimeError);
      return;
    case 'exhaustion': fails(() => act(directive.action), (error) => error instanceof RangeError); return;
    case 'exception': fails(() => act(directive.action), (error) => error instanceof WebAssembly.Exception); return;
    case 'refused': fails(() => make(directive.binary), (error) => error instanceof WebAssembly.CompileError); return;
    case 'unlinkable':
      fails(() => make(directive.binary), (error) => error instanceof WebAssembly.LinkError || error instanceof TypeError);
      return;
  }
}

// The first directive that fails, in the form in which engines that are commands tell it.
function script(job) {
  const world = { instances: new Map(), registered: { spectest }, current: null };
  for (const directive of job.script) {
    try {
      direct(directive, world);
    } catch (error) {
      return { phase: 'execute', failed: directive.line, error: step('execute', error).error };
    }
  }
  return { phase: 'execute', failed: 0 };
}

function say(step) {
  writeSync(output, JSON.stringify(step) + '\n');
}

async function run(job) {
  if (job.script !== undefined) return say(script(job));
  const bytes = readFileSync(job.file);
  let module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (error) {
    return (job.calls ?? ['']).forEach(() => say(step('validate', error)));
  }
  if (job.calls !== undefined) return job.calls.forEach((name) => say(call(module, name)));
  let phase = 'link';
  // Some engines end the process where others return.
  const ended = (code) => say({ phase, exit: code });
  try {
    const { WASI } = await import('node:wasi');
    const wasi = new WASI({ version: 'preview1', args: job.program, env: {}, returnOnExit: true });
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
    phase = 'execute';
    process.on('exit', ended);
    const code = wasi.start(instance) ?? 0;
    return say({ phase, exit: code });
  } catch (error) {
    return say(step(phase, error));
  } finally {
    process.off('exit', ended);
  }
}

for (const job of JSON.parse(readFileSync(jobs, 'utf8'))) await run(job);
