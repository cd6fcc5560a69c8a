//! Numbers as the text format writes them, so that every bit can be read back.

/// A float of 32 bits.
pub(crate) fn f32(bits: u32) -> String {
    let value = f32::from_bits(bits);
    match value.is_nan() {
        true => nan(bits >> 31 != 0, u64::from(bits & 0x7f_ffff)),
        false => format!("{value:?}"),
    }
}

/// A float of 64 bits.
pub(crate) fn f64(bits: u64) -> String {
    let value = f64::from_bits(bits);
    match value.is_nan() {
        true => nan(bits >> 63 != 0, bits & 0xf_ffff_ffff_ffff),
        false => format!("{value:?}"),
    }
}

fn nan(negative: bool, payload: u64) -> String {
    format!("{}nan:{payload:#x}", if negative { "-" } else { "" })
}

/// The lanes of a vector of bytes.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:#04x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_bits() {
        assert_eq!(f32(0x8000_0000), "-0.0");
        assert_eq!(f32(0xffc0_0001), "-nan:0x400001");
        assert_eq!(f64(0x7ff8_0000_0000_0000), "nan:0x8000000000000");
        assert_eq!(f64(0.1f64.to_bits()), "0.1");
        assert_eq!(f32(f32::INFINITY.to_bits()), "inf");
    }
}
