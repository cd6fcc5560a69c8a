// Runs modules in a JavaScript engine, for `transom compare`. It works in Node, Deno and Bun.
//
//   runner.mjs JOBS OUT
//
// JOBS is a file of JSON, an array of `{file, calls}`, or `{file, program}` for a program of WASI with its arguments.
// For each job one line of JSON is written to OUT as soon as it is known: an array with one step per call, each
// `{phase, results}` or `{phase, error: {name, message}}`. Each call gets an instance of its own.
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

async function run(job) {
  const bytes = readFileSync(job.file);
  let module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (error) {
    return (job.calls ?? ['']).map(() => step('validate', error));
  }
  if (job.calls !== undefined) return job.calls.map((name) => call(module, name));
  let phase = 'link';
  try {
    const { WASI } = await import('node:wasi');
    const wasi = new WASI({ version: 'preview1', args: job.program, env: {}, returnOnExit: true });
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
    phase = 'execute';
    return [{ phase, exit: wasi.start(instance) ?? 0 }];
  } catch (error) {
    return [step(phase, error)];
  }
}

for (const job of JSON.parse(readFileSync(jobs, 'utf8'))) {
  writeSync(output, JSON.stringify(await run(job)) + '\n');
}
