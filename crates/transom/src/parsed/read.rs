//! Reading modules from files and pipes, up to the maximum size of a module.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};
use transom_vm::populate;

/// The maximum size of a module in bytes: the limit of all engines.
const MOST: u64 = 1 << 30;

/// Files of so many bytes are read by several threads: what takes long is that the system clears and maps memory.
pub const LARGE: usize = 8 << 20;

/// Large files are read in blocks of so many bytes, unless somebody asks for others.
const BLOCK: usize = 1 << 18;

/// So many blocks are read by one thread, one after the other: the system has a lock for each 2 MiB.
const SPAN: usize = 8;

/// The most threads that read a file.
const THREADS: usize = 4;

/// Reads the whole input, up to the maximum size of a module. The limit protects against devices and pipes without an
/// end.
///
/// # Errors
///
/// The input cannot be read, or it has more than 1 GiB, the limit of all engines. In the second case, the kind is
/// [`ErrorKind::FileTooLarge`](io::ErrorKind::FileTooLarge).
pub fn read_bounded(input: impl Read) -> io::Result<Vec<u8>> {
    append(Vec::new(), input)
}

/// As [`read_bounded`], for a file, which is read from its beginning if it has one. A large file is read by several threads.
///
/// # Errors
///
/// As [`read_bounded`].
pub fn read_bounded_file(file: File) -> io::Result<Vec<u8>> {
    Ok(blocks(file, BLOCK, &|_, _| {})?.bytes)
}

/// What was read of a file.
pub struct Blocks {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether those blocks that were given to somebody are the bytes' own. A file that changes may be read a second time in part.
    pub are_given: bool,
}

/// What the length of a file seems to be: it may be a pipe, or grow, or shrink. `None` if it is no length of a module.
pub fn length(file: &File) -> Option<usize> {
    let len = file.metadata().ok()?.len();
    (1..=MOST).contains(&len).then_some(len as usize)
}

/// As [`read_bounded_file`]. `each` has the blocks of a large file, each of `block` bytes except the last, with their numbers, as they are read: whoever
/// keeps something of them looks at [`Blocks::are_given`].
pub fn blocks(mut file: File, block: usize, each: &(impl Fn(usize, &[u8]) + Sync)) -> io::Result<Blocks> {
    let expected = length(&file).unwrap_or_default();
    if expected == 0 || file.stream_position().is_err() {
        return Ok(Blocks {
            bytes: append(Vec::new(), file)?,
            are_given: false,
        });
    }
    let mut bytes = Vec::new();
    // One byte more, so that the end is found without growing.
    bytes.try_reserve_exact(expected + 1)?;
    let mut are_given = false;
    if expected >= LARGE {
        // There is room for it. Zeros of the allocator's are pages that nobody has touched, so the threads share the work of touching them.
        bytes = vec![0; expected + 1];
        bytes.truncate(expected);
        let read = read_blocks(&file, &mut bytes, block, each);
        are_given = read == expected;
        bytes.truncate(read);
    }
    file.seek(SeekFrom::Start(bytes.len() as u64))?;
    let bytes = append(bytes, file)?;
    // What was added later was given to nobody.
    are_given &= bytes.len() == expected;
    Ok(Blocks { bytes, are_given })
}

/// Reads what follows the bytes that were read.
fn append(mut bytes: Vec<u8>, input: impl Read) -> io::Result<Vec<u8>> {
    input
        .take(MOST + 1 - bytes.len() as u64)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        let message = format!("the file exceeds {MOST} bytes, the maximum size of a module");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// Reads the beginning of a file by several threads, and gives the number of bytes up to the first that could not be read.
fn read_blocks(file: &File, bytes: &mut [u8], block: usize, each: &(impl Fn(usize, &[u8]) + Sync)) -> usize {
    let threads = available_parallelism().map_or(1, |threads| threads.get().min(THREADS));
    let len = bytes.len();
    let left = Mutex::new(bytes.chunks_mut(SPAN * block).enumerate());
    let first_missing = AtomicUsize::new(len);
    let work = || {
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some((span, part)) = next() {
            populate(part);
            for (index, part) in (SPAN * span..).zip(part.chunks_mut(block)) {
                let start = index * block;
                let read = read_part(file, part, start as u64);
                if read < part.len() {
                    first_missing.fetch_min(start + read, Ordering::Relaxed);
                    return;
                }
                each(index, part);
            }
        }
    };
    scope(|scope| {
        // A thread that cannot be started leaves its work to the others.
        let started: Vec<_> = (1..threads)
            .map(|_| Builder::new().spawn_scoped(scope, work))
            .collect();
        work();
        drop(started);
    });
    first_missing.into_inner()
}

/// Reads a part of a file, and gives the number of bytes that were read.
fn read_part(file: &File, part: &mut [u8], offset: u64) -> usize {
    let mut read = 0;
    while read < part.len() {
        match file.read_at(&mut part[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Whoever reads the rest finds the error.
            Err(_) => break,
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn pattern(len: usize) -> Vec<u8> {
        (0..len)
            .map(|index| (index ^ index >> 8 ^ index >> 16) as u8)
            .collect()
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn files_of_all_sizes_are_read_from_their_beginnings() {
        for len in [
            0,
            1,
            BLOCK,
            LARGE - 1,
            LARGE,
            LARGE + 1,
            LARGE + BLOCK,
            LARGE + BLOCK + 5,
        ] {
            let bytes = pattern(len);
            let read = read_bounded_file(file(&bytes)).unwrap();
            assert!(read == bytes, "{len}");
            let seen = Mutex::new(Vec::new());
            let each = |index: usize, block: &[u8]| {
                assert!(block == bytes.chunks(BLOCK).nth(index).unwrap());
                seen.lock().unwrap().push(index);
            };
            let read = blocks(file(&bytes), BLOCK, &each).unwrap();
            assert!(read.bytes == bytes && read.are_given == (len >= LARGE), "{len}");
            let mut seen = seen.into_inner().unwrap();
            seen.sort_unstable();
            let all = if len < LARGE { 0 } else { len.div_ceil(BLOCK) };
            assert!(seen.into_iter().eq(0..all), "{len}");
        }
    }

    #[test]
    fn a_file_that_shrinks_or_ends_early_is_read_as_far_as_it_goes() {
        let bytes = pattern(9 * BLOCK);
        for len in [0, 1, BLOCK - 1, BLOCK, 5 * BLOCK + 7] {
            let short = file(&bytes[..len]);
            let mut place = vec![0; 9 * BLOCK];
            let each = |index: usize, _: &[u8]| assert!(index < len / BLOCK, "not all of it was read");
            let read = read_blocks(&short, &mut place, BLOCK, &each);
            assert_eq!(read, len);
            assert!(place[..len] == bytes[..len]);
        }
    }

    /// A file that is cut and restored while it is read: what was given of it is not what is kept.
    #[test]
    fn blocks_of_a_file_that_changes_are_not_given() {
        let bytes = pattern(LARGE);
        let file = file(&bytes);
        let cut = |index: usize, _: &[u8]| {
            // The same thread reads the next block.
            if index == 0 {
                file.set_len(BLOCK as u64).unwrap();
            }
        };
        let read = blocks(file.try_clone().unwrap(), BLOCK, &cut).unwrap();
        assert!(!read.are_given, "{} bytes", read.bytes.len());
    }

    #[test]
    fn devices_and_pipes_are_read_up_to_the_limit() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"module").unwrap();
        drop(writer);
        let reader = File::from(std::os::fd::OwnedFd::from(reader));
        assert_eq!(read_bounded_file(reader).unwrap(), b"module");
        assert_eq!(read_bounded_file(File::open("/dev/null").unwrap()).unwrap(), b"");
        // The length of such a file says nothing.
        let status = read_bounded_file(File::open("/proc/self/status").unwrap()).unwrap();
        assert!(status.starts_with(b"Name:"));
        assert!(read_bounded_file(File::open(".").unwrap()).is_err(), "a folder");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(MOST + 1).unwrap();
        assert_eq!(
            read_bounded_file(file).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }
}
