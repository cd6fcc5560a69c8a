//! Environments, and the folders they lead to.

use super::*;

fn path(cache: Option<&str>, home: Option<&str>) -> Result<PathBuf> {
    default_path(|name| match name {
        "XDG_CACHE_HOME" => cache.map(OsString::from),
        "HOME" => home.map(OsString::from),
        _ => None,
    })
}

#[test]
fn the_cache_comes_before_the_home() {
    assert_eq!(path(Some("/c"), Some("/h")).unwrap(), PathBuf::from("/c/transom"));
    assert_eq!(path(Some("/c"), None).unwrap(), PathBuf::from("/c/transom"));
    for cache in [None, Some(""), Some("relative"), Some("./c")] {
        assert_eq!(
            path(cache, Some("/h")).unwrap(),
            PathBuf::from("/h/.cache/transom")
        );
    }
}

#[test]
fn without_both_the_error_says_what_to_set() {
    for home in [None, Some(""), Some("h")] {
        let error = path(Some("c"), home).unwrap_err().to_string();
        assert!(error.contains("try: set `XDG_CACHE_HOME`"), "{error}");
    }
}
