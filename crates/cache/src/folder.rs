//! A folder of entries: what can be done with it.

use crate::distrust::{Distrust, check_private};
use crate::evict::victims;
use crate::home;
use crate::limits::{Limits, USE_INTERVAL};
use crate::lock::Lock;
use crate::name::{Kind, Name, classify};
use crate::open::open;
use crate::pieces::Pieces;
use crate::read::{Present, read};
use crate::scan::{Scan, bytes, scan};
use crate::write::{file_size, write};
use rustix::fs::{Access, AtFlags, Dir, accessat, fstat, statat, unlinkat};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use transom_error::{Context, Result, ensure, format_err};
use transom_ops::events;
use transom_types::Escaped;

/// An open folder.
///
/// ```
/// use transom_cache::{Folder, Limits};
///
/// # let scratch = tempfile::tempdir()?;
/// # let path = scratch.path().join("cache");
/// let folder = Folder::open(&path, Limits::default())?;
/// assert_eq!(folder.read("a"), None);
/// let written = folder.update("a", |present| {
///     let mut bytes = present.unwrap_or_default();
///     bytes.extend(b"more");
///     Some(bytes)
/// })?;
/// assert!(written);
/// assert_eq!(folder.read("a").as_deref(), Some(&b"more"[..]));
/// # Ok::<(), transom_error::Error>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
    /// For messages only.
    path: PathBuf,
    limits: Limits,
}

/// What is known of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The size of its file.
    pub bytes: u64,
    /// The last use, about an hour exact.
    pub last_use: SystemTime,
    /// Whether it is read, or why not.
    pub trusted: Result<(), Distrust>,
}

/// What was removed from a folder.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Cleared {
    /// The number of entries.
    pub entries: u64,
    /// The bytes of their files.
    pub bytes: u64,
}

impl Folder {
    /// The path of the user's folder: `$XDG_CACHE_HOME/transom`, or `$HOME/.cache/transom`.
    ///
    /// # Errors
    ///
    /// Neither variable is an absolute path, or the program has the rights of somebody else than the user who set them.
    pub fn default_path() -> Result<PathBuf> {
        use rustix::process::{getegid, geteuid, getgid, getuid};
        ensure!(
            getuid() == geteuid() && getgid() == getegid(),
            "a program that runs with the rights of another user has no folder for the cache; try: a path"
        );
        home::default_path(|name| std::env::var_os(name))
    }

    /// Opens a folder. If it is absent, it is created with its parents, all private.
    ///
    /// # Errors
    ///
    /// The path leads to something else than a folder, or to a folder that belongs to another user, or on which group or others have
    /// permissions. The last component of the path must not be a symbolic link.
    pub fn open(path: &Path, limits: Limits) -> Result<Folder> {
        let descriptor = open(path)?;
        // What was just written is never removed, so it alone must not be too much.
        let max_entry = limits.max_entry.min(limits.max_bytes);
        Ok(Folder {
            descriptor,
            path: path.to_owned(),
            limits: Limits { max_entry, ..limits },
        })
    }

    /// The path that the folder was opened with.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The contents of an entry. `None` if there is none that is trusted; events of level `debug` say why.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.lookup(&Name::new(name)?)
    }

    /// Whether there is an entry of this name, trusted or not.
    pub fn contains(&self, name: &str) -> bool {
        let Some(name) = Name::new(name) else {
            return false;
        };
        accessat(self.folder(), name.file(), Access::EXISTS, AtFlags::empty()).is_ok()
    }

    /// Replaces an entry by what a function makes of its present contents, in one step. Returns whether the entry was written: not if
    /// another process or thread is writing to the folder, or if the function returns `None`. In the first case the function is
    /// not called.
    ///
    /// # Errors
    ///
    /// The name is not 1 to 100 characters of `0-9`, `a-z` and `-`, the contents are too large, or the system refuses. The old
    /// entry stays.
    pub fn update<C: Pieces>(
        &self,
        name: &str,
        make: impl FnOnce(Option<Vec<u8>>) -> Option<C>,
    ) -> Result<bool> {
        let name = checked(name)?;
        let fails = || format!("cannot write the entry `{}` to `{}`", name.name(), self.shown());
        let stat = fstat(&self.descriptor).with_context(fails)?;
        check_private(&stat)
            .map_err(|_| Distrust::Folder)
            .with_context(fails)?;
        let Some(_lock) = Lock::try_take(self.folder()).with_context(fails)? else {
            log::debug!(target: events::CACHE, "`{}` is not written: another writer has the lock", name.name());
            return Ok(false);
        };
        let Some(contents) = make(self.lookup(&name)) else {
            return Ok(false);
        };
        let (size, limit) = (contents.size(), self.limits.max_entry);
        if size > limit {
            return Err(format_err!("it has {size} bytes, and the limit is {limit}")).with_context(fails);
        }
        let Scan { entries, temporaries } = scan(self.folder()).with_context(fails)?;
        // Under the lock nobody writes, so these are what killed writers left.
        temporaries.iter().for_each(|file| self.evict(file));
        write(self.folder(), &name, &contents).with_context(fails)?;
        let written = (&name, file_size(&contents));
        for victim in victims(entries, written, &self.limits, SystemTime::now()) {
            self.evict(victim.file());
        }
        Ok(true)
    }

    /// The entries, by name. All are read, so that those which are damaged are seen. Entries beyond some ten thousands are left
    /// out.
    ///
    /// # Errors
    ///
    /// The system refuses to read the folder.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let found = scan(self.folder()).with_context(|| format!("cannot list `{}`", self.shown()))?;
        let mut entries = found.entries;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let listed = entries.into_iter().map(|entry| Listed {
            bytes: entry.bytes,
            last_use: entry.used,
            trusted: self.trusted(&entry.name).map(drop),
            name: entry.name.name().to_owned(),
        });
        Ok(listed.collect())
    }

    /// Removes an entry, trusted or not. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// The name is no name of an entry, or the system refuses.
    pub fn remove(&self, name: &str) -> Result<bool> {
        let name = checked(name)?;
        match unlinkat(self.folder(), name.file(), AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.not_removed(name.file(), error)),
        }
    }

    /// Removes all entries, and unless somebody is writing, temporary files and the lock as well. Other files stay.
    ///
    /// # Errors
    ///
    /// The system refuses to remove one of them. All others are removed nevertheless.
    pub fn clear(&self) -> Result<Cleared> {
        let fails = || format!("cannot clear `{}`", self.shown());
        // A folder that can only be read has no lock to be taken; the error is that of the first removal.
        let lock = Lock::try_take(self.folder()).unwrap_or_default();
        let mut cleared = Cleared::default();
        let mut result = Ok(());
        // No list of names: there may be any number of them.
        for file in Dir::read_from(&self.descriptor).with_context(fails)? {
            let removed = match classify(file.with_context(fails)?.file_name().to_bytes()) {
                Kind::Entry(name) => self.clear_entry(name.file(), &mut cleared),
                Kind::Temporary(file) if lock.is_some() => self.clear_entry(&file, &mut Cleared::default()),
                Kind::Temporary(_) | Kind::Lock | Kind::Foreign => Ok(()),
            };
            result = result.and(removed);
        }
        if let Some(lock) = lock {
            result = result.and(lock.remove(self.folder()).with_context(fails));
        }
        result.map(|()| cleared)
    }

    fn clear_entry(&self, file: &str, cleared: &mut Cleared) -> Result<()> {
        let stat = statat(self.folder(), file, AtFlags::SYMLINK_NOFOLLOW);
        match unlinkat(self.folder(), file, AtFlags::empty()) {
            Ok(()) => {
                cleared.entries += 1;
                let size = stat.map_or(0, |stat| bytes(&stat));
                cleared.bytes = cleared.bytes.saturating_add(size);
                Ok(())
            }
            Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.not_removed(file, error)),
        }
    }

    /// The contents of an entry that is trusted, whose use is noted.
    fn lookup(&self, name: &Name) -> Option<Vec<u8>> {
        match self.trusted(name) {
            Ok(present) => present.map(|present| {
                note_use(&present);
                present.bytes
            }),
            Err(why) => {
                let folder = self.shown();
                log::debug!(target: events::CACHE, "the entry `{}` of `{folder}` is not used: {why}", name.name());
                None
            }
        }
    }

    fn trusted(&self, name: &Name) -> Result<Option<Present>, Distrust> {
        read(self.folder(), name, self.limits.max_entry)
    }

    /// Removes a file. If that fails, the next writer tries again.
    fn evict(&self, file: &str) {
        let result = unlinkat(self.folder(), file, AtFlags::empty());
        let outcome = result.map_or_else(|error| error.to_string(), |()| "done".to_owned());
        log::debug!(target: events::CACHE, "remove `{file}` from `{}`: {outcome}", self.shown());
    }

    fn folder(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    fn not_removed(&self, file: &str, error: Errno) -> transom_error::Error {
        let what = format!("cannot remove `{file}` from `{}`", self.shown());
        transom_error::Error::from(error).context(what)
    }

    fn shown(&self) -> Escaped<std::path::Display<'_>> {
        Escaped(self.path.display())
    }
}

fn checked(name: &str) -> Result<Name> {
    Name::new(name).ok_or_else(|| {
        let name = Escaped(name);
        format_err!("`{name}` is no name of an entry; try: 1 to 100 characters of `0-9`, `a-z` and `-`")
    })
}

/// Notes a use in the time of modification, if the time there is old or in the future. A folder that can only be read is used
/// all the same.
fn note_use(present: &Present) {
    let now = SystemTime::now();
    if now
        .duration_since(present.used)
        .is_ok_and(|age| age < USE_INTERVAL)
    {
        return;
    }
    let ahead = present.used.duration_since(now);
    if ahead.is_ok_and(|ahead| ahead < USE_INTERVAL) {
        return;
    }
    let _ = present.file.set_modified(now);
}

#[cfg(test)]
mod tests;
