//! The BLAKE3 hash of a module, block by block: several threads can each hash some of them, in any order. None waits for another, which may be
//! gone: a value that is just being stored counts as absent, and is computed again. So nothing is lost in the child of a fork.

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use std::sync::Mutex;
use std::thread::{Builder, scope};

/// The bytes of a block. A power of two, so that blocks are subtrees of the hash's tree.
pub const BLOCK: usize = 1 << 18;

/// The hash of so many bytes.
#[derive(Debug)]
pub struct Digest {
    len: usize,
    blocks: Box<[Mutex<Option<ChainingValue>>]>,
}

impl Digest {
    /// Nothing is hashed so far.
    pub fn new(len: usize) -> Digest {
        let blocks = (0..len.div_ceil(BLOCK)).map(|_| Mutex::default()).collect();
        Digest { len, blocks }
    }

    /// The same, for one thread.
    pub fn undivided(len: usize) -> Digest {
        let blocks = Box::default();
        Digest { len, blocks }
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are several blocks, so that there is something for another thread.
    pub fn has_parts(&self) -> bool {
        self.blocks.len() > 1
    }

    /// Hashes a block, whose bytes these are, if nobody has.
    pub fn add(&self, index: usize, block: &[u8]) {
        if self.has_parts() {
            self.value(index, block);
        }
    }

    /// Hashes the blocks that nobody has hashed, from the first on.
    fn add_all(&self, bytes: &[u8]) {
        for (index, block) in bytes.chunks(BLOCK).enumerate() {
            self.add(index, block);
        }
    }

    fn known(&self, index: usize) -> Option<ChainingValue> {
        *self.blocks[index].try_lock().ok()?
    }

    fn value(&self, index: usize, block: &[u8]) -> ChainingValue {
        self.known(index).unwrap_or_else(|| {
            let mut hasher = Hasher::new();
            hasher.set_input_offset((index * BLOCK) as u64).update(block);
            let value = hasher.finalize_non_root();
            if let Ok(mut known) = self.blocks[index].try_lock() {
                *known = Some(value);
            }
            value
        })
    }

    /// The hash. A second thread helps from the first block on.
    pub fn finish_together(&self, bytes: &[u8]) -> [u8; 32] {
        let is_done = (0..self.blocks.len()).all(|index| self.known(index).is_some());
        if !self.has_parts() || is_done {
            return self.finish(bytes);
        }
        scope(|scope| {
            // Without a thread, this one hashes all.
            let _ = Builder::new().spawn_scoped(scope, || self.add_all(bytes));
            self.finish(bytes)
        })
    }

    /// The hash. Blocks that nobody has hashed are hashed from the last on, to meet who is at work.
    pub fn finish(&self, bytes: &[u8]) -> [u8; 32] {
        if !self.has_parts() {
            return *blake3::hash(bytes).as_bytes();
        }
        let blocks = bytes.chunks(BLOCK).enumerate().rev();
        let mut values: Vec<_> = blocks.map(|(index, block)| self.value(index, block)).collect();
        values.reverse();
        let left = left_subtree_len(self.len as u64) as usize;
        let (first, rest) = values.split_at(left / BLOCK);
        let first = subtree(first, left);
        let rest = subtree(rest, self.len - left);
        *merge_subtrees_root(&first, &rest, Mode::Hash).as_bytes()
    }
}

/// The value of a subtree of so many bytes, by those of its blocks.
fn subtree(blocks: &[ChainingValue], len: usize) -> ChainingValue {
    match blocks {
        [block] => *block,
        _ => {
            let left = left_subtree_len(len as u64) as usize;
            let (first, rest) = blocks.split_at(left / BLOCK);
            merge_subtrees_non_root(&subtree(first, left), &subtree(rest, len - left), Mode::Hash)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(len: usize) -> Vec<u8> {
        (0..len)
            .map(|index| (index ^ index >> 8 ^ index >> 16) as u8)
            .collect()
    }

    #[test]
    fn it_is_the_hash_of_all_bytes() {
        let sizes = [1, 2, 3, 4, 5, 7, 8, 9];
        let around = |blocks: usize| [blocks * BLOCK - 1, blocks * BLOCK, blocks * BLOCK + 1];
        for len in [0, 1, 1023, 1024, 1025]
            .into_iter()
            .chain(sizes.into_iter().flat_map(around))
        {
            let bytes = pattern(len);
            let expected = *blake3::hash(&bytes).as_bytes();
            assert_eq!(Digest::new(len).finish(&bytes), expected, "{len}");
            let undivided = Digest::undivided(len);
            undivided.add_all(&bytes);
            assert_eq!(undivided.finish_together(&bytes), expected, "{len}");
            assert_eq!(Digest::new(len).finish_together(&bytes), expected, "{len}");
            let shared = Digest::new(len);
            std::thread::scope(|scope| {
                scope.spawn(|| shared.add_all(&bytes));
                assert_eq!(shared.finish(&bytes), expected, "{len}");
            });
            assert_eq!(shared.finish(&bytes), expected, "{len}");
        }
    }

    /// As in the child of a fork, where a thread is gone that held a lock.
    #[test]
    fn nobody_waits_for_a_block() {
        let bytes = pattern(3 * BLOCK);
        let digest = Digest::new(bytes.len());
        let _held = digest.blocks[1].lock().unwrap();
        assert_eq!(digest.finish_together(&bytes), *blake3::hash(&bytes).as_bytes());
    }

    #[test]
    fn blocks_come_in_any_order_and_may_be_missing() {
        let bytes = pattern(6 * BLOCK + 77);
        let digest = Digest::new(bytes.len());
        for index in [6, 0, 3] {
            digest.add(index, &bytes[index * BLOCK..bytes.len().min((index + 1) * BLOCK)]);
        }
        assert_eq!(digest.finish(&bytes), *blake3::hash(&bytes).as_bytes());
    }
}
