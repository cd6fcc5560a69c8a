#!/bin/sh
# Builds the programs: build.sh FOLDER [NAME...]
# Each becomes FOLDER/NAME.wasm, which imports nothing and exports `run`. Their sources come with crates, which Cargo
# fetches. What is newer than what it is made of stays.
# Needs Cargo, and Zig's C compiler: `pip install ziglang==0.17.0`; PYTHON names the interpreter.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 FOLDER [NAME...]" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")"
python=${PYTHON:-python3}
fail() { echo "$0: $1" >&2; exit 1; }
command -v cargo >/dev/null || fail "there is no cargo"
"$python" -m ziglang version >/dev/null 2>&1 ||
    fail "$python has no ziglang: pip install ziglang==0.17.0, or set PYTHON"
[ $# -gt 0 ] || set -- bzip2 lua pcre2 quickjs sqlite tree_sitter webp zstd

packages=$(cargo metadata --locked --format-version 1) || fail "cargo can't fetch the sources"
# Where the crate is.
crate() {
    printf %s "$packages" | "$python" -c '
import json, os, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == sys.argv[1]:
        print(os.path.dirname(package["manifest_path"]))' "$1"
}

# Compiles a program, with the flags and sources given.
compile() {
    "$python" -m ziglang cc -target wasm32-wasi -mexec-model=reactor -O2 -w -DNDEBUG -I. \
        -Wl,--strip-all -Wl,-z,stack-size=1048576 -o "$folder/$name.wasm.new" "$name.c" host.c "$@"
    mv "$folder/$name.wasm.new" "$folder/$name.wasm"
}

# The sources in a folder, but for those that are named after it.
sources() {
    for source in "$1"/*.c; do
        case " $2 " in *" $(basename "$source" .c) "*) ;; *) printf '%s ' "$source" ;; esac
    done
}

build_bzip2() {
    in=$(echo "$(crate bzip2-sys)"/bzip2-1*)
    compile "-I$in" -DBZ_NO_STDIO $(sources "$in" "bzip2 bzip2recover dlltest mk251 spewG unzcrash")
}

build_lua() {
    in=$(crate lua-src)/lua-5.5.1
    # An error ends the program, as longjmp would need exceptions; their header is wanted all the same.
    compile "-I$in" -D_WASI_EMULATED_SIGNAL -D__wasm_exception_handling__ '-DLUAI_THROW(L,c)=__builtin_trap()' \
        '-DLUAI_TRY(L,c,f,ud)=(f)(L,ud)' '-Dluai_makeseed()=1' \
        $(sources "$in" "lua luac onelua linit liolib loslib ldblib loadlib lcorolib lutf8lib ltests")
}

build_pcre2() {
    in=$(crate pcre2-sys)/upstream
    compile -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -DHAVE_CONFIG_H -DSUPPORT_UNICODE -DSUPPORT_PCRE2_8 \
        "-I$in/include" "-I$in/src" $(sources "$in/src" "pcre2_jit_match pcre2_jit_misc pcre2_ucptables")
}

build_quickjs() {
    in=$(crate rquickjs-sys)/quickjs
    compile "-I$in" -D_GNU_SOURCE -DEMSCRIPTEN -DFE_DOWNWARD=0 -DFE_UPWARD=0 \
        "$in"/quickjs.c "$in"/libregexp.c "$in"/libunicode.c "$in"/dtoa.c
}

build_sqlite() {
    in=$(crate libsqlite3-sys)/sqlite3
    compile "-I$in" -DSQLITE_OS_OTHER -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 \
        -DSQLITE_OMIT_LOCALTIME "$in"/sqlite3.c
}

build_tree_sitter() {
    in=$(crate tree-sitter) grammar=$(crate tree-sitter-rust)/src
    compile "-I$in/include" "-I$in/src" "-I$grammar" -D_GNU_SOURCE \
        "$in"/src/lib.c "$grammar"/parser.c "$grammar"/scanner.c
}

build_webp() {
    in=$(crate libwebp-sys)/vendor
    compile "-I$in" "-I$in/src" \
        $(for part in sharpyuv src/dec src/dsp src/enc src/utils; do sources "$in/$part" ""; done)
}

build_zstd() {
    in=$(crate zstd-sys)/zstd/lib
    compile "-I$in" -DZSTD_DISABLE_ASM $(for part in common compress decompress; do sources "$in/$part" ""; done)
}

for name in "$@"; do
    [ -f "$name.c" ] || fail "there is no program $name"
    newer=
    if [ -f "$folder/$name.wasm" ]; then newer=$(find . -type f -newer "$folder/$name.wasm"); else newer=all; fi
    [ -z "$newer" ] || "build_$name"
done
