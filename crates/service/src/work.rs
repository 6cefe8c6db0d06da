//! How much work a challenge asks for, and how much checking it may cost the server.
//!
//! # Where the numbers come from
//! Argon2id (RFC 9106) over 4 MiB in one pass: a solution takes 256 derivations on average, about a second of a phone
//! of 2020, and checking it takes one. A graphics card does a few hundred solutions a second all the same
//! (`docs/REGISTRATION.md` has the arithmetic), so work is what keeps an idle hand from the door, and [`crate::turns`]
//! what protects registration. The work is therefore the same whatever the load.

use decree::Moment;
use robert::stamp::Price;
use serde::{Deserialize, Serialize};

use crate::Realm;

/// One derivation's kind and cost, and the hexadecimal digits that the derived key begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct Work {
    /// ALTCHA's name of the derivation.
    pub algorithm: &'static str,
    /// How often it is repeated inside; checking a solution costs one derivation.
    pub cost: u32,
    /// The memory that a derivation goes through, in KiB; `None` where the kind takes none.
    pub memory: Option<u32>,
    /// Each digit multiplies by sixteen the derivations that finding a solution takes.
    pub prefix: &'static str,
}

impl Work {
    /// Through how many lanes the memory is filled: one, where there is memory.
    #[must_use]
    pub fn lanes(&self) -> Option<u32> {
        self.memory.map(|_| 1)
    }

    /// Whether a derivation costs the server more than looking up whether it was made before.
    #[must_use]
    pub fn is_dear(&self) -> bool {
        *self != DEMO
    }
}

/// In a demo realm: a few milliseconds. It has limits of its own.
const DEMO: Work = Work {
    algorithm: "SHA-256",
    cost: 1,
    memory: None,
    prefix: "000",
};

/// For a demo realm, when seats are few: 65,536 digests on average, about a second of a page, and one for the server.
pub const GATE: Work = Work {
    algorithm: "SHA-256",
    cost: 1,
    memory: None,
    prefix: "0000",
};

/// In the national realm.
const NATIONAL: Work = Work {
    algorithm: "ARGON2ID",
    cost: 1,
    memory: Some(4_096),
    prefix: "00",
};

/// What release 0.2.0 asked for in the national realm: a challenge that it drew is good for its ten minutes when the
/// server is replaced meanwhile.
const EARLIER: [Work; 4] = [
    pbkdf2(5_000, "00"),
    pbkdf2(625, "000"),
    pbkdf2(1_250, "000"),
    pbkdf2(2_500, "000"),
];

const fn pbkdf2(cost: u32, prefix: &'static str) -> Work {
    Work {
        algorithm: "PBKDF2/SHA-256",
        cost,
        memory: None,
        prefix,
    }
}

/// The work that a challenge of this realm asks for.
#[must_use]
pub const fn asked(realm: Realm) -> &'static Work {
    match realm {
        Realm::National => &NATIONAL,
        Realm::Demo(_) | Realm::Seated(..) => &DEMO,
    }
}

/// What the stamp of a decoy costs in this realm.
#[must_use]
pub const fn decoy_price(realm: Realm) -> Price {
    match realm {
        Realm::National => Price::NATIONAL,
        Realm::Demo(_) | Realm::Seated(..) => Price::DEMO,
    }
}

/// Every work whose challenges are accepted, the one that is [`asked`] for first.
pub fn accepted(realm: Realm) -> impl Iterator<Item = &'static Work> {
    let earlier: &[Work] = match realm {
        Realm::National => &EARLIER,
        Realm::Demo(_) | Realm::Seated(..) => &[],
    };
    core::iter::once(asked(realm)).chain(earlier)
}

/// The names of the derivations that are accepted, each once, with commas between them: what `config` announces.
#[must_use]
pub fn accepted_names(realm: Realm) -> String {
    let mut names: Vec<_> = accepted(realm).map(|work| work.algorithm).collect();
    names.dedup();
    names.join(",")
}

/// What one derivation is reckoned at, in milliseconds of one core: more than it takes, so that the share below is
/// never exceeded.
pub const DERIVATION_MILLIS: u64 = 8;
/// The share of one core that derivations may take, in milliseconds of each second.
const SHARE_MILLIS: u64 = 200;
/// What may be saved up, in milliseconds: two seconds of that share.
const MOST_SAVED: u64 = 2 * SHARE_MILLIS;

/// How much of an isolate's core may go into derivations: a fifth. What is wrong costs a derivation as what is right
/// does, and anybody can send it.
///
/// It counts by whole seconds, as the host's clock does here, and fills up again by itself: what is taken and never
/// used is lost for two seconds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Milliseconds that are left.
    left: u64,
    /// When that was reckoned.
    at: Moment,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            left: MOST_SAVED,
            at: Moment::from_unix(0),
        }
    }
}

impl Budget {
    /// Takes one derivation out of it, if there is one left.
    pub fn take(&mut self, now: Moment) -> bool {
        // By a clock that goes back nothing is gained, and nothing waits for it to come forward again.
        let earned = now.since(self.at).as_secs().saturating_mul(SHARE_MILLIS);
        self.left = self.left.saturating_add(earned).min(MOST_SAVED);
        self.at = now;
        match self.left.checked_sub(DERIVATION_MILLIS) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Puts back a derivation that was not needed.
    pub fn put_back(&mut self) {
        self.left = (self.left + DERIVATION_MILLIS).min(MOST_SAVED);
    }
}

/// How many challenges a registry saw spent in the last ten minutes: fronts of release 0.2.0 ask for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// How many.
    pub spent: u64,
    /// Seconds that nobody has to wait any more before a challenge is drawn: 0.
    pub wait: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_asked_is_accepted_and_a_demo_realm_accepts_nothing_else() {
        for realm in [Realm::National, Realm::Demo([1; 16])] {
            assert_eq!(accepted(realm).next(), Some(asked(realm)));
        }
        assert_eq!(accepted(Realm::Demo([1; 16])).count(), 1);
        assert_eq!(accepted_names(Realm::Demo([1; 16])), "SHA-256");
        assert_eq!(accepted_names(Realm::National), "ARGON2ID,PBKDF2/SHA-256");
    }

    /// A wasm module never gives memory back: an isolate of 128 MB must have room for this beside all else.
    #[test]
    fn what_is_dear_is_what_takes_memory_or_is_repeated() {
        assert!(!asked(Realm::Demo([1; 16])).is_dear());
        assert!(accepted(Realm::National).all(Work::is_dear));
        assert_eq!(asked(Realm::National).memory, Some(4_096));
    }

    proptest! {
        /// Whenever they are asked for: a fifth of a core, and at first what may be saved up.
        #[test]
        fn derivations_take_a_fifth_of_a_core(gaps in prop::collection::vec((0_u64..4, 0_u32..80), 1..40)) {
            let (mut budget, mut now, mut taken) = (Budget::default(), 1_000, 0);
            let begun = now;
            for (gap, tries) in gaps {
                now += gap;
                for _ in 0..tries {
                    taken += u64::from(budget.take(Moment::from_unix(now)));
                }
                let most = MOST_SAVED + (now - begun) * SHARE_MILLIS;
                prop_assert!(taken * DERIVATION_MILLIS <= most);
            }
        }
    }

    #[test]
    fn what_was_spent_comes_back_and_what_was_not_needed_too() {
        let (mut budget, now) = (Budget::default(), Moment::from_unix(1_000));
        let all = MOST_SAVED / DERIVATION_MILLIS;
        let mut take_all = |now| (0..all + 1).filter(|_| budget.take(now)).count() as u64;
        assert_eq!(take_all(now), all);
        assert_eq!(take_all(now), 0);
        // A second later a fifth of that second; after a clock that went back, neither more nor nothing for ever.
        assert_eq!(
            take_all(Moment::from_unix(1_001)),
            SHARE_MILLIS / DERIVATION_MILLIS
        );
        assert_eq!(take_all(Moment::from_unix(10)), 0);
        assert_eq!(take_all(Moment::from_unix(12)), all);
        budget.put_back();
        assert!(budget.take(Moment::from_unix(12)));
        assert!(!budget.take(Moment::from_unix(12)));
    }
}
