//! The ROBERT protocol as StopCovid deployed it, without input or output.
//!
//! Byte for byte what the phones and the server of 2020 to 2023 exchanged: where the specification,
//! the code of June 2020 and the code of 2023 disagree, this is what travelled. Everything here is
//! a plain function of its arguments: there is no clock and no randomness but what the caller
//! passes in as `now` and `rng`.
//!
//! # In scope
//! Times and epochs, identifiers, HELLOs, keys, bundles, authenticated requests, which HELLOs of a
//! report are believed, how they score, when a person is at risk, and what a phone does
//! ([`phone`]).
//!
//! # Out of scope
//! JSON of the API other than the bundle's, storage, the radio, and where keys come from.
//!
//! # The protocol, in order
//! Justin's phone registers, meets Johanna's, Johanna reports, Justin asks.
//!
//! ```
//! # use core::convert::Infallible;
//! # use core::time::Duration;
//! # use robert::rand_core::{TryCryptoRng, TryRng};
//! # struct Dice(u64);
//! # impl TryRng for Dice {
//! #     type Error = Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Infallible> { Ok(self.try_next_u64()? as u32) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Infallible> {
//! #         self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
//! #         Ok(self.0)
//! #     }
//! #     fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
//! #         for byte in bytes { *byte = (self.try_next_u64()? >> 32) as u8; }
//! #         Ok(())
//! #     }
//! # }
//! # impl TryCryptoRng for Dice {}
//! # let rng = &mut Dice(1);
//! use decree::Moment;
//! use robert::auth::{AuthRequest, Kind};
//! use robert::keys::{ClientPublic, ClientSecret, KeyEncryptionKey, ServerSecret};
//! use robert::parameters::{BUNDLE_DAYS, COUNTRY};
//! use robert::risk::{AppliedContact, Verdict, expose, judge};
//! use robert::validate::{authenticate, locate};
//! use robert::{AuthKey, Contact, Epoch, FederationKey, HeardHello, Hello, Id, Ntp, ServerKey};
//! use robert::bundle;
//! use std::collections::BTreeMap;
//!
//! // The server has a key pair for registrations, a key K_S for each day, the federation's key
//! // K_G, and a key that wraps the others for storage.
//! let noon = Moment::from_unix(1_592_049_600); // 13 June 2020
//! let server = ServerSecret::from_bytes(&[7; 32])?;
//! let days: BTreeMap<_, _> = (0..BUNDLE_DAYS)
//!     .map(|n| (noon.day().plus_days(n), ServerKey::from_bytes(&[n as u8; 24])))
//!     .collect();
//! let federation = FederationKey::from_bytes(&[9; 32]);
//! let wrapping = KeyEncryptionKey::from_bytes(&[11; 32]);
//!
//! // 1. Registration. The phone makes a key pair and sends the public half; both sides derive the
//! //    same two keys. The server draws an identifier and keeps it with the wrapped keys.
//! let secret = ClientSecret::generate(rng);
//! let sent = secret.public().to_base64();
//! let (auth, tuple_key) = server.agree(&ClientPublic::from_base64(&sent)?);
//! let justin = Id([0xfc, 0x0a, 0x39, 0x76, 0x95]);
//! let stored = wrapping.wrap(rng, auth.as_bytes());
//!
//! // 2. The bundle: one EBID for each quarter of an hour of four days, readable by this phone only.
//! let epoch = Epoch::at(noon).ok_or("before the service started")?;
//! let epochs = bundle::epochs_from(epoch, BUNDLE_DAYS);
//! let tuples = bundle::tuples(&days, &federation, COUNTRY, justin, epochs);
//! let sealed = bundle::seal(&tuple_key, rng, &tuples);
//! let (auth, tuple_key) = secret.agree(&server.public());
//! let mine = bundle::open(&tuple_key, &sealed)?;
//!
//! // 3. HELLOs. Every ten seconds Justin's phone says one; Johanna's, at arm's length for twenty
//! //    minutes, keeps what it hears, by EBID.
//! let mut contacts: Vec<Contact> = Vec::new();
//! for second in (0..20 * 60).step_by(10) {
//!     let now = noon + Duration::from_secs(second);
//!     let current = mine.iter().find(|tuple| Some(tuple.epoch) == Epoch::at(now));
//!     let current = current.ok_or("no EBID left")?;
//!     let on_air = Hello::seal(&auth, current.ecc, current.ebid, Ntp::from(now)).to_bytes();
//!
//!     let hello = Hello::from_bytes(on_air);
//!     let heard = HeardHello::new(&hello, Ntp::from(now), -50);
//!     match contacts.iter_mut().find(|contact| contact.ebid == hello.ebid) {
//!         Some(contact) => contact.hellos.push(heard),
//!         None => contacts.push(Contact { ebid: hello.ebid, ecc: hello.ecc, hellos: vec![heard] }),
//!     }
//! }
//! assert_eq!(contacts.len(), 2);
//!
//! // 4. Johanna is ill and reports them. Contact by contact, the server finds whose EBIDs they
//! //    are, and which HELLOs that person's phone really sent then.
//! let evening = noon + Duration::from_secs(6 * 3600);
//! let mut applied = Vec::new();
//! for contact in &contacts {
//!     let located = locate(&days, &federation, COUNTRY, contact, evening)?;
//!     assert_eq!(located.id, justin);
//!     let unwrapped = wrapping.unwrap(&stored).ok_or("not our key")?;
//!     let key = AuthKey::from_bytes(&unwrapped);
//!     let hellos = authenticate(&key, &located, evening);
//!     applied.push(AppliedContact { epoch: located.epoch, hellos });
//! }
//!
//! // 5. What was heard makes exposures, and exposures a verdict.
//! let verdict = judge(&Verdict::default(), &expose(&applied), evening);
//!
//! // 6. Status. Justin's phone proves who it is with one of its EBIDs, and learns one thing.
//! let first = mine.first().ok_or("no EBID left")?;
//! let request = AuthRequest::seal(Kind::Status, &auth, first.ebid, first.epoch, Ntp::from(evening));
//! assert_eq!(request.sender(&days), Ok(justin));
//! assert!(request.verify(Kind::Status, &auth) && request.is_timely(evening));
//! assert!(verdict.is_at_risk(evening));
//!
//! // 7. Eight days later the flag has fallen, and in fifteen everything is forgotten.
//! assert!(!verdict.is_at_risk(noon.day().plus_days(8).start()));
//! assert_eq!(verdict.after_terms(noon.day().plus_days(15).start()), Verdict::default());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Where this differs from the deployed server
//! Each on purpose, and invisible to a phone:
//! * Each HELLO of a contact is judged alone; the deployed loop stopped at the first that failed
//!   ([`validate`]).
//! * A HELLO counts once, however often it is reported ([`risk::expose`]).
//! * HELLOs are put in order of time before scoring ([`score::score`]).
//! * No date of a contact is kept or noised: the verdict keeps the day, and does not send it
//!   ([`risk::Verdict`]).
//! * MACs are compared in constant time.

pub mod auth;
pub mod bundle;
mod contact;
mod ebid;
mod hello;
pub mod keys;
mod mac;
pub mod parameters;
pub mod phone;
pub mod risk;
pub mod score;
mod sealed;
pub mod stamp;
pub mod time;
pub mod validate;

pub use rand_core;

pub use contact::{Contact, HeardHello};
pub use ebid::{CountryCode, Ebid, Ecc, FederationKey, Id, ServerKey};
pub use hello::{Hello, Mac40};
pub use keys::{AuthKey, TupleKey};
pub use time::{Epoch, Ntp, Time16, Time32};
pub use validate::Heard;
