//! The server's half, and only what these tests need of it.

use core::convert::Infallible;
use core::time::Duration;
use std::collections::BTreeMap;

use decree::article_2::Onset;
use decree::article_3::Once;
use decree::{Day, Moment};
use robert::keys::{ClientPublic, ServerSecret};
use robert::parameters::{BUNDLE_DAYS, COUNTRY, SERVICE_START};
use robert::phone::{Fate, Phone, Recorded};
use robert::risk::{AppliedContact, Verdict, expose, judge};
use robert::validate::{authenticate, locate};
use robert::{AuthKey, Contact, Epoch, FederationKey, Id, ServerKey, TupleKey, bundle};

/// Noon of a day in the service's fourth week.
pub const NOON: Moment = Moment::from_unix(SERVICE_START.unix() + 20 * 86_400 + 43_200);
pub const CODE: &str = "7QKX9C2M4T";

/// The server's half, and only what these tests need of it.
pub struct Server {
    pub secret: ServerSecret,
    pub federation: FederationKey,
    pub keys: BTreeMap<Day, ServerKey>,
    pub accounts: u8,
    pub rng: Steady,
}

pub struct Account {
    pub id: Id,
    pub auth: AuthKey,
    pub tuples: TupleKey,
}

/// What the server makes of a meeting that was reported.
pub struct Met {
    pub scores: Vec<f64>,
    pub at_risk: bool,
}

impl Server {
    pub fn new() -> Self {
        let days = (0..60).map(|n| SERVICE_START.day().plus_days(n));
        let key = |day: Day| {
            (
                day,
                ServerKey::from_bytes(&[day.number().to_le_bytes()[0]; 24]),
            )
        };
        Self {
            secret: ServerSecret::from_bytes(&[7; 32]).unwrap(),
            federation: FederationKey::from_bytes(&[9; 32]),
            keys: days.map(key).collect(),
            accounts: 0,
            rng: Steady(0),
        }
    }

    pub fn register(&mut self, now: Moment) -> (Phone, Account) {
        let mut phone = Phone::new();
        let account = self.register_again(&mut phone, now);
        (phone, account)
    }

    pub fn register_again(&mut self, phone: &mut Phone, now: Moment) -> Account {
        let public = phone.register(&mut self.rng).unwrap();
        let (account, bundle) = self.open_account(&public, now);
        phone
            .registered(&self.secret.public(), &bundle, now)
            .unwrap();
        account
    }

    pub fn open_account(&mut self, public: &ClientPublic, now: Moment) -> (Account, String) {
        self.accounts += 1;
        let (auth, tuples) = self.secret.agree(public);
        let account = Account {
            id: Id([self.accounts; 5]),
            auth,
            tuples,
        };
        let bundle = self.bundle(&account, now);
        (account, bundle)
    }

    pub fn bundle(&mut self, account: &Account, now: Moment) -> String {
        let epochs = bundle::epochs_from(epoch(now), BUNDLE_DAYS);
        let tuples = bundle::tuples(&self.keys, &self.federation, COUNTRY, account.id, epochs);
        bundle::seal(&account.tuples, &mut self.rng, &tuples)
    }

    /// Two people meet, one of them reports an hour later, and the other asks.
    pub fn met(&mut self, start: Moment, length: Duration, metres: f64) -> Met {
        let (mut johanna, _) = self.register(start);
        let (mut justin, account) = self.register(start);
        let contacts = meet(&mut johanna, &mut justin, start, length, metres);
        let now = start + length + hours(1);
        let applied: Vec<_> = contacts
            .iter()
            .map(|contact| {
                let located = locate(&self.keys, &self.federation, COUNTRY, contact, now).unwrap();
                assert_eq!(located.id, account.id);
                let hellos = authenticate(&account.auth, &located, now);
                assert_eq!(hellos.len(), contact.hellos.len());
                AppliedContact {
                    epoch: located.epoch,
                    hellos,
                }
            })
            .collect();
        let exposures = expose(&applied);
        let verdict = judge(&Verdict::default(), &exposures, now);
        Met {
            scores: exposures
                .iter()
                .map(|exposure| (exposure.score * 1e9).round() / 1e9)
                .collect(),
            at_risk: verdict.is_at_risk(now),
        }
    }
}

/// One phone hears the other every ten seconds at this distance, as in the workshop, and reports. Returns what leaves.
pub fn meet(
    listener: &mut Phone,
    speaker: &mut Phone,
    start: Moment,
    length: Duration,
    metres: f64,
) -> Vec<Contact> {
    listener.switch_bluetooth(true);
    speaker.switch_bluetooth(true);
    let level = (-45.0 - 20.0 * metres.log10()).round() as i8;
    for second in (0..length.as_secs()).step_by(10) {
        let now = start + seconds(second);
        let hello = speaker.emit(now).unwrap().to_bytes();
        listener.hear(&hello, level, now).unwrap();
    }
    let now = start + length + hours(1);
    let selection = listener.draft(Onset::Unknown, now).unwrap();
    // The filter lets every close meeting through, but for ends of less than two minutes.
    for meeting in selection.meetings.iter().filter(|_| metres < 1.0) {
        let (first, last) = meeting.span;
        let expected = if last.since(first) < minutes(2) {
            Fate::TooShort
        } else {
            Fate::Leaves
        };
        assert_eq!(meeting.fate(), expected);
    }
    let contacts = listener.send(code(), now).unwrap().contacts;
    listener.accepted().unwrap();
    contacts
}

/// Bytes that look random and are the same each time.
pub struct Steady(pub u64);

impl rand_core::TryRng for Steady {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(word ^ (word >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let Ok(word) = self.try_next_u64();
            chunk.copy_from_slice(&word.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Steady {}

pub fn listening() -> Phone {
    let mut phone = Phone::new();
    phone.switch_bluetooth(true);
    phone
}

/// A quarter of an hour of one pseudonym, a HELLO every ten seconds, both ends included.
pub fn record(phone: &mut Phone, pseudonym: u8, from: Moment, level: i8) {
    for second in (0..=900).step_by(10) {
        phone
            .hear(&[pseudonym; 16], level, from + seconds(second))
            .unwrap();
    }
}

pub fn row(recorded: &Recorded) -> (Moment, [u8; 16], i8) {
    (recorded.at, recorded.hello.to_bytes(), recorded.rssi)
}

pub fn written(contacts: &[Contact]) -> String {
    serde_json::to_string(contacts).unwrap()
}

/// Bytes of these contacts in the API's JSON, numbers at their longest.
pub fn longest_json(contacts: &[Contact]) -> usize {
    let hello = r#"{"timeCollectedOnDevice":4294967295,"timeFromHelloMessage":65535,"mac":"AAAAAAA=","rssiCalibrated":-128},"#;
    let contact = r#"{"ebid":"AAAAAAAAAAA=","ecc":"AA==","ids":[]},"#;
    contacts
        .iter()
        .map(|c| contact.len() + c.hellos.len() * hello.len())
        .sum()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn code() -> Once<String> {
    Once::new(CODE.to_owned())
}

pub fn epoch(moment: Moment) -> Epoch {
    Epoch::at(moment).unwrap()
}

pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(3_600 * n)
}
