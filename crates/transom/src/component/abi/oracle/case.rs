//! A case: values of random types, in the memory and the table of one instance, that are passed to another.

use super::handles::HandlePlan;
use super::random::Random;
use super::types::{TypeMaker, description, translate};
use super::values::{Image, MEMORY_SIZE};
use serde::Serialize;
use serde_json::Value;
use transom_component::types::{DefinedType, FuncType, FuncTypeIdx, Types, ValType};
use transom_component::wiring::StringEncoding;

/// What both programs get.
#[derive(Serialize)]
pub(super) struct Case {
    pub(super) types: Vec<Value>,
    /// Whether the values are results, or parameters.
    pub(super) results: bool,
    /// Whether both sides have the same memory.
    pub(super) same: bool,
    /// The source's memory: what it begins and ends with, in hexadecimal digits, and the byte that the rest consists of.
    pub(super) low: String,
    pub(super) high: String,
    pub(super) fill: u8,
    pub(super) flat: Vec<u64>,
    /// The address that results in memory are written to.
    pub(super) out: Option<u32>,
    pub(super) from: Side,
    pub(super) to: Side,
    pub(super) realloc: AllocatorPlan,
}

#[derive(Serialize)]
pub(super) struct Side {
    pub(super) encoding: &'static str,
    #[serde(flatten)]
    pub(super) handles: HandlePlan,
}

/// How the destination allocates.
#[derive(Clone, Serialize)]
pub(super) struct AllocatorPlan {
    /// The first address.
    pub(super) start: u32,
    /// Whether allocations stay where they are, if they can.
    pub(super) in_place: bool,
    pub(super) fault: Option<Fault>,
}

/// What the destination does instead of allocating.
#[derive(Clone, Serialize)]
pub(super) struct Fault {
    /// In which call.
    pub(super) call: usize,
    pub(super) kind: FaultKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FaultKind {
    Trap,
    /// An address far outside of the memory.
    Huge,
    /// The first aligned address at which it does not fit any more.
    Past,
    /// The last one at which it does.
    End,
    /// One that is not aligned, if something can be.
    Odd,
}

/// What is passed.
pub(super) struct Signature {
    results: bool,
    values: Vec<ValType>,
    /// The types of both sides, and the function.
    pub(super) types: [Types; 2],
    pub(super) funcs: [FuncTypeIdx; 2],
}

/// A case with what only this program needs.
pub(super) struct Made {
    pub(super) case: Case,
    pub(super) signature: Signature,
    pub(super) encodings: [StringEncoding; 2],
}

const ENCODINGS: &[(StringEncoding, &str)] = &[
    (StringEncoding::Utf8, "utf8"),
    (StringEncoding::Utf16, "utf16"),
    (StringEncoding::CompactUtf16, "latin1+utf16"),
];

impl Signature {
    fn random(random: &mut Random) -> Signature {
        let results = random.one_in(3);
        let mut types = Types::default();
        let mut maker = TypeMaker {
            random,
            types: &mut types,
            borrows: !results,
        };
        let values = maker.values(results);
        let func = types.intern_func(func_type(&values, results));
        let mut others = Types::default();
        // The destination has other indices.
        others.intern(DefinedType::List(ValType::U8));
        let translated = values.iter().map(|&ty| translate(ty, &types, &mut others));
        let translated: Vec<_> = translated.collect();
        let other_func = others.intern_func(func_type(&translated, results));
        Signature {
            results,
            values,
            types: [types, others],
            funcs: [func, other_func],
        }
    }

    /// All values as one record, and whether they are passed as numbers.
    fn whole(&self) -> (ValType, bool) {
        let info = &self.types[0][self.funcs[0]];
        let (whole, is_flat) = match self.results {
            true => (info.results, info.flat_results.is_some()),
            false => (info.params, info.flat_params.is_some()),
        };
        (ValType::Defined(whole), is_flat)
    }
}

impl Made {
    pub(super) fn of_seed(seed: u64) -> Made {
        let mut random = Random::new(seed);
        let signature = Signature::random(&mut random);
        let types = &signature.types[0];
        let (encoding, name) = random.choose(ENCODINGS);
        let (other_encoding, other_name) = random.choose(ENCODINGS);
        let same = random.one_in(8);
        let fill = random.choose(&[0, 0x41, 0xE4, 0xFF]);
        // Half of all cases are what they should be.
        let spoil_one_in = match same || random.one_in(2) {
            true => None,
            false => Some(random.choose(&[3, 10, 40])),
        };
        let mut image = Image::new(&mut random, types, encoding, (fill, spoil_one_in));
        image.may_use_end = !same;
        let (whole, is_flat) = signature.whole();
        let flat = image.values(whole, is_flat);
        let image = image.finish();
        let mut start = match same {
            true => image.low.len() as u32 + 8,
            false => random.within(1..=40),
        };
        let out = signature.results.then(|| {
            let layout = types.layout(whole);
            let out = start.next_multiple_of(layout.align);
            start = out + layout.size;
            spoiled_out(&mut random, out, (layout.size, layout.align))
        });
        let values = signature.values.iter();
        let case = Case {
            types: values.map(|&ty| description(ty, types)).collect(),
            results: signature.results,
            same,
            low: hex(&image.low),
            high: hex(&image.high),
            fill,
            flat,
            out,
            from: Side {
                encoding: name,
                handles: image.handles,
            },
            to: Side {
                encoding: other_name,
                handles: HandlePlan::random(&mut random),
            },
            realloc: AllocatorPlan {
                start,
                in_place: random.one_in(3),
                fault: fault(&mut random),
            },
        };
        Made {
            case,
            signature,
            encodings: [encoding, other_encoding],
        }
    }

    /// The types in WIT's words.
    pub(super) fn text(&self) -> String {
        let Signature { types, funcs, .. } = &self.signature;
        types[0]
            .func_text(funcs[0], &|resource| format!("r{}", resource.0))
            .to_string()
    }
}

fn func_type(values: &[ValType], results: bool) -> FuncType {
    let params = if results { &[] } else { values };
    let params = params.iter().enumerate();
    FuncType {
        params: params
            .map(|(index, &ty)| (format!("p{index}").into(), ty))
            .collect(),
        result: values.first().copied().filter(|_| results),
        is_async: false,
    }
}

/// The address of results, sometimes a wrong one.
fn spoiled_out(random: &mut Random, out: u32, (size, align): (u32, u32)) -> u32 {
    let last = (MEMORY_SIZE as u32 - size) / align * align;
    match random.below(30) {
        0 => out + align / 2,
        1 => last,
        2 => last + align,
        3 => u32::MAX / align * align,
        _ => out,
    }
}

fn fault(random: &mut Random) -> Option<Fault> {
    let kinds = [
        FaultKind::Trap,
        FaultKind::Huge,
        FaultKind::Past,
        FaultKind::End,
        FaultKind::Odd,
    ];
    random.one_in(5).then(|| Fault {
        call: random.below(4),
        kind: random.choose(&kinds),
    })
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
