//! The BLAKE3 hash of a module, block by block: several threads can each hash some of them, in any order, and none waits for another. So
//! nothing is lost if a thread ends too early, as all others do where a process forks.

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use std::sync::OnceLock;
use std::thread::{Builder, scope};

/// The bytes of a block. A power of two, so that blocks are subtrees of the hash's tree.
pub const BLOCK: usize = 1 << 18;

/// The hash of so many bytes.
#[derive(Debug)]
pub struct Digest {
    len: usize,
    blocks: Box<[OnceLock<ChainingValue>]>,
}

impl Digest {
    /// Nothing is hashed so far.
    pub fn new(len: usize) -> Digest {
        let blocks = (0..len.div_ceil(BLOCK)).map(|_| OnceLock::new()).collect();
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

    /// Hashes a block, whose bytes these are.
    pub fn add(&self, index: usize, block: &[u8]) {
        if self.has_parts() && self.blocks[index].get().is_none() {
            let mut hasher = Hasher::new();
            hasher.set_input_offset((index * BLOCK) as u64).update(block);
            // Somebody else may have hashed it meanwhile.
            let _ = self.blocks[index].set(hasher.finalize_non_root());
        }
    }

    /// Hashes the blocks that nobody has hashed, from the first on.
    pub fn add_all(&self, bytes: &[u8]) {
        for (index, block) in bytes.chunks(BLOCK).enumerate() {
            self.add(index, block);
        }
    }

    /// The hash. A second thread helps from the first block on.
    pub fn finish_together(&self, bytes: &[u8]) -> [u8; 32] {
        if !self.has_parts() || self.blocks.iter().all(|block| block.get().is_some()) {
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
        for (index, block) in bytes.chunks(BLOCK).enumerate().rev() {
            self.add(index, block);
        }
        let left = left_subtree_len(self.len as u64) as usize;
        let (first, rest) = self.blocks.split_at(left / BLOCK);
        let first = subtree(first, left);
        let rest = subtree(rest, self.len - left);
        *merge_subtrees_root(&first, &rest, Mode::Hash).as_bytes()
    }
}

/// The value of a subtree of so many bytes, whose blocks are hashed.
fn subtree(blocks: &[OnceLock<ChainingValue>], len: usize) -> ChainingValue {
    match blocks {
        [block] => *block.get().expect("all blocks are hashed"),
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
            assert_eq!(Digest::new(len).finish_together(&bytes), expected, "{len}");
            let shared = Digest::new(len);
            std::thread::scope(|scope| {
                scope.spawn(|| shared.add_all(&bytes));
                assert_eq!(shared.finish(&bytes), expected, "{len}");
            });
            assert_eq!(shared.finish(&bytes), expected, "{len}");
        }
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
