#!/bin/sh
# Installs the engines that the suite `gc` runs as commands.
# They go to `engines` below the folder given, else `target`, else $CARGO_TARGET_DIR if it is set.
set -e
cd "$(dirname "$0")"
folder=${1:-${CARGO_TARGET_DIR:-target}}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)/engines
cd ..
cargo xtask engines --only node,bun "$folder"
