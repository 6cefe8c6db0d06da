//! What is drawn at random, and yet as often as was said.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// A pack of cards that is shuffled and dealt out again and again.
pub(crate) struct Deck<T> {
    pack: Vec<T>,
    left: Vec<T>,
}

impl<T: Clone> Deck<T> {
    /// Of these cards, at least one.
    pub(crate) fn new(pack: impl IntoIterator<Item = T>) -> Self {
        Self {
            pack: pack.into_iter().collect(),
            left: Vec::new(),
        }
    }

    /// The next one.
    pub(crate) fn draw(&mut self, rng: &mut StdRng) -> T {
        if self.left.is_empty() {
            self.left.clone_from(&self.pack);
            self.left.shuffle(rng);
        }
        self.left.pop().expect("a card")
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_card_comes_as_often_as_it_is_in_the_pack() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut deck = Deck::new(['a', 'a', 'b']);
        let mut orders = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let dealt = [(); 3].map(|()| deck.draw(rng));
            orders.insert(dealt);
            let mut sorted = dealt;
            sorted.sort_unstable();
            assert_eq!(sorted, ['a', 'a', 'b']);
        }
        assert_eq!(orders.len(), 3);
    }
}
