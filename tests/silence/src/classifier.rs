//! Logistic regression: the simplest classifier that weighs several features at once.

/// So many numbers are known of each request.
pub(crate) const FEATURES: usize = 5;

/// A request, as the classifier sees it: each feature in −½ … ½.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) features: [f64; FEATURES],
    pub(crate) first_kind: bool,
}

/// A weight for each feature, and one for none.
pub(crate) struct Classifier([f64; FEATURES + 1]);

impl Classifier {
    /// Learns from these: the log-likelihood, less a little for large weights, climbed in even steps. No randomness.
    pub(crate) fn learn(samples: &[Sample]) -> Self {
        const STEPS: u32 = 400;
        const STRIDE: f64 = 4.0;
        const DECAY: f64 = 1e-3;
        let mut weights = Self([0.0; FEATURES + 1]);
        for _ in 0..STEPS {
            let mut slope = weights.0.map(|weight| -DECAY * weight);
            for sample in samples {
                let known = f64::from(u8::from(sample.first_kind));
                let guess = 1.0 / (1.0 + (-weights.score(&sample.features)).exp());
                let error = (known - guess) / samples.len() as f64;
                for (slope, feature) in slope.iter_mut().zip(sample.features.iter().chain(&[1.0])) {
                    *slope += error * feature;
                }
            }
            for (weight, slope) in weights.0.iter_mut().zip(slope) {
                *weight += STRIDE * slope;
            }
        }
        weights
    }

    /// The greater, the more like the first kind.
    pub(crate) fn score(&self, features: &[f64; FEATURES]) -> f64 {
        let terms = self.0.iter().zip(features.iter().chain(&[1.0]));
        terms.map(|(weight, feature)| weight * feature).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    /// Two kinds of which the first has a somewhat smaller third feature.
    #[test]
    fn it_finds_which_feature_tells() {
        let mut random = Random::seeded(4);
        let samples: Vec<_> = (0..4_000)
            .map(|i| {
                let first_kind = i % 2 == 0;
                let mut features =
                    [(); FEATURES].map(|()| random.below(1_000) as f64 / 1_000.0 - 0.5);
                features[2] -= if first_kind { 0.2 } else { 0.0 };
                Sample {
                    features,
                    first_kind,
                }
            })
            .collect();
        let Classifier(weights) = Classifier::learn(&samples);
        for (i, weight) in weights.iter().enumerate() {
            assert_eq!(i == 2, *weight < -1.0, "{weights:?}");
        }
    }
}
