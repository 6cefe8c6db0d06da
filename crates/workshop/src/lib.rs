//! The workshop without a view: three phones, a demo realm, and the story that they play.
//!
//! A [`Stage`] plays: it takes what a visitor decides, carries it out with three real phones and a real server, and
//! shows the [`Story`](story::Story) each time that it changed. All that a view draws is read from there.
//!
//! | Module | Holds |
//! | --- | --- |
//! | [`story`] | where the story stands, what can be decided there, the people and what their phones keep |
//! | [`message`], [`anatomy`] | the bytes that passed, and what each of them means |
//! | [`server_state`] | what the server stores, in tables, with first names as labels of the workshop |
//! | [`radio`] | who hears whom and how loud; what the deployed formula would say |
//!
//! # In scope
//! What each decision changes, and which calls it needs. The phones' own work is `robert::phone`'s, the shapes of the
//! calls are `wire`'s.
//!
//! # Out of scope
//! Texts, dates in words and colours: from here come enums, numbers, bytes and moments. The machine: the network, the
//! clock and the randomness are a [`Host`]'s, so that a test plays the same story in microseconds.
//!
//! ```
//! use decree::Moment;
//! use workshop::radio::{Meeting, predict, start_from};
//!
//! let start = start_from(Moment::from_unix(1_795_000_000));
//! // 80 centimetres, for a quarter of an hour and for twenty minutes.
//! assert!(!predict(Meeting::new(15, 8), start).at_risk);
//! assert!(predict(Meeting::new(20, 8), start).at_risk);
//! ```

pub mod anatomy;
mod captcha;
mod exchange;
mod host;
mod json;
pub mod message;
mod person;
pub mod radio;
pub mod server_state;
mod session;
mod stage;
pub mod story;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

pub use host::{Host, Lost, Method, Reply};
pub use person::{Each, Person};
pub use stage::Stage;
