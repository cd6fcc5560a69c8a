#!/bin/sh
# Builds the programs.
#   build.sh [NAME...]           to WASI preview 1, beside their sources. Needs a C compiler with a C library for
#                                wasm32-wasi in $WASI_CC; Zig has both (pip install ziglang), and is the default.
#   build.sh --native OUT NAME   one of them natively, to the file OUT, with $CC.
set -eu
cd "$(dirname "$0")"
flags="-Os -s -UNDEBUG -Wall -D_GNU_SOURCE"
if [ "${1-}" = --native ]; then
    exec ${CC:-cc} $flags -o "$2" "$3.c"
fi
WASI_CC=${WASI_CC:-"python3 -m ziglang cc"}
[ $# -gt 0 ] || set -- $(ls *.c | sed 's/\.c$//')
for name in "$@"; do
    $WASI_CC -target wasm32-wasi $flags -o "$name.wasm" "$name.c"
done
