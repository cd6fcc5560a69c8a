//! What the command line asks for, and what a run counts.

use super::*;

fn wanted(arguments: &str) -> Result<Wanted, String> {
    Wanted::parse(arguments.split_whitespace().map(str::to_owned))
}

fn rows() -> Vec<Row> {
    let hash = "0".repeat(64);
    table::parse(&format!(
        "a C npm pa 1.0 {hash} a.wasm\n  fails compile too large\nb Rust npm pb 1.0 {hash} b.wasm\n"
    ))
    .expect("well-formed")
}

#[test]
fn arguments() {
    let all = wanted("--only a,b --only c --offline --check").expect("well-formed");
    assert_eq!(all.only, ["a", "b", "c"]);
    assert!(all.offline && all.check);
    for wrong in ["--only", "--fast", "name"] {
        assert!(wanted(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rows_are_selected() {
    let rows = rows();
    let names = |arguments: &str| {
        let selected = wanted(arguments).expect("well-formed").select(&rows)?;
        Ok::<_, String>(selected.iter().map(|row| row.name.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(names("").expect("all"), ["a", "b"]);
    assert_eq!(names("--only b").expect("one"), ["b"]);
    let unknown = names("--only c").expect_err("unknown");
    assert!(unknown.contains("`c`"), "{unknown}");
}

#[test]
fn a_known_failure_must_fail() {
    let rows = rows();
    let report = |said: steps::Said| {
        Ok(Report {
            size: 1,
            steps: vec![(table::Step::Compile, said)],
        })
    };
    let mut counts = Counts::default();
    counts.add(&rows[0], &report(Err("too large".into())));
    counts.add(&rows[1], &report(Ok("ok".into())));
    assert_eq!((counts.passed, counts.failed.len()), (2, 0));
    counts.add(&rows[0], &report(Ok("ok".into())));
    counts.add(&rows[1], &report(Err("broken".into())));
    counts.add(&rows[1], &Err(Unavailable::Wrong("hash".into())));
    counts.add(&rows[1], &Err(Unavailable::Absent("no network".into())));
    assert_eq!(counts.failed, ["a", "b", "b"]);
    assert_eq!(counts.skipped, ["b"]);
}

#[test]
fn the_table_is_well_formed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let text = fs::read_to_string(root.join(TABLE)).expect("it is there");
    let rows = table::parse(&text).expect("well-formed");
    let languages: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.language).collect();
    assert!(
        rows.len() >= 40 && languages.len() >= 10,
        "{} {languages:?}",
        rows.len()
    );
}
