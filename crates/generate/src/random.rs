//! Numbers that look random, and are the same for a seed on every machine (xorshift64*).

/// Where they come from.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of a seed. Seeds that are close together have numbers that are not.
    pub fn new(seed: u64) -> Random {
        // The last step of splitmix64.
        let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Random((mixed ^ (mixed >> 31)).max(1))
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 32) % end as u64) as usize
    }

    /// Whether something happens that does `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some, of which there is one at least.
    pub fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// That many bytes, up to the next multiple of eight.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .collect()
    }
}

/// Numbers at which mistakes show: limits, their neighbours, and small ones.
impl Random {
    /// An `i32`.
    pub fn i32(&mut self) -> i32 {
        match self.below(3) {
            0 => self.choose(&[0, 1, -1, i32::MIN, i32::MAX, 2, 31, 32, 0x80, 0x8000, 0xffff]),
            1 => self.below(64) as i32,
            _ => self.next() as i32,
        }
    }

    /// An `i64`.
    pub fn i64(&mut self) -> i64 {
        match self.below(3) {
            0 => self.choose(&[
                0,
                1,
                -1,
                i64::MIN,
                i64::MAX,
                2,
                63,
                64,
                1 << 31,
                1 << 32,
                -1 << 32,
            ]),
            1 => self.below(64) as i64,
            _ => self.next() as i64,
        }
    }

    /// An `f32`, whose only NaN is the canonical one.
    pub fn f32(&mut self) -> f32 {
        const LIMITS: [f32; 8] = [
            0.0,
            -0.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN_POSITIVE,
            f32::from_bits(1),
        ];
        match self.below(3) {
            0 => self.choose(&LIMITS),
            1 => self.below(200) as f32 / 4.0 - 25.0,
            _ => canonical32(f32::from_bits(self.next() as u32)),
        }
    }

    /// An `f64`, whose only NaN is the canonical one.
    pub fn f64(&mut self) -> f64 {
        const LIMITS: [f64; 8] = [
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
        ];
        match self.below(3) {
            0 => self.choose(&LIMITS),
            1 => self.below(200) as f64 / 4.0 - 25.0,
            _ => canonical64(f64::from_bits(self.next())),
        }
    }
}

fn canonical32(value: f32) -> f32 {
    if value.is_nan() { f32::NAN } else { value }
}

fn canonical64(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}
