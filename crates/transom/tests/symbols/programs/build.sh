#!/bin/sh
# Builds the programs. Needs a C compiler that targets wasm32-wasi; Zig has one:
#   pip install ziglang && CC="python3 -m ziglang cc" ./build.sh
set -eu
cd "$(dirname "$0")"
CC=${CC:-"python3 -m ziglang cc"}
# The folder is the same wherever the sources are.
FLAGS="-target wasm32-wasi -O1 -nostdlib -Wl,--no-entry -ffile-compilation-dir=/src -ffile-prefix-map=$PWD=/src"
$CC $FLAGS -g -gdwarf-4 -o dwarf4.wasm fill.c stack.c
$CC $FLAGS -g -gdwarf-5 -o dwarf5.wasm fill.c stack.c
# Across units: `push` of the one is inlined into `fill` of the other.
$CC $FLAGS -g -gdwarf-5 -flto -o lto.wasm fill.c stack.c
# No entries for functions, but for those into which others are inlined.
$CC $FLAGS -gline-tables-only -o lines.wasm fill.c stack.c
$CC $FLAGS -g -std=c++17 -o shapes.wasm shapes.cpp
