//! What follows from a type: its parts in general form, and its representations.

use super::definitions::{DefinedType, FlatType, Parts, ValType};
use super::interned::Types;
use super::layout::{Layout, MAX_FLAT_PARAMS, Move, SCALARS};
use std::sync::Arc;

/// A type with more parts than this is passed field by field.
const MAX_MOVES: usize = 32;

/// The next multiple of an alignment, which is a power of two.
fn align_to(offset: u32, align: u32) -> u32 {
    offset.saturating_add(align - 1) & !(align - 1)
}

/// The size of a case's number, where there are so many cases.
fn tag_size(cases: usize) -> u32 {
    match cases {
        ..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// The type of a core value that may be either of two.
fn join(a: FlatType, b: FlatType) -> FlatType {
    use FlatType::{F32, I32, I64};
    match (a, b) {
        _ if a == b => a,
        (I32, F32) | (F32, I32) => I32,
        _ => I64,
    }
}

impl Types {
    /// The representations of a type.
    pub fn layout(&self, ty: ValType) -> &Layout {
        let scalar = match ty {
            ValType::Bool => 0,
            ValType::S8 | ValType::U8 => 1,
            ValType::S16 | ValType::U16 => 2,
            ValType::S32 | ValType::U32 => 3,
            ValType::S64 | ValType::U64 => 4,
            ValType::F32 => 5,
            ValType::F64 => 6,
            ValType::Char => 7,
            ValType::ErrorContext => 9,
            ValType::String => 8,
            ValType::Defined(index) => return &self[index].layout,
        };
        &SCALARS[scalar]
    }

    pub(super) fn parts_of(&mut self, defined: &DefinedType) -> Parts {
        match defined {
            DefinedType::Record(fields) => self.record(fields.iter().map(|&(_, ty)| ty)),
            DefinedType::Tuple(types) => self.record(types.iter().copied()),
            DefinedType::Variant(cases) => self.variant(cases.iter().map(|&(_, ty)| ty)),
            DefinedType::Enum(names) => self.variant(names.iter().map(|_| None)),
            &DefinedType::Option(ty) => self.variant([None, Some(ty)].into_iter()),
            &DefinedType::Result { ok, error } => self.variant([ok, error].into_iter()),
            DefinedType::Flags(names) => Parts::Flags(names.len() as u32),
            &DefinedType::List(ty) => Parts::List(ty),
            &DefinedType::Map(key, value) => {
                let pair = self.intern(DefinedType::Tuple([key, value].into()));
                Parts::List(ValType::Defined(pair))
            }
            &DefinedType::Own(resource) => Parts::Own(resource),
            &DefinedType::Borrow(resource) => Parts::Borrow(resource),
            DefinedType::Stream(_) | DefinedType::Future(_) => Parts::End,
        }
    }

    fn record(&self, types: impl Iterator<Item = ValType>) -> Parts {
        let mut end = 0;
        let fields = types.map(|ty| {
            let layout = self.layout(ty);
            let offset = align_to(end, layout.align);
            end = offset.saturating_add(layout.size);
            (offset, ty)
        });
        Parts::Record(fields.collect())
    }

    fn variant(&self, cases: impl Iterator<Item = Option<ValType>>) -> Parts {
        let cases: Box<[_]> = cases.collect();
        let tag_size = tag_size(cases.len());
        let aligns = cases.iter().flatten().map(|&ty| self.layout(ty).align);
        Parts::Variant {
            tag_size,
            payload_offset: align_to(tag_size, aligns.max().unwrap_or(1)),
            cases,
        }
    }

    pub(super) fn layout_of(&self, parts: &Parts) -> Layout {
        match parts {
            Parts::Record(fields) => self.layout_of_record(fields),
            &Parts::Variant {
                tag_size,
                payload_offset,
                ref cases,
            } => self.layout_of_variant(tag_size, payload_offset, cases),
            &Parts::List(element) => Layout {
                has_borrow: self.layout(element).has_borrow,
                ..Layout::pointer_and_length()
            },
            &Parts::Flags(count) => {
                let size = match count {
                    ..=8 => 1,
                    9..=16 => 2,
                    _ => 4,
                };
                // Bits beyond the flags are not passed on.
                let mask = u32::MAX >> (32 - count.clamp(1, 32));
                Layout::scalar(size, FlatType::I32, count == 8 * size).with_move(Move::Flags {
                    offset: 0,
                    size,
                    mask,
                })
            }
            Parts::Own(_) | Parts::End => Layout::scalar(4, FlatType::I32, false),
            Parts::Borrow(_) => Layout {
                has_borrow: true,
                ..Layout::scalar(4, FlatType::I32, false)
            },
        }
    }

    fn layout_of_record(&self, fields: &[(u32, ValType)]) -> Layout {
        let mut flat = Some(Vec::new());
        let (mut end, mut align, mut is_bytes, mut has_borrow) = (0, 1, true, false);
        for &(offset, ty) in fields {
            let field = self.layout(ty);
            is_bytes &= field.is_bytes && offset == end;
            has_borrow |= field.has_borrow;
            align = align.max(field.align);
            end = offset.saturating_add(field.size);
            extend(&mut flat, field.flat.as_deref());
        }
        let size = align_to(end, align);
        Layout {
            size,
            align,
            flat: flat.map(Vec::into_boxed_slice),
            is_bytes: is_bytes && size == end,
            has_borrow,
            moves: self.moves_of_record(fields),
        }
    }

    /// The parts of all fields. Bytes without padding between are one part.
    fn moves_of_record(&self, fields: &[(u32, ValType)]) -> Option<Arc<[Move]>> {
        let mut moves: Vec<Move> = Vec::new();
        for &(at, ty) in fields {
            for part in self.layout(ty).moves.as_deref()? {
                let part = part.moved(at);
                match (moves.last_mut(), part) {
                    (
                        Some(Move::Bytes { offset, size }),
                        Move::Bytes {
                            offset: next,
                            size: more,
                        },
                    ) if offset.saturating_add(*size) == next => *size = size.saturating_add(more),
                    _ => moves.push(part),
                }
            }
            if moves.len() > MAX_MOVES {
                return None;
            }
        }
        Some(moves.into())
    }

    fn layout_of_variant(&self, tag_size: u32, payload_offset: u32, cases: &[Option<ValType>]) -> Layout {
        let mut joined = Some(Vec::new());
        let (mut size, mut align, mut has_borrow) = (0, tag_size, false);
        for &ty in cases.iter().flatten() {
            let case = self.layout(ty);
            size = size.max(case.size);
            align = align.max(case.align);
            has_borrow |= case.has_borrow;
            let (Some(types), Some(flat)) = (&mut joined, &case.flat) else {
                joined = None;
                continue;
            };
            for (place, &ty) in types.iter_mut().zip(flat) {
                *place = join(*place, ty);
            }
            let shared = types.len();
            types.extend(flat.iter().skip(shared));
        }
        let mut flat = Some(vec![FlatType::I32]);
        extend(&mut flat, joined.as_deref());
        Layout {
            size: align_to(payload_offset.saturating_add(size), align),
            align,
            flat: flat.map(Vec::into_boxed_slice),
            is_bytes: false,
            has_borrow,
            moves: cases.iter().all(Option::is_none).then(|| {
                [Move::Case {
                    offset: 0,
                    size: tag_size,
                    count: cases.len() as u32,
                }]
                .into()
            }),
        }
    }
}

/// Appends core values, as long as there are no more than can be passed.
fn extend(flat: &mut Option<Vec<FlatType>>, more: Option<&[FlatType]>) {
    let (Some(types), Some(more)) = (&mut *flat, more) else {
        *flat = None;
        return;
    };
    match types.len() + more.len() > MAX_FLAT_PARAMS {
        true => *flat = None,
        false => types.extend(more),
    }
}
