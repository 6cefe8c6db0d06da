//! The forms of what is stored sealed or wrapped, and how their versions are told.
//!
//! Every form of this release begins with [`VERSION`]. Release 0.1.0 wrote no version: its forms
//! are told by their lengths, which no later form of the same kind may have. (A class is one of
//! [`CLASSES`]: 128, 1,280, 4,096, 13,312 bytes.)
//!
//! | Form | Where | 0.1.0, bytes | now, bytes | What it is now |
//! | --- | --- | --- | --- | --- |
//! | [`Contact`](Form::Contact) | inside a kept one, and on its way to a registry | class + 33 | class + 35 | version, kind, day (4), sealed |
//! | [`Kept`](Form::Kept) | `outbox.body` of an intake | class + 63 | class + 67 | version, kind, slot, sealed |
//! | [`Word`](Form::Word) | `outbox.body` | 17 | 18 | version, kind, id (16) |
//! | [`Exposure`](Form::Exposure) | `exposure.sealed` | class + 44 | 253, 797, 4,125 or 7,069 | sealed |
//! | [`FormerExposure`](Form::FormerExposure) | `former_exposure.sealed` | class + 28 | class + 29, up to 0.2.0 | sealed |
//! | [`Verdict`](Form::Verdict) | `account.verdict` | 38 | 39 | sealed |
//! | [`Figures`](Form::Figures) | `figures.sealed` of a registry | 49 | 50 | sealed |
//! | [`AccountKey`](Form::AccountKey) | `account.key_for_mac`, `account.key_for_tuples` | 60 | 65 | wrapped |
//! | [`RecordKey`](Form::RecordKey) | a safe | 60 | 65 | wrapped |
//! | [`Group`](Form::Group) | a safe | none | 2,085 or 8,229 | version, root (4), version of the group (4), nonce, ciphertext, tag |
//! | [`DayKeys`](Form::DayKeys) | a vault | 88 | 93 | version, root (4), day (4), nonce, ciphertext, tag |
//! | [`Session`](Form::Session) | a demo realm's address | 56 | 66 | version, root (4), seat (1), turn (4), id (16), end (8), HMAC (32) |
//!
//! An exposure of releases up to 0.2.0 has, once it has moved, the id of its row of then (16) before it: class + 44 bytes,
//! and of 0.2.0 class + 45.
//!
//! A session of 0.2.0 has no seat and no turn, and 61 bytes.
//!
//! *Sealed* is version, nonce (12), ciphertext, tag (16); *wrapped* has the id of its root (4)
//! after the version. Whatever stands before the ciphertext is authenticated with it. Saved values
//! of a phone have had a version from the beginning (`robert::phone`).

use crate::figures::RegistryFigures;
use crate::keyring::KeyId;
use crate::seal::{CLASSES, EXPOSURE_CLASSES, FORMER_OVERHEAD, OVERHEAD};

/// The version of every form that is written now. It is none of the kinds, 1 to 4, with which
/// parcels of 0.1.0 begin; later ones count on from here.
pub const VERSION: u8 = 0x20;

/// A form that is stored sealed or wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A contact, sealed for its registry.
    Contact,
    /// A contact while it waits, sealed once more.
    Kept,
    /// The word that a delivery was forgotten, or that a safe is to be emptied: not sealed.
    Word,
    /// What an account was exposed to.
    Exposure,
    /// The same as releases up to 0.2.0 stored it.
    FormerExposure,
    /// Whether an account is at risk.
    Verdict,
    /// What a registry counted in a day.
    Figures,
    /// One of the two keys of an account.
    AccountKey,
    /// The key in a safe.
    RecordKey,
    /// The keys of a group: 64 or 256.
    Group,
    /// The keys of a day.
    DayKeys,
    /// A demo session.
    Session,
}

/// Which release's form it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Of 0.1.0, which wrote no version.
    Former,
    /// [`VERSION`].
    Current,
}

/// What is stored is in no form that this program knows. It is never taken for something that was
/// forgotten: an alert may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has another version.
    #[error("a stored form has version {0:#04x}, which this program does not know")]
    Version(u8),
    /// It is shorter or longer than its form ever is.
    #[error("a stored form has {0} bytes, which it has in no version")]
    Length(usize),
    /// It was wrapped under a root that is not in the list.
    #[error("a stored form is wrapped under root {id}, which ROOT_SECRET does not list", id = crate::keyring::hexadecimal(.0))]
    Root(KeyId),
    /// Its key opened it, and what was sealed is in no form that this program knows.
    #[error("what a stored form holds is not what this program writes")]
    Content,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Contact,
        Self::Kept,
        Self::Word,
        Self::Exposure,
        Self::FormerExposure,
        Self::Verdict,
        Self::Figures,
        Self::AccountKey,
        Self::RecordKey,
        Self::Group,
        Self::DayKeys,
        Self::Session,
    ];

    /// The lengths that it has in this version, in bytes.
    #[must_use]
    pub const fn lengths(self, version: Version) -> &'static [usize] {
        const WRAPPED: usize = OVERHEAD + 4;
        let (former, current): (&[usize], &[usize]) = match self {
            Self::Contact => const { (&classes(5 + FORMER_OVERHEAD), &classes(6 + OVERHEAD)) },
            Self::Kept => {
                const {
                    (
                        &classes(2 + FORMER_OVERHEAD + 5 + FORMER_OVERHEAD),
                        &classes(3 + OVERHEAD + 6 + OVERHEAD),
                    )
                }
            }
            Self::Word => (&[17], &[18]),
            Self::Exposure => const { (&MOVED, &around(EXPOSURE_CLASSES, OVERHEAD)) },
            Self::FormerExposure => const { (&classes(FORMER_OVERHEAD), &classes(OVERHEAD)) },
            Self::Verdict => {
                const LENGTH: usize = robert::risk::Verdict::LENGTH;
                (&[LENGTH + FORMER_OVERHEAD], &[LENGTH + OVERHEAD])
            }
            Self::Figures => {
                const LENGTH: usize = RegistryFigures::LENGTH;
                (&[LENGTH + FORMER_OVERHEAD], &[LENGTH + OVERHEAD])
            }
            Self::AccountKey | Self::RecordKey => (&[32 + FORMER_OVERHEAD], &[32 + WRAPPED]),
            Self::Group => (&[], &[4 + 64 * 32 + WRAPPED, 4 + 256 * 32 + WRAPPED]),
            Self::DayKeys => (&[4 + 56 + FORMER_OVERHEAD], &[4 + 56 + WRAPPED]),
            Self::Session => (
                &[16 + 8 + 32],
                &[1 + 4 + 16 + 8 + 32, 1 + 4 + 1 + 4 + 16 + 8 + 32],
            ),
        };
        match version {
            Version::Former => former,
            Version::Current => current,
        }
    }

    /// The version of these bytes.
    ///
    /// # Errors
    /// [`Unreadable::Version`] for an unknown version, [`Unreadable::Length`] for a length that the
    /// form has in no version.
    pub fn version(self, bytes: &[u8]) -> Result<Version, Unreadable> {
        let has = |version| self.lengths(version).contains(&bytes.len());
        match bytes.first() {
            _ if has(Version::Former) => Ok(Version::Former),
            Some(&VERSION) if has(Version::Current) => Ok(Version::Current),
            Some(&VERSION) | None => Err(Unreadable::Length(bytes.len())),
            Some(&other) => Err(Unreadable::Version(other)),
        }
    }
}

/// Exposures of 0.1.0 and of 0.2.0, each with the id of its row before it.
const MOVED: [usize; 2 * CLASSES.len()] = {
    let [a, b, c, d] = classes(16 + FORMER_OVERHEAD);
    let [e, f, g, h] = classes(16 + OVERHEAD);
    [a, b, c, d, e, f, g, h]
};

const fn classes(more: usize) -> [usize; CLASSES.len()] {
    around(CLASSES, more)
}

const fn around([a, b, c, d]: [usize; 4], more: usize) -> [usize; 4] {
    [a + more, b + more, c + more, d + more]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form of 0.1.0 is known by its length alone.
    #[test]
    fn no_length_of_one_version_is_a_length_of_the_other() {
        for form in Form::ALL {
            let (former, current) = (
                form.lengths(Version::Former),
                form.lengths(Version::Current),
            );
            assert!(
                !former.iter().any(|length| current.contains(length)),
                "{form:?}"
            );
        }
    }

    /// The table above, in numbers.
    #[test]
    fn the_lengths_are_those_of_the_table() {
        let class = |around: usize| {
            [128, 1_280, 4_096, 13_312]
                .map(|class: usize| class + around)
                .to_vec()
        };
        for (form, former, current) in [
            (Form::Contact, class(33), class(35)),
            (Form::Kept, class(63), class(67)),
            (Form::Word, vec![17], vec![18]),
            (
                Form::Exposure,
                [class(44), class(45)].concat(),
                vec![253, 797, 4_125, 7_069],
            ),
            (Form::FormerExposure, class(28), class(29)),
            (Form::Verdict, vec![38], vec![39]),
            (Form::Figures, vec![49], vec![50]),
            (Form::AccountKey, vec![60], vec![65]),
            (Form::RecordKey, vec![60], vec![65]),
            (Form::Group, vec![], vec![2_085, 8_229]),
            (Form::DayKeys, vec![88], vec![93]),
            (Form::Session, vec![56], vec![61, 66]),
        ] {
            assert_eq!(form.lengths(Version::Former), former, "{form:?}");
            assert_eq!(form.lengths(Version::Current), current, "{form:?}");
        }
    }

    #[test]
    fn an_unknown_version_is_named_and_never_taken_for_nothing() {
        let mut bytes = [VERSION; 39];
        assert_eq!(Form::Verdict.version(&bytes), Ok(Version::Current));
        assert_eq!(Form::Verdict.version(&bytes[1..]), Ok(Version::Former));
        assert_eq!(
            Form::Verdict.version(&bytes[2..]),
            Err(Unreadable::Length(37))
        );
        assert_eq!(Form::Verdict.version(&[]), Err(Unreadable::Length(0)));
        bytes[0] = VERSION + 1;
        assert_eq!(
            Form::Verdict.version(&bytes),
            Err(Unreadable::Version(VERSION + 1))
        );
        let words = Unreadable::Version(VERSION + 1).to_string();
        assert_eq!(
            words,
            "a stored form has version 0x21, which this program does not know"
        );
        let words = Unreadable::Root([0, 1, 0xab, 3]).to_string();
        assert!(words.contains("root 0001ab03,"), "{words}");
    }
}
