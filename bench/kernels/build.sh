#!/bin/sh
# Builds the kernels, to WebAssembly beside their sources:
#   build.sh
# or natively, each with native.c to a program in a folder:
#   build.sh native FOLDER
# Needs Zig's C compiler: `pip install ziglang==0.17.0`; PYTHON names the interpreter.
set -eu
cc="${PYTHON:-python3} -m ziglang cc -O2 -fno-builtin -Wall -Wextra"
# Vectors and fused multiplications are natively what they are in WebAssembly: there are none, except in *_simd.c.
# The other extensions are those that engines use for single instructions.
x86="-target x86_64-linux-musl -ffp-contract=off -fno-math-errno -fno-vectorize -fno-slp-vectorize
    -msse4.1 -mssse3 -mno-avx -mpopcnt -mlzcnt -mbmi"
wasm="-target wasm32-freestanding -ffreestanding -nostdlib -Wl,--no-entry -Wl,--strip-all"
folder=
if [ "${1-}" = native ]; then
    mkdir -p "$2"
    folder=$(cd "$2" && pwd)
fi
cd "$(dirname "$0")"
for source in *.c; do
    name=${source%.c}
    [ "$name" != native ] || continue
    simd=-mno-simd128 vectorize=
    case $name in *_simd) simd=-msimd128 vectorize="-fvectorize -fslp-vectorize" ;; esac
    bulk=
    case $name in bulk_*) bulk=-mbulk-memory ;; esac
    if [ "$folder" ]; then
        $cc $x86 $vectorize -s -o "$folder/$name" "$source" native.c
    else
        $cc $wasm $simd $bulk -o "$name.wasm" "$source"
    fi
done
