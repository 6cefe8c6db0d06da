//! The workshop without a view: three phones, a trial server, and the story that they play.
//!
//! # In scope
//! The story as plain data, and what each decision changes in it. The phones (`robert::phone`) and the calls to the
//! server that it asks for. What a view shows of it: the bytes that passed and what each of them means, what the
//! server stores, what the deployed formula would say of a meeting.
//!
//! # Out of scope
//! Texts, dates in words and colours: from here come enums, numbers, bytes and moments. The browser: the network,
//! the clock and the randomness are a [`Host`](api::Host)'s.
//!
//! | Module | Holds |
//! | --- | --- |
//! | [`story`] | the state of the story as plain data, and what each decision changes in it |
//! | [`play`] | the three phones and the trial server: carries out what the story asks for |
//! | [`message`], [`anatomy`] | the bytes that passed, and what each of them means |
//! | [`server_state`] | what the server stores, in tables, with first names as labels of the workshop |
//! | [`radio`] | who hears whom and how loud; what the deployed formula would say |
//! | [`api`], [`session`], [`captcha`] | the network |

pub mod anatomy;
pub mod api;
pub mod captcha;
mod json;
pub mod message;
pub mod person;
pub mod play;
pub mod radio;
pub mod server_state;
pub mod session;
pub mod story;
