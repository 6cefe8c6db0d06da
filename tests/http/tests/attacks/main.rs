//! Attacks that were found on earlier releases. One function is each attack: done to the kept release in `tests/releases` it
//! succeeds, which shows that it is one; done to this build it does not.
//!
//! | Attack | Test |
//! | --- | --- |
//! | A visitor of a demo realm holds up the national realm for as long as they like | `demo::a_visitor_holds_up_nobody_else` |
//! | Demo realms that were opened and ended leave files for good | `demo::ended_realms_leave_files_of_earlier_releases`; this build: `black_box`, `seats::ended_realms_leave_no_more_files_than_there_are_seats` |
//! | Two hundred requests close the workshop to everybody else | `demo::two_hundred_requests_leave_room_for_a_visitor` |
//! | A page of another site has its visitors' browsers open demo realms | `demo::a_page_of_another_site_opens_no_realm` |
//! | Limits of a demo realm are read first, and counted later | `demo::fifty_accounts_are_fifty` |
//! | Deleting a history again and again leaves a file each time | `work::deleting_again_leaves_no_files` |
//! | A report under an invented code costs as much as a good one | `work::an_invented_code_costs_little` |
//! | A wrong solution of a challenge costs a derivation each time it is sent | `work::a_wrong_solution_costs_once` |
//! | A challenge may be guessed at until it is right | `work::a_challenge_is_tried_once` |
//! | A challenge is work that a graphics card does best | `work::a_challenge_takes_memory` |
//! | Whoever pays for a flood of registrations closes the door to all others | `work::a_flood_keeps_nobody_out` |
//! | Contacts are delivered one at a time | `work::deliveries_travel_together` |
//! | A body that is framed wrong is written into the log, with the unused code in it | `log::a_code_framed_wrong_is_not_logged` |
//! | A line of the log names an object, and so a shard or a day | `log::a_line_names_a_class` |
//! | Whoever asks all the time on connections that stay open keeps others out for seconds | `crowd::a_crowd_that_asks_all_the_time_keeps_nobody_waiting` |
//! | Bodies that never end fill the memory | `bodies::unfinished_bodies_hold_little` |
//! | The hash of no key makes everybody the operator (0.1.0) | `desk::no_key_is_no_operator` |
//! | A published root is taken (0.1.0) | `desk::a_published_root_is_refused` |
//! | A batch is drawn again and again, at no cost to the quota | `desk::a_batch_is_not_drawn_for_ever` |
//!
//! Release 0.2.0 holds against the two of 0.1.0 already, and is asked too.
//!
//! # How an attack is judged
//! By what is answered, stored or written, where that tells. Where only time tells, it is the server's processor time or a
//! ratio within the same run, so that a busy machine changes nothing.
//!
//! # Out of scope
//! An operator's key that makes and revokes keys for as long as it is asked to: the bound is 10,000 acts a day, more than a
//! test can do here (`crates/service/tests/desk/stolen.rs`). How much of a core 64 hostile connections leave to others:
//! `cargo xtask cost --hostile`.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod bodies;
mod crowd;
mod demo;
mod desk;
mod log;
mod work;

use core::time::Duration;

use harness::{Server, Settings};
use service::work::{self as works, Work};

/// Well-formed, and nobody was given it.
const INVENTED: &str = "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6";

/// Which server is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    /// The kept release 0.1.0.
    First,
    /// The kept release 0.2.0.
    Second,
    /// The one that is built here.
    Current,
}

impl Build {
    /// For a server of it that has stored nothing yet.
    fn settings(self) -> Settings {
        let root = harness::root();
        let build = match self {
            Self::First => root.join("tests/releases/0.1.0"),
            Self::Second => root.join("tests/releases/0.2.0"),
            Self::Current => root,
        };
        Settings {
            build,
            ..Settings::of_tests(harness::new_folder().unwrap())
        }
    }

    fn start(self) -> Server {
        Server::start_disposable(self.settings()).unwrap()
    }

    /// What a challenge of its national realm asks for in calm.
    fn work(self) -> &'static Work {
        let mut accepted = works::accepted(service::Realm::National);
        let of_earlier = accepted.nth(1).unwrap();
        match self {
            Self::First | Self::Second => of_earlier,
            Self::Current => works::asked(service::Realm::National),
        }
    }

    /// What its operator reads. Up to 0.2.0 nothing stood between the runtime and the log.
    fn log(self, server: &Server) -> String {
        match self {
            Self::First | Self::Second => server.output(),
            Self::Current => server.log(),
        }
    }
}

/// How an attack ended, with what was seen of it.
enum End {
    Held(String),
    GaveWay(String),
}

impl End {
    fn of(gave_way: bool, seen: String) -> Self {
        if gave_way {
            Self::GaveWay(seen)
        } else {
            Self::Held(seen)
        }
    }
}

/// The attack succeeds against this release, and not against this build.
#[track_caller]
fn held_since(release: Build, attack: impl Fn(Build) -> End) {
    gives_way(release, &attack);
    holds(Build::Current, attack);
}

/// The attack succeeds.
#[track_caller]
fn gives_way(release: Build, attack: impl Fn(Build) -> End) {
    /// An attack that has to be quick may be too slow once.
    const TRIES: usize = 3;
    let succeeds = || match attack(release) {
        End::GaveWay(seen) => {
            println!("{release:?} gave way: {seen}");
            true
        }
        End::Held(seen) => {
            println!("{release:?} held: {seen}");
            false
        }
    };
    assert!(
        (0..TRIES).any(|_| succeeds()),
        "{release:?} holds: this is no attack"
    );
}

/// The attack does not succeed.
#[track_caller]
fn holds(build: Build, attack: impl Fn(Build) -> End) {
    match attack(build) {
        End::Held(seen) => println!("{build:?} held: {seen}"),
        End::GaveWay(seen) => panic!("{build:?} gave way: {seen}"),
    }
}

/// The server's processor time for one of so many requests, in the cheapest of a few rounds: what is done for the first time
/// is dearer, and a server that has just started has other work.
fn cost(server: &Server, times: u32, mut request: impl FnMut()) -> Duration {
    const ROUNDS: usize = 6;
    let mut round = || {
        let before = server.processor_time().unwrap();
        for _ in 0..times {
            request();
        }
        (server.processor_time().unwrap() - before) / times
    };
    (0..ROUNDS).map(|_| round()).min().unwrap()
}
