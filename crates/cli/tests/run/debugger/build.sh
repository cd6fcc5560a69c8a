#!/bin/sh
# Builds the programs with clang 14 and lld 14 of Debian 12: apt-get install clang lld
set -eu
cd "$(dirname "$0")"
FLAGS="--target=wasm32 -nostdlib -Wl,--no-entry -fdebug-compilation-dir=/src -g"
clang $FLAGS -O0 -o list.wasm list.c
clang $FLAGS -O2 -fno-inline -o list-optimised.wasm list.c
clang++ $FLAGS -O0 -fno-rtti -fno-exceptions -o shapes.wasm shapes.cpp
