//! The page of results, looked at as a browser draws it. Needs Chromium; `TRANSOM_BENCH_CHROMIUM` names another one.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Results of a quick run of two suites on some peers, one of which lacks something.
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/results.json");

/// The colour of Wasmtime's dots and of the paper, on light and dark pages; they stand in chart.css and page.css.
const LIGHT: [[u8; 3]; 2] = [[0x6d, 0x4b, 0xd8], [0xff, 0xff, 0xff]];
const DARK: [[u8; 3]; 2] = [[0xa5, 0x8b, 0xff], [0x14, 0x17, 0x1d]];

fn chromium() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("TRANSOM_BENCH_CHROMIUM") {
        return Some(program.into());
    }
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: there is no Chromium to draw the page; install the package `chromium`");
    }
    found
}

/// The page in a file of a folder.
fn page(folder: &TempDir) -> PathBuf {
    let page = folder.path().join("results.html");
    let status = Command::new(env!("CARGO_BIN_EXE_transom-bench"))
        .args(["page", RESULTS])
        .arg(&page)
        .status();
    assert!(status.expect("the benchmark is built").success());
    page
}

fn browser(program: &Path, folder: &TempDir, options: &[&str], page: &Path) -> Command {
    let mut command = Command::new(program);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--window-size=1000,4000",
    ]);
    command.arg(format!(
        "--user-data-dir={}",
        folder.path().join("browser").display()
    ));
    command.args(options).arg(format!("file://{}", page.display()));
    command
}

/// How many pixels of the picture have each of the colours.
fn counted(picture: &Path, colours: [[u8; 3]; 2]) -> [usize; 2] {
    let file = std::io::BufReader::new(std::fs::File::open(picture).expect("the browser has made a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("it is a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits into memory")];
    let info = reader.next_frame(&mut bytes).expect("it is whole");
    let pixels = bytes[..info.buffer_size()].chunks_exact(info.color_type.samples());
    let pixels: Vec<&[u8]> = pixels.collect();
    colours.map(|colour| pixels.iter().filter(|pixel| pixel[..3] == colour).count())
}

#[test]
fn a_browser_draws_the_page_light_and_dark() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let page = page(&folder);
    for (scheme, colours) in [("1", LIGHT), ("0", DARK)] {
        let picture = folder.path().join(format!("{scheme}.png"));
        let picture_option = format!("--screenshot={}", picture.display());
        let scheme_option = format!("--blink-settings=preferredColorScheme={scheme}");
        let output = browser(&program, &folder, &[&picture_option, &scheme_option], &page).output();
        assert!(output.expect("the browser starts").status.success());
        let [dots, paper] = counted(&picture, colours);
        assert!(dots > 200, "scheme {scheme}: {dots} pixels of dots");
        assert!(paper > 1_000_000, "scheme {scheme}: {paper} pixels of paper");
    }
}

#[test]
fn a_browser_finds_every_row_and_every_reason() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let output = browser(&program, &folder, &["--dump-dom"], &page(&folder))
        .output()
        .expect("the browser starts");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let results: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(RESULTS).expect("the results are there"))
            .expect("they are JSON");
    let suites = results["suites"].as_array().expect("there are suites");
    assert_eq!(dom.matches("<section").count(), suites.len());
    // A plot for each suite, and one of all.
    assert_eq!(dom.matches("<svg").count(), suites.len() + 1);
    let rows: Vec<&serde_json::Value> = suites
        .iter()
        .flat_map(|suite| suite["rows"].as_array().expect("rows"))
        .collect();
    let mut values = 0;
    for row in &rows {
        let name = row["name"].as_str().expect("a name");
        assert!(dom.contains(&format!(">{name}</td>")), "no row {name}");
        for cell in row["cells"].as_array().expect("cells") {
            values += usize::from(cell["values"].is_array() && cell["peer"] != "transom");
            if let Some(reason) = cell["reason"].as_str() {
                assert!(dom.contains(reason), "nothing says {reason}");
            }
        }
    }
    assert!(rows.len() > 5 && values > 10, "the results are worth looking at");
    let dots = dom.matches("<circle").count();
    assert!(dots >= values, "{dots} dots for {values} values");
}
