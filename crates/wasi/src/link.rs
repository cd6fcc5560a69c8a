//! All functions of preview 1, under their names and types, in one table.

use crate::abi::Version;
use crate::calls::open::Open;
use crate::calls::path::At;
use crate::calls::process::{I32Exit, Strings};
use crate::calls::stat::Times;
use crate::calls::{clock, dir, fd, open, path, poll, process, random, socket, stat};
use crate::ctx::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::{Guest, Range};
use crate::host::Host;
use transom::{Caller, Error, Extern, Linker};

/// One row per function: its name and parameters in the order of the specification, and what it does.
macro_rules! functions {
    ($linker:ident, $version:ident, $get:ident, |$host:ident|; $($name:ident($($arg:ident: $ty:ident),*) => $body:expr;)*) => { $(
        $linker.func_wrap(
            $version.module(),
            stringify!($name),
            move |mut caller: Caller<'_, T>, $($arg: functions!(@wasm $ty)),*| -> transom::Result<i32> {
                $(let $arg = $arg as $ty;)*
                call(&mut caller, $version, $get, |$host| $body)
            },
        )?;
    )* };
    (@wasm u32) => { i32 };
    (@wasm i64) => { i64 };
    (@wasm u64) => { i64 };
}

/// Defines all of preview 1 in a linker, under its name and its older one (`wasi_unstable`), for stores whose data holds a [`WasiCtx`] that `get` finds.
///
/// # Errors
///
/// If the linker already has a function of one of the names.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> transom::Result<()> {
    for version in Version::ALL {
        add_version(linker, version, get)?;
    }
    Ok(())
}

/// Defines preview 1 under one of its names.
///
/// # Errors
///
/// If the linker already has a function of one of the names.
pub(crate) fn add_version<T: 'static>(
    linker: &mut Linker<T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> transom::Result<()> {
    add_process(linker, version, get)?;
    add_descriptors(linker, version, get)?;
    add_paths(linker, version, get)
}

fn add_process<T: 'static>(
    linker: &mut Linker<T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> transom::Result<()> {
    functions! { linker, version, get, |host|;
        args_get(pointers: u32, buffer: u32) => process::strings(host, Strings::Args, pointers, buffer);
        args_sizes_get(count: u32, size: u32) => process::sizes(host, Strings::Args, count, size);
        environ_get(pointers: u32, buffer: u32) => process::strings(host, Strings::Env, pointers, buffer);
        environ_sizes_get(count: u32, size: u32) => process::sizes(host, Strings::Env, count, size);
        clock_res_get(id: u32, out: u32) => clock::resolution(host, id, out);
        clock_time_get(id: u32, _precision: u64, out: u32) => clock::time(host, id, out);
        poll_oneoff(subscriptions: u32, events: u32, count: u32, out: u32) =>
            poll::poll_oneoff(host, subscriptions, events, count, out);
        sched_yield() => { let _ = host; process::sched_yield() };
    }
    linker.func_wrap(
        version.module(),
        "random_get",
        move |mut caller: Caller<'_, T>, ptr: i32, len: i32| {
            random_get(&mut caller, version, get, (ptr as u32, len as u32))
        },
    )?;
    linker.func_wrap(
        version.module(),
        "proc_exit",
        |code: i32| -> transom::Result<()> { Err(Error::new(I32Exit(code))) },
    )?;
    linker.func_wrap(version.module(), "proc_raise", |signal: i32| {
        Ok(errno(process::raise(signal as u32)?))
    })?;
    Ok(())
}

fn add_descriptors<T: 'static>(
    linker: &mut Linker<T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> transom::Result<()> {
    functions! { linker, version, get, |host|;
        fd_advise(fd: u32, offset: u64, len: u64, advice: u32) => fd::advise(host, fd, offset, len, advice);
        fd_allocate(fd: u32, offset: u64, len: u64) => fd::allocate(host, fd, offset, len);
        fd_close(fd: u32) => fd::close(host, fd);
        fd_datasync(fd: u32) => fd::sync(host, fd, true);
        fd_fdstat_get(fd: u32, out: u32) => fd::fdstat(host, fd, out);
        fd_fdstat_set_flags(fd: u32, flags: u32) => fd::set_flags(host, fd, flags);
        fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) => fd::set_rights(host, fd, base, inheriting);
        fd_filestat_get(fd: u32, out: u32) => stat::fd_get(host, fd, out);
        fd_filestat_set_size(fd: u32, size: u64) => stat::fd_set_size(host, fd, size);
        fd_filestat_set_times(fd: u32, access: u64, modification: u64, flags: u32) =>
            stat::fd_set_times(host, fd, Times { access, modification, flags });
        fd_pread(fd: u32, ptr: u32, len: u32, offset: u64, out: u32) =>
            fd::pread(host, fd, Range { ptr, len }, offset, out);
        fd_prestat_get(fd: u32, out: u32) => dir::prestat(host, fd, out);
        fd_prestat_dir_name(fd: u32, ptr: u32, len: u32) => dir::prestat_name(host, fd, Range { ptr, len });
        fd_pwrite(fd: u32, ptr: u32, len: u32, offset: u64, out: u32) =>
            fd::pwrite(host, fd, Range { ptr, len }, offset, out);
        fd_read(fd: u32, ptr: u32, len: u32, out: u32) => fd::read(host, fd, Range { ptr, len }, out);
        fd_readdir(fd: u32, ptr: u32, len: u32, cookie: u64, out: u32) =>
            dir::read(host, fd, Range { ptr, len }, cookie, out);
        fd_renumber(from: u32, to: u32) => fd::renumber(host, from, to);
        fd_seek(fd: u32, offset: i64, whence: u32, out: u32) => fd::seek(host, fd, offset, whence, out);
        fd_sync(fd: u32) => fd::sync(host, fd, false);
        fd_tell(fd: u32, out: u32) => fd::tell(host, fd, out);
        fd_write(fd: u32, ptr: u32, len: u32, out: u32) => fd::write(host, fd, Range { ptr, len }, out);
        sock_accept(fd: u32, flags: u32, out: u32) => socket::accept(host, fd, flags, out);
        sock_recv(fd: u32, ptr: u32, len: u32, flags: u32, out: u32, flags_out: u32) =>
            socket::receive(host, fd, Range { ptr, len }, flags, [out, flags_out]);
        sock_send(fd: u32, ptr: u32, len: u32, flags: u32, out: u32) =>
            socket::send_to(host, fd, Range { ptr, len }, flags, out);
        sock_shutdown(fd: u32, how: u32) => socket::shut_down(host, fd, how);
    }
    Ok(())
}

fn add_paths<T: 'static>(
    linker: &mut Linker<T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> transom::Result<()> {
    functions! { linker, version, get, |host|;
        path_create_directory(fd: u32, ptr: u32, len: u32) => path::create_directory(host, at(fd, ptr, len));
        path_filestat_get(fd: u32, lookup: u32, ptr: u32, len: u32, out: u32) =>
            path::filestat_get(host, at(fd, ptr, len), lookup, out);
        path_filestat_set_times(fd: u32, lookup: u32, ptr: u32, len: u32, access: u64, modification: u64, flags: u32) =>
            path::filestat_set_times(host, at(fd, ptr, len), lookup, Times { access, modification, flags });
        path_link(fd: u32, lookup: u32, ptr: u32, len: u32, new_fd: u32, new_ptr: u32, new_len: u32) =>
            path::link(host, at(fd, ptr, len), lookup, at(new_fd, new_ptr, new_len));
        path_open(
            fd: u32, lookup: u32, ptr: u32, len: u32, oflags: u32, base: u64, inheriting: u64, fdflags: u32, out: u32
        ) => {
            let path = Range { ptr, len };
            open::open(host, Open { dir: fd, lookup, path, oflags, base, inheriting, fdflags, out })
        };
        path_readlink(fd: u32, ptr: u32, len: u32, buffer: u32, buffer_len: u32, out: u32) =>
            path::readlink(host, at(fd, ptr, len), Range { ptr: buffer, len: buffer_len }, out);
        path_remove_directory(fd: u32, ptr: u32, len: u32) => path::remove_directory(host, at(fd, ptr, len));
        path_rename(fd: u32, ptr: u32, len: u32, new_fd: u32, new_ptr: u32, new_len: u32) =>
            path::rename(host, at(fd, ptr, len), at(new_fd, new_ptr, new_len));
        path_symlink(target: u32, target_len: u32, fd: u32, ptr: u32, len: u32) =>
            path::symlink(host, Range { ptr: target, len: target_len }, at(fd, ptr, len));
        path_unlink_file(fd: u32, ptr: u32, len: u32) => path::unlink_file(host, at(fd, ptr, len));
    }
    Ok(())
}

fn at(dir: u32, ptr: u32, len: u32) -> At {
    At {
        dir,
        path: Range { ptr, len },
    }
}

/// Runs one function on the context and the memory of the program that calls it.
fn call<T: 'static>(
    caller: &mut Caller<'_, T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx,
    function: impl FnOnce(&mut Host<'_>) -> Result<()>,
) -> transom::Result<i32> {
    let memory = match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Some(memory),
        Some(_) => {
            return Err(Error::msg(
                "cannot call WASI: the export `memory` is not a memory, or is shared",
            ));
        }
        None => None,
    };
    let (bytes, data) = match &memory {
        Some(memory) => memory.data_and_store_mut(&mut *caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let mut host = Host {
        ctx: get(data),
        guest: Guest::new(bytes),
        version,
    };
    match function(&mut host) {
        Err(Errno::PIPE) if host.ctx.ends_with_its_reader && host.ctx.reader_gone => {
            Err(Error::new(I32Exit::BROKEN_PIPE))
        }
        result => Ok(errno(result)),
    }
}

/// `random_get`, in parts: the one call whose work a program can choose freely can be interrupted, and costs fuel like
/// filling memory.
fn random_get<T: 'static>(
    caller: &mut Caller<'_, T>,
    version: Version,
    get: impl Fn(&mut T) -> &mut WasiCtx + Copy,
    (ptr, len): (u32, u32),
) -> transom::Result<i32> {
    const PART: u32 = 1 << 20;
    const BYTES_OF_FUEL: u64 = 64;
    if len > PART {
        // All of the range is checked before any of it is written.
        let inside = call(caller, version, get, |host| host.guest.check(ptr, len))?;
        if inside != 0 {
            return Ok(inside);
        }
    }
    let mut done = 0;
    loop {
        let part = Range {
            ptr: ptr + done,
            len: (len - done).min(PART),
        };
        caller.use_fuel(u64::from(part.len) / BYTES_OF_FUEL)?;
        let result = call(caller, version, get, |host| random::get(host, part))?;
        done += part.len;
        if result != 0 || done == len {
            return Ok(result);
        }
        caller.poll()?;
    }
}

fn errno(result: Result<()>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(error) => i32::from(error.0),
    }
}
