//! The stage over a server that is a few lines of this file: registers phones, moves its clock, answers that it stores
//! nothing. No socket, no clock, and all that is random is drawn from a seed.

// The helpers of tests are tests too.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use altcha::{CreateChallengeOptions, create_challenge};
use chacha20::ChaCha20Rng;
use decree::Moment;
use rand_core::{Rng, SeedableRng};
use robert::keys::{ClientPublic, ServerSecret};
use robert::{Ebid, Ecc, Epoch, bundle};
use serde_json::{Value, json};
use workshop::radio::Meeting;
use workshop::story::{Chapter, Event, Follow, Step, Story, Trouble};
use workshop::{Host, Lost, Method, Reply, Stage};

use Event::{Accept, Continue};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const NOW: Moment = Moment::from_unix(1_795_000_050);

/// Three phones are registered, speak, and meet.
const DECISIONS: [Event; 9] = [
    Accept,
    Accept,
    Accept,
    Accept,
    Continue,
    Accept,
    Accept,
    Accept,
    Event::Meet(Meeting::new(20, 8)),
];

const REPORT: &str = "/api/v6/report";

/// The tests' machine and its server: real time stands still, the realm's clock is moved.
struct Machine {
    draws: RefCell<ChaCha20Rng>,
    realm: Cell<Moment>,
    /// The paths that were called.
    calls: Rc<RefCell<Vec<String>>>,
    /// Which of them, counted from 0, gets no answer.
    lost: Option<usize>,
}

impl Machine {
    fn new(seed: u64, lost: Option<usize>) -> Self {
        Self {
            draws: RefCell::new(ChaCha20Rng::seed_from_u64(seed)),
            realm: Cell::new(NOW),
            calls: Rc::default(),
            lost,
        }
    }

    fn answer(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        match (method, path.strip_prefix("/demo/x").unwrap_or(path)) {
            (Method::Post, "/demo") => {
                let expires_at = NOW.unix() + 3_600;
                (201, json!({ "session": "x", "expiresAt": expires_at }))
            }
            (Method::Post, "/clock") => {
                let seconds = body["advanceSeconds"].as_u64().unwrap();
                let now = self.realm.get() + core::time::Duration::from_secs(seconds);
                self.realm.set(now);
                (200, json!({ "now": now.unix() }))
            }
            (Method::Get, "/state") => (200, json!({ "objects": [] })),
            (Method::Get, "/api/keys") => {
                let key = server().public().to_base64();
                (200, json!({ "registration": key }))
            }
            (Method::Post, "/api/v6/captcha") => {
                let challenge = create_challenge(CreateChallengeOptions {
                    algorithm: "SHA-256".to_owned(),
                    cost: 1,
                    key_prefix: "0".to_owned(),
                    hmac_signature_secret: Some("secret".to_owned()),
                    ..CreateChallengeOptions::default()
                });
                let id = "5e".repeat(16);
                let challenge = challenge.unwrap();
                (
                    201,
                    json!({ "id": id, "captchaId": id, "challenge": challenge }),
                )
            }
            (Method::Post, "/api/v6/register") => {
                let public = body["clientPublicECDHKey"].as_str().unwrap();
                let (_, key) = server().agree(&ClientPublic::from_base64(public).unwrap());
                let first = Epoch::at(self.realm.get()).unwrap();
                let tuples: Vec<_> = first
                    .until_day(4)
                    .map(|epoch| {
                        let [a, b, c] = epoch.to_bytes();
                        let ebid = Ebid([a, b, c, 1, 2, 3, 4, 5]);
                        let ecc = Ecc(c);
                        bundle::Tuple { epoch, ebid, ecc }
                    })
                    .collect();
                let tuples = bundle::seal(&key, &mut self.rng(), &tuples);
                (
                    201,
                    json!({ "tuples": tuples, "config": [], "timeStart": 0, "message": null }),
                )
            }
            // Nobody reports here: it is a decoy.
            (Method::Post, REPORT) => (200, json!({ "success": true, "message": null })),
            other => panic!("{other:?}"),
        }
    }
}

impl Host for Machine {
    type Rng = ChaCha20Rng;

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Reply, Lost> {
        let body = body.map_or(Value::Null, |body| serde_json::from_slice(body).unwrap());
        let (status, reply) = self.answer(method, path, &body);
        let mut calls = self.calls.borrow_mut();
        calls.push(path.to_owned());
        if self.lost == Some(calls.len() - 1) {
            return Err(Lost::TimedOut);
        }
        Ok(Reply {
            status,
            retry_after: None,
            body: serde_json::to_vec(&reply).unwrap(),
        })
    }

    fn now(&self) -> Moment {
        NOW
    }

    fn rng(&self) -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(self.draws.borrow_mut().next_u64())
    }
}

fn server() -> ServerSecret {
    ServerSecret::from_bytes(&[7; 32]).unwrap()
}

/// Everything that this machine waits for is there when asked.
fn finish<F: Future>(work: F) -> F::Output {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("this machine never waits"),
    }
}

/// Plays [`DECISIONS`] and tries again whatever went wrong: the story, and what went wrong.
fn play(machine: Machine) -> (Story, Vec<Trouble>) {
    let mut stage = Stage::new(machine);
    let mut troubles = Vec::new();
    for event in DECISIONS {
        finish(stage.decide(event, &mut |_| {}));
        while let Some(trouble) = stage.story().trouble {
            troubles.push(trouble);
            finish(stage.retry(&mut |_| {}));
        }
    }
    (stage.story().clone(), troubles)
}

/// The public keys that the three phones sent.
fn public_keys(story: &Story) -> Vec<String> {
    let bodies = story.messages.iter();
    let bodies = bodies.filter_map(|message| serde_json::from_slice(&message.bytes).ok());
    let keys =
        bodies.filter_map(|body: Value| body["clientPublicECDHKey"].as_str().map(str::to_owned));
    keys.collect()
}

#[test]
fn the_phones_are_as_random_as_the_machine() {
    let keys = |seed| public_keys(&play(Machine::new(seed, None)).0);
    let (one, again, other) = (keys(1), keys(1), keys(2));
    assert_eq!(one.len(), 3);
    assert!(one[0] != one[1] && one[1] != one[2], "{one:?}");
    assert_eq!(one, again, "the same draws");
    assert!(one.iter().all(|key| !other.contains(key)), "other draws");
}

#[test]
fn whichever_answer_is_lost_trying_again_leads_on() {
    let machine = Machine::new(2, None);
    let calls = machine.calls.clone();
    let (whole, troubles) = play(machine);
    assert_eq!(troubles, []);
    assert_eq!(
        (whole.step, whole.follows),
        (Step::End(Chapter::Meet), Follow::Met(720))
    );
    let calls = calls.take();
    for (lost, path) in calls.iter().enumerate() {
        let (story, troubles) = play(Machine::new(2, Some(lost)));
        // A decoy is not sent again.
        let expected = if path.ends_with(REPORT) {
            Vec::new()
        } else {
            vec![Trouble::TimedOut]
        };
        assert_eq!(troubles, expected, "{path}");
        assert_eq!(
            (story.step, story.follows, story.log.len()),
            (whole.step, whole.follows, whole.log.len()),
            "{path}"
        );
        assert_eq!(story.people, whole.people, "{path}");
    }
    // A realm, its clock, and what is stored; three times keys, challenge, registration and what is stored; what is
    // stored after the meeting. The clock is moved at each decoy too.
    let counted = |name: &str| calls.iter().filter(|path| path.ends_with(name)).count();
    let found = ["/demo", "/state", "/api/keys", "/captcha", "/register"].map(counted);
    assert_eq!(found, [1, 5, 3, 3, 3]);
    assert_eq!(counted("/clock"), 3 + counted(REPORT));
    assert!(counted(REPORT) > 0);
}
