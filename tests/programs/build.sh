#!/bin/sh
# Builds the programs. Needs a C compiler that targets wasm32-wasi; Zig has one:
#   pip install ziglang && CC="python3 -m ziglang cc" ./build.sh
set -eu
cd "$(dirname "$0")"
CC=${CC:-"python3 -m ziglang cc"}
for source in *.c; do
    name=${source%.c}
    $CC -target wasm32-wasi -Os -s -o "$name.wasm" "$source"
done
