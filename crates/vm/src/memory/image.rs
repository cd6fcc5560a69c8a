//! Images: the initial contents of memories, as the module's active segments leave them, ready to be mapped.

use std::sync::Arc;
use transom_layout::WASM_PAGE_SIZE;
use transom_module::{DataIdx, DataMode, DataSegment, Module};
use transom_sys::Image;

/// The initial contents of a memory.
#[derive(Debug)]
pub struct MemoryImage {
    /// The contents.
    pub image: Arc<Image>,
    /// Where in the memory it begins, in bytes; a multiple of the page size.
    pub offset: usize,
}

impl MemoryImage {
    /// What is mapped, and where, as reservations know it.
    pub fn placed(&self) -> (&Arc<Image>, usize) {
        (&self.image, self.offset)
    }
}

/// Images of the module's own memories. One that can't be made is no loss: its segments are copied then.
/// `threshold` is the least number of bytes that is worth an image.
pub fn images(module: &Module, threshold: usize) -> Vec<Option<MemoryImage>> {
    let imported = module.imported.memories as usize;
    let fit = module
        .data
        .iter()
        .all(|segment| segment_end(module, segment).is_some());
    (imported..module.memories.len())
        .map(|memory| {
            if fit {
                image(module, memory, threshold)
            } else {
                None
            }
        })
        .collect()
}

/// Where an active segment ends, if it is known beforehand that it fits. If one were to fail, those after it must
/// not be seen, so images are only made where none can.
fn segment_end(module: &Module, segment: &DataSegment) -> Option<u64> {
    let DataMode::Active { memory, offset } = &segment.mode else {
        return Some(0);
    };
    let ty = &module.memories[memory.index()];
    let size = ty.limits.min.checked_mul(ty.page_size())?;
    offset
        .as_offset()?
        .checked_add(segment.range.len() as u64)
        .filter(|&end| end <= size)
}

/// The image of a memory whose segments all fit.
fn image(module: &Module, memory: usize, threshold: usize) -> Option<MemoryImage> {
    let ty = &module.memories[memory];
    let page = transom_sys::page_size();
    if ty.page_size() != WASM_PAGE_SIZE {
        return None;
    }
    let mut parts = Vec::new();
    for (index, segment) in module.data.iter().enumerate() {
        let DataMode::Active {
            memory: target,
            offset,
        } = &segment.mode
        else {
            continue;
        };
        if target.index() != memory {
            continue;
        }
        let start = usize::try_from(offset.as_offset()?).ok()?;
        let bytes = module.data_bytes(DataIdx::new(index));
        parts.push((start, start + bytes.len(), bytes));
    }
    let start = parts.iter().map(|part| part.0).min()? / page * page;
    let end = parts.iter().map(|part| part.1).max()?.next_multiple_of(page);
    let total: usize = parts.iter().map(|part| part.2.len()).sum();
    // Mostly empty images would take more memory than they save time.
    if total < threshold || (end - start) / 4 > total {
        return None;
    }
    let mut contents = vec![0; end - start];
    for (from, to, bytes) in parts {
        contents[from - start..to - start].copy_from_slice(bytes);
    }
    Some(MemoryImage {
        image: Arc::new(Image::new(&contents).ok()?),
        offset: start,
    })
}
