//! Two laws side by side: what a person's life becomes under each of them, and what differs between them.
//!
//! A crate of its own: the page links [`decree`] alone. The server asks which principles a law leaves, and builds this crate
//! without its feature `life`, which brings the hours of Paris and JSON.
//!
//! | Module | Says |
//! | --- | --- |
//! | [`input`] | who the person is and what happens to them, from JSON; what is refused |
//! | [`mod@life`] | what they must, may and must not do then, what is stored until when, which sanction is incurred |
//! | [`sanction`] | how high: Articles 9 and 11 of the second law |
//! | [`mod@compare`] | what one law says and the other does not, and which principles are left |
//! | [`paris`] | dates and hours of Europe/Paris |
//!
//! ```
//! use decree::Regime;
//! use regimes::{input::Input, life::{Kind, life}};
//!
//! let input = Input::from_json(r#"{
//!     "born": "1990-05-01", "emergencyEnds": null, "until": "2022-06-30",
//!     "events": [{"at": "2022-04-10T09:00:00+02:00", "what": "enters-public-place"}]
//! }"#)?;
//! let life = life(Regime::LoudestSafe, &input)?;
//! let fine = life.sequence.iter().find(|entry| entry.kind == Kind::Sanction);
//! assert_eq!(fine.and_then(|entry| entry.amount), Some(150));
//! # Ok::<(), regimes::input::Refused>(())
//! ```
//!
//! In scope: what the texts say of dated events. Out of scope: clocks (nothing here knows today), files, and whatever the
//! texts leave open; where a text is silent, nothing follows. `docs/LIFE.md` lists every name and every reading.

pub mod compare;
#[cfg(feature = "life")]
pub mod input;
#[cfg(feature = "life")]
pub mod life;
#[cfg(feature = "life")]
pub mod paris;
#[cfg(feature = "life")]
pub mod sanction;
#[cfg(feature = "life")]
mod unique;
