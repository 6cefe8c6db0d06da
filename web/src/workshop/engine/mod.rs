//! The workshop without a view: three phones, a trial server, and the story that they play.
//!
//! | Module | Holds |
//! | --- | --- |
//! | [`story`] | the state of the story as plain data, and what each decision changes in it |
//! | [`play`] | the three phones and the trial server: carries out what the story asks for |
//! | [`message`], [`anatomy`] | the bytes that passed, and what each of them means |
//! | [`server_state`] | what the server stores, in tables, with first names as labels of the workshop |
//! | [`radio`] | who hears whom and how loud; what the deployed formula would say |
//! | [`api`], [`session`], [`captcha`] | the network |
//!
//! Texts, dates in words and colours are the page's: from here come enums, numbers, bytes and moments.

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
