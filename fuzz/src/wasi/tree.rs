//! What is in a folder, for comparison.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// An entry of a folder.
#[derive(Debug, PartialEq, Eq)]
pub enum Node {
    Folder(BTreeMap<String, Node>),
    File(Vec<u8>),
    Link(String),
    Other,
}

/// All of a folder; links are not followed.
pub fn read(path: &Path) -> Node {
    let metadata = fs::symlink_metadata(path).expect("it was listed");
    if metadata.is_dir() {
        let entries = fs::read_dir(path).expect("a folder");
        let entries = entries.map(|entry| entry.expect("an entry").path());
        let named = entries.map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, read(&path))
        });
        return Node::Folder(named.collect());
    }
    if metadata.is_symlink() {
        let target = fs::read_link(path).expect("a link");
        return Node::Link(target.to_string_lossy().into_owned());
    }
    match metadata.is_file() {
        true => Node::File(fs::read(path).expect("a file")),
        false => Node::Other,
    }
}
