//! The format stays as it is described: files of other processes have it.

use super::*;

#[test]
fn a_header_is_as_described() {
    let header = header("ab", &b"xyz"[..]);
    assert_eq!(&header[..8], b"\x7ftrcache");
    assert_eq!(header[8..16], 1u64.to_le_bytes());
    assert_eq!(header[16..24], 3u64.to_le_bytes());
    assert_eq!(header[24..], xxhash_rust::xxh3::xxh3_64(b"ab\0xyz").to_le_bytes());
}
