//! Archives that are there, and archives that are not.

use super::*;

fn package(sha256: &str) -> Package {
    format!("npm @scope/name 1.2 {sha256}")
        .parse()
        .expect("well-formed")
}

#[test]
fn the_name_of_an_archive() {
    assert_eq!(package(&"0".repeat(64)).archive(), "scope-name-1.2.tgz");
    let wheel: Package = format!("pypi some-name 3.post1 {}", "0".repeat(64))
        .parse()
        .expect("well-formed");
    assert_eq!(wheel.archive(), "some-name-3.post1.whl");
}

#[test]
fn what_is_in_an_archive() {
    let folder = std::env::temp_dir().join(format!("transom-corpus-{}", std::process::id()));
    fs::create_dir_all(folder.join("archives")).expect("a folder");
    fs::create_dir_all(folder.join("package")).expect("a folder");
    fs::write(folder.join("package/a.wasm"), "contents").expect("it can be written");
    let store = Store::new(folder.clone(), true);
    let absent = store.provide(&package(&"0".repeat(64)), &["package/a.wasm"]);
    assert!(matches!(absent, Err(Unavailable::Absent(_))), "{absent:?}");
    let archive = folder.join("archives/scope-name-1.2.tgz");
    let mut tar = Command::new("tar");
    tar.arg("-czf")
        .arg(&archive)
        .arg("-C")
        .arg(&folder)
        .arg("package");
    finish(&mut tar).expect("tar is there");
    let other = store.provide(&package(&"0".repeat(64)), &["package/a.wasm"]);
    assert!(matches!(other, Err(Unavailable::Wrong(_))), "{other:?}");
    let package = package(&sha256(&archive).expect("a hash"));
    let unpacked = store.provide(&package, &["package/a.wasm"]).expect("it is there");
    let contents = fs::read_to_string(unpacked.join("package/a.wasm")).expect("it is unpacked");
    assert_eq!(contents, "contents");
    let missing = store.provide(&package, &["package/b.wasm"]);
    assert!(matches!(missing, Err(Unavailable::Wrong(_))), "{missing:?}");
    fs::remove_dir_all(folder).expect("it is there");
}
