//! The resources of a WASI program, and their builder.

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
use transom::error::Context as _;

/// The permissions of a program in an opened folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsPerms {
    /// List directories and read files.
    ReadOnly,
    /// Do everything that the host process may do.
    ReadWrite,
}

/// The resources of one program. A [`WasiCtxBuilder`] creates it.
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

/// Builds the resources of a program. A program has only the resources that this builder adds.
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

    /// Adds one argument; the first is the program's name. A NUL character ends the argument.
    pub fn arg(&mut self, arg: impl AsRef<str>) -> &mut Self {
        self.args.push(until_nul(arg.as_ref()));
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut Self {
        args.iter().fold(self, |builder, arg| builder.arg(arg))
    }

    /// Adds those arguments of the host program that are UTF-8.
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

    /// Adds those variables of the host's environment that are UTF-8.
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

    /// Sets the source of standard input, such as a [`MemoryInputPipe`](crate::pipe::MemoryInputPipe).
    pub fn stdin(&mut self, reader: impl Read + Send + 'static) -> &mut Self {
        self.stream(0, Input::Other(Box::new(reader)).entry())
    }

    /// Sets the destination of standard output, such as a [`MemoryOutputPipe`](crate::pipe::MemoryOutputPipe).
    pub fn stdout(&mut self, writer: impl Write + Send + 'static) -> &mut Self {
        self.stream(1, Output::Other(Box::new(writer)).entry())
    }

    /// Sets the destination of standard error.
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

    /// Starts the program with standard input (0), output (1) or error (2) closed, as a shell does with `<&-`. Calls on
    /// a closed stream return `EBADF`. Other numbers have no effect.
    pub fn close_stdio(&mut self, number: usize) -> &mut Self {
        if let Some(stream) = self.streams.get_mut(number) {
            *stream = None;
        }
        self
    }

    /// Adds a listening socket from which the program can accept connections: a
    /// [`TcpListener`](std::net::TcpListener) or a [`UnixListener`](std::os::unix::net::UnixListener). The first one is
    /// descriptor 3, further ones follow, and folders come after them.
    pub fn preopened_socket(&mut self, listener: impl Into<OwnedFd>) -> &mut Self {
        self.sockets.push(initial::listener(listener.into()));
        self
    }

    /// Sets the clock for the time of day. Default: the host's.
    pub fn wall_clock(&mut self, clock: impl HostWallClock + 'static) -> &mut Self {
        self.clocks.wall = Box::new(clock);
        self
    }

    /// Sets the monotonic clock, which the program uses to measure and wait. Default: the host's. It also replaces the
    /// CPU-time clocks.
    pub fn monotonic_clock(&mut self, clock: impl HostMonotonicClock + 'static) -> &mut Self {
        self.clocks.monotonic = Box::new(clock);
        self.clocks.usage = false;
        self
    }

    /// Sets the function that fills buffers with random bytes. Default: the host's generator.
    pub fn secure_random(&mut self, fill: impl FnMut(&mut [u8]) + Send + 'static) -> &mut Self {
        self.random = Random::Other(Box::new(fill));
        self
    }

    /// Makes clocks and random numbers the same in each run. Clocks start at the beginning of 2020. Each read advances
    /// them by a microsecond, and each sleep by its duration, without waiting. `seed` determines the random numbers.
    /// External data, such as file times, is unchanged.
    pub fn deterministic(&mut self, seed: u64) -> &mut Self {
        self.clocks = Clocks::deterministic();
        self.random = Random::seeded(seed);
        self
    }

    /// Sets the number of descriptors that the program can open in addition to the initial ones. Default: 1024. Each
    /// uses one or two of the host's descriptors.
    pub fn max_descriptors(&mut self, count: usize) -> &mut Self {
        self.max_descriptors = count;
        self
    }

    /// Sets whether a write to a standard stream without a reader ends the program with [`I32Exit`](crate::I32Exit), with
    /// the exit code of a process that `SIGPIPE` ended. Otherwise, the write returns `EPIPE`. A write to a connection
    /// always returns `EPIPE`, because a server must outlive its clients, and cannot ignore signals here.
    pub fn end_at_broken_pipes(&mut self, end: bool) -> &mut Self {
        self.ends_with_its_reader = end;
        self
    }

    /// Opens the folder `host` for the program, which calls it `guest`.
    ///
    /// # Errors
    ///
    /// The folder does not exist, or cannot be opened.
    pub fn preopened_dir(
        &mut self,
        host: impl AsRef<Path>,
        guest: impl AsRef<str>,
        perms: FsPerms,
    ) -> transom::Result<&mut Self> {
        let host = host.as_ref();
        let dir = Dir::open_ambient_dir(host, ambient_authority())
            .with_context(|| format!("cannot open the folder `{}`", Escaped(host.display())))?;
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

    /// Builds the context, and resets the builder.
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
