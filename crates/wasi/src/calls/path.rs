//! Paths: each is resolved inside of a directory that the program holds, and can't lead out of it.

use super::stat::{self, Times};
use crate::abi::{self, LookupFlags, Rights};
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::table::{OpenDir, Table};
use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Metadata, OpenOptions, OpenOptionsExt};
use rustix::fs::{AtFlags, OFlags, utimensat};

/// A path in a directory, as the guest passes them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) dir: u32,
    pub(crate) path: Range,
}

impl At {
    fn resolve<'a>(self, host: &'a Host<'_>, rights: Rights) -> Result<(&'a OpenDir, &'a str)> {
        let dir = host.ctx.table.dir(self.dir, rights)?;
        Ok((dir, host.guest.path(self.path)?))
    }
}

/// Whether `cap-std` is to follow a symbolic link at the end of a path.
pub(crate) fn follow_symlinks(follow: bool) -> FollowSymlinks {
    if follow {
        FollowSymlinks::Yes
    } else {
        FollowSymlinks::No
    }
}

/// What is before the slashes at the end of a path, if it has some. They say that a directory is meant, which `cap-std`
/// keeps to only where it opens something.
fn before_slash(path: &str) -> Option<&str> {
    let before = path.trim_end_matches('/');
    (before != path && !before.is_empty()).then_some(before)
}

/// What is known of what a path leads to. What must be a directory is no link, but may be what a link stands for.
fn metadata(dir: &OpenDir, path: &str, follow: bool) -> Result<Metadata> {
    let follow = follow || path.ends_with('/') || path.ends_with("/.");
    Ok(match follow {
        true => dir.dir.metadata(path)?,
        false => dir.dir.symlink_metadata(path)?,
    })
}

/// Refuses to make anything but a directory at a path that ends in a slash, as Linux does.
fn makes_no_directory(dir: &OpenDir, path: &str) -> Result<()> {
    let Some(path) = before_slash(path) else {
        return Ok(());
    };
    dir.dir.symlink_metadata(path)?;
    Err(Errno::EXIST)
}

/// `path_create_directory`
pub(crate) fn create_directory(host: &mut Host<'_>, at: At) -> Result<()> {
    let (dir, path) = at.resolve(host, Rights::PATH_CREATE_DIRECTORY)?;
    Ok(dir.dir.create_dir(path)?)
}

/// `path_remove_directory`
pub(crate) fn remove_directory(host: &mut Host<'_>, at: At) -> Result<()> {
    let (dir, path) = at.resolve(host, Rights::PATH_REMOVE_DIRECTORY)?;
    Ok(dir.dir.remove_dir(before_slash(path).unwrap_or(path))?)
}

/// `path_unlink_file`
pub(crate) fn unlink_file(host: &mut Host<'_>, at: At) -> Result<()> {
    let (dir, path) = at.resolve(host, Rights::PATH_UNLINK_FILE)?;
    match before_slash(path) {
        None => Ok(dir.dir.remove_file(path)?),
        Some(path) if dir.dir.symlink_metadata(path)?.is_dir() => Err(Errno::ISDIR),
        Some(_) => Err(Errno::NOTDIR),
    }
}

/// `path_filestat_get`
pub(crate) fn filestat_get(host: &mut Host<'_>, at: At, lookup: u32, out: u32) -> Result<()> {
    let follow = abi::lookup_flags(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW);
    let (dir, path) = at.resolve(host, Rights::PATH_FILESTAT_GET)?;
    let metadata = metadata(dir, path, follow)?;
    stat::filestat(&metadata).write(&mut host.guest, out, host.version)
}

/// `path_filestat_set_times`
pub(crate) fn filestat_set_times(host: &mut Host<'_>, at: At, lookup: u32, times: Times) -> Result<()> {
    let follow = abi::lookup_flags(lookup)?.contains(LookupFlags::SYMLINK_FOLLOW);
    let times = times.timestamps()?;
    let (dir, path) = at.resolve(host, Rights::PATH_FILESTAT_SET_TIMES)?;
    // The place alone: to open a pipe or a device may wait, and do things.
    let mut options = OpenOptions::new();
    options.read(true).follow(follow_symlinks(follow));
    options.custom_flags(OFlags::PATH.bits() as i32);
    let place = dir.dir.open_with(path, &options)?;
    Ok(utimensat(&place, "", &times, AtFlags::EMPTY_PATH)?)
}

/// `path_link`: the link is to the path itself, never to what a symbolic link there stands for.
pub(crate) fn link(host: &mut Host<'_>, old: At, lookup: u32, new: At) -> Result<()> {
    let (from, old_path) = old.resolve(host, Rights::PATH_LINK_SOURCE)?;
    let (to, new_path) = new.resolve(host, Rights::PATH_LINK_TARGET)?;
    if !abi::lookup_flags(lookup)?.is_empty() {
        return Err(Errno::INVAL);
    }
    gains_nothing(&host.ctx.table, old.dir, new.dir)?;
    metadata(from, old_path, false)?;
    makes_no_directory(to, new_path)?;
    Ok(from.dir.hard_link(old_path, &to.dir, new_path)?)
}

/// `path_rename`
pub(crate) fn rename(host: &mut Host<'_>, old: At, new: At) -> Result<()> {
    let (from, old_path) = old.resolve(host, Rights::PATH_RENAME_SOURCE)?;
    let (to, new_path) = new.resolve(host, Rights::PATH_RENAME_TARGET)?;
    gains_nothing(&host.ctx.table, old.dir, new.dir)?;
    // A slash at the end of either path says that it is a directory which moves; `cap-std` heeds the first only.
    let slash = if new_path.ends_with('/') { "/" } else { "" };
    let old_path = format!("{old_path}{slash}");
    Ok(from.dir.rename(old_path, &to.dir, new_path)?)
}

/// A file that moves to another directory must not be open to more there than where it was.
fn gains_nothing(table: &Table, from: u32, to: u32) -> Result<()> {
    let (from, to) = (table.entry(from)?.inheriting, table.entry(to)?.inheriting);
    if from.contains(to & Rights::FILE) {
        Ok(())
    } else {
        Err(Errno::NOTCAPABLE)
    }
}

/// `path_symlink`: the link may stand for any relative path; following it is checked then.
pub(crate) fn symlink(host: &mut Host<'_>, target: Range, at: At) -> Result<()> {
    let (dir, path) = at.resolve(host, Rights::PATH_SYMLINK)?;
    makes_no_directory(dir, path)?;
    let target = host.guest.path(target)?;
    Ok(dir.dir.symlink(target, path)?)
}

/// `path_readlink`: as in POSIX, what doesn't fit is cut off.
pub(crate) fn readlink(host: &mut Host<'_>, at: At, buffer: Range, out: u32) -> Result<()> {
    host.guest.check(out, 4)?;
    let (dir, path) = at.resolve(host, Rights::PATH_READLINK)?;
    let target = dir
        .dir
        .read_link(path)?
        .into_os_string()
        .into_string()
        .map_err(|_| Errno::ILSEQ)?;
    let buffer = host.guest.slice_mut(buffer)?;
    let count = target.len().min(buffer.len());
    buffer[..count].copy_from_slice(&target.as_bytes()[..count]);
    host.guest.write_u32(out, u32::try_from(count)?)
}
