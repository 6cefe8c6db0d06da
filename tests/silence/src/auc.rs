//! The area under the curve of a classifier, and how far it can be trusted.

use core::fmt;

/// How often a request of the first kind is ranked above one of the second: ½ is a guess, 1 is certainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    /// The area.
    pub value: f64,
    /// Its variance.
    pub variance: f64,
}

impl Auc {
    /// The area for these scores, ties counted half, with the variance of DeLong, DeLong and Clarke-Pearson, *Comparing
    /// the areas under two or more correlated receiver operating characteristic curves*, Biometrics 44 (1988) 837–845,
    /// computed from ranks as Sun and Xu do, IEEE Signal Processing Letters 21 (2014) 1389–1393.
    ///
    /// # Panics
    /// With less than two scores of a kind.
    pub fn of(first: &[f64], second: &[f64]) -> Self {
        assert!(first.len() > 1 && second.len() > 1, "too few to compare");
        let all = ranks(&[first, second].concat());
        let (all_first, all_second) = all.split_at(first.len());
        // The share of the other kind that each one is above.
        let above = |all: &[f64], own: &[f64], others: usize| -> Vec<f64> {
            let own = ranks(own);
            let pairs = all.iter().zip(&own);
            pairs
                .map(|(all, own)| (all - own) / others as f64)
                .collect()
        };
        let first_above = above(all_first, first, second.len());
        let second_above = above(all_second, second, first.len());
        Self {
            value: mean(&first_above),
            variance: variance(&first_above) / first.len() as f64
                + variance(&second_above) / second.len() as f64,
        }
    }

    /// The mean of two areas, each of what the other one's half taught. One chance likeness between the halves moves both,
    /// so that their deviations add up.
    pub fn crossed(one: Self, other: Self) -> Self {
        Self {
            value: (one.value + other.value) / 2.0,
            variance: ((one.variance.sqrt() + other.variance.sqrt()) / 2.0).powi(2),
        }
    }

    /// The mean of areas of independent samples, each as weighty as its number says.
    pub fn mean(areas: &[(f64, Self)]) -> Self {
        let all: f64 = areas.iter().map(|(weight, _)| weight).sum();
        let share = |weight| weight / all;
        Self {
            value: areas.iter().map(|(w, area)| share(w) * area.value).sum(),
            variance: areas
                .iter()
                .map(|(w, area)| share(w).powi(2) * area.variance)
                .sum(),
        }
    }

    /// The interval that holds the true area 95 times in 100.
    pub fn interval(self) -> (f64, f64) {
        let reach = 1.96 * self.variance.sqrt();
        ((self.value - reach).max(0.0), (self.value + reach).min(1.0))
    }
}

impl fmt::Display for Auc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval();
        write!(f, "{:.4} (95 %: {low:.4} to {high:.4})", self.value)
    }
}

/// The place of each number among all, from 1; equal ones share the mean of their places.
pub(crate) fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut place = 0.0;
    for equal in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let shared = place + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&i| ranks[i] = shared);
        place += equal.len() as f64;
    }
    ranks
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn variance(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    let squares = numbers.iter().map(|number| (number - mean).powi(2));
    squares.sum::<f64>() / (numbers.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn equal_numbers_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    /// Worked by hand: of the nine pairs 4 above 3, 2, 1; 3 above 2, 1 and equal to 3; 2 above 1 and equal to 2.
    #[test]
    fn the_area_counts_pairs() {
        let auc = Auc::of(&[4.0, 3.0, 2.0], &[3.0, 2.0, 1.0]);
        assert!((auc.value - 7.0 / 9.0).abs() < 1e-12);
        // Shares above: 1, 5/6, 1/2 and 1/2, 5/6, 1; each with the sample variance 7/108.
        let hand = 2.0 * (7.0 / 108.0) / 3.0;
        assert!((auc.variance - hand).abs() < 1e-12, "{auc:?}");
    }

    #[test]
    fn certainty_and_its_opposite() {
        assert_eq!(Auc::of(&[3.0, 4.0], &[1.0, 2.0]).value, 1.0);
        assert_eq!(Auc::of(&[1.0, 2.0], &[3.0, 4.0]).value, 0.0);
        let same = Auc::of(&[1.0; 9], &[1.0; 5]);
        assert_eq!((same.value, same.variance), (0.5, 0.0));
    }

    /// On draws of one distribution, ½ lies in the interval about 95 times in 100.
    #[test]
    fn the_interval_is_as_wide_as_it_says() {
        let mut random = Random::seeded(1);
        let mut draws =
            |n: usize| -> Vec<f64> { (0..n).map(|_| random.below(1_000_000) as f64).collect() };
        let inside = (0..1_000).filter(|_| {
            let (low, high) = Auc::of(&draws(60), &draws(40)).interval();
            (low..high).contains(&0.5)
        });
        let inside = inside.count();
        assert!((925..=970).contains(&inside), "{inside}");
    }
}
