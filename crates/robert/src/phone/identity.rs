//! What a registration leaves on the phone: two keys and a stock of pseudonyms.

use std::collections::BTreeMap;

use decree::{Day, Moment, article_3::account_forgotten_at};

use super::Refusal;
use crate::{
    AuthKey, Epoch, Hello, Ntp, TupleKey,
    auth::{AuthRequest, Kind},
    bundle::{self, Tuple},
};

/// A registration, as the phone holds it: items 2-I-1, 2-I-3 and 2-I-4 of the decree. The permanent identifier
/// (2-I-2) never reaches the phone.
pub(super) struct Identity {
    pub(super) auth: AuthKey,
    pub(super) tuples: TupleKey,
    pseudonyms: BTreeMap<Epoch, Tuple>,
}

impl Identity {
    pub(super) fn new(auth: AuthKey, tuples: TupleKey, pseudonyms: Vec<Tuple>) -> Self {
        let mut identity = Self {
            auth,
            tuples,
            pseudonyms: BTreeMap::new(),
        };
        identity.replace(pseudonyms);
        identity
    }

    /// Takes a bundle that the server sealed for this phone in the place of the one it has.
    pub(super) fn refill(&mut self, sealed: &str) -> Result<(), Refusal> {
        let pseudonyms = open(&self.tuples, sealed)?;
        self.replace(pseudonyms);
        Ok(())
    }

    fn replace(&mut self, pseudonyms: Vec<Tuple>) {
        self.pseudonyms.clear();
        for tuple in pseudonyms {
            self.pseudonyms.insert(tuple.epoch, tuple);
        }
    }

    /// Drops the pseudonyms of past epochs, except the very last: as in the deployed applications, a phone that was
    /// off for days still authenticates with it, until [`Identity::forgotten_on`].
    pub(super) fn forget(&mut self, now: Moment) {
        let Some(current) = Epoch::at(now) else {
            return;
        };
        let newest = self.newest().map(|tuple| tuple.epoch);
        self.pseudonyms
            .retain(|epoch, _| *epoch >= current || Some(*epoch) == newest);
    }

    /// The pseudonym that the server can read for longest.
    fn newest(&self) -> Option<&Tuple> {
        self.pseudonyms.last_key_value().map(|(_, tuple)| tuple)
    }

    /// The day at whose first second (UTC) the server forgets the account, unless it answers a question before: then the
    /// key of the newest pseudonym's day is destroyed.
    pub(super) fn forgotten_on(&self) -> Option<Day> {
        let newest = self.newest()?;
        Some(account_forgotten_at(newest.epoch.day()).day())
    }

    pub(super) fn pseudonyms(&self) -> impl Iterator<Item = &Tuple> {
        self.pseudonyms.values()
    }

    /// The HELLO of this moment. The deployed builder refuses a time outside its pseudonym's epoch, and so does this:
    /// without a pseudonym of the current epoch, the phone is silent.
    pub(super) fn hello(&self, now: Moment) -> Option<Hello> {
        let Tuple { ebid, ecc, .. } = self.pseudonyms.get(&Epoch::at(now)?)?;
        Some(Hello::seal(&self.auth, *ecc, *ebid, Ntp::from(now)))
    }

    /// An authenticated request: a question under the current pseudonym or else the newest; a request to leave or to
    /// delete under the newest, which no other outlives.
    pub(super) fn request(&self, kind: Kind, now: Moment) -> Option<AuthRequest> {
        let current = match kind {
            Kind::Status => Epoch::at(now).and_then(|epoch| self.pseudonyms.get(&epoch)),
            Kind::Unregister | Kind::DeleteHistory => None,
        };
        let Tuple { epoch, ebid, .. } = current.or_else(|| self.newest())?;
        Some(AuthRequest::seal(
            kind,
            &self.auth,
            *ebid,
            *epoch,
            Ntp::from(now),
        ))
    }
}

/// Opens a bundle; an empty one is of no use.
pub(super) fn open(key: &TupleKey, sealed: &str) -> Result<Vec<Tuple>, Refusal> {
    let pseudonyms = bundle::open(key, sealed).map_err(|_| Refusal::BadBundle)?;
    if pseudonyms.is_empty() {
        return Err(Refusal::BadBundle);
    }
    Ok(pseudonyms)
}
