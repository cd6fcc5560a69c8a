#!/bin/sh
# Builds the kernels. Needs Zig's C compiler: `pip install ziglang==0.17.0`; PYTHON names the interpreter.
set -e
cd "$(dirname "$0")"
for source in *.c; do
    simd=-mno-simd128
    case $source in *_simd.c) simd=-msimd128 ;; esac
    ${PYTHON:-python3} -m ziglang cc -target wasm32-freestanding -O2 $simd -fno-builtin -ffreestanding \
        -nostdlib -Wall -Wextra -Wl,--no-entry -Wl,--strip-all -o "${source%.c}.wasm" "$source"
done
