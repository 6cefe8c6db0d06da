//! When an old root may leave the list: once nothing that lives needs it.

use std::collections::BTreeMap;

use decree::Moment;
use serde::{Deserialize, Serialize};
use wire::code::Kind;

use super::{KeyId, KeyRing};
use crate::{codes, vault};

/// The root that wrapped something; none for what 0.1.0 wrapped, which is the oldest's.
pub type Wrapper = Option<KeyId>;

/// How many forms each root wraps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census(BTreeMap<Wrapper, u64>);

impl Census {
    /// So many more are wrapped by this root.
    pub fn add(&mut self, wrapper: Wrapper, forms: u64) {
        *self.0.entry(wrapper).or_default() += forms;
    }

    /// Adds what another part of the realm counted.
    pub fn merge(&mut self, other: &Self) {
        other
            .0
            .iter()
            .for_each(|(wrapper, forms)| self.add(*wrapper, *forms));
    }

    /// How many this root wraps.
    #[must_use]
    pub fn count(&self, wrapper: Wrapper) -> u64 {
        self.0.get(&wrapper).copied().unwrap_or_default()
    }
}

/// What a walk through a whole realm found, after it wrapped again what it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The keys of accounts, in all registries. Rows whose safe is empty need no root.
    pub accounts: Census,
    /// The keys in safes, of accounts and of intakes.
    pub safes: Census,
    /// The root that wraps the realm's own secrets.
    pub secrets: KeyId,
    /// Since when the newest root is the newest, in Unix seconds.
    pub since: u64,
}

/// Why a root must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stays {
    /// It is not in the list.
    #[error("no such root is listed")]
    NotListed,
    /// It is the one that wraps.
    #[error("it is the newest: list another before it first")]
    Newest,
    /// Keys of so many accounts are wrapped by it.
    #[error("{0} accounts' keys are wrapped by it")]
    Accounts(u64),
    /// So many safes hold a key that is wrapped by it.
    #[error("{0} safes' keys are wrapped by it")]
    Safes(u64),
    /// The realm's secrets are wrapped by it.
    #[error("the realm's own secrets are wrapped by it")]
    Secrets,
    /// Vaults hold keys that it wrapped, and are not written again: until this moment.
    #[error("vaults hold day keys that it wrapped, until {0} (Unix seconds)")]
    Vaults(u64),
    /// Codes may be out that were hashed under it: until this moment.
    #[error("codes may be out that were hashed under it, until {0} (Unix seconds)")]
    Codes(u64),
}

/// Whether this root may leave the list; if not, everything that it must stay for.
///
/// # Errors
/// What it must stay for.
pub fn may_leave(
    ring: &KeyRing,
    root: KeyId,
    standing: &Standing,
    now: Moment,
) -> Result<(), Vec<Stays>> {
    if !ring.ids().any(|id| id == root) {
        return Err(vec![Stays::NotListed]);
    }
    if ring.roots.newest_id() == root {
        return Err(vec![Stays::Newest]);
    }
    let is_oldest = ring.roots.oldest_id() == root;
    let count = |census: &Census| {
        let former = if is_oldest { census.count(None) } else { 0 };
        census.count(Some(root)) + former
    };
    let (accounts, safes) = (count(&standing.accounts), count(&standing.safes));
    let since = Moment::from_unix(standing.since);
    // The last that could be made under it, right before the newest root was.
    let vaults = vault::destroyed_at(since.day().plus_days(vault::DAYS_AHEAD));
    let codes = codes::end(Kind::Long, since);
    let stays = [
        (accounts > 0).then_some(Stays::Accounts(accounts)),
        (safes > 0).then_some(Stays::Safes(safes)),
        (standing.secrets == root).then_some(Stays::Secrets),
        (now < vaults).then_some(Stays::Vaults(vaults.unix())),
        (now < codes).then_some(Stays::Codes(codes.unix())),
    ];
    let stays: Vec<_> = stays.into_iter().flatten().collect();
    if stays.is_empty() { Ok(()) } else { Err(stays) }
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

    fn standing(accounts: &[(Wrapper, u64)], safes: &[(Wrapper, u64)], secrets: KeyId) -> Standing {
        let census = |counts: &[(Wrapper, u64)]| {
            let mut census = Census::default();
            counts
                .iter()
                .for_each(|(of, forms)| census.add(*of, *forms));
            census
        };
        Standing {
            accounts: census(accounts),
            safes: census(safes),
            secrets,
            since: SINCE,
        }
    }

    #[test]
    fn an_old_root_leaves_when_nothing_that_lives_needs_it() {
        let ring = KeyRing::from_text(Some(&[C, B, A].join(",")), false).unwrap();
        let [new, middle, old]: [KeyId; 3] = ring.ids().collect::<Vec<_>>().try_into().unwrap();
        let never = Moment::from_unix(SINCE) + Duration::from_hours(24 * 60);
        let clean = standing(&[(Some(new), 50)], &[(Some(new), 54)], new);
        let ask = |root, standing: &Standing, now| may_leave(&ring, root, standing, now);
        assert_eq!(ask(old, &clean, never), Ok(()));
        assert_eq!(ask(middle, &clean, never), Ok(()));
        assert_eq!(ask(new, &clean, never), Err(vec![Stays::Newest]));
        assert_eq!(ask([9; 4], &clean, never), Err(vec![Stays::NotListed]));
        // What 0.1.0 wrapped is the oldest root's.
        let some = standing(&[(None, 2), (Some(middle), 3)], &[(Some(old), 4)], middle);
        assert_eq!(
            ask(old, &some, never),
            Err(vec![Stays::Accounts(2), Stays::Safes(4)])
        );
        assert_eq!(
            ask(middle, &some, never),
            Err(vec![Stays::Accounts(3), Stays::Secrets])
        );
    }

    /// Keys of day +4 were made at the last moment, and die at 00:00 UTC of day +19.
    #[test]
    fn vaults_and_codes_hold_an_old_root_for_nineteen_days() {
        let ring = KeyRing::from_text(Some(&[B, A].join(",")), false).unwrap();
        let [new, old]: [KeyId; 2] = ring.ids().collect::<Vec<_>>().try_into().unwrap();
        let clean = standing(&[(Some(new), 50)], &[(Some(new), 54)], new);
        let midnight = Moment::from_unix(SINCE).day().plus_days(19).start();
        let at = |now| may_leave(&ring, old, &clean, now);
        assert_eq!(at(midnight), Ok(()));
        let before = midnight - Duration::from_secs(1);
        assert_eq!(at(before), Err(vec![Stays::Vaults(midnight.unix())]));
        // 21:59 UTC of 2020-06-17 is 23:59 in Paris.
        let codes = "2020-06-17".parse::<decree::Day>().unwrap().start();
        let codes = codes + Duration::from_mins(21 * 60 + 59);
        assert_eq!(
            at(codes - Duration::from_secs(1)),
            Err(vec![
                Stays::Vaults(midnight.unix()),
                Stays::Codes(codes.unix())
            ])
        );
        assert_eq!(at(codes), Err(vec![Stays::Vaults(midnight.unix())]));
    }
}
