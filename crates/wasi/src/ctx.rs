//! What a program may touch, and the builder that says so.

use crate::abi::Rights;
use crate::stream::{Input, Output};
use crate::table::{Entry, Kind, OpenDir, Table};
use bitflags::bitflags;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::io::{Read, Write};
use std::path::Path;

bitflags! {
    /// What a program may do with the directories under a folder that was opened for it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DirPerms: usize {
        /// List them, and open what is in them.
        const READ = 0b1;
        /// Create, rename and remove what is in them.
        const MUTATE = 0b10;
    }

    /// What a program may do with the files under a folder that was opened for it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct FilePerms: usize {
        /// Read them.
        const READ = 0b1;
        /// Write them.
        const WRITE = 0b10;
    }
}

/// What one program may touch. Made by a [`WasiCtxBuilder`].
pub struct WasiCtx {
    pub(crate) args: Vec<String>,
    /// Each as `name=value`.
    pub(crate) env: Vec<String>,
    pub(crate) table: Table,
    /// When the program's monotonic clock started.
    pub(crate) epoch: Timespec,
}

/// Puts together what a program may touch: nothing, unless it is said here.
#[derive(Default)]
pub struct WasiCtxBuilder {
    args: Vec<String>,
    env: Vec<String>,
    stdin: Option<Input>,
    stdout: Option<Output>,
    stderr: Option<Output>,
    preopens: Vec<Entry>,
}

impl WasiCtxBuilder {
    /// A program without arguments, environment, streams and folders.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one argument; the first is the program's name. The program sees it up to its first NUL, if it has one.
    pub fn arg(&mut self, arg: impl AsRef<str>) -> &mut Self {
        self.args.push(until_nul(arg.as_ref()));
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut Self {
        args.iter().fold(self, |builder, arg| builder.arg(arg))
    }

    /// Adds one variable of the environment.
    pub fn env(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut Self {
        self.env
            .push(until_nul(&format!("{}={}", name.as_ref(), value.as_ref())));
        self
    }

    /// Adds variables of the environment.
    pub fn envs(&mut self, env: &[(impl AsRef<str>, impl AsRef<str>)]) -> &mut Self {
        env.iter()
            .fold(self, |builder, (name, value)| builder.env(name, value))
    }

    /// Gives the program the host's own streams.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Gives the program the host's standard input.
    pub fn inherit_stdin(&mut self) -> &mut Self {
        self.stdin = Some(Input::Host);
        self
    }

    /// Gives the program the host's standard output.
    pub fn inherit_stdout(&mut self) -> &mut Self {
        self.stdout = Some(Output::HostOut);
        self
    }

    /// Gives the program the host's standard error.
    pub fn inherit_stderr(&mut self) -> &mut Self {
        self.stderr = Some(Output::HostErr);
        self
    }

    /// Lets the program read its standard input from here, such as a [`MemoryInputPipe`](crate::pipe::MemoryInputPipe).
    pub fn stdin(&mut self, reader: impl Read + Send + 'static) -> &mut Self {
        self.stdin = Some(Input::Other(Box::new(reader)));
        self
    }

    /// Takes the program's standard output, such as into a [`MemoryOutputPipe`](crate::pipe::MemoryOutputPipe).
    pub fn stdout(&mut self, writer: impl Write + Send + 'static) -> &mut Self {
        self.stdout = Some(Output::Other(Box::new(writer)));
        self
    }

    /// Takes the program's standard error.
    pub fn stderr(&mut self, writer: impl Write + Send + 'static) -> &mut Self {
        self.stderr = Some(Output::Other(Box::new(writer)));
        self
    }

    /// Opens the folder `host` for the program, which calls it `guest`.
    ///
    /// # Errors
    ///
    /// If there is no such folder, or it can't be opened.
    pub fn preopened_dir(
        &mut self,
        host: impl AsRef<Path>,
        guest: impl AsRef<str>,
        dirs: DirPerms,
        files: FilePerms,
    ) -> transom::Result<&mut Self> {
        let host = host.as_ref();
        let dir = Dir::open_ambient_dir(host, ambient_authority()).map_err(|error| {
            transom::Error::new(error).context(format!("can't open the folder `{}`", host.display()))
        })?;
        let (base, inheriting) = preopen_rights(dirs, files);
        let dir = OpenDir {
            dir,
            preopen: Some(until_nul(guest.as_ref())),
            listing: None,
        };
        self.preopens.push(Entry {
            kind: Kind::Dir(dir),
            base,
            inheriting,
        });
        Ok(self)
    }

    /// The context. The builder is empty afterwards.
    pub fn build_p1(&mut self) -> WasiCtx {
        let builder = std::mem::take(self);
        let mut table = Table::default();
        let nowhere = || Output::Other(Box::new(std::io::sink()));
        let streams = [
            Kind::Input(
                builder
                    .stdin
                    .unwrap_or_else(|| Input::Other(Box::new(std::io::empty()))),
            ),
            Kind::Output(builder.stdout.unwrap_or_else(nowhere)),
            Kind::Output(builder.stderr.unwrap_or_else(nowhere)),
        ];
        let streams = streams.into_iter().map(stream);
        for entry in streams.chain(builder.preopens) {
            table.push(entry).expect("nobody opens four billion folders");
        }
        let epoch = clock_gettime(ClockId::Monotonic);
        WasiCtx {
            args: builder.args,
            env: builder.env,
            table,
            epoch,
        }
    }
}

fn stream(kind: Kind) -> Entry {
    let both = Rights::FD_FILESTAT_GET | Rights::POLL_FD_READWRITE | Rights::FD_FDSTAT_SET_FLAGS;
    let base = match kind {
        Kind::Input(_) => both | Rights::FD_READ,
        _ => both | Rights::FD_WRITE | Rights::FD_SYNC | Rights::FD_DATASYNC,
    };
    Entry {
        kind,
        base,
        inheriting: Rights::empty(),
    }
}

/// The rights of a folder itself, and of what is opened through it.
fn preopen_rights(dirs: DirPerms, files: FilePerms) -> (Rights, Rights) {
    let mut base = Rights::empty();
    let mut below = Rights::ANY_FILE;
    base.set(Rights::READ_DIR, dirs.contains(DirPerms::READ));
    base.set(Rights::MUTATE_DIR, dirs.contains(DirPerms::MUTATE));
    below.set(Rights::FD_READ, files.contains(FilePerms::READ));
    below.set(Rights::WRITE_FILE, files.contains(FilePerms::WRITE));
    // To set the size of a file by its path is to write to it.
    if !files.contains(FilePerms::WRITE) {
        base.remove(Rights::PATH_FILESTAT_SET_SIZE);
    }
    (base, base | below)
}

fn until_nul(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}
