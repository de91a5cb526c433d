//! How many rows each connection has in the conversation, summed up so that a row is found without looking at the connections before it,
//! and a connection that gets one more costs as little as one that is found.

/// Numbers that grow, and their sums: a binary indexed tree (Fenwick, 1994).
#[derive(Clone, Debug, Default)]
pub(super) struct RowSums {
    /// Place `n`, counted from 1, holds the sum of as many numbers before it as its lowest bit says, its own included.
    tree: Vec<u64>,
    total: u64,
}

impl RowSums {
    /// Of all.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Appends a number that is 0 so far.
    pub(super) fn push(&mut self) {
        let place = self.tree.len() + 1;
        let first = place - lowest_bit(place);
        let sum = self.before(place - 1) - self.before(first);
        self.tree.push(sum);
    }

    /// The number at `at` was `from` and is `to`.
    pub(super) fn change(&mut self, at: usize, from: u64, to: u64) {
        if from == to || at >= self.tree.len() {
            return;
        }
        let mut place = at + 1;
        while let Some(sum) = self.tree.get_mut(place - 1) {
            *sum = (*sum + to).saturating_sub(from);
            place += lowest_bit(place);
        }
        self.total = (self.total + to).saturating_sub(from);
    }

    /// The sum of the first `count` numbers. Takes time logarithmic in their number.
    pub(super) fn before(&self, count: usize) -> u64 {
        let mut sum = 0;
        let mut place = count.min(self.tree.len());
        while let Some(own) = place.checked_sub(1).and_then(|at| self.tree.get(at)) {
            sum += own;
            place -= lowest_bit(place);
        }
        sum
    }

    /// Which number the unit `unit` of the total belongs to, and the how manyth of its own it is.
    pub(super) fn find(&self, unit: u64) -> Option<(usize, u64)> {
        if unit >= self.total {
            return None;
        }
        let (mut place, mut left) = (0_usize, unit);
        let mut step = self.tree.len().checked_ilog2().map_or(0, |power| 1 << power);
        while step > 0 {
            if let Some(sum) = self.tree.get(place + step - 1).filter(|sum| **sum <= left) {
                left -= sum;
                place += step;
            }
            step /= 2;
        }
        Some((place, left))
    }
}

fn lowest_bit(place: usize) -> usize {
    place & place.wrapping_neg()
}

#[cfg(test)]
mod sums {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn are_those_of_the_numbers_one_by_one(
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0_u64..6, any::<bool>()), 1..120),
        ) {
            let (mut sums, mut numbers) = (RowSums::default(), Vec::new());
            for (at, to, more) in changes {
                if more || numbers.is_empty() {
                    sums.push();
                    numbers.push(0);
                }
                let at = at.index(numbers.len());
                sums.change(at, numbers[at], to);
                numbers[at] = to;
            }
            prop_assert_eq!(sums.total(), numbers.iter().sum::<u64>());
            let mut unit = 0;
            for (at, number) in numbers.iter().enumerate() {
                prop_assert_eq!(sums.before(at), unit);
                for own in 0..*number {
                    prop_assert_eq!(sums.find(unit), Some((at, own)));
                    unit += 1;
                }
            }
            prop_assert_eq!(sums.find(unit), None);
        }
    }
}
