//! From contacts to a verdict.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic
)] // tests

#[path = "../common/mod.rs"]
mod common;

mod exposing;
mod judging;
mod order;
mod scenarios;
mod stored;

use core::time::Duration;
use decree::Moment;
use robert::parameters::EPOCH_SECONDS;
use robert::risk::AppliedContact;
use robert::{Epoch, Heard, Ntp};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// The contacts that a listener has of somebody beside them: one HELLO every so many seconds.
fn meeting(start: Moment, seconds: u64, every: u64, rssi: i8) -> Vec<AppliedContact> {
    let mut contacts: Vec<AppliedContact> = Vec::new();
    for second in (0..seconds).step_by(every as usize) {
        let moment = start + Duration::from_secs(second);
        let (epoch, at) = (Epoch::at(moment).unwrap(), Ntp::from(moment));
        if contacts.last().is_none_or(|contact| contact.epoch != epoch) {
            contacts.push(AppliedContact {
                epoch,
                hellos: Vec::new(),
            });
        }
        let heard = Heard {
            time: at.time16(),
            collected: at.time32().seconds(),
            rssi,
        };
        contacts.last_mut().unwrap().hellos.push(heard);
    }
    assert!(contacts.len() as u64 <= seconds / u64::from(EPOCH_SECONDS) + 2);
    contacts
}
