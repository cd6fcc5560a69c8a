//! What a program may touch, and the builder that says so.

use crate::abi::{FdFlags, Rights};
use crate::clock::{Clocks, HostMonotonicClock, HostWallClock};
use crate::initial;
use crate::random::Random;
use crate::stream::{Input, Output};
use crate::table::{Entry, Kind, OpenDir, Table};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rustix::fd::OwnedFd;
use std::io::{Read, Write};
use std::path::Path;
use transom::Escaped;

/// What a program may do in a folder that was opened for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsPerms {
    /// List directories and read files.
    ReadOnly,
    /// Do anything that the host's own process may.
    ReadWrite,
}

/// What one program may touch. Made by a [`WasiCtxBuilder`].
pub struct WasiCtx {
    pub(crate) args: Vec<String>,
    /// Each as `name=value`.
    pub(crate) env: Vec<String>,
    pub(crate) table: Table,
    pub(crate) clocks: Clocks,
    pub(crate) random: Random,
    /// Whether it ends the program to write to a standard stream that nobody reads any more.
    pub(crate) ends_with_its_reader: bool,
    /// Whether it has done so.
    pub(crate) reader_gone: bool,
}

/// How many descriptors a program may open when nothing else is said: as many as a process usually may.
const DESCRIPTORS: usize = 1024;

/// Puts together what a program may touch: nothing, unless it is said here.
pub struct WasiCtxBuilder {
    args: Vec<String>,
    env: Vec<String>,
    /// Input, output, errors; nothing if the program begins with a stream closed.
    streams: [Option<Entry>; 3],
    sockets: Vec<Entry>,
    folders: Vec<Entry>,
    clocks: Clocks,
    random: Random,
    max_descriptors: usize,
    ends_with_its_reader: bool,
}

impl Default for WasiCtxBuilder {
    fn default() -> Self {
        let nowhere = || Output::Other(Box::new(std::io::sink())).entry();
        WasiCtxBuilder {
            args: Vec::new(),
            env: Vec::new(),
            streams: [
                Some(Input::Other(Box::new(std::io::empty())).entry()),
                Some(nowhere()),
                Some(nowhere()),
            ],
            sockets: Vec::new(),
            folders: Vec::new(),
            clocks: Clocks::host(),
            random: Random::default(),
            max_descriptors: DESCRIPTORS,
            ends_with_its_reader: false,
        }
    }
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

    /// Adds the host program's own arguments, as far as they are UTF-8.
    pub fn inherit_args(&mut self) -> &mut Self {
        let args = std::env::args_os().filter_map(|arg| arg.into_string().ok());
        self.args(&args.collect::<Vec<_>>())
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

    /// Adds the variables of the host's environment, as far as they are UTF-8.
    pub fn inherit_env(&mut self) -> &mut Self {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        self.envs(&env.collect::<Vec<_>>())
    }

    /// Gives the program the host's own streams.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Gives the program the host's standard input.
    pub fn inherit_stdin(&mut self) -> &mut Self {
        self.inherited(0, Input::Host.entry())
    }

    /// Gives the program the host's standard output.
    pub fn inherit_stdout(&mut self) -> &mut Self {
        self.inherited(1, Output::HostOut.entry())
    }

    /// Gives the program the host's standard error.
    pub fn inherit_stderr(&mut self) -> &mut Self {
        self.inherited(2, Output::HostErr.entry())
    }

    /// Lets the program read its standard input from here, such as a [`MemoryInputPipe`](crate::pipe::MemoryInputPipe).
    pub fn stdin(&mut self, reader: impl Read + Send + 'static) -> &mut Self {
        self.stream(0, Input::Other(Box::new(reader)).entry())
    }

    /// Takes the program's standard output, such as into a [`MemoryOutputPipe`](crate::pipe::MemoryOutputPipe).
    pub fn stdout(&mut self, writer: impl Write + Send + 'static) -> &mut Self {
        self.stream(1, Output::Other(Box::new(writer)).entry())
    }

    /// Takes the program's standard error.
    pub fn stderr(&mut self, writer: impl Write + Send + 'static) -> &mut Self {
        self.stream(2, Output::Other(Box::new(writer)).entry())
    }

    /// A stream of the host. What the host's process began without, the program begins without.
    fn inherited(&mut self, number: u32, entry: Entry) -> &mut Self {
        self.streams[number as usize] = (!transom::began_closed(number)).then_some(entry);
        self
    }

    fn stream(&mut self, number: usize, entry: Entry) -> &mut Self {
        self.streams[number] = Some(entry);
        self
    }

    /// Lets the program begin with standard input (0), output (1) or error (2) closed, as a shell does with `<&-`:
    /// to use it is `EBADF`. Other numbers do nothing.
    pub fn close_stdio(&mut self, number: usize) -> &mut Self {
        if let Some(stream) = self.streams.get_mut(number) {
            *stream = None;
        }
        self
    }

    /// Gives the program a socket that listens, a [`TcpListener`](std::net::TcpListener) or a
    /// [`UnixListener`](std::os::unix::net::UnixListener), from which it may accept connections. The first one gets
    /// the descriptor 3, further ones the next, and folders come after them.
    pub fn preopened_socket(&mut self, listener: impl Into<OwnedFd>) -> &mut Self {
        self.sockets.push(initial::listener(listener.into()));
        self
    }

    /// The clock that tells the program the time of day, in place of the host's.
    pub fn wall_clock(&mut self, clock: impl HostWallClock + 'static) -> &mut Self {
        self.clocks.wall = Box::new(clock);
        self
    }

    /// The clock by which the program measures and waits, in place of the host's. It stands for the clocks of the time
    /// that the process has used, too.
    pub fn monotonic_clock(&mut self, clock: impl HostMonotonicClock + 'static) -> &mut Self {
        self.clocks.monotonic = Box::new(clock);
        self.clocks.usage = false;
        self
    }

    /// What fills the program's buffers with random bytes, in place of the host's generator.
    pub fn secure_random(&mut self, fill: impl FnMut(&mut [u8]) + Send + 'static) -> &mut Self {
        self.random = Random::Other(Box::new(fill));
        self
    }

    /// Makes clocks and random numbers the same in each run. Clocks begin at the start of 2020, move on by a
    /// microsecond whenever they are read, and by what the program sleeps, which takes no time; random numbers follow
    /// from `seed`. What comes from outside, such as the times of files, stays as it is.
    pub fn deterministic(&mut self, seed: u64) -> &mut Self {
        self.clocks = Clocks::deterministic();
        self.random = Random::seeded(seed);
        self
    }

    /// How many descriptors the program may open beside those that it is given: 1024 if nothing is said. Each takes
    /// one or two of the host's own.
    pub fn max_descriptors(&mut self, count: usize) -> &mut Self {
        self.max_descriptors = count;
        self
    }

    /// Ends the program with [`I32Exit`](crate::I32Exit) when it writes to a standard stream that nobody
    /// reads any more, with the exit code of a process that the signal `SIGPIPE` has ended; otherwise it gets `EPIPE`, as
    /// it always does from a connection: a server, which can't ignore signals here, must outlive its clients.
    pub fn end_at_broken_pipes(&mut self, end: bool) -> &mut Self {
        self.ends_with_its_reader = end;
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
        perms: FsPerms,
    ) -> transom::Result<&mut Self> {
        let host = host.as_ref();
        let dir = Dir::open_ambient_dir(host, ambient_authority()).map_err(|error| {
            transom::Error::new(error)
                .context(format!("cannot open the folder `{}`", Escaped(host.display())))
        })?;
        let (base, inheriting) = preopen_rights(perms);
        let dir = OpenDir {
            dir,
            preopen: Some(until_nul(guest.as_ref())),
            listing: None,
        };
        self.folders.push(Entry {
            kind: Kind::Dir(dir),
            flags: FdFlags::empty(),
            base,
            inheriting,
        });
        Ok(self)
    }

    /// The context. The builder is as new afterwards.
    pub fn build_p1(&mut self) -> WasiCtx {
        let builder = std::mem::take(self);
        let streams = builder.streams.into_iter();
        let given = builder.sockets.into_iter().chain(builder.folders).map(Some);
        WasiCtx {
            args: builder.args,
            env: builder.env,
            table: Table::new(streams.chain(given).collect(), builder.max_descriptors),
            clocks: builder.clocks,
            random: builder.random,
            ends_with_its_reader: builder.ends_with_its_reader,
            reader_gone: false,
        }
    }
}

/// The rights of a folder itself, and of what is opened through it.
fn preopen_rights(perms: FsPerms) -> (Rights, Rights) {
    let mut base = Rights::READ_DIR;
    let mut below = Rights::ANY_FILE | Rights::FD_READ;
    if perms == FsPerms::ReadWrite {
        base |= Rights::MUTATE_DIR;
        below |= Rights::WRITE_FILE;
    }
    (base, base | below)
}

fn until_nul(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}
