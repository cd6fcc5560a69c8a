//! Opening a folder that is the user's alone.
//!
//! The last component of the path is the folder; those before it may be anything, links as well. Whoever may write to
//! one of these can exchange the folder for another one, but only for one that passes the same checks.

use crate::distrust::{Distrust, check_private};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;
use std::fs::DirBuilder;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use transom_error::{Context, Error, Result, format_err};
use transom_types::Escaped;

/// Opens a folder, which is created if it is absent.
pub fn open(path: &Path) -> Result<OwnedFd> {
    // A slash or a point at the end of a path would follow a symbolic link; `components` omits both.
    let path = path.components().as_path();
    let shown = Escaped(path.display());
    if path.file_name().is_none() {
        return Err(format_err!(
            "`{shown}` names no folder for the cache; try: a path that ends in a name"
        ));
    }
    let opened = match open_directory(path) {
        Err(Errno::NOENT) => {
            create(path)?;
            open_directory(path)
        }
        opened => opened,
    };
    let folder = opened.map_err(|error| refusal(path, error))?;
    let stat = fstat(&folder).with_context(|| format!("cannot use the folder `{shown}` for the cache"))?;
    match check_private(&stat) {
        Ok(()) => Ok(folder),
        Err(Distrust::Owner(owner)) => {
            let user = rustix::process::geteuid().as_raw();
            Err(format_err!(
                "the folder `{shown}` of the cache belongs to user {owner}, and this process runs as user {user}; \
                 try: a folder of your own"
            ))
        }
        Err(why) => Err(format_err!(
            "the folder `{shown}` of the cache is not private: {why}; try: chmod 700 '{shown}'"
        )),
    }
}

/// Creates a folder with its parents, but not below the folder of another user other than root. With `sudo`, `HOME` may be that of the
/// user, whose cache would belong to root from then on.
fn create(path: &Path) -> Result<()> {
    let fails = || {
        let shown = Escaped(path.display());
        format!("cannot create the folder `{shown}` for the cache; try: a folder of your own")
    };
    let user = rustix::process::geteuid().as_raw();
    // The empty path is that of the present folder.
    let parents = path.ancestors().skip(1).filter(|parent| *parent != Path::new(""));
    let existing = parents
        .chain([Path::new(".")])
        .find_map(|parent| Some((parent, parent.metadata().ok()?)));
    if let Some((parent, metadata)) = existing
        && ![user, 0].contains(&metadata.uid())
    {
        let (parent, owner) = (Escaped(parent.display()), metadata.uid());
        let why = format_err!("`{parent}` belongs to user {owner}, and this process runs as user {user}");
        return Err(why.context(fails()));
    }
    // The specification of base directories gives the parents this mode as well.
    let created = DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.with_context(fails)
}

fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(CWD, path, flags, Mode::empty())
}

/// Words a failure to open. The kind of the file is looked up for the message only.
fn refusal(path: &Path, error: Errno) -> Error {
    let shown = Escaped(path.display());
    let kind = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode));
    match kind {
        Ok(FileType::Symlink) => format_err!(
            "`{shown}` is a symbolic link, and no folder for the cache; try: the path of the folder that it leads to"
        ),
        Ok(FileType::Directory) | Err(_) => {
            Error::from(error).context(format!("cannot open the folder `{shown}` of the cache"))
        }
        Ok(_) => format_err!("`{shown}` is not a folder, so it cannot hold the cache; try: another path"),
    }
}

#[cfg(test)]
mod tests;
