"""Runs a WASI program under Wasmtime's WASI, with the options of `transom run`: [--dir HOST::GUEST]... --argv0 NAME FILE [ARGS]..."""

import sys

from wasmtime import Config, Engine, ExitTrap, Linker, Module, Store, WasiConfig


def main(words):
    wasi = WasiConfig()
    name = "program"
    while words[0].startswith("--"):
        option, value, *words = words
        if option == "--dir":
            host, guest = value.split("::")
            wasi.preopen_dir(host, guest)
        else:
            name = value
    file, *arguments = words
    wasi.argv = [name, *arguments]
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    config = Config()
    config.wasm_exceptions = True
    engine = Engine(config)
    store = Store(engine)
    store.set_wasi(wasi)
    linker = Linker(engine)
    linker.define_wasi()
    instance = linker.instantiate(store, Module.from_file(engine, file))
    try:
        instance.exports(store)["_start"](store)
    except ExitTrap as exit:
        return exit.code
    return 0


sys.exit(main(sys.argv[1:]))
