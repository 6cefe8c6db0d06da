//! A row of an exposure: where it stands, and what opens it.
//!
//! Rows stand in the order of their ids, and an id says what the row must be found by, so there is no index beside the
//! table. Rows of one day stand together, and their pages are free at once when it is forgotten. What they take of the disk
//! the test `disk` measures.

use decree::Day;
use robert::Id;
use robert::risk::AppliedContact;
use store::{Fault, Row, Sql, Value};

use crate::form::{Form, Unreadable, Version};
use crate::record::RecordKey;
use crate::registry::Context;
use crate::seal;
use crate::vault::{DayTag, OfRecord};

/// Names a row, in 53 bits, which is what the platform keeps of an integer: `day (15) ‖ tag (24) ‖ number (14)`. The day is
/// before the year 2059.
///
/// The number is random, so that rows have no order. The tag is the beginning of the account's tag of that day; where two
/// accounts' tags begin alike, each opens its own rows alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowId(u64);

/// Bits of the number.
const NUMBER: u32 = 14;
/// Bits of the tag and the number.
const AFTER_DAY: u32 = NUMBER + 24;
/// How many rows an account can have of one day.
const NUMBERS: u16 = 1 << NUMBER;

impl RowId {
    /// The ids of an account's rows of one day, the first and the last.
    pub(super) fn range(day: Day, tag: DayTag) -> [Self; 2] {
        let first = Self::first_of_day(day).0 | bits(tag) << NUMBER;
        [Self(first), Self(first | u64::from(NUMBERS - 1))]
    }

    /// Before the ids of this day and of later ones, after those of earlier ones.
    pub(crate) fn first_of_day(day: Day) -> Self {
        Self(u64::from(day.number()) << AFTER_DAY)
    }

    /// The id with this number, or the next that is free; none when all are taken.
    pub(super) fn free(
        day: Day,
        tag: DayTag,
        number: u16,
        is_taken: impl Fn(Self) -> bool,
    ) -> Option<Self> {
        let [first, _] = Self::range(day, tag);
        (0..NUMBERS)
            .map(|step| number.wrapping_add(step) % NUMBERS)
            .map(|number| Self(first.0 | u64::from(number)))
            .find(|id| !is_taken(*id))
    }

    /// The id in this column.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub(crate) fn read(row: &Row, column: usize) -> Result<Self, Fault> {
        row.integer(column).map(Self)
    }

    /// The day whose key seals the row.
    fn day(self) -> Day {
        // An id has 53 bits.
        Day::from_number(u32::try_from(self.0 >> AFTER_DAY).unwrap_or(u32::MAX))
    }

    /// Whether the row may be this tag's.
    fn has(self, tag: DayTag) -> bool {
        (self.0 >> NUMBER) & 0x00ff_ffff == bits(tag)
    }

    /// What a row is bound to: its account and its id. One that is copied under another id opens no more.
    pub(super) fn bound(self, account: Id) -> Vec<u8> {
        let id = self.0.to_be_bytes();
        [b"exposure.sealed", account.0.as_slice(), &id].concat()
    }
}

/// The part of a tag that stands in an id.
fn bits(tag: DayTag) -> u64 {
    let [a, b, c, ..] = tag;
    u32::from_be_bytes([0, a, b, c]).into()
}

impl From<RowId> for Value {
    fn from(id: RowId) -> Self {
        id.0.into()
    }
}

/// A row, as it is stored.
pub(crate) struct Exposure<'a> {
    /// Its id.
    pub(crate) id: RowId,
    /// The contact, sealed.
    pub(crate) sealed: &'a [u8],
}

impl Exposure<'_> {
    /// The contact in the row, if it is this account's and its day's key is still there.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub(crate) fn open(
        &self,
        context: &Context<'_>,
        record: &RecordKey,
        account: Id,
    ) -> Result<Option<AppliedContact>, Unreadable> {
        let (keys, day) = (context.keys, self.id.day());
        let tag = keys.tag(day, account, record);
        if !tag.is_some_and(|tag| self.id.has(tag)) {
            return Ok(None);
        }
        let plain = match Form::Exposure.version(self.sealed)? {
            Version::Current => {
                let key = keys.of_record(day, OfRecord::Exposure, record);
                key.and_then(|key| key.open(&self.id.bound(account), self.sealed))
            }
            Version::Former => {
                return Former::split(self.sealed, day)?.open(context, record, account);
            }
        };
        contact(plain.as_ref().map(|plain| plain.as_slice()))
    }
}

fn contact(plain: Option<&[u8]>) -> Result<Option<AppliedContact>, Unreadable> {
    let Some(plain) = plain else {
        return Ok(None);
    };
    match seal::unpad(plain).map(AppliedContact::from_bytes) {
        Some(Ok(contact)) => Ok(Some(contact)),
        _ => Err(Unreadable::Content),
    }
}

/// A row of releases up to 0.2.0. Their table had an id of 128 random bits and a day beside what was sealed; here the id
/// stands before it.
pub(crate) struct Former<'a> {
    /// Its id.
    pub(crate) id: [u8; 16],
    /// The day whose key seals it.
    pub(crate) day: Day,
    /// The contact, sealed.
    pub(crate) sealed: &'a [u8],
}

impl<'a> Former<'a> {
    fn split(moved: &'a [u8], day: Day) -> Result<Self, Unreadable> {
        let split = moved.split_first_chunk();
        let (id, sealed) = split.ok_or(Unreadable::Length(moved.len()))?;
        let id = *id;
        Ok(Self { id, day, sealed })
    }

    /// As [`Exposure::open`].
    pub(super) fn open(
        &self,
        context: &Context<'_>,
        record: &RecordKey,
        account: Id,
    ) -> Result<Option<AppliedContact>, Unreadable> {
        let (keys, account) = (context.keys, account.0.as_slice());
        let plain = match Form::FormerExposure.version(self.sealed)? {
            Version::Current => {
                let key = keys.of_record(self.day, OfRecord::Exposure, record);
                let day = self.day.number().to_be_bytes();
                let bound = [b"exposure.sealed", account, &self.id, &day].concat();
                key.and_then(|key| key.open(&bound, self.sealed))
            }
            Version::Former => {
                let key = keys.former_of_record(self.day, record);
                let bound = [b"exposure", account].concat();
                key.and_then(|key| key.open_former(&bound, self.sealed))
            }
        };
        contact(plain.as_ref().map(|plain| plain.as_slice()))
    }

    /// Moves it into today's table; without any key, since its tag begins as today's does.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn move_in(&self, sql: &dyn Sql, tag: DayTag) -> Result<(), Fault> {
        let [a, b, ..] = self.id;
        let (number, sealed) = (u16::from_be_bytes([a, b]), [&self.id, self.sealed].concat());
        let taken = |id: RowId| sql.query("SELECT 1 FROM exposure WHERE id = ?1", &[id.into()]);
        let is_taken = |id| taken(id).is_ok_and(|rows| !rows.is_empty());
        let id = RowId::free(self.day, tag, number, is_taken);
        sql.exec(
            "INSERT INTO exposure (id, sealed) VALUES (?1, ?2)",
            &[id.ok_or(Fault::Engine)?.into(), sealed.into()],
        )
    }
}
