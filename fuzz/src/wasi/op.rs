//! The calls that an input is made of, and what they return.

use arbitrary::{Arbitrary, Result, Unstructured};

/// The descriptor of the folder that is open for the guest.
pub const ROOT: u32 = 3;

/// A path of few names, so that calls meet.
#[derive(Clone, Debug)]
pub struct Path(pub String);

impl<'a> Arbitrary<'a> for Path {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        const NAMES: [&str; 8] = ["a", "b", "c", "a", "b", ".", "..", "ä"];
        let bits: u8 = input.arbitrary()?;
        let mut path = String::new();
        for at in 0..=bits % 3 {
            if at > 0 {
                path.push('/');
            }
            path.push_str(input.choose(&NAMES)?);
        }
        match bits >> 3 {
            0..4 => path.push('/'),
            4 => path.insert(0, '/'),
            5 => path.insert_str(0, "../outside/"),
            6 => path.push_str("//"),
            7 => path.clear(),
            _ => {}
        }
        Ok(Path(path))
    }
}

/// One call. Numbers choose among the descriptors that are open.
#[derive(Clone, Debug, Arbitrary)]
pub enum Op {
    Open {
        dir: u8,
        path: Path,
        flags: u8,
        append: bool,
    },
    Close(u8),
    Renumber {
        from: u8,
        to: u8,
    },
    Read {
        fd: u8,
        len: u16,
    },
    Write {
        fd: u8,
        len: u16,
        fill: u8,
    },
    Pread {
        fd: u8,
        len: u16,
        offset: u16,
    },
    Pwrite {
        fd: u8,
        len: u16,
        offset: u16,
        fill: u8,
    },
    Seek {
        fd: u8,
        offset: i16,
        whence: u8,
    },
    Tell(u8),
    SetSize {
        fd: u8,
        size: u16,
    },
    Allocate {
        fd: u8,
        offset: u8,
        len: u16,
    },
    SetAppend {
        fd: u8,
        append: bool,
    },
    Stat(u8),
    List {
        fd: u8,
        buffer: u16,
    },
    PathStat {
        dir: u8,
        path: Path,
        follow: bool,
    },
    MakeDir {
        dir: u8,
        path: Path,
    },
    RemoveDir {
        dir: u8,
        path: Path,
    },
    Unlink {
        dir: u8,
        path: Path,
    },
    Rename {
        dir: u8,
        path: Path,
        new_dir: u8,
        new_path: Path,
    },
    Link {
        dir: u8,
        path: Path,
        new_dir: u8,
        new_path: Path,
    },
    Symlink {
        target: Path,
        dir: u8,
        path: Path,
    },
    ReadLink {
        dir: u8,
        path: Path,
    },
    Raw {
        function: u8,
        args: [u32; 9],
    },
}

impl Op {
    /// Whether a path's last name is `.` or `..`.
    pub fn ends_in_dot(&self) -> bool {
        let paths = match self {
            Op::MakeDir { path, .. } | Op::RemoveDir { path, .. } | Op::Unlink { path, .. } => [path, path],
            Op::Symlink { path, .. } | Op::ReadLink { path, .. } => [path, path],
            Op::Rename { path, new_path, .. } | Op::Link { path, new_path, .. } => [path, new_path],
            _ => return false,
        };
        paths.iter().any(|path| {
            let last = path.0.trim_end_matches('/').rsplit('/').next();
            matches!(last, Some("." | ".."))
        })
    }
}

/// What a call returns: what a program sees of it, as far as it is the same each time.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Preview 1's number.
    Error(u16),
    Nothing,
    Number(u64),
    Bytes(Vec<u8>),
    /// Kind, links and size; directories have sizes of their own.
    Stat {
        kind: u8,
        links: u64,
        size: Option<u64>,
    },
    /// Names and kinds in alphabetical order.
    List(Vec<(String, u8)>),
}

/// Kinds of files.
pub const DIRECTORY: u8 = 3;
pub const FILE: u8 = 4;
pub const LINK: u8 = 7;

/// How [`Op::Open`] opens, by bits of its flags.
#[derive(Debug, Clone, Copy)]
pub struct OpenFlags(pub u8);

impl OpenFlags {
    fn has(self, bit: u8) -> bool {
        self.0 & (1 << bit) != 0
    }
    pub fn create(self) -> bool {
        self.has(0)
    }
    pub fn directory(self) -> bool {
        self.has(1)
    }
    pub fn exclusive(self) -> bool {
        self.has(2)
    }
    pub fn truncate(self) -> bool {
        self.has(3)
    }
    pub fn read(self) -> bool {
        self.has(4)
    }
    pub fn write(self) -> bool {
        self.has(5)
    }
    pub fn follow(self) -> bool {
        self.has(6)
    }
    /// As preview 1 numbers them.
    pub fn oflags(self) -> i32 {
        i32::from(self.0 & 15)
    }
}
