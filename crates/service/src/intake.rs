//! The intake: one-time codes, and contacts on their way to the registries.
//!
//! A code is used up in the transaction that stores the report. The contacts of a report are
//! stored one by one, each under a random id, and each is due at a moment that is drawn among those at which the intake
//! delivers: nothing ties them to one another, to the code or to the moment they came. While they wait they are sealed once more,
//! under a key that goes when they have gone.
//!
//! A decoy is a report without a person, and its [stamp](robert::stamp) is the work that its sender did. Codes and used
//! stamps are rows of one table: a report removes its code's, a decoy adds its stamp's, so that neither writes more or
//! elsewhere. From there on a decoy's contacts are stored like any other's, until they are due: then they are dropped, and
//! go nowhere. In a demo realm a decoy needs no stamp: its code is made and used up in one transaction.

mod ceiling;
mod recent;
mod transit;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use decree::Moment;
use rand_core::CryptoRng;
use robert::stamp::Price;
use serde::{Deserialize, Serialize};
use store::{Fault, Sql, Value, transact};
use wire::Refusal;
use wire::code::Kind;

pub use self::ceiling::Ceiling;
pub(crate) use self::transit::SLOTS;
pub use self::transit::{
    Transit, emptied, open_transit, postpone_alike, retire, safe_name, slots, take_out, transit,
    transit_of,
};
use crate::desk::HolderMark;
use crate::figures::{self, INTAKE_FIGURES, IntakeFigures};
use crate::outbox::{self, DeliveryId, Owed};
use crate::parcel::Parcel;
use crate::record::RecordKey;
use crate::schema::walk;
use crate::slice::{self, Rows};
use crate::{Failure, Place, Realm, schema};

/// How long the same code with the same body is answered again, for an answer that was lost.
pub const REPEATABLE: Duration = Duration::from_mins(10);
/// Shortest time that a contact waits, in seconds.
const SHORTEST_WAIT: u64 = 5;
/// How far apart the moments are at which an intake delivers, in seconds: what goes to one registry travels together
/// then. At a hundred and forty-five contacts a second and 256 registries eleven deliveries do.
const BEAT: u64 = 10;
/// Among so many moments is drawn at which of them a contact goes: the last is 54 seconds away at most.
const BEATS: u64 = 5;
/// Wrong short codes in an hour after which a short code costs a proof of work. A short code lives
/// an hour and is one of 32⁹: with a thousand of them alive, fifty guesses hit one in seven hundred
/// million hours.
pub const MOST_WRONG: u64 = 50;
/// Contacts that may wait at a national intake: while it has more, nothing is taken, whoever sends it. They are a minute of
/// work for one core, at the three milliseconds that delivering one costs at the most, and as many as the largest report
/// holds.
///
/// A country whose 50 million phones send a decoy in five days, of twenty contacts, brings 145 contacts a second to each of
/// sixteen intakes, and its reports 35 more. They wait for half a minute on average: 5,400.
pub const MOST_WAITING: u64 = 20_000;
/// The kind of a used stamp's row. A country's day leaves each of sixteen intakes 600,000 of them.
const STAMP: &str = "stamp";
/// Longer than a call that was given up can still arrive.
const LONGEST_CALL: Duration = Duration::from_mins(1);

/// A one-time code, as it is stored: only its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCode {
    /// HMAC of the code under the realm's pepper.
    pub hash: [u8; 32],
    /// From when it is refused, in Unix seconds.
    pub until: u64,
}

/// Two parameters each, and two that they share: at most 100 in all.
const CODES_PER_STATEMENT: usize = 49;

/// Codes of one kind that are about to be handed out together.
#[derive(Debug, Clone, Copy)]
pub struct NewCodes<'a> {
    /// Names the issuer's request that they are for: the same request again stores nothing, so that no code that was
    /// used since comes back. It is remembered for as long as the codes live.
    pub mark: Option<[u8; 32]>,
    /// Long or short.
    pub kind: Kind,
    /// Their hashes.
    pub codes: &'a [StoredCode],
    /// Whose they are, so that they can be made [void](void_codes).
    pub holder: Option<HolderMark>,
}

/// Stores codes.
///
/// # Errors
/// A [`Failure`].
pub fn add_codes(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    new: NewCodes<'_>,
) -> Result<(), Failure> {
    let NewCodes {
        mark,
        kind,
        codes,
        holder,
    } = new;
    let Some(until) = codes.iter().map(|code| code.until).max() else {
        return Ok(());
    };
    let holder = holder.map_or(Value::Null, Value::from);
    transact(sql, |sql| {
        schema::ensure_tables(sql, place)?;
        if let Some(mark) = mark {
            let known = sql.query("SELECT 1 FROM batch WHERE mark = ?1", &[mark.into()])?;
            if !known.is_empty() {
                return Ok(());
            }
            sql.exec(
                "INSERT INTO batch (mark, until) VALUES (?1, ?2)",
                &[mark.into(), until.into()],
            )?;
        }
        for rows in codes.chunks(CODES_PER_STATEMENT) {
            let marks: Vec<_> = (0..rows.len())
                .map(|row| row * 2 + 2)
                .map(|at| format!("(?{}, ?1, ?{}, ?2)", at + 1, at + 2))
                .collect();
            let values: Vec<Value> = [kind.name().into(), holder.clone()]
                .into_iter()
                .chain(
                    rows.iter()
                        .flat_map(|code| [code.hash.into(), code.until.into()]),
                )
                .collect();
            let statement = format!(
                "INSERT INTO code (hash, kind, until, holder) VALUES {}",
                marks.join(", ")
            );
            sql.exec(&statement, &values)?;
        }
        let issued = u32::try_from(codes.len()).map_err(|_| Fault::Shape)?;
        Ok(IntakeFigures::issued(kind, issued).add(sql, now)?)
    })
}

/// What one slice of codes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidSlice {
    /// How many were made void.
    pub codes: u64,
    /// After which hash the next slice begins; nothing after the last.
    pub next: Option<[u8; 32]>,
}

/// Makes void those of the next codes after this hash whose holder is one of these. They count as expired.
///
/// # Errors
/// A [`Failure`].
pub fn void_codes(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    holders: &BTreeSet<HolderMark>,
    after: [u8; 32],
) -> Result<VoidSlice, Failure> {
    transact(sql, |sql| {
        let mut slice = VoidSlice {
            codes: 0,
            next: None,
        };
        if !schema::check(sql, place)? {
            return Ok(slice);
        }
        let rows = sql.query(
            "SELECT hash, kind, holder FROM code WHERE hash > ?1 ORDER BY hash LIMIT ?2",
            &[after.into(), slice::ROWS.into()],
        )?;
        for row in &rows {
            let hash: [u8; 32] = row.array(0)?;
            let is_theirs = match row.0.get(2) {
                Some(Value::Null) => false,
                _ => holders.contains(&row.array::<16>(2)?),
            };
            if is_theirs {
                sql.exec("DELETE FROM code WHERE hash = ?1", &[hash.into()])?;
                let kind = Kind::named(row.text(1)?).ok_or(Fault::Shape)?;
                IntakeFigures::expired(kind, 1).add(sql, now)?;
                slice.codes += 1;
            }
            slice.next = Some(hash);
        }
        if rows.len() < slice::ROWS as usize {
            slice.next = None;
        }
        Ok(slice)
    })
}

/// A report, as the front prepared it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it shows before its contacts.
    pub shown: Shown,
    /// The registry that each contact is for, and the contact sealed alone.
    pub contacts: Vec<(u16, Vec<u8>)>,
}

/// What a report shows before its contacts are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What was shown as a code.
    pub token: Token,
    /// What is known of its code and its body.
    pub marks: AllMarks,
    /// The proof of work that came with it, verified for this code.
    pub work: Option<Work>,
    /// Says which intake it is for: it does not travel there.
    #[serde(skip)]
    pub route: u8,
    /// With how many zero bits its stamp begins, if it is one. It does not travel either.
    #[serde(skip)]
    pub zeros: u32,
}

impl Shown {
    /// The intake knows the code: a stamp is none then, whatever its bits.
    pub const fn take_as_code(&mut self) {
        if let Token::Stamp { .. } = self.token {
            self.token = Token::Long;
        }
    }

    /// Whether its stamp, if it is a decoy that shows one, is enough for so many contacts.
    #[must_use]
    pub fn pays(&self, price: Price, contacts: usize) -> bool {
        match self.token {
            Token::Stamp { .. } => self.zeros >= price.bits(contacts),
            Token::Long | Token::Short | Token::Decoy => true,
        }
    }
}

/// The marks of a report under each root: a code that was handed out before the newest root was
/// listed is known under an older one until it expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllMarks {
    /// Under the newest root: what is written.
    pub newest: Marks,
    /// Under the others.
    pub older: Vec<Marks>,
}

/// The marks of a report under one root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// HMAC of the code; of a decoy, as good as random.
    pub code: [u8; 32],
    /// HMAC of the code and the whole body, of whose contacts it takes the hash; of a decoy without contacts, of something
    /// drawn. Release 0.2.0 took the body itself.
    pub body: [u8; 32],
}

/// Whose marks a report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkForm {
    /// Those of this release.
    Current,
    /// Those of release 0.2.0, which hashed the whole body once more for them.
    Former,
}

impl AllMarks {
    /// Under one root alone.
    #[must_use]
    pub const fn one(newest: Marks) -> Self {
        let older = Vec::new();
        Self { newest, older }
    }

    /// A moment, then one of each, as a statement's values, and their numbers for its `IN`.
    fn after(&self, at: Moment, which: impl Fn(&Marks) -> [u8; 32]) -> (Vec<Value>, String) {
        let all = core::iter::once(&self.newest).chain(&self.older);
        let hashes = all.map(|marks| which(marks).into());
        let values: Vec<Value> = core::iter::once(at.unix().into()).chain(hashes).collect();
        let numbers: Vec<_> = (2..=values.len()).map(|at| format!("?{at}")).collect();
        (values, numbers.join(", "))
    }
}

/// What a report shows as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Token {
    /// A long code, which nobody can guess.
    Long,
    /// A short code.
    Short,
    /// None: this is a decoy of a demo realm, or came by a front of release 0.2.0.
    Decoy,
    /// A long code's form, and a good stamp for its contacts: a decoy, unless the code is known.
    Stamp {
        /// From when the stamp is good no more, in Unix seconds.
        until: u64,
    },
}

impl Token {
    /// Whether it is no code's.
    #[must_use]
    pub const fn is_decoy(self) -> bool {
        matches!(self, Self::Decoy | Self::Stamp { .. })
    }
}

/// A proof of work that was verified, but not yet spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The challenge, which works once.
    pub challenge: [u8; 16],
    /// When the challenge expires by itself, in Unix seconds.
    pub until: u64,
}

/// What became of a report whose code was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Received {
    /// Its contacts are on their way.
    Accepted,
    /// Too many wrong codes lately: a proof of work is needed, and nothing was tried.
    WorkNeeded,
    /// It would be taken as a decoy: the stamp is good, and no code.
    Decoy,
    /// It would be refused, unless release 0.2.0 has just answered it: nothing was tried, and its [marks](MarkForm::Former)
    /// will tell.
    Former,
}

/// Looks whether a report would be taken, before anybody reads its contacts: nothing is used up.
///
/// A wrong short code is counted, and with it the proof of work that it was tried for is spent.
///
/// # Errors
/// [`Refusal::Unavailable`] while [too much](MOST_WAITING) waits, and [`Refusal::NoMoreToday`] above the ceiling unless this
/// very body was answered, before the code is looked at; [`Refusal::UnknownCode`]; a [`Failure`].
pub fn look_at(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    ceiling: Option<Ceiling>,
    (shown, form): (&Shown, MarkForm),
) -> Result<Received, Failure> {
    let is_good = transact(sql, |sql| try_code(sql, place, now, ceiling, (shown, form)))?;
    // A refusal inside the transaction would undo the count of wrong codes.
    is_good.ok_or(Failure::Refused(Refusal::UnknownCode))
}

/// `None` for a wrong code.
fn try_code(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    ceiling: Option<Ceiling>,
    (shown, form): (&Shown, MarkForm),
) -> Result<Option<Received>, Failure> {
    let is_short = shown.token == Token::Short;
    if schema::check(sql, place)? {
        has_room(sql, place)?;
        let is_again = answered_until(sql, &shown.marks, now)?.is_some();
        if !is_again {
            ceiling::check(sql, place, now, ceiling)?;
        }
        let has_guessed = recent::wrong(sql, now)? >= MOST_WRONG;
        let known = find(sql, &shown.marks, now)?;
        let is_new = known == Some(Known::Code) || shown.token.is_decoy();
        if form == MarkForm::Current && !is_again && !is_new && remembers_former(sql, now)? {
            return Ok(Some(Received::Former));
        }
        let needs_work = is_short && has_guessed && !is_again;
        if needs_work && !is_unspent(sql, shown.work)? {
            return Ok(Some(Received::WorkNeeded));
        }
        let received = match (shown.token, known) {
            (Token::Decoy, _) | (_, Some(Known::Code)) => Some(Received::Accepted),
            (Token::Stamp { .. }, None) => Some(Received::Decoy),
            (Token::Stamp { .. }, Some(Known::Stamp)) if is_again => Some(Received::Decoy),
            _ if is_again => Some(Received::Accepted),
            _ => None,
        };
        if received.is_some() {
            return Ok(received);
        }
        if needs_work {
            spend(sql, shown.work)?;
        }
    } else if shown.token.is_decoy() {
        return Ok(Some(match shown.token {
            Token::Stamp { .. } => Received::Decoy,
            _ => Received::Accepted,
        }));
    }
    if is_short {
        schema::ensure_tables(sql, place)?;
        recent::add(sql, now, true)?;
    }
    Ok(None)
}

/// Refuses whatever comes, code or stamp, while too much waits. A demo realm has limits of its own.
///
/// # Errors
/// [`Refusal::Unavailable`].
fn has_room(sql: &dyn Sql, place: &Place) -> Result<(), Failure> {
    let is_full = place.realm == Realm::National && transit::waiting(sql)? >= MOST_WAITING;
    if is_full {
        Err(Refusal::Unavailable.into())
    } else {
        Ok(())
    }
}

/// What the table of codes knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// A code that nobody has used.
    Code,
    /// A stamp that was used.
    Stamp,
}

/// What is known of this code or stamp.
fn find(sql: &dyn Sql, marks: &AllMarks, now: Moment) -> Result<Option<Known>, Fault> {
    let (values, codes) = marks.after(now, |marks| marks.code);
    let statement = format!("SELECT kind FROM code WHERE hash IN ({codes}) AND until > ?1");
    let known = sql.query(&statement, &values)?;
    let kind = known.first().map(|row| row.text(0)).transpose()?;
    Ok(kind.map(|kind| match kind {
        STAMP => Known::Stamp,
        _ => Known::Code,
    }))
}

/// Uses the code up and stores the contacts, in one transaction.
///
/// The same code with a byte-identical body within [`REPEATABLE`] is answered again and changes
/// nothing. A wrong short code is counted, and past [`MOST_WRONG`] in an hour a short code is tried
/// for a proof of work only: a refusal would let anybody lock out the sick.
///
/// # Errors
/// [`Refusal::Unavailable`] while [too much](MOST_WAITING) waits; [`Refusal::NoMoreToday`] above the ceiling;
/// [`Refusal::UnknownCode`]; [`Failure::Moved`] when its contacts need a transit key and this is none, or one that was closed:
/// then nothing was tried; a [`Failure`].
pub fn report(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    ceiling: Option<Ceiling>,
    report: &Report,
    transit: Option<(&Transit, &RecordKey)>,
) -> Result<Received, Failure> {
    let tried = transact(sql, |sql| {
        try_report(sql, place, rng, now, ceiling, report, transit)
    })?;
    // A refusal inside the transaction would undo the count of wrong codes.
    tried.ok_or(Failure::Refused(Refusal::UnknownCode))
}

/// `None` for a wrong code.
fn try_report(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    ceiling: Option<Ceiling>,
    Report { shown, contacts }: &Report,
    transit: Option<(&Transit, &RecordKey)>,
) -> Result<Option<Received>, Failure> {
    // A wrong long code changes no row, in an intake that was never written to neither.
    if !schema::check(sql, place)? && shown.token == Token::Long {
        return Ok(None);
    }
    schema::ensure_tables(sql, place)?;
    has_room(sql, place)?;
    let again = answered_until(sql, &shown.marks, now)?;
    if again.is_none() {
        ceiling::check(sql, place, now, ceiling)?;
    }
    // Without contacts it goes through all the same, and changes nothing: a decoy without contacts or stamp that is
    // sent again is a new one, and a report must not be quicker.
    if again.is_some() && !contacts.is_empty() {
        return Ok(Some(Received::Accepted));
    }
    let wrong = recent::wrong(sql, now)?;
    if shown.token == Token::Short
        && again.is_none()
        && wrong >= MOST_WRONG
        && !spend(sql, shown.work)?
    {
        return Ok(Some(Received::WorkNeeded));
    }
    // A row that is made here is written before it is used up; any other is written once more, so that neither takes
    // longer. Who used a code up may send the same again: its row is made anew. A stamp's row stays.
    let Marks { code: made, body } = shown.marks.newest;
    let (values, codes) = shown.marks.after(now, |marks| marks.code);
    let write_again =
        format!("UPDATE code SET until = until WHERE hash IN ({codes}) AND until > ?1");
    let make = |kind: &str, until: u64| {
        let values = [made.into(), kind.into(), until.into()];
        sql.exec(
            "INSERT INTO code (hash, kind, until) VALUES (?1, ?2, ?3)",
            &values,
        )
    };
    let known = find(sql, &shown.marks, now)?;
    let is_good = match (shown.token, known) {
        (Token::Stamp { until }, None) => {
            make(STAMP, until)?;
            true
        }
        (Token::Stamp { .. }, Some(_)) => {
            sql.exec(&write_again, &values)?;
            known == Some(Known::Stamp) && again.is_some()
        }
        (_, None) if shown.token == Token::Decoy || again.is_some() => {
            make("decoy", (now + REPEATABLE).unix())?;
            true
        }
        _ => {
            sql.exec(&write_again, &values)?;
            known == Some(Known::Code)
        }
    };
    if is_good || shown.token == Token::Short {
        recent::add(sql, now, !is_good)?;
    }
    if !is_good {
        return Ok(None);
    }
    let counted = match shown.token {
        _ if again.is_some() => IntakeFigures::default(),
        Token::Decoy | Token::Stamp { .. } => IntakeFigures::decoy(),
        Token::Long => IntakeFigures::report(Kind::Long),
        Token::Short => IntakeFigures::report(Kind::Short),
    };
    counted.add(sql, now)?;
    let use_up = match shown.token {
        Token::Stamp { .. } => write_again,
        _ => format!("DELETE FROM code WHERE hash IN ({codes}) AND until > ?1"),
    };
    sql.exec(&use_up, &values)?;
    sql.exec(
        "INSERT OR REPLACE INTO answered (hash, until) VALUES (?1, ?2)",
        &[
            body.into(),
            again.unwrap_or_else(|| (now + REPEATABLE).unix()).into(),
        ],
    )?;
    if !contacts.is_empty() {
        let (transit, key) = transit.ok_or(Failure::Moved)?;
        transit::add(sql, transit, contacts.len())?;
        let owed: Vec<_> = contacts
            .iter()
            .map(|(to, contact)| {
                let (id, to) = (outbox::draw_id(rng), *to);
                // Made for each, so that neither takes longer.
                let decoys = Parcel::of_decoy(contact)?.to_bytes();
                let contact = match shown.token.is_decoy() {
                    true => &decoys,
                    false => contact,
                };
                let body = transit::keep((transit, key), rng, (id, to), contact);
                let owed = Owed {
                    id,
                    to,
                    body,
                    slot: Some(transit.slot),
                };
                Ok((owed, draw_due(rng, place, now)))
            })
            .collect::<Result<_, Failure>>()?;
        outbox::put(sql, &owed)?;
    }
    Ok(Some(Received::Accepted))
}

/// Until when this body is answered again, if it was answered; in Unix seconds.
fn answered_until(sql: &dyn Sql, marks: &AllMarks, now: Moment) -> Result<Option<u64>, Fault> {
    let (values, bodies) = marks.after(now, |marks| marks.body);
    let answered = sql.query(
        &format!("SELECT until FROM answered WHERE hash IN ({bodies}) AND until > ?1"),
        &values,
    )?;
    answered.first().map(|row| row.integer(0)).transpose()
}

/// Whether something that release 0.2.0 answered may still be answered again.
fn remembers_former(sql: &dyn Sql, now: Moment) -> Result<bool, Fault> {
    let former = "SELECT 1 FROM former_marks WHERE until > ?1";
    Ok(!sql.query(former, &[now.unix().into()])?.is_empty())
}

/// Refuses a challenge that was spent on a short code. Reads only.
///
/// # Errors
/// [`Refusal::WrongCaptcha`]; a [`Failure`].
pub fn check_unspent(sql: &dyn Sql, place: &Place, challenge: [u8; 16]) -> Result<(), Failure> {
    let work = Some(Work {
        challenge,
        until: 0,
    });
    if schema::check(sql, place)? && !is_unspent(sql, work)? {
        return Err(Refusal::WrongCaptcha.into());
    }
    Ok(())
}

/// Whether there was a proof of work, and it was not yet spent.
fn spend(sql: &dyn Sql, work: Option<Work>) -> Result<bool, Failure> {
    let is_unspent = is_unspent(sql, work)?;
    if let Some(Work { challenge, until }) = work.filter(|_| is_unspent) {
        sql.exec(
            "INSERT INTO challenge (id, until) VALUES (?1, ?2)",
            &[challenge.into(), until.into()],
        )?;
    }
    Ok(is_unspent)
}

/// The same, and it stays so.
fn is_unspent(sql: &dyn Sql, work: Option<Work>) -> Result<bool, Failure> {
    let Some(Work { challenge, .. }) = work else {
        return Ok(false);
    };
    let spent = sql.query("SELECT 1 FROM challenge WHERE id = ?1", &[challenge.into()])?;
    Ok(spent.is_empty())
}

/// Uniform over the next moments at which this intake delivers. Each intake has moments of its own, so that a registry
/// is not called by all of them at once.
fn draw_due(rng: &mut impl CryptoRng, place: &Place, now: Moment) -> Moment {
    let earliest = now.unix() + SHORTEST_WAIT;
    let off = (earliest + BEAT - u64::from(place.index) % BEAT) % BEAT;
    let first = earliest + (BEAT - off) % BEAT;
    Moment::from_unix(first + BEAT * (rng.next_u64() % BEATS))
}

/// What acknowledged deliveries leave: their rows go, and for each contact the registry is owed the
/// word that it may forget the id. The word waits for longer than any call can still be under way. Of what was `dropped`
/// no registry has heard, and none is owed a word.
///
/// # Errors
/// A [`Failure`].
pub fn acknowledge(
    sql: &dyn Sql,
    place: &Place,
    rng: &mut impl CryptoRng,
    now: Moment,
    delivered: &[Owed],
    dropped: &[Owed],
) -> Result<(), Failure> {
    transact(sql, |sql| {
        for owed in dropped {
            if outbox::holds(sql, owed.id)?
                && let Parcel::Kept { slot, .. } = Parcel::from_bytes(&owed.body)?
            {
                outbox::acknowledge(sql, owed.id)?;
                transit::take(sql, slot)?;
            }
        }
        let mut words = Vec::new();
        for owed in delivered {
            let known = outbox::holds(sql, owed.id)?;
            outbox::acknowledge(sql, owed.id)?;
            if known && let Parcel::Kept { slot, .. } = Parcel::from_bytes(&owed.body)? {
                transit::take(sql, slot)?;
                let body = Parcel::Forgotten(owed.id).to_bytes();
                let word = Owed {
                    id: outbox::draw_id(rng),
                    to: owed.to,
                    body,
                    slot: None,
                };
                words.push((word, draw_due(rng, place, now) + LONGEST_CALL));
            }
        }
        Ok(outbox::put(sql, &words)?)
    })
}

/// Makes due now what a clock that was ahead [put off](outbox::bring_forward).
///
/// # Errors
/// A [`Failure`].
pub fn bring_forward(sql: &dyn Sql, place: &Place, now: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        if schema::check(sql, place)? {
            outbox::bring_forward(sql, now)?;
            transit::bring_forward(sql, now)?;
        }
        Ok(())
    })
}

/// Puts off a slice of what is due for one registry: whether more is left.
///
/// # Errors
/// A [`Failure`].
pub fn postpone(sql: &dyn Sql, to: u16, now: Moment, until: Moment) -> Result<bool, Failure> {
    transact(sql, |sql| Ok(outbox::postpone(sql, to, now, until)?))
}

/// Puts off these deliveries alone.
///
/// # Errors
/// A [`Failure`].
pub fn postpone_these(sql: &dyn Sql, ids: &[DeliveryId], until: Moment) -> Result<(), Failure> {
    transact(sql, |sql| {
        for id in ids {
            outbox::postpone_one(sql, *id, until)?;
        }
        Ok(())
    })
}

/// Forgets codes, stamps and answers that expired, and figures of days that are over their term; then does the next
/// slice of a [walk]. A code is counted as expired on the day that it is deleted: earlier days stay as they
/// were collected. Rows go a slice at a time: says whether more are left, and is then called again.
///
/// # Errors
/// A [`Failure`].
pub fn tick(sql: &dyn Sql, place: &Place, now: Moment) -> Result<bool, Failure> {
    let ticked: Result<bool, Failure> = transact(sql, |sql| {
        if !schema::check(sql, place)? {
            return Ok(false);
        }
        let values = [now.unix().into()];
        let over = |table, key| Rows {
            table,
            key,
            condition: "until <= ?1",
            values: &values,
        };
        let (expired, mut are_left) = over("code", "hash").take(sql, "kind")?;
        let mut counted = BTreeMap::<&str, u32>::new();
        for row in &expired {
            *counted.entry(row.text(0)?).or_default() += 1;
        }
        counted.remove(STAMP);
        for (kind, expired) in counted {
            let kind = Kind::named(kind).ok_or(Fault::Shape)?;
            IntakeFigures::expired(kind, expired).add(sql, now)?;
        }
        are_left |= over("batch", "mark").delete(sql)?;
        are_left |= over("answered", "hash").delete(sql)?;
        are_left |= over("challenge", "id").delete(sql)?;
        sql.exec("DELETE FROM former_marks WHERE until <= ?1", &values)?;
        recent::forget(sql, now)?;
        figures::forget(sql, INTAKE_FIGURES, now)?;
        Ok(are_left)
    });
    let walked = walk::go_on(sql, schema::INTAKE, now);
    let are_left = ticked?;
    walked.map(|()| are_left)
}

/// When something will be due: a delivery, an expiry, a day to forget, or the next slice of a walk.
///
/// # Errors
/// A [`Failure`].
pub fn next_due(sql: &dyn Sql) -> Result<Option<Moment>, Failure> {
    if !schema::open(sql, schema::INTAKE)? {
        return Ok(None);
    }
    let due = [
        outbox::next_due(sql)?,
        outbox::earliest(sql, "SELECT MIN(until) FROM code")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM batch")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM answered")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM challenge")?,
        outbox::earliest(sql, "SELECT MIN(until) FROM former_marks")?,
        recent::next_due(sql)?,
        transit::next_due(sql)?,
        figures::next_due(sql)?,
        walk::next_due(sql)?,
    ];
    Ok(due.into_iter().flatten().min())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Class;
    use crate::tests::Fixed;

    /// Each moment of an intake is as far from the next as all its others, and no other intake's of the first ten.
    #[test]
    fn a_contact_waits_for_one_of_five_moments_of_its_intake() {
        for index in 0..16 {
            let place = Place {
                realm: Realm::National,
                class: Class::Intake,
                index,
                of: 16,
                since: 20_000,
            };
            for second in 0..30 {
                let now = Moment::from_unix(1_800_000_000 + second);
                let due: BTreeSet<_> = (0..=255)
                    .map(|draw| draw_due(&mut Fixed(draw), &place, now))
                    .collect();
                let (first, last) = (due.first().unwrap(), due.last().unwrap());
                assert_eq!(due.len() as u64, BEATS);
                assert!(*first >= now + Duration::from_secs(5));
                assert!(*last < now + Duration::from_secs(55));
                let off = |due: &Moment| due.unix() % BEAT;
                assert!(due.iter().all(|due| off(due) == u64::from(index) % BEAT));
            }
        }
    }
}
