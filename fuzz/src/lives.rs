//! Lives under a law.

use decree::Regime;
use regimes::input::Input;
use regimes::life::{Kind, life};

/// A life is refused in one line, or told in the order of time, with the text behind each entry.
pub fn lives(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else {
        return;
    };
    let input = match Input::from_json(text) {
        Ok(input) => input,
        Err(refused) => return assert!(!refused.to_string().contains('\n')),
    };
    for regime in Regime::ALL {
        let told = match life(regime, &input) {
            Ok(told) => told,
            Err(refused) => return assert!(!refused.to_string().contains('\n')),
        };
        let texts = regime.anchors();
        assert!(told.sequence.is_sorted_by_key(|entry| entry.at));
        for entry in told.sequence {
            assert!(entry.until.is_none_or(|until| until > entry.at));
            assert_eq!(entry.amount.is_some(), entry.kind == Kind::Sanction);
            let is_there = |anchor: &&str| texts.iter().any(|piece| piece.anchor == **anchor);
            assert!(entry.anchors.iter().all(is_there) && !entry.anchors.is_empty());
        }
    }
}
