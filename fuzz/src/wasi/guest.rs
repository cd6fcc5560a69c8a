//! A guest that makes calls of preview 1: a module with an exported function for each that it imports.

use super::mirror::Mirror;
use super::op::{Op, OpenFlags, Outcome};
use crate::decode::engine;
use std::path::Path;
use std::sync::OnceLock;
use transom::{Func, Instance, Linker, Memory, Module, Store, Val, ValType};
use transom_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

/// Where arguments and results lie in the guest's memory.
const OUT: i32 = 16;
const PATHS: [i32; 2] = [0x100, 0x800];
const LIST: i32 = 0xf00;
const BUFFER: i32 = 0x1000;
/// Bytes behind [`BUFFER`] that a call may use.
const BUFFER_LEN: u16 = 0x8000;
/// Rights of descriptors.
const FD_READ: i64 = 1 << 1;
const FD_WRITE: i64 = 1 << 6;

/// What all guests have in common.
struct Program {
    linker: Linker<WasiCtx>,
    module: Module,
    /// The functions' names, in alphabetical order.
    names: Vec<String>,
}

fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut linker = Linker::new(engine());
        transom_wasi::add_to_linker(&mut linker, |ctx: &mut WasiCtx| ctx).expect("an empty linker");
        let mut store = Store::new(engine(), WasiCtxBuilder::new().build_p1());
        let mut functions = Vec::new();
        for (module, name, item) in linker
            .iter(&mut store)
            .map(|(m, n, i)| (m.to_owned(), n.to_owned(), i))
            .collect::<Vec<_>>()
        {
            if let (Some(func), "wasi_snapshot_preview1") = (item.into_func(), module.as_str()) {
                functions.push((name, func.ty(&store)));
            }
        }
        functions.sort_by(|a, b| a.0.cmp(&b.0));
        let mut text = String::from("(module ");
        let mut bodies = String::from("(memory (export \"memory\") 1)");
        for (name, ty) in &functions {
            let list = |types: Vec<ValType>| types.iter().map(|ty| format!(" {ty}")).collect::<String>();
            let (params, results) = (list(ty.params().collect()), list(ty.results().collect()));
            let signature = format!("(param{params}) (result{results})");
            text.push_str(&format!(
                "(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {signature}))"
            ));
            let gets: String = (0..ty.params().len())
                .map(|index| format!("(local.get {index})"))
                .collect();
            bodies.push_str(&format!(
                "(func (export \"{name}\") {signature} (call ${name} {gets}))"
            ));
        }
        let module = Module::new(engine(), text + &bodies + ")").expect("a valid module");
        let names = functions.into_iter().map(|(name, _)| name).collect();
        Program {
            linker,
            module,
            names,
        }
    })
}

/// An instance with a folder.
pub struct Guest {
    store: Store<WasiCtx>,
    instance: Instance,
    memory: Memory,
}

impl Guest {
    /// A guest to which the folder is the descriptor [`ROOT`](super::op::ROOT).
    pub fn new(folder: &Path) -> Guest {
        let program = program();
        let ctx = WasiCtxBuilder::new()
            .arg("guest")
            .env("NAME", "value")
            .deterministic(1)
            .max_descriptors(16)
            .preopened_dir(folder, "/", FsPerms::ReadWrite)
            .expect("the folder is there")
            .build_p1();
        let mut store = Store::new(engine(), ctx);
        let instance = program
            .linker
            .instantiate(&mut store, &program.module)
            .expect("all imports are there");
        let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
        Guest {
            store,
            instance,
            memory,
        }
    }

    fn func(&mut self, name: &str) -> Func {
        self.instance
            .get_func(&mut self.store, name)
            .expect("an exported function")
    }

    /// Calls a function with any numbers.
    pub fn raw(&mut self, function: u8, args: [u32; 9]) {
        let names = &program().names;
        let name = &names[usize::from(function) % names.len()];
        // Programs that end, or raise signals, say nothing more.
        if name.starts_with("proc_") {
            return;
        }
        let func = self.func(name);
        let ty = func.ty(&self.store);
        let spread = |arg: u32| if arg & 1 == 0 { arg } else { (arg >> 1) & 0xffff };
        let mut values: Vec<Val> = Vec::new();
        for (param, arg) in ty.params().zip(args) {
            values.push(match param {
                ValType::I64 => Val::I64((arg as i64) << (arg & 31)),
                _ => Val::I32(spread(arg) as i32),
            });
        }
        // What is allocated is really there, so that disks can be full.
        if name == "fd_allocate" {
            values[1..]
                .iter_mut()
                .for_each(|value| *value = Val::I64(value.unwrap_i64() & 0xffff));
        }
        func.call(&mut self.store, &values, &mut [Val::I32(0)])
            .expect("calls return error numbers");
    }

    /// Calls a function and gives its error number, if it returns one.
    fn call(&mut self, name: &str, args: &[i64]) -> Result<(), Outcome> {
        let func = self.func(name);
        let params = func.ty(&self.store);
        let values = params.params().zip(args).map(|(param, arg)| match param {
            ValType::I64 => Val::I64(*arg),
            _ => Val::I32(*arg as i32),
        });
        let values: Vec<Val> = values.collect();
        assert_eq!(values.len(), args.len(), "{name}");
        let mut results = [Val::I32(0)];
        func.call(&mut self.store, &values, &mut results)
            .expect("calls return error numbers");
        match results[0].unwrap_i32() {
            0 => Ok(()),
            error => Err(Outcome::Error(error as u16)),
        }
    }

    fn write(&mut self, at: i32, bytes: &[u8]) {
        self.memory
            .write(&mut self.store, at as usize, bytes)
            .expect("in memory");
    }

    fn read(&self, at: i32, len: usize) -> Vec<u8> {
        self.memory.data(&self.store)[at as usize..][..len].to_vec()
    }

    fn number(&self, at: i32, len: usize) -> u64 {
        let bytes = self.read(at, len);
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Puts a path into memory: its address and length.
    fn path(&mut self, which: usize, path: &str) -> [i64; 2] {
        self.write(PATHS[which], path.as_bytes());
        [PATHS[which].into(), path.len() as i64]
    }

    /// A list of one buffer: its address and length.
    fn list(&mut self, len: u16) -> [i64; 2] {
        let len = len.min(BUFFER_LEN);
        self.write(
            LIST,
            &[BUFFER.to_le_bytes(), i32::from(len).to_le_bytes()].concat(),
        );
        [LIST.into(), 1]
    }

    /// Makes a call. The mirror says which descriptor a number chooses.
    pub fn run(&mut self, op: &Op, mirror: &Mirror) -> Outcome {
        self.transfers(op, mirror)
            .or_else(|| self.descriptors(op, mirror))
            .or_else(|| self.paths(op, mirror))
            .map_or(Outcome::Nothing, |result| result.unwrap_or_else(|error| error))
    }

    fn descriptors(&mut self, op: &Op, mirror: &Mirror) -> Option<Result<Outcome, Outcome>> {
        let fd = |number: u8| i64::from(mirror.fd(number));
        let out = i64::from(OUT);
        Some(match *op {
            Op::Close(number) => {
                let closed = self.call("fd_close", &[fd(number)]);
                closed.map(|()| Outcome::Nothing)
            }
            Op::Renumber { from, to } => self
                .call("fd_renumber", &[fd(from), fd(to)])
                .map(|()| Outcome::Nothing),
            Op::Seek {
                fd: number,
                offset,
                whence,
            } => {
                let sought = self.call("fd_seek", &[fd(number), offset.into(), (whence % 3).into(), out]);
                sought.map(|()| Outcome::Number(self.number(OUT, 8)))
            }
            Op::Tell(number) => {
                let told = self.call("fd_tell", &[fd(number), out]);
                told.map(|()| Outcome::Number(self.number(OUT, 8)))
            }
            Op::SetSize { fd: number, size } => self
                .call("fd_filestat_set_size", &[fd(number), size.into()])
                .map(|()| Outcome::Nothing),
            Op::Allocate {
                fd: number,
                offset,
                len,
            } => self
                .call("fd_allocate", &[fd(number), offset.into(), len.into()])
                .map(|()| Outcome::Nothing),
            Op::SetAppend { fd: number, append } => self
                .call("fd_fdstat_set_flags", &[fd(number), append.into()])
                .map(|()| Outcome::Nothing),
            Op::Stat(number) => self
                .call("fd_filestat_get", &[fd(number), out])
                .map(|()| self.stat()),
            Op::List { fd: number, buffer } => self.entries(fd(number), buffer),
            _ => return None,
        })
    }

    /// Reading and writing.
    fn transfers(&mut self, op: &Op, mirror: &Mirror) -> Option<Result<Outcome, Outcome>> {
        let fd = |number: u8| i64::from(mirror.fd(number));
        let out = i64::from(OUT);
        Some(match *op {
            Op::Read { fd: number, len } => {
                let [list, count] = self.list(len);
                let read = self.call("fd_read", &[fd(number), list, count, out]);
                read.map(|()| Outcome::Bytes(self.read(BUFFER, self.number(OUT, 4) as usize)))
            }
            Op::Pread {
                fd: number,
                len,
                offset,
            } => {
                let [list, count] = self.list(len);
                let read = self.call("fd_pread", &[fd(number), list, count, offset.into(), out]);
                read.map(|()| Outcome::Bytes(self.read(BUFFER, self.number(OUT, 4) as usize)))
            }
            Op::Write {
                fd: number,
                len,
                fill,
            } => {
                self.write(BUFFER, &vec![fill; len.min(BUFFER_LEN).into()]);
                let [list, count] = self.list(len);
                let written = self.call("fd_write", &[fd(number), list, count, out]);
                written.map(|()| Outcome::Number(self.number(OUT, 4)))
            }
            Op::Pwrite {
                fd: number,
                len,
                offset,
                fill,
            } => {
                self.write(BUFFER, &vec![fill; len.min(BUFFER_LEN).into()]);
                let [list, count] = self.list(len);
                let written = self.call("fd_pwrite", &[fd(number), list, count, offset.into(), out]);
                written.map(|()| Outcome::Number(self.number(OUT, 4)))
            }
            _ => return None,
        })
    }

    fn stat(&self) -> Outcome {
        let kind = self.number(OUT + 16, 1) as u8;
        Outcome::Stat {
            kind,
            links: self.number(OUT + 24, 8),
            size: (kind != super::op::DIRECTORY).then(|| self.number(OUT + 32, 8)),
        }
    }

    /// All entries of a directory, through a buffer that may be too small for more than one.
    fn entries(&mut self, fd: i64, buffer: u16) -> Result<Outcome, Outcome> {
        let len = i64::from(buffer.clamp(300, BUFFER_LEN));
        let (mut cookie, mut list) = (0i64, Vec::new());
        loop {
            self.call("fd_readdir", &[fd, BUFFER.into(), len, cookie, OUT.into()])?;
            let used = self.number(OUT, 4) as usize;
            let bytes = self.read(BUFFER, used);
            let mut rest = &bytes[..];
            while let Some((head, tail)) = rest.split_at_checked(24) {
                let word =
                    |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
                let Some((name, tail)) = tail.split_at_checked(word(16) as usize) else {
                    break;
                };
                cookie = i64::from(word(0)) | i64::from(word(4)) << 32;
                list.push((String::from_utf8_lossy(name).into_owned(), head[20]));
                rest = tail;
            }
            if (used as i64) < len {
                list.sort();
                return Ok(Outcome::List(list));
            }
        }
    }

    fn paths(&mut self, op: &Op, mirror: &Mirror) -> Option<Result<Outcome, Outcome>> {
        let fd = |number: u8| i64::from(mirror.directory(number));
        let out = i64::from(OUT);
        Some(match op {
            Op::Open {
                dir,
                path,
                flags,
                append,
            } => {
                let flags = OpenFlags(*flags);
                let [path, len] = self.path(0, &path.0);
                let without = |granted: bool, right: i64| if granted { 0 } else { right };
                let rights = !(without(flags.read(), FD_READ) | without(flags.write(), FD_WRITE));
                let follow = i64::from(flags.follow());
                let args = [
                    fd(*dir),
                    follow,
                    path,
                    len,
                    flags.oflags().into(),
                    rights,
                    -1,
                    (*append).into(),
                    out,
                ];
                self.call("path_open", &args)
                    .map(|()| Outcome::Number(self.number(OUT, 4)))
            }
            Op::PathStat { dir, path, follow } => {
                let [path, len] = self.path(0, &path.0);
                let stat = self.call("path_filestat_get", &[fd(*dir), (*follow).into(), path, len, out]);
                stat.map(|()| self.stat())
            }
            Op::MakeDir { dir, path } => self.one("path_create_directory", fd(*dir), &path.0),
            Op::RemoveDir { dir, path } => self.one("path_remove_directory", fd(*dir), &path.0),
            Op::Unlink { dir, path } => self.one("path_unlink_file", fd(*dir), &path.0),
            Op::Rename {
                dir,
                path,
                new_dir,
                new_path,
            } => {
                let ([path, len], [new, new_len]) = (self.path(0, &path.0), self.path(1, &new_path.0));
                let renamed = self.call("path_rename", &[fd(*dir), path, len, fd(*new_dir), new, new_len]);
                renamed.map(|()| Outcome::Nothing)
            }
            Op::Link {
                dir,
                path,
                new_dir,
                new_path,
            } => {
                let ([path, len], [new, new_len]) = (self.path(0, &path.0), self.path(1, &new_path.0));
                let linked = self.call("path_link", &[fd(*dir), 0, path, len, fd(*new_dir), new, new_len]);
                linked.map(|()| Outcome::Nothing)
            }
            Op::Symlink { target, dir, path } => {
                let ([target, target_len], [path, len]) = (self.path(0, &target.0), self.path(1, &path.0));
                let linked = self.call("path_symlink", &[target, target_len, fd(*dir), path, len]);
                linked.map(|()| Outcome::Nothing)
            }
            Op::ReadLink { dir, path } => {
                let [path, len] = self.path(0, &path.0);
                let read = self.call("path_readlink", &[fd(*dir), path, len, BUFFER.into(), 4096, out]);
                read.map(|()| Outcome::Bytes(self.read(BUFFER, self.number(OUT, 4) as usize)))
            }
            _ => return None,
        })
    }

    fn one(&mut self, name: &str, dir: i64, path: &str) -> Result<Outcome, Outcome> {
        let [path, len] = self.path(0, path);
        self.call(name, &[dir, path, len]).map(|()| Outcome::Nothing)
    }
}
