//! The distribution of the durations of collections.

use std::time::Duration;

/// The distribution of the durations of collections. Buckets are powers of two of a microsecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Bucket `n` counts durations below `2^n` microseconds that no lower bucket counts.
    pub counts: [u64; 32],
    /// The number of collections.
    pub count: u64,
    /// The sum of the durations.
    pub total: Duration,
    /// The longest duration.
    pub max: Duration,
}

impl Pauses {
    pub(crate) fn add(&mut self, duration: Duration) {
        let micros = duration.as_micros().min(u128::from(u32::MAX >> 1)) as u32;
        self.counts[(32 - micros.leading_zeros()) as usize] += 1;
        self.count += 1;
        self.total += duration;
        self.max = self.max.max(duration);
    }

    /// An upper bound of the duration of at least `percent` percent of the collections.
    pub fn percentile(&self, percent: u64) -> Duration {
        let wanted = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        for (exponent, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return Duration::from_micros(1 << exponent).min(self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_bounds() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.percentile(50), Duration::ZERO);
        for micros in [0, 3, 3, 3, 3, 3, 3, 3, 3, 1000] {
            pauses.add(Duration::from_micros(micros));
        }
        assert_eq!(pauses.percentile(10), Duration::from_micros(1));
        assert_eq!(pauses.percentile(50), Duration::from_micros(4));
        assert_eq!(pauses.percentile(99), Duration::from_micros(1000));
        assert_eq!(pauses.count, 10);
    }
}
