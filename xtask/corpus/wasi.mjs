// Runs a WASI program under Node's `node:wasi`, with the options of `transom run`: [--dir HOST::GUEST]... --argv0 NAME FILE [ARGS]...
import { readFile } from "node:fs/promises";
import { argv, exit } from "node:process";
import { WASI } from "node:wasi";

const words = argv.slice(2);
const preopens = {};
let name = "program";
while (words[0]?.startsWith("--")) {
    const [option, value] = words.splice(0, 2);
    if (option === "--dir") {
        const [host, guest] = value.split("::");
        preopens[guest] = host;
    } else {
        name = value;
    }
}
const [file, ...args] = words;
const wasi = new WASI({ version: "preview1", args: [name, ...args], env: {}, preopens });
const module = await WebAssembly.compile(await readFile(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
exit(wasi.start(instance));
