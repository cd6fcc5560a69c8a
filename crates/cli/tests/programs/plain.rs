//! Programs that run by themselves.

use crate::case::{Case, check};

#[test]
fn hello() {
    Case {
        name: "hello",
        script: "exec hello one --two 'three words here'",
        env: &[("NAME", "Ada")],
        ..Case::default()
    }
    .check();
}

#[test]
fn args() {
    Case {
        name: "args",
        script: r#"args; args '' ' ' "$(printf 'two\nlines')" '*' -- -v "$(printf '%065536d' 7)" 'ünïcode'"#,
        env: &[("T_NAME", "Ada"), ("T_EMPTY", ""), ("T_LONG", "a b=c ü")],
        ..Case::default()
    }
    .check();
}

#[test]
fn wc() {
    check(
        "wc",
        "printf 'one two\nthree\n\nlast line without an end' | wc --copy",
    );
}

#[test]
fn files() {
    check("files", "exec files");
}

#[test]
fn list() {
    let script = "
        mkdir -p data/folder/below data/empty data/many
        for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do
            printf '%0'$i$j'd' 0 >data/many/file-with-a-longer-name-$i$j
        done; done
        echo hidden >data/.hidden
        deep=data/deep; for i in 0 1 2 3 4 5 6 7 8 9; do deep=$deep/a-folder-with-a-name-$i; mkdir -p $deep; echo $i >$deep/file; done
        ln -s folder data/link; ln -s nowhere data/dangling; ln -s loop data/loop
        list data; list data/missing 2>/dev/null";
    check("list", script);
}

#[test]
fn grep() {
    let script = "
        mkdir -p tree/below
        printf 'one\nTwo\nthree two\n\nlast' >tree/a; printf 'two\n' >tree/below/b; echo 22 >tree/c
        ln -s a tree/link; ln -s missing tree/dangling
        try() { grep \"$@\"; echo \"code $?\"; }
        try two tree/a; try -n t.o tree/a tree/c; try -rin two tree; try -vc o tree/a
        try -c '(o|r)' tree/a tree/c tree/missing; try 'x(' tree/a; try -r '[0-9]{2}|^$' tree
        try -n '^.{3}$' <tree/a; try -v e <tree/a; try nothing tree/a; try -i '^TWO\\b|[[:upper:]]w' tree/a";
    check("grep", script);
}

#[test]
fn sort() {
    check("sort", "exec sort");
}

#[test]
fn sortfile() {
    check("sortfile", "exec sortfile");
}

#[test]
fn time() {
    check("time", "exec time");
}

#[test]
fn clocks() {
    check("clocks", "exec clocks");
}

#[test]
fn random() {
    check("random", "exec random");
}

#[test]
fn vectors() {
    check("vectors", "exec vectors");
}

#[test]
fn positions() {
    check("positions", "exec positions");
}

#[test]
fn stat() {
    check("stat", "exec stat");
}

#[test]
fn paths() {
    check("paths", "exec paths");
}

#[test]
fn open() {
    check("open", "exec open");
}

#[test]
fn readdir() {
    check("readdir", "exec readdir");
}

#[test]
fn flags() {
    check("flags", "exec flags");
}

#[test]
fn stdio() {
    check("stdio", "exec stdio");
}
