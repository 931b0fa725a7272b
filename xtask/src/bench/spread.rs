//! Computes the median and the tenths of a set of times. It reads no clock.

use std::time::Duration;

/// A sorted list of times.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    sorted: Vec<Duration>,
}

impl Spread {
    /// Puts times in order. There must be at least one.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "a spread is of at least one time");
        times.sort_unstable();
        Self { sorted: times }
    }

    /// Returns the number of measured times.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// Returns the median: half of the times are not above it.
    pub(crate) fn median(&self) -> Duration {
        self.at(50)
    }

    /// Returns the time that this many percent of the times are not above (the nearest rank).
    pub(crate) fn at(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted[rank - 1]
    }

    /// Returns the ratio of this median to another's.
    pub(crate) fn ratio(&self, other: &Self) -> f64 {
        self.median().as_secs_f64() / other.median().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(milliseconds: impl IntoIterator<Item = u64>) -> Spread {
        Spread::new(milliseconds.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn the_ranks_of_a_hundred_times_are_the_times_themselves() {
        let spread = of((1..=100).rev());
        assert_eq!(spread.at(10), Duration::from_millis(10));
        assert_eq!(spread.median(), Duration::from_millis(50));
        assert_eq!(spread.at(90), Duration::from_millis(90));
    }

    #[test]
    fn one_time_is_every_rank() {
        let spread = of([7]);
        assert_eq!((spread.at(10), spread.at(90)), (Duration::from_millis(7), Duration::from_millis(7)));
    }

    #[test]
    fn a_ratio_is_of_medians() {
        assert!((of([1, 6, 90]).ratio(&of([1, 2, 3])) - 3.0).abs() < 1e-9);
    }
}
