//! The model: what preview 1 promises, done by the kernel in a folder of its own.

use super::op::{DIRECTORY, FILE, LINK, Op, OpenFlags, Outcome, ROOT};
use rustix::fd::OwnedFd;
use rustix::fs;
use rustix::fs::{AtFlags, CWD, Dir, FallocateFlags, FileType, Mode, OFlags, ResolveFlags, SeekFrom};
use rustix::io::{self, Errno};
use std::collections::BTreeMap;
use std::path::Path;

/// Error numbers of preview 1 that do not come from the kernel.
const BADF: u16 = 8;
const INVAL: u16 = 28;
const MFILE: u16 = 33;
const NOENT: u16 = 44;
const NOTDIR: u16 = 54;
const PERM: u16 = 63;
const NOTCAPABLE: u16 = 76;
/// How many descriptors a guest may have, but for its streams.
const DESCRIPTORS: usize = 17;
/// A number that is never open.
const CLOSED: u32 = 40;

/// An open descriptor of the guest.
struct Handle {
    fd: OwnedFd,
    directory: bool,
    /// Rights; the kernel's descriptor may allow more.
    read: bool,
    write: bool,
}

/// The folder, and what the guest has open.
pub struct Mirror {
    open: BTreeMap<u32, Handle>,
}

type Done = Result<Outcome, u16>;

impl Mirror {
    pub fn new(folder: &Path) -> Mirror {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = fs::openat(CWD, folder, flags, Mode::empty()).expect("the folder is there");
        let root = Handle {
            fd,
            directory: true,
            read: true,
            write: true,
        };
        Mirror {
            open: BTreeMap::from([(ROOT, root)]),
        }
    }

    /// The descriptor that a number chooses, now and then one that is not open.
    pub fn fd(&self, number: u8) -> u32 {
        let index = usize::from(number).checked_rem(self.open.len());
        let chosen = index.and_then(|index| self.open.keys().nth(index));
        chosen.filter(|_| number < 0xf8).copied().unwrap_or(CLOSED)
    }

    /// The directory that a number chooses; mostly one, now and then something else.
    pub fn directory(&self, number: u8) -> u32 {
        if number >= 0xe0 {
            return self.fd(number);
        }
        let mut directories = self.open.iter().filter(|(_, handle)| handle.directory);
        let count = directories.clone().count();
        let index = usize::from(number).checked_rem(count);
        index
            .and_then(|index| directories.nth(index))
            .map_or(CLOSED, |(fd, _)| *fd)
    }

    /// What a call should have returned; `found` is what it has.
    pub fn run(&mut self, op: &Op, found: &Outcome) -> Outcome {
        let done = match op {
            Op::Open {
                dir,
                path,
                flags,
                append,
            } => self.open(*dir, &path.0, OpenFlags(*flags), *append, found),
            Op::Close(number) => self
                .open
                .remove(&self.fd(*number))
                .ok_or(BADF)
                .map(|_| Outcome::Nothing),
            Op::Renumber { from, to } => self.renumber(self.fd(*from), self.fd(*to)),
            Op::Read { .. } | Op::Pread { .. } | Op::Write { .. } | Op::Pwrite { .. } => self.transfer(op),
            Op::Seek { .. } | Op::Tell(_) | Op::SetSize { .. } | Op::Allocate { .. } => self.file(op),
            Op::SetAppend { fd, append } => self.set_append(self.fd(*fd), *append),
            Op::Stat(number) => self.handle(self.fd(*number)).and_then(|handle| stat(&handle.fd)),
            Op::List { fd, .. } => self.list(self.fd(*fd)),
            // Which error comes first is up to the implementation.
            Op::Symlink { target, .. } if target.0.is_empty() || target.0.starts_with('/') => match found {
                Outcome::Error(error) => Err(*error),
                _ => Err(PERM),
            },
            other => self.paths(other),
        };
        done.unwrap_or_else(Outcome::Error)
    }

    fn handle(&self, fd: u32) -> Result<&Handle, u16> {
        self.open.get(&fd).ok_or(BADF)
    }

    fn dir(&self, number: u8) -> Result<&OwnedFd, u16> {
        let handle = self.handle(self.directory(number))?;
        if handle.directory {
            Ok(&handle.fd)
        } else {
            Err(NOTDIR)
        }
    }

    fn open(&mut self, dir: u8, path: &str, flags: OpenFlags, append: bool, found: &Outcome) -> Done {
        if self.open.len() >= DESCRIPTORS {
            return Err(MFILE);
        }
        self.handle(self.directory(dir))?;
        if path.is_empty() {
            return Err(NOENT);
        }
        let dir = self.dir(dir)?;
        let write = flags.create() || flags.truncate() || flags.write();
        let mut host = match (write, flags.read()) {
            (true, true) => OFlags::RDWR,
            (true, false) => OFlags::WRONLY,
            (false, _) => OFlags::RDONLY,
        };
        host.set(OFlags::CREATE, flags.create());
        host.set(OFlags::EXCL, flags.create() && flags.exclusive());
        host.set(
            OFlags::TRUNC,
            flags.truncate() && !(flags.create() && flags.exclusive()),
        );
        host.set(OFlags::APPEND, append);
        if flags.directory() {
            if flags.create() || flags.exclusive() || flags.truncate() {
                return Err(INVAL);
            }
            host = OFlags::RDONLY | OFlags::DIRECTORY;
        }
        host.set(OFlags::NOFOLLOW, !flags.follow());
        let fd = beneath(dir, path, host)?;
        let directory = FileType::from_raw_mode(fs::fstat(&fd).map_err(number)?.st_mode).is_dir();
        let handle = Handle {
            fd,
            directory,
            read: flags.read(),
            write: flags.write(),
        };
        let Outcome::Number(new) = found else {
            return Ok(Outcome::Nothing);
        };
        let before = self.open.insert(*new as u32, handle);
        assert!(before.is_none(), "a descriptor that is open is given again");
        Ok(Outcome::Number(*new))
    }

    fn renumber(&mut self, from: u32, to: u32) -> Done {
        self.handle(from)?;
        self.handle(to)?;
        let handle = self.open.remove(&from).ok_or(BADF)?;
        self.open.insert(to, handle);
        Ok(Outcome::Nothing)
    }

    fn transfer(&self, op: &Op) -> Done {
        let (Op::Read { fd, len }
        | Op::Pread { fd, len, .. }
        | Op::Write { fd, len, .. }
        | Op::Pwrite { fd, len, .. }) = op
        else {
            return Err(INVAL);
        };
        let len = usize::from(*len).min(0x8000);
        let handle = self.handle(self.fd(*fd))?;
        let writes = matches!(op, Op::Write { .. } | Op::Pwrite { .. });
        match handle {
            Handle { directory: true, .. } => return Err(BADF),
            Handle { write: false, .. } if writes => return Err(NOTCAPABLE),
            Handle { read: false, .. } if !writes => return Err(NOTCAPABLE),
            _ => {}
        }
        let fd = &handle.fd;
        let mut buffer = vec![0; len];
        let count = match op {
            _ if len == 0 => Ok(0),
            Op::Read { .. } => io::read(fd, &mut buffer),
            Op::Pread { offset, .. } => io::pread(fd, &mut buffer, (*offset).into()),
            Op::Write { fill, .. } => io::write(fd, &vec![*fill; len]),
            Op::Pwrite { offset, fill, .. } => {
                // Linux appends even at an offset.
                let flags = fs::fcntl_getfl(fd).map_err(number)?;
                fs::fcntl_setfl(fd, flags - OFlags::APPEND).map_err(number)?;
                let count = io::pwrite(fd, &vec![*fill; len], (*offset).into());
                fs::fcntl_setfl(fd, flags).map_err(number)?;
                count
            }
            _ => Ok(0),
        };
        let count = count.map_err(number)?;
        buffer.truncate(count);
        Ok(if writes {
            Outcome::Number(count as u64)
        } else {
            Outcome::Bytes(buffer)
        })
    }

    fn file(&self, op: &Op) -> Done {
        let (Op::Seek { fd, .. } | Op::Tell(fd) | Op::SetSize { fd, .. } | Op::Allocate { fd, .. }) = op
        else {
            return Err(INVAL);
        };
        let handle = self.handle(self.fd(*fd))?;
        if let Op::Seek { offset, whence, .. } = op
            && whence % 3 == 0
            && *offset < 0
        {
            return Err(INVAL);
        }
        if handle.directory {
            return Err(BADF);
        }
        let fd = &handle.fd;
        let done = match op {
            Op::Seek { offset, whence, .. } => {
                let offset = i64::from(*offset);
                let to = match whence % 3 {
                    0 => SeekFrom::Start(offset as u64),
                    1 => SeekFrom::Current(offset),
                    _ => SeekFrom::End(offset),
                };
                fs::seek(fd, to).map(Outcome::Number)
            }
            Op::Tell(_) => fs::tell(fd).map(Outcome::Number),
            Op::SetSize { size, .. } => fs::ftruncate(fd, (*size).into()).map(|()| Outcome::Nothing),
            Op::Allocate { offset, len, .. } => {
                let (offset, len) = ((*offset).into(), (*len).into());
                fs::fallocate(fd, FallocateFlags::empty(), offset, len).map(|()| Outcome::Nothing)
            }
            _ => return Err(INVAL),
        };
        done.map_err(number)
    }

    fn set_append(&self, fd: u32, append: bool) -> Done {
        let handle = self.handle(fd)?;
        if !handle.directory {
            let mut flags = fs::fcntl_getfl(&handle.fd).map_err(number)?;
            flags.set(OFlags::APPEND, append);
            fs::fcntl_setfl(&handle.fd, flags).map_err(number)?;
        }
        Ok(Outcome::Nothing)
    }

    fn list(&self, fd: u32) -> Done {
        let handle = self.handle(fd)?;
        if !handle.directory {
            return Err(NOTDIR);
        }
        let mut list = Vec::new();
        for entry in Dir::read_from(&handle.fd).map_err(number)? {
            let entry = entry.map_err(number)?;
            list.push((
                entry.file_name().to_string_lossy().into_owned(),
                kind(entry.file_type()),
            ));
        }
        list.sort();
        Ok(Outcome::List(list))
    }

    fn paths(&self, op: &Op) -> Done {
        let nothing = |()| Outcome::Nothing;
        match op {
            Op::PathStat { dir, path, follow } => {
                let mut flags = OFlags::PATH;
                flags.set(OFlags::NOFOLLOW, !*follow);
                stat(&beneath(self.dir(*dir)?, &path.0, flags)?)
            }
            Op::MakeDir { dir, path } => {
                let (parent, last) = split(self.dir(*dir)?, &path.0)?;
                fs::mkdirat(parent, last, Mode::from(0o777))
                    .map(nothing)
                    .map_err(number)
            }
            Op::RemoveDir { dir, path } => {
                let (parent, last) = split(self.dir(*dir)?, &path.0)?;
                fs::unlinkat(parent, last, AtFlags::REMOVEDIR)
                    .map(nothing)
                    .map_err(number)
            }
            Op::Unlink { dir, path } => {
                let (parent, last) = split(self.dir(*dir)?, &path.0)?;
                fs::unlinkat(parent, last, AtFlags::empty())
                    .map(nothing)
                    .map_err(number)
            }
            Op::Rename {
                dir,
                path,
                new_dir,
                new_path,
            } => {
                let [(from, old), (to, new)] = self.both((*dir, &path.0), (*new_dir, &new_path.0))?;
                fs::renameat(from, old, to, new).map(nothing).map_err(number)
            }
            Op::Link {
                dir,
                path,
                new_dir,
                new_path,
            } => {
                let (from, _) = self.pair((*dir, &path.0), (*new_dir, &new_path.0))?;
                // The kernel looks for the file before it looks for its new place.
                beneath(from, &path.0, OFlags::PATH | OFlags::NOFOLLOW)?;
                let [(from, old), (to, new)] = self.both((*dir, &path.0), (*new_dir, &new_path.0))?;
                fs::linkat(from, old, to, new, AtFlags::empty())
                    .map(nothing)
                    .map_err(number)
            }
            Op::Symlink { target, dir, path } => {
                let (parent, last) = split(self.dir(*dir)?, &path.0)?;
                fs::symlinkat(target.0.as_str(), parent, last)
                    .map(nothing)
                    .map_err(number)
            }
            Op::ReadLink { dir, path } => {
                // A slash behind the name of a link asks for what it leads to, which must not be outside either.
                let link = beneath(self.dir(*dir)?, &path.0, OFlags::PATH | OFlags::NOFOLLOW)?;
                if FileType::from_raw_mode(fs::fstat(&link).map_err(number)?.st_mode) != FileType::Symlink {
                    return Err(INVAL);
                }
                let target = fs::readlinkat(link, "", Vec::new()).map_err(number)?;
                Ok(Outcome::Bytes(target.into_bytes()))
            }
            _ => Err(INVAL),
        }
    }

    /// Both directories of a call, once neither path is empty.
    fn pair(&self, old: (u8, &str), new: (u8, &str)) -> Result<(&OwnedFd, &OwnedFd), u16> {
        let one = |(dir, path): (u8, &str)| {
            let dir = self.dir(dir)?;
            if path.is_empty() { Err(NOENT) } else { Ok(dir) }
        };
        Ok((one(old)?, one(new)?))
    }

    /// Both paths of a call.
    fn both<'p>(&self, old: (u8, &'p str), new: (u8, &'p str)) -> Result<[(OwnedFd, &'p str); 2], u16> {
        let (from, to) = self.pair(old, new)?;
        Ok([split(from, old.1)?, split(to, new.1)?])
    }
}

/// Opens a path that must not lead out of its directory.
fn beneath(dir: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, u16> {
    if path.is_empty() {
        return Err(NOENT);
    }
    let mode = if flags.contains(OFlags::CREATE) {
        Mode::from(0o666)
    } else {
        Mode::empty()
    };
    loop {
        let opened = fs::openat2(dir, path, flags | OFlags::CLOEXEC, mode, ResolveFlags::BENEATH);
        // Somebody, anywhere, has renamed something, so the kernel isn't sure where `..` leads to.
        if opened.as_ref().err() != Some(&Errno::AGAIN) {
            return opened.map_err(number);
        }
    }
}

/// The directory in which a path ends, and its last name with the slashes behind it.
fn split<'p>(dir: &OwnedFd, path: &'p str) -> Result<(OwnedFd, &'p str), u16> {
    if path.is_empty() {
        return Err(NOENT);
    }
    if path.starts_with('/') {
        return Err(PERM);
    }
    let name = path.trim_end_matches('/');
    if name == ".." || name.ends_with("/..") {
        // It may be above the directory.
        beneath(dir, name, OFlags::PATH)?;
    }
    let at = name.rfind('/').map_or(0, |slash| slash + 1);
    let parent = if at == 0 { "." } else { &path[..at] };
    Ok((
        beneath(dir, parent, OFlags::PATH | OFlags::DIRECTORY)?,
        &path[at..],
    ))
}

fn stat(fd: &OwnedFd) -> Done {
    let stat = fs::fstat(fd).map_err(number)?;
    let kind = kind(FileType::from_raw_mode(stat.st_mode));
    Ok(Outcome::Stat {
        kind,
        links: stat.st_nlink,
        size: (kind != DIRECTORY).then_some(stat.st_size as u64),
    })
}

fn kind(ty: FileType) -> u8 {
    match ty {
        FileType::Directory => DIRECTORY,
        FileType::RegularFile => FILE,
        FileType::Symlink => LINK,
        _ => 0,
    }
}

/// The number of preview 1 for one of the kernel's.
fn number(error: Errno) -> u16 {
    match error {
        Errno::ACCESS => 2,
        Errno::BADF => BADF,
        Errno::BUSY => 10,
        Errno::EXIST => 20,
        Errno::FBIG => 22,
        Errno::INVAL => INVAL,
        Errno::ISDIR => 31,
        Errno::LOOP => 32,
        Errno::MLINK => 34,
        Errno::NAMETOOLONG => 37,
        Errno::NOENT => NOENT,
        Errno::NOSPC => 51,
        Errno::NOTDIR => NOTDIR,
        Errno::NOTEMPTY => 55,
        Errno::PERM => PERM,
        Errno::TXTBSY => 74,
        // How `openat2` says that a path leads out.
        Errno::XDEV => PERM,
        other => panic!("an error of the kernel that is not expected: {other}"),
    }
}
