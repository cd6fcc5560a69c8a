//! `--profile`, alone and with the profiler that it is for.

use crate::{Done, Folder};
use serde_json::Value;
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
        ["perfmap", "jitdump", "guest"]
            .iter()
            .all(|name| done.err.contains(name)),
        "{done:?}"
    );
}

/// A profile that the command has written.
fn guest_profile(folder: &Folder, file: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.path(file)).unwrap()).unwrap()
}

/// The names of functions in a profile, with the innermost one of each sample.
fn profiled(profile: &Value) -> (Vec<&str>, Vec<&str>) {
    let thread = &profile["threads"][0];
    let index = |value: &Value| value.as_u64().unwrap() as usize;
    let text = |value: &Value| thread["stringArray"][index(value)].as_str().unwrap();
    let name = |function: &Value| text(&thread["funcTable"]["name"][index(function)]);
    let innermost = |stack: &Value| {
        let frame = &thread["stackTable"]["frame"][index(stack)];
        name(&thread["frameTable"]["func"][index(frame)])
    };
    let names = thread["funcTable"]["name"].as_array().unwrap();
    let stacks = thread["samples"]["stack"].as_array().unwrap();
    let stacks = stacks.iter().filter(|stack| !stack.is_null());
    (names.iter().map(text).collect(), stacks.map(innermost).collect())
}

#[test]
fn samples_of_the_program_are_written_as_json() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    let long = "500000000";
    for (option, file) in [
        ("--profile=guest", "transom-guest-profile.json"),
        ("--profile=guest,a profile.json", "a profile.json"),
        ("--profile=guest,short.json,1ms", "short.json"),
    ] {
        for compiler in ["optimized", "baseline", "tiered"] {
            let compiler = format!("compiler={compiler}");
            let done = folder.transom(&[
                "run", option, "-O", &compiler, "--invoke", "run", "busy.wat", long,
            ]);
            assert_eq!((done.code, done.out.as_str()), (0, "0\n"), "{done:?}");
            assert!(
                done.err == format!("profile: {file}; open it at https://profiler.firefox.com\n"),
                "{done:?}"
            );
            let profile = guest_profile(&folder, file);
            let (_, innermost) = profiled(&profile);
            assert!(innermost.contains(&"count_down"), "{innermost:?}");
            assert_eq!(profile["meta"]["product"], "busy.wat");
        }
    }
}

/// However the program ends, and beside whatever else it is bounded by.
#[test]
fn a_profile_is_written_at_each_end() {
    let folder = Folder::new(&[
        ("busy.wat", BUSY),
        (
            "traps.wat",
            "(module (func $trap unreachable) (func (export \"_start\") (call $trap)))",
        ),
        (
            "calls.wat",
            "(module (import \"wasi_snapshot_preview1\" \"sched_yield\" (func $yield (result i32)))
              (import \"busy\" \"run\" (func $run (param i32) (result i32)))
              (memory (export \"memory\") 1)
              (func $main (export \"_start\") (drop (call $yield)) (drop (call $run (i32.const 1000000000)))))",
        ),
        ("spins.wat", "(module (func $spin (export \"_start\") (loop (br 0))))"),
    ]);
    let run = |words: &[&str]| {
        let option = "--profile=guest,p.json,1ms";
        let done = folder.transom(&[&["run", option], words].concat());
        let profile = guest_profile(&folder, "p.json");
        fs::remove_file(folder.path("p.json")).unwrap();
        (done, profile)
    };
    let (done, profile) = run(&["traps.wat"]);
    assert_eq!(done.code, 134, "{done:?}");
    assert_eq!(profile["meta"]["product"], "traps.wat");

    let (done, profile) = run(&["--timeout=300ms", "spins.wat"]);
    assert_eq!(done.code, 124, "{done:?}");
    assert!(profiled(&profile).1.contains(&"spin"), "{profile}");

    let (done, profile) = run(&["--preload=busy=busy.wat", "calls.wat"]);
    assert_eq!(done.code, 0, "{done:?}");
    let (names, innermost) = profiled(&profile);
    assert!(
        names.contains(&"main") && innermost.contains(&"count_down"),
        "{names:?}"
    );
    // The call of `sched_yield`: it begins, and ends.
    assert_eq!(profile["threads"][0]["markers"]["phase"].to_string(), "[2,3]");
    let libraries: Vec<_> = profile["libs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|library| &library["name"])
        .collect();
    assert!(libraries.iter().any(|name| **name == "busy"), "{libraries:?}");
}

#[test]
fn a_profile_that_can_not_be_written_is_an_error_before_anything_runs() {
    let folder = Folder::new(&[("busy.wat", BUSY)]);
    let done = folder.transom(&[
        "run",
        "--profile=guest,absent/p.json",
        "--invoke=run",
        "busy.wat",
        "3",
    ]);
    assert!(done.code == 1 && done.out.is_empty(), "{done:?}");
    assert!(
        done.err.contains("cannot write the profile: absent/p.json: "),
        "{done:?}"
    );
    assert!(done.err.contains("--profile=guest,FILE"), "{done:?}");
    // There is room for the name, but for nothing else.
    let done = folder.transom(&[
        "run",
        "--profile=guest,/dev/full",
        "--invoke=run",
        "busy.wat",
        "3",
    ]);
    assert!(done.code == 1 && done.out == "0\n", "{done:?}");
    assert!(
        done.err.contains("cannot write the profile: /dev/full: "),
        "{done:?}"
    );
    for wrong in ["guest,", "guest,p.json,0ms", "guest,p.json,soon", "guests"] {
        let done = folder.transom(&["run", &format!("--profile={wrong}"), "busy.wat"]);
        assert!(done.code != 0 && done.err.contains("--profile"), "{done:?}");
    }
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
