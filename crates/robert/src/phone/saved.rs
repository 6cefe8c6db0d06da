//! A phone as bytes: version ‖ state ‖ checksum.
//!
//! The state is the [postcard](https://postcard.jamesmunro.dev) form of [`Saved`], followed since version 2 by the moment
//! of the next decoy; the checksum is the first 8 bytes of
//! SHA-256 over everything before it. The deployed application could be left unusable by a damaged file: here damage is
//! an answer.

use decree::{Day, Moment};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::history::Recorded;
use super::identity::Identity;
use super::report::{Pending, Reporting};
use super::{Account, Phone, Question};
use crate::{AuthKey, Ebid, Ecc, Epoch, Hello, TupleKey, bundle::Tuple};

const VERSION: u8 = 2;
/// Before there were decoys. Phones saved so are read, and draw their first one anew.
const WITHOUT_DECOYS: u8 = 1;
const CHECKSUM_LENGTH: usize = 8;

impl Phone {
    /// The phone's state, as it is at `now`: keys in the clear, so what keeps these bytes must seal them.
    ///
    /// A registration that waits for its answer and a draft are not saved: both begin again. The one-time code is in
    /// there only while a report's answer is unknown, for the retry.
    pub fn save(&mut self, now: Moment) -> Zeroizing<Vec<u8>> {
        self.tick(now);
        let next_decoy = self.next_decoy.map(Moment::unix);
        let saved = Saved::of(self);
        // Room for all of it: nothing secret stays behind in a smaller copy.
        let mut bytes = Vec::with_capacity(saved.most_bytes());
        bytes.push(VERSION);
        // Writing to memory does not fail.
        let mut bytes =
            Zeroizing::new(postcard::to_extend(&(&saved, next_decoy), bytes).unwrap_or_default());
        let sum = checksum(&bytes);
        bytes.extend(sum);
        bytes
    }

    /// The phone that was saved, and what it has forgotten since is forgotten.
    ///
    /// # Errors
    /// [`RestoreError`] for anything that [`Phone::save`] did not write.
    pub fn restore(bytes: &[u8], now: Moment) -> Result<Self, RestoreError> {
        let (checked, sum) = bytes.split_last_chunk().ok_or(RestoreError::Damaged)?;
        let (version, state) = checked.split_first().ok_or(RestoreError::Damaged)?;
        if ![WITHOUT_DECOYS, VERSION].contains(version) {
            return Err(RestoreError::UnknownVersion(*version));
        }
        if checksum(checked) != *sum {
            return Err(RestoreError::Damaged);
        }
        let damaged = |_| RestoreError::Damaged;
        let (saved, rest) = postcard::take_from_bytes::<Saved<'_>>(state).map_err(damaged)?;
        let (next_decoy, rest) = match *version {
            WITHOUT_DECOYS => (None, rest),
            _ => postcard::take_from_bytes::<Option<u64>>(rest).map_err(damaged)?,
        };
        if !rest.is_empty() {
            return Err(RestoreError::Damaged);
        }
        let mut phone = saved.into_phone();
        phone.next_decoy = next_decoy.map(Moment::from_unix);
        phone.tick(now);
        Ok(phone)
    }
}

/// Why saved bytes are not a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// They were written by another version.
    #[error("saved by version {0} of the format, this is version {VERSION}")]
    UnknownVersion(u8),
    /// They are cut short, or not what was written.
    #[error("the saved phone is damaged")]
    Damaged,
}

#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    account: Option<SavedAccount>,
    bluetooth: bool,
    history: Vec<SavedHello>,
    #[serde(borrow)]
    report: SavedReport<'a>,
    at_risk: Option<bool>,
    /// Number of the day, and the epoch that ends the gap while it runs.
    last_question: Option<(u32, Option<Epoch>)>,
}

#[derive(Serialize, Deserialize)]
struct SavedAccount {
    keys: SavedKeys,
    pseudonyms: Vec<(Epoch, Ebid, Ecc)>,
}

#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
struct SavedKeys {
    auth: [u8; 32],
    tuples: [u8; 32],
}

/// Unix seconds, HELLO, level.
#[derive(Serialize, Deserialize)]
struct SavedHello(u64, Hello, i8);

#[derive(Serialize, Deserialize)]
enum SavedReport<'a> {
    None,
    Accepted,
    Refused,
    AnswerUnknown {
        code: &'a str,
        leaving: Vec<SavedHello>,
    },
}

impl<'a> Saved<'a> {
    fn of(phone: &'a Phone) -> Self {
        Self {
            account: match &phone.account {
                Account::Open(identity) => Some(SavedAccount::from(identity)),
                Account::None | Account::Asking(_) => None,
            },
            bluetooth: phone.bluetooth,
            history: phone.history.all().map(SavedHello::from).collect(),
            report: match &phone.reporting {
                Reporting::None | Reporting::Drafted(_) => SavedReport::None,
                Reporting::Accepted => SavedReport::Accepted,
                Reporting::Refused => SavedReport::Refused,
                Reporting::AnswerUnknown(Pending { code, leaving }) => SavedReport::AnswerUnknown {
                    code,
                    leaving: leaving.iter().map(SavedHello::from).collect(),
                },
            },
            at_risk: phone.at_risk,
            last_question: phone
                .last_question
                .map(|Question { day, gap_ends }| (day.number(), gap_ends)),
        }
    }

    fn into_phone(self) -> Phone {
        Phone {
            account: self
                .account
                .map_or(Account::None, |account| Account::Open(account.into())),
            bluetooth: self.bluetooth,
            history: self.history.into_iter().map(Recorded::from).collect(),
            reporting: match self.report {
                SavedReport::None => Reporting::None,
                SavedReport::Accepted => Reporting::Accepted,
                SavedReport::Refused => Reporting::Refused,
                SavedReport::AnswerUnknown { code, leaving } => Reporting::AnswerUnknown(Pending {
                    code: Zeroizing::new(code.to_owned()),
                    leaving: leaving.into_iter().map(Recorded::from).collect(),
                }),
            },
            at_risk: self.at_risk,
            last_question: self.last_question.map(|(day, gap_ends)| Question {
                day: Day::from_number(day),
                gap_ends,
            }),
            next_decoy: None,
        }
    }

    /// At least as many bytes as this and its envelope take.
    fn most_bytes(&self) -> usize {
        const ELSE: usize = 256;
        const PSEUDONYM: usize = 5 + 8 + 1;
        const HELLO: usize = 10 + 16 + 1;
        let pseudonyms = self
            .account
            .as_ref()
            .map_or(0, |account| account.pseudonyms.len());
        let (code, leaving) = match &self.report {
            SavedReport::AnswerUnknown { code, leaving } => (code.len(), leaving.len()),
            _ => (0, 0),
        };
        ELSE + PSEUDONYM * pseudonyms + HELLO * (self.history.len() + leaving) + code
    }
}

impl From<&Identity> for SavedAccount {
    fn from(identity: &Identity) -> Self {
        Self {
            keys: SavedKeys {
                auth: *identity.auth.as_bytes(),
                tuples: *identity.tuples.as_bytes(),
            },
            pseudonyms: identity
                .pseudonyms()
                .map(|Tuple { epoch, ebid, ecc }| (*epoch, *ebid, *ecc))
                .collect(),
        }
    }
}

impl From<SavedAccount> for Identity {
    fn from(SavedAccount { keys, pseudonyms }: SavedAccount) -> Self {
        Self::new(
            AuthKey::from_bytes(&keys.auth),
            TupleKey::from_bytes(&keys.tuples),
            pseudonyms
                .into_iter()
                .map(|(epoch, ebid, ecc)| Tuple { epoch, ebid, ecc })
                .collect(),
        )
    }
}

impl From<&Recorded> for SavedHello {
    fn from(Recorded { at, hello, rssi }: &Recorded) -> Self {
        Self(at.unix(), *hello, *rssi)
    }
}

impl From<SavedHello> for Recorded {
    fn from(SavedHello(at, hello, rssi): SavedHello) -> Self {
        Self {
            at: Moment::from_unix(at),
            hello,
            rssi,
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let [s0, s1, s2, s3, s4, s5, s6, s7, ..] = digest;
    [s0, s1, s2, s3, s4, s5, s6, s7]
}
