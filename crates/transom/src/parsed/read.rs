//! Reading modules from files and pipes, up to the maximum size of a module.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::thread::{Builder, available_parallelism, scope};

/// The maximum size of a module in bytes: the limit of all engines.
const MOST: u64 = 1 << 30;

/// Files of so many bytes are read by several threads, each at least so much: what takes long is that the system clears and maps memory.
const PART: usize = 8 << 20;

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
pub fn read_bounded_file(mut file: File) -> io::Result<Vec<u8>> {
    // It may be a pipe, or grow, or shrink: the length is what it seems to be.
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    if expected > MOST || file.stream_position().is_err() {
        return append(Vec::new(), file);
    }
    let expected = expected as usize;
    let mut bytes = Vec::new();
    // One byte more, so that the end is found without growing.
    bytes.try_reserve_exact(expected + 1)?;
    if expected >= 2 * PART {
        // There is room for it. Zeros of the allocator's are pages that nobody has touched, so the threads share the work of touching them.
        bytes = vec![0; expected + 1];
        bytes.truncate(expected);
        let read = read_parts(&file, &mut bytes);
        bytes.truncate(read);
    }
    file.seek(SeekFrom::Start(bytes.len() as u64))?;
    append(bytes, file)
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
fn read_parts(file: &File, bytes: &mut [u8]) -> usize {
    let threads = available_parallelism().map_or(1, |threads| threads.get().min(4));
    let size = bytes.len().div_ceil(threads).max(PART);
    scope(|scope| {
        let parts = bytes.chunks_mut(size).enumerate();
        let threads: Vec<_> = parts
            .map(|(index, part)| {
                let len = part.len();
                let read = move || read_part(file, part, (index * size) as u64);
                (len, Builder::new().spawn_scoped(scope, read))
            })
            .collect();
        let mut total = 0;
        let mut whole = true;
        for (len, thread) in threads {
            // A thread that could not be started has read nothing.
            let read = thread.ok().and_then(|thread| thread.join().ok()).unwrap_or(0);
            if whole {
                total += read;
            }
            whole &= read == len;
        }
        total
    })
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
        for len in [0, 1, PART, 2 * PART - 1, 2 * PART, 2 * PART + 1, 3 * PART + 5] {
            let bytes = pattern(len);
            let read = read_bounded_file(file(&bytes)).unwrap();
            assert!(read == bytes, "{len}");
        }
    }

    #[test]
    fn a_file_that_shrinks_or_ends_early_is_read_as_far_as_it_goes() {
        let bytes = pattern(3 * PART);
        for len in [0, 1, PART - 1, PART, 2 * PART + 7] {
            let short = file(&bytes[..len]);
            let mut place = vec![0; 3 * PART];
            let read = read_parts(&short, &mut place);
            assert_eq!(read, len);
            assert!(place[..len] == bytes[..len]);
        }
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
