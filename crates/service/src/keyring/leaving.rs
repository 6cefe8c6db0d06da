//! When an old root may leave the list: once nothing that lives needs it.

use decree::Moment;
use wire::code::Kind;
use wire::issuer::{ListedRoot, Roots, StaysFor};

use super::{KeyId, KeyRing, hexadecimal};
use crate::registry::{Progress, SETTLES};
use crate::{codes, vault};

/// What a realm says of its walk to the newest root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How far each registry is.
    pub registries: Vec<Progress>,
    /// The root that wraps the realm's own secrets.
    pub secrets: KeyId,
    /// Since when it does.
    pub since: Moment,
}

impl Standing {
    /// So many of a hundred accounts were visited, in all registries; a hundred only when all registries are done.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let visited = self.registries.iter().map(|of| match of {
            Progress::Walks(percent) => usize::from(*percent).min(99),
            Progress::Empty | Progress::Done { .. } => 100,
        });
        let mean = visited.sum::<usize>() / self.registries.len().max(1);
        u8::try_from(mean).unwrap_or(100)
    }

    /// Since when nothing in the whole realm was wrapped by an older root.
    fn since(&self) -> Moment {
        let done = self.registries.iter().filter_map(|of| match of {
            Progress::Done { since } => Some(Moment::from_unix(*since)),
            Progress::Empty | Progress::Walks(_) => None,
        });
        done.fold(self.since + SETTLES, Ord::max)
    }
}

/// The listed roots, and everything for which each must stay in the list.
#[must_use]
pub fn list(ring: &KeyRing, standing: &Standing, now: Moment) -> Roots {
    let roots = ring.ids().map(|id| ListedRoot {
        id: hexadecimal(&id),
        stays: stays(ring, id, standing, now),
    });
    Roots {
        roots: roots.collect(),
    }
}

fn stays(ring: &KeyRing, root: KeyId, standing: &Standing, now: Moment) -> Vec<StaysFor> {
    let newest = ring.roots.newest_id();
    if newest == root {
        return vec![StaysFor::Newest];
    }
    let (percent, since) = (standing.percent(), standing.since());
    // The last that could be made under it, right before the newest root was. Whatever waits in an intake goes before.
    let vaults = vault::destroyed_at(since.day().plus_days(vault::DAYS_AHEAD));
    let codes = codes::end(Kind::Long, since);
    let until = |end: Moment| (now < end).then(|| end.unix());
    let stays = [
        (percent < 100).then_some(StaysFor::Accounts { percent }),
        (standing.secrets != newest).then_some(StaysFor::Secrets),
        until(vaults).map(|until| StaysFor::Vaults { until }),
        until(codes).map(|until| StaysFor::Codes { until }),
    ];
    stays.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
    const C: &str = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6";
    /// 2020-06-10T12:05:00Z.
    const SINCE: u64 = 1_591_790_700;

    fn standing(registries: &[Progress], secrets: KeyId) -> Standing {
        Standing {
            registries: registries.to_vec(),
            secrets,
            since: Moment::from_unix(SINCE) - SETTLES,
        }
    }

    #[test]
    fn an_old_root_leaves_when_nothing_that_lives_needs_it() {
        let ring = KeyRing::from_text(Some(&[C, B, A].join(",")), false).unwrap();
        let [new, middle, old]: [KeyId; 3] = ring.ids().collect::<Vec<_>>().try_into().unwrap();
        let never = Moment::from_unix(SINCE) + Duration::from_hours(24 * 60);
        let done = Progress::Done { since: SINCE };
        let clean = standing(&[done, Progress::Empty], new);
        let ask = |root, standing: &Standing, now| stays(&ring, root, standing, now);
        assert_eq!(ask(old, &clean, never), []);
        assert_eq!(ask(middle, &clean, never), []);
        assert_eq!(ask(new, &clean, never), [StaysFor::Newest]);
        let listed = list(&ring, &clean, never).roots;
        let ids: Vec<_> = listed.iter().map(|root| root.id.clone()).collect();
        assert_eq!(ids, [new, middle, old].map(|id| hexadecimal(&id)));
        assert!(listed[1].stays.is_empty() && !listed[0].stays.is_empty());
        // One registry of four is not done, however near it is.
        let some = standing(&[done, done, Progress::Walks(100), done], middle);
        for root in [old, middle] {
            let stays = ask(root, &some, never);
            assert_eq!(
                stays,
                [StaysFor::Accounts { percent: 99 }, StaysFor::Secrets]
            );
        }
        let none = standing(&[Progress::Walks(0)], new);
        assert_eq!(ask(old, &none, never), [StaysFor::Accounts { percent: 0 }]);
    }

    /// Keys of day +4 were made at the last moment, and die at 00:00 UTC of day +19.
    #[test]
    fn vaults_and_codes_hold_an_old_root_for_nineteen_days() {
        let ring = KeyRing::from_text(Some(&[B, A].join(",")), false).unwrap();
        let [new, old]: [KeyId; 2] = ring.ids().collect::<Vec<_>>().try_into().unwrap();
        let midnight = Moment::from_unix(SINCE).day().plus_days(19).start();
        // 21:59 UTC of 2020-06-17 is 23:59 in Paris.
        let codes = "2020-06-17".parse::<decree::Day>().unwrap().start();
        let codes = codes + Duration::from_mins(21 * 60 + 59);
        let second = Duration::from_secs(1);
        let vaults = StaysFor::Vaults {
            until: midnight.unix(),
        };
        // A realm in which nothing was ever stored; the last registry counts; so do the secrets.
        let done = |since| Progress::Done { since };
        for registries in [
            vec![Progress::Empty],
            vec![done(SINCE), done(SINCE - 3 * 24 * 3_600)],
            vec![done(SINCE - 3 * 24 * 3_600)],
        ] {
            let clean = standing(&registries, new);
            let at = |now| stays(&ring, old, &clean, now);
            assert_eq!(at(midnight), []);
            assert_eq!(at(midnight - second), [vaults]);
            assert_eq!(at(codes), [vaults]);
            let before = [
                vaults,
                StaysFor::Codes {
                    until: codes.unix(),
                },
            ];
            assert_eq!(at(codes - second), before);
        }
        let later = standing(&[done(SINCE + 24 * 3_600)], new);
        assert_eq!(stays(&ring, old, &later, midnight).len(), 1);
    }
}
