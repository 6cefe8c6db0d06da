//! The operator's ceiling: how many reports and decoys a day brings at the most.
//!
//! What an intake has taken today stands in its [figures](crate::figures), whose row every report and every decoy raises
//! by one in the transaction that takes it. The ceiling is compared with their sum, so it tells nothing of how many were
//! which, and costs both the same.

use core::num::NonZeroU32;

use decree::Moment;
use store::Sql;
use wire::Refusal;

use crate::{Failure, Place, Realm, figures};

/// Reports and decoys that all intakes of the national realm take on one UTC day at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling(NonZeroU32);

impl Ceiling {
    /// As an operator writes it: a whole number from 1 to 4,294,967,295.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// One intake's part of it: as many as any other's, rounded up.
    const fn share(self, place: &Place) -> u64 {
        // No intake is one of none.
        let intakes = if place.of == 0 { 1 } else { place.of };
        (self.0.get() as u64).div_ceil(intakes as u64)
    }
}

/// Refuses whatever comes, code or stamp, once the intake's part of the ceiling is used up. A demo realm has limits of its own.
///
/// # Errors
/// [`Refusal::NoMoreToday`].
pub(super) fn check(
    sql: &dyn Sql,
    place: &Place,
    now: Moment,
    ceiling: Option<Ceiling>,
) -> Result<(), Failure> {
    let Some(ceiling) = ceiling.filter(|_| place.realm == Realm::National) else {
        return Ok(());
    };
    if figures::taken(sql, now.day())? < ceiling.share(place) {
        return Ok(());
    }
    let tomorrow = now.day().plus_days(1).start();
    Err(Refusal::NoMoreToday(tomorrow.since(now).as_secs()).into())
}

#[cfg(test)]
mod tests {
    use store::Native;

    use super::*;
    use crate::Class;
    use crate::figures::IntakeFigures;
    use crate::schema::ensure_tables;

    const NOON: Moment = Moment::from_unix(1_592_049_600);

    fn place(realm: Realm, of: u16) -> Place {
        let (class, since) = (Class::Intake, 0);
        Place {
            realm,
            class,
            index: 0,
            of,
            since,
        }
    }

    #[test]
    fn intakes_share_a_ceiling_and_none_takes_less_than_another() {
        let share =
            |text, of| Ceiling::read(text).map(|all| all.share(&place(Realm::National, of)));
        assert_eq!(share("1", 16), Some(1));
        assert_eq!(share("16", 16), Some(1));
        assert_eq!(share("17", 16), Some(2));
        assert_eq!(share("10000000", 1), Some(10_000_000));
        assert_eq!(share("4294967295", 2), Some(2_147_483_648));
        for text in ["", "0", "-1", "1.5", "4294967296", "ten"] {
            assert_eq!(share(text, 1), None, "{text}");
        }
    }

    #[test]
    fn it_is_the_national_realms() {
        let sql = Native::in_memory().unwrap();
        let ceiling = Ceiling::read("2");
        let national = place(Realm::National, 1);
        ensure_tables(&sql, &national).unwrap();
        for taken in [IntakeFigures::decoy(), IntakeFigures::decoy()] {
            assert_eq!(check(&sql, &national, NOON, ceiling), Ok(()));
            taken.add(&sql, NOON).unwrap();
        }
        let refused = Err(Refusal::NoMoreToday(43_200).into());
        assert_eq!(check(&sql, &national, NOON, ceiling), refused);
        assert_eq!(check(&sql, &national, NOON, None), Ok(()));
        let visitor = place(Realm::Demo([7; 16]), 1);
        assert_eq!(check(&sql, &visitor, NOON, ceiling), Ok(()));
    }
}
