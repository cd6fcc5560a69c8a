//! Contexts of programs.

use crate::FsPerms;
use crate::cli::{Reader, StdinStream, StdoutStream, Writer};
use crate::p1::WasiP1Ctx;
use std::path::Path;
use std::pin::Pin;

/// Builds the context of a program; see `transom_wasi::WasiCtxBuilder`.
#[derive(Default)]
pub struct WasiCtxBuilder(transom_wasi::WasiCtxBuilder);

/// Methods that do what those of `transom_wasi` do.
macro_rules! forward {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(
        /// As the method of `transom_wasi`.
        pub fn $name(&mut self, $($arg: $ty),*) -> &mut Self {
            self.0.$name($($arg),*);
            self
        }
        )*
    };
}

impl WasiCtxBuilder {
    /// A context without anything.
    pub fn new() -> WasiCtxBuilder {
        WasiCtxBuilder::default()
    }

    forward! {
        arg(arg: impl AsRef<str>);
        args(args: &[impl AsRef<str>]);
        inherit_args();
        env(name: impl AsRef<str>, value: impl AsRef<str>);
        envs(env: &[(impl AsRef<str>, impl AsRef<str>)]);
        inherit_env();
        inherit_stdio();
        inherit_stdin();
        inherit_stdout();
        inherit_stderr();
    }

    /// Standard input from a stream.
    pub fn stdin(&mut self, stdin: impl StdinStream + 'static) -> &mut Self {
        self.0.stdin(Reader(Pin::from(stdin.async_stream())));
        self
    }

    /// Standard output to a stream.
    pub fn stdout(&mut self, stdout: impl StdoutStream + 'static) -> &mut Self {
        self.0.stdout(Writer(Pin::from(stdout.async_stream())));
        self
    }

    /// Standard error to a stream.
    pub fn stderr(&mut self, stderr: impl StdoutStream + 'static) -> &mut Self {
        self.0.stderr(Writer(Pin::from(stderr.async_stream())));
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
        permissions: FsPerms,
    ) -> wasmtime::Result<&mut Self> {
        self.0.preopened_dir(host, guest, permissions)?;
        Ok(self)
    }

    /// Has no effect: programs of preview 1 have no addresses.
    pub fn inherit_network(&mut self) -> &mut Self {
        self
    }

    /// Has no effect, as [`inherit_network`](Self::inherit_network).
    pub fn allow_ip_name_lookup(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// The context. The builder is as new then.
    pub fn build_p1(&mut self) -> WasiP1Ctx {
        self.0.build_p1()
    }
}
