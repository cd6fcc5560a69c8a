//! Where the folder of a user is.

use std::ffi::OsString;
use std::path::PathBuf;
use transom_error::{Result, bail};

/// The folder of the user, by a function that reads environment variables.
pub fn default_path(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    // The specification of base directories says that a relative path is to be ignored.
    if let Some(cache) = absolute("XDG_CACHE_HOME") {
        return Ok(cache.join("transom"));
    }
    if let Some(home) = absolute("HOME") {
        return Ok(home.join(".cache/transom"));
    }
    bail!(
        "there is no folder for the cache: neither `XDG_CACHE_HOME` nor `HOME` is an absolute path; \
         try: set `XDG_CACHE_HOME` to a folder of your own"
    )
}

#[cfg(test)]
mod tests;
