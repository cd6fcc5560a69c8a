//! A program that does what the test says: one wasm function around each function of preview 1.

use std::path::Path;
use transom::{Engine, Instance, Linker, Memory, Module, Store, Val, ValType};
use transom_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

/// Names and parameters of all functions that return an error number; `I` stands for an i64.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_raise", "i"),
    ("sched_yield", ""),
    ("random_get", "ii"),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// The folder that most tests open.
pub const DIR: i64 = 3;

pub struct Guest {
    pub store: Store<WasiCtx>,
    instance: Instance,
    memory: Memory,
}

/// The text of a module that exports each function of a version, and `memory` of so many pages.
fn program(version: &str, pages: u32) -> String {
    let mut text = String::from("(module\n");
    let types = |params: &str| {
        params
            .chars()
            .map(|c| if c == 'I' { " (param i64)" } else { " (param i32)" })
            .collect::<String>()
    };
    for (name, params) in FUNCTIONS {
        let params = types(params);
        text += &format!("(import \"{version}\" \"{name}\" (func ${name}{params} (result i32)))\n");
    }
    text += &format!("(import \"{version}\" \"proc_exit\" (func $proc_exit (param i32)))\n");
    text += "(func (export \"proc_exit\") (param i32) (call $proc_exit (local.get 0)))\n";
    for (name, params) in FUNCTIONS {
        let gets = (0..params.len())
            .map(|index| format!(" (local.get {index})"))
            .collect::<String>();
        let params = types(params);
        text += &format!("(func (export \"{name}\"){params} (result i32) (call ${name}{gets}))\n");
    }
    text + &format!("(memory (export \"memory\") {pages}))")
}

impl Guest {
    pub fn new(ctx: WasiCtx) -> Self {
        Self::with_pages(ctx, 1)
    }

    /// A program with a larger memory.
    pub fn with_pages(ctx: WasiCtx, pages: u32) -> Self {
        Self::made(ctx, &program("wasi_snapshot_preview1", pages))
    }

    /// A program that imports the functions by their older name.
    pub fn unstable(ctx: WasiCtx) -> Self {
        Self::made(ctx, &program("wasi_unstable", 1))
    }

    /// A program that uses fuel, with a larger memory.
    pub fn with_fuel(ctx: WasiCtx, pages: u32, fuel: u64) -> Self {
        let engine = Engine::new(transom::Config::new().consume_fuel(true)).unwrap();
        let mut guest = Self::made_in(&engine, ctx, &program("wasi_snapshot_preview1", pages));
        guest.store.set_fuel(fuel).unwrap();
        guest
    }

    fn made(ctx: WasiCtx, text: &str) -> Self {
        Self::made_in(&Engine::default(), ctx, text)
    }

    fn made_in(engine: &Engine, ctx: WasiCtx, text: &str) -> Self {
        let module = Module::new(engine, text).unwrap();
        let mut linker = Linker::new(engine);
        transom_wasi::add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).unwrap();
        let mut store = Store::new(engine, ctx);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        Guest {
            store,
            instance,
            memory,
        }
    }

    /// A program with one folder, which it calls `/`, and may do anything with.
    pub fn with_dir(dir: &Path) -> Self {
        let mut builder = WasiCtxBuilder::new();
        builder.preopened_dir(dir, "/", FsPerms::ReadWrite).unwrap();
        Guest::new(builder.build_p1())
    }

    /// Calls a function; its error, or its error number.
    pub fn try_call(&mut self, name: &str, args: &[i64]) -> transom::Result<u16> {
        let func = self.instance.get_func(&mut self.store, name).unwrap();
        let ty = func.ty(&self.store);
        let args = args.iter().zip(ty.params()).map(|(arg, ty)| match ty {
            ValType::I32 => Val::I32(*arg as i32),
            _ => Val::I64(*arg),
        });
        let args = args.collect::<Vec<_>>();
        let mut results = vec![Val::I32(0); ty.results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(results.first().map_or(0, |result| result.unwrap_i32() as u16))
    }

    pub fn call(&mut self, name: &str, args: &[i64]) -> u16 {
        self.try_call(name, args).unwrap()
    }

    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.memory.write(&mut self.store, at, bytes).unwrap();
    }

    pub fn bytes(&self, at: usize, len: usize) -> &[u8] {
        &self.memory.data(&self.store)[at..at + len]
    }

    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    pub fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    /// Puts a path at 1024, and returns it as the guest passes it.
    pub fn path(&mut self, path: &str) -> [i64; 2] {
        self.put(1024, path.as_bytes());
        [1024, path.len() as i64]
    }

    /// Calls `path_open` with all rights that there are; the new descriptor, or the error.
    pub fn open(&mut self, path: &str, oflags: i64, base: i64) -> Result<i64, u16> {
        let [ptr, len] = self.path(path);
        match self.call("path_open", &[DIR, 1, ptr, len, oflags, base, -1, 0, 512]) {
            0 => Ok(self.u32(512).into()),
            error => Err(error),
        }
    }

    /// Writes bytes through one `ciovec`.
    pub fn write(&mut self, fd: i64, bytes: &[u8]) -> u16 {
        self.put(4096, bytes);
        self.put(
            256,
            &[4096u32.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat(),
        );
        self.call("fd_write", &[fd, 256, 1, 512])
    }

    /// Reads up to `len` bytes through one `iovec`.
    pub fn read(&mut self, fd: i64, len: u32) -> Result<Vec<u8>, u16> {
        self.put(256, &[4096u32.to_le_bytes(), len.to_le_bytes()].concat());
        match self.call("fd_read", &[fd, 256, 1, 512]) {
            0 => Ok(self.bytes(4096, self.u32(512) as usize).to_vec()),
            error => Err(error),
        }
    }
}
