//! Reading into and writing from the buffers of a list in the guest's memory.
//!
//! A call that has read or written something succeeds, whatever happens after that.

use crate::errno::Result;
use crate::guest::{CHUNK, Guest, Range};
use smallvec::SmallVec;
use std::io::{self, IoSlice};

/// The most bytes that a call reads or writes: like the host's own, it may do less than it is asked for, and programs go on
/// where it ended. So no call takes long.
const MAX_TRANSFER: u32 = 64 << 20;

/// Fills the buffers of a list in order, until one is not filled. With `once`, only the first that isn't empty.
pub(crate) fn scatter(
    guest: &mut Guest<'_>,
    iovs: Range,
    once: bool,
    mut read: impl FnMut(&mut [u8], u32) -> io::Result<usize>,
) -> Result<u32> {
    let (mut done, mut from) = (0u32, 0u32);
    while from < iovs.len && done < MAX_TRANSFER {
        let chunk = match guest.iovecs(iovs, from, MAX_TRANSFER - done) {
            Err(_) if done > 0 => return Ok(done),
            chunk => chunk?,
        };
        for range in &chunk {
            if range.len == 0 {
                continue;
            }
            let buffer = guest.slice_mut(*range)?;
            let got = match uninterrupted(|| read(buffer, done)) {
                Err(_) if done > 0 => return Ok(done),
                got => u32::try_from(got?)?,
            };
            done += got;
            if got < range.len || once {
                return Ok(done);
            }
        }
        from += u32::try_from(chunk.len())?;
    }
    Ok(done)
}

/// Writes the buffers of a list in order, until nothing is taken.
pub(crate) fn gather(
    guest: &Guest<'_>,
    iovs: Range,
    mut write: impl FnMut(&[IoSlice<'_>], u32) -> io::Result<usize>,
) -> Result<u32> {
    let (mut done, mut from) = (0u32, 0u32);
    while from < iovs.len && done < MAX_TRANSFER {
        let chunk = match guest.iovecs(iovs, from, MAX_TRANSFER - done) {
            Err(_) if done > 0 => return Ok(done),
            chunk => chunk?,
        };
        from += u32::try_from(chunk.len())?;
        let mut buffers = SmallVec::<[IoSlice<'_>; CHUNK]>::new();
        for range in &chunk {
            buffers.push(IoSlice::new(guest.slice(*range)?));
        }
        let mut left = &mut buffers[..];
        while left.iter().any(|buffer| !buffer.is_empty()) {
            let got = match uninterrupted(|| write(left, done)) {
                Err(_) if done > 0 => return Ok(done),
                got => got?,
            };
            let total = u64::from(done) + got as u64;
            match u32::try_from(total) {
                Ok(total) if got > 0 => done = total,
                _ => return Ok(done),
            }
            // A stream of the host's may say that it has written more than there is.
            let there = left.iter().map(|buffer| buffer.len()).sum();
            IoSlice::advance_slices(&mut left, got.min(there));
        }
    }
    Ok(done)
}

/// Begins anew what a signal of the host has interrupted: a program has no handlers that it could have been for.
fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
