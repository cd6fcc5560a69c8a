//! Reasons not to trust a file or a folder.

use rustix::fs::Stat;
use rustix::io::Errno;

/// The bits of a mode that give group or others a permission.
const OTHERS: u32 = 0o077;
/// The bits of a mode that `chmod` sets.
const PERMISSIONS: u32 = 0o7777;
/// The mode of entries: nobody writes to them.
const SEALED: u32 = 0o400;

/// Why an entry is not trusted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    /// A folder, symbolic link, pipe, socket or device.
    #[error("it is not a regular file")]
    Kind,
    /// It belongs to this user, who is not the effective user.
    #[error("it belongs to user {0}")]
    Owner(u32),
    /// The permissions are others than those of a folder or an entry of a cache.
    #[error("its mode is {0:04o}, and that of a folder is 0700, that of an entry 0400")]
    Mode(u32),
    /// It has this many names, one of which may lie in a folder of another user.
    #[error("it has {0} names (hard links)")]
    Links(u64),
    /// It has more bytes than an entry may have.
    #[error("it has {0} bytes, which is more than the limit")]
    Size(u64),
    /// The header or the hash is wrong.
    #[error("it is damaged, has another version, or was renamed")]
    Damaged,
    /// The folder is not trusted any more.
    #[error("its folder is not private any more")]
    Folder,
    /// The system refused to open or read it.
    #[error("it cannot be read: {0}")]
    System(Errno),
}

impl From<std::io::Error> for Distrust {
    fn from(error: std::io::Error) -> Self {
        Distrust::System(Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

/// Checks that only the effective user can read or write.
pub fn check_private(stat: &Stat) -> Result<(), Distrust> {
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        return Err(Distrust::Owner(stat.st_uid));
    }
    if stat.st_mode & OTHERS != 0 {
        return Err(Distrust::Mode(stat.st_mode & PERMISSIONS));
    }
    Ok(())
}

/// Checks that an entry belongs to the effective user, and that nobody may write to it, not even its owner.
pub fn check_sealed(stat: &Stat) -> Result<(), Distrust> {
    check_private(stat)?;
    match stat.st_mode & PERMISSIONS {
        SEALED => Ok(()),
        mode => Err(Distrust::Mode(mode)),
    }
}
