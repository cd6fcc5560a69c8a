//! When functions are compiled once more. All numbers are here, each with the measurement that chose it.

/// Bytes of baseline code that a program executes between two samples, if functions may be compiled once more: some 60 us. A
/// sample takes about 1 us.
pub const SAMPLE: i32 = 2 << 20;

/// Bytes of a function's body for each sample that it takes until the function is compiled once more. Compiling takes about 0.8 us for
/// a byte, so a function has run about as long as that.
pub const BODY_PER_SAMPLE: usize = 100;

/// Bytes of a function's body up to which a process may wait for its compilation before it ends: some 150 ms.
pub const SHORT_BODY: usize = 200 << 10;

/// The fewest samples that it takes: the shortest function takes some 100 us.
pub const MIN_SAMPLES: usize = 2;

/// Of how many loops of a function samples are counted, at most: those with the fewest are forgotten.
pub const MAX_WARM_LOOPS: usize = 32;

/// How often as many samples it takes where the program waits for its processor while functions are compiled. Pinned to one processor,
/// kernels of 3 to 6 ms took up to twice as long as without any second compilation with 1, and 1.0 to 1.3 times as long with 4; longer ones as
/// long with both.
pub const SHARED: u16 = 4;

/// How many loops of a function get code that begins at them, at most.
pub const MAX_LOOPS: usize = 8;

/// The number of samples of a function with a body of so many bytes, from which on it is worth compiling once more. It grows with the body
/// without an end: a program that made the compiler work much longer than it ran itself would take the machine from others.
pub fn samples(body: usize) -> u16 {
    const MOST: usize = u16::MAX as usize;
    (body / BODY_PER_SAMPLE).clamp(MIN_SAMPLES, MOST) as u16
}
