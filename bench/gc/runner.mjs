// Runs a module's exports in a JavaScript engine as suites/gc.rs does in others, with the same plan and report.
import { readFileSync } from "node:fs";

const [file, plan] = process.argv.slice(2);
const bytes = readFileSync(file);
const start = performance.now();
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
const compile = (performance.now() - start) / 1000;
const calls = JSON.parse(plan).map(([name, argument, times]) => {
  const seconds = [];
  const results = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    results.push(exports[name](argument));
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, results };
});
// Not process.resourceUsage(): what its number counts, and that it starts from zero, depends on the engine.
const peak = 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);
console.log(JSON.stringify({ compile, calls, peak }));
