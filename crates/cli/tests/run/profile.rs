//! `--profile`, alone and with the profiler that it is for.

use crate::{Done, Folder};
use std::fs;
use std::process::{Command, Stdio};

/// Takes long in a function with a name, if it is told to.
const BUSY: &str = "(module
    (func $count_down (param i32) (result i32)
      (loop $again
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 0))
    (func (export \"run\") (param i32) (result i32) (call $count_down (local.get 0))))";

impl Folder {
    /// Runs lines of a shell in the folder, which know the command as `$transom`.
    fn shell(&self, lines: &str) -> Done {
        let output = Command::new("sh")
            .args(["-c", lines])
            .env("transom", env!("CARGO_BIN_EXE_transom"))
            .current_dir(self.path("."))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The contents of a file whose name has the number that the shell left in `pid`; the file goes.
    fn of_process(&self, before: &str, after: &str) -> Vec<u8> {
        let pid = fs::read_to_string(self.path("pid")).unwrap();
        let path = self.path(&format!("{before}{}{after}", pid.trim()));
        let contents = fs::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        contents
    }
}

#[test]
fn names_are_written_where_profilers_look() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    let run = |strategy: &str| {
        let lines = format!("echo $$ >pid; exec $transom run --profile={strategy} --invoke run busy.wat 3");
        let done = folder.shell(&lines);
        assert_eq!((done.code, done.out.as_str()), (0, "0\n"), "{}", done.err);
    };
    run("perfmap");
    let map = String::from_utf8(folder.of_process("/tmp/perf-", ".map")).unwrap();
    assert!(
        map.lines().any(|line| line.ends_with(" count_down [baseline]")),
        "{map}"
    );
    assert!(map.contains(" transom::enter(i32) -> (i32)\n"), "{map}");
    run("jitdump");
    let dump = folder.of_process("jit-", ".dump");
    let name = b"\0count_down [baseline]\0";
    assert!(dump.windows(name.len()).any(|bytes| bytes == name));
    assert!(dump.starts_with(&0x4a69_5444u32.to_ne_bytes()));
}

#[test]
fn what_can_not_be_written_is_said() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    let lines = "ln -s $PWD/elsewhere /tmp/perf-$$.map; echo $$ >pid
        exec $transom run --profile=perfmap --invoke run busy.wat 3";
    let done = folder.shell(lines);
    let pid = fs::read_to_string(folder.path("pid")).unwrap();
    let map = format!("/tmp/perf-{}.map", pid.trim());
    fs::remove_file(&map).unwrap();
    assert!(
        done.code == 1 && done.err.contains(&map) && done.out.is_empty(),
        "{done:?}"
    );
    assert!(!folder.path("elsewhere").exists());

    let done =
        folder.shell("file=$PWD/busy.wat; cd /proc; $transom run --profile=jitdump --invoke run $file 3");
    assert!(
        done.code == 1
            && done.err.contains("/proc/jit-")
            && done.err.contains("start the process in a folder"),
        "{done:?}"
    );
    let done = folder.transom(&["run", "--profile=vtune", "busy.wat"]);
    assert!(
        done.err.contains("perfmap") && done.err.contains("jitdump"),
        "{done:?}"
    );
}

/// Whether `perf` records here; says so if not.
fn perf_records(folder: &Folder, test: &str) -> bool {
    let done = folder.shell(
        "perf record -k mono -e cpu-clock -o try.data true && perf inject --jit -i try.data -o tried.data",
    );
    if done.code != 0 {
        eprintln!("SKIPPED {test}: `perf` can't record here: {}", done.err.trim());
    }
    done.code == 0
}

#[test]
fn perf_reports_names_of_a_map() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    if !perf_records(&folder, "perf_reports_names_of_a_map") {
        return;
    }
    let done = folder.shell(
        "perf record -e cpu-clock -o map.data -- \
           sh -c 'echo $$ >pid; exec $transom run --profile=perfmap --invoke run busy.wat 500000000' &&
         perf report --stdio -i map.data",
    );
    folder.of_process("/tmp/perf-", ".map");
    assert!(done.code == 0 && done.out.contains("[.] count_down"), "{done:?}");
}

#[test]
fn perf_annotates_code_of_a_dump() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    if !perf_records(&folder, "perf_annotates_code_of_a_dump") {
        return;
    }
    let done = folder.shell(
        "perf record -k mono -e cpu-clock -o dump.data -- \
           $transom run -O compiler=optimized --profile=jitdump --invoke run busy.wat 500000000 &&
         perf inject --jit -i dump.data -o jit.data && perf report --stdio -i jit.data",
    );
    assert!(done.code == 0 && done.out.contains("[.] count_down"), "{done:?}");
    if folder.shell("objdump --version").code != 0 {
        eprintln!("SKIPPED the end of perf_annotates_code_of_a_dump: there is no `objdump`");
        return;
    }
    let done = folder.shell("perf annotate --stdio -i jit.data -s count_down");
    assert!(
        done.out.contains("<count_down>:") && done.out.contains("ret"),
        "{done:?}"
    );
}
