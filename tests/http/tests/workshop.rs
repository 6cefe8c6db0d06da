//! The page's own workshop, without its views, plays the press kit's story against a real server.

// The helpers of tests are tests too.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use decree::{Moment, article_3};
use getrandom::SysRng;
use harness::Server;
use rand_core::UnwrapErr;
use workshop::anatomy::{self, FieldName};
use workshop::message::MessageKind;
use workshop::radio::{Meeting, predict};
use workshop::server_state::{Cell, Table};
use workshop::story::{Chapter, CodeKind, Event, Follow, Realm, Report, Step, Story};
use workshop::{
    Host, Lost, Method,
    Person::{self, Johanna, Justin, Sylvie},
    Reply, Stage,
};

use Event::{Accept, Continue, Refuse};

/// The tests' machine: blocking HTTP, and the system's clock and randomness.
struct Machine(String);

impl Host for Machine {
    type Rng = UnwrapErr<SysRng>;

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Reply, Lost> {
        let url = format!("{}{path}", self.0);
        let request = match method {
            Method::Get => minreq::get(url),
            Method::Post => minreq::post(url),
            Method::Delete => minreq::delete(url),
        };
        let request = match body {
            Some(body) => request
                .with_header("Content-Type", "application/json")
                .with_body(body),
            None => request,
        };
        let reply = request.with_timeout(60).send().map_err(|_| Lost::Offline)?;
        Ok(Reply {
            status: reply.status_code,
            retry_after: None,
            body: reply.into_bytes(),
        })
    }

    fn now(&self) -> Moment {
        Moment::from_unix(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        )
    }

    fn rng(&self) -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }
}

struct Visit {
    stage: Stage<Machine>,
    // Lives as long as the visit.
    _server: Arc<Server>,
}

impl Visit {
    fn new() -> Self {
        let server = http_tests::shared();
        Self {
            stage: Stage::new(Machine(server.url())),
            _server: server,
        }
    }

    fn story(&self) -> &Story {
        self.stage.story()
    }

    /// Decides, and returns what follows.
    fn tell(&mut self, event: Event) -> Follow {
        let log = self.story().log.len();
        finish(self.stage.decide(event, &mut |_| {}));
        let story = self.story();
        assert_eq!(story.trouble, None, "{event:?} at {:?}", story.step);
        assert_eq!(
            story.log.len(),
            log + 1,
            "{event:?} is none of {:?}'s",
            story.step
        );
        story.follows
    }

    fn tell_all<const N: usize>(&mut self, events: [Event; N]) -> Follow {
        events
            .map(|event| self.tell(event))
            .into_iter()
            .next_back()
            .unwrap()
    }

    /// Chapter 1 and 2, everybody willing.
    fn meet(&mut self, meeting: Meeting) -> Follow {
        self.tell_all([
            Accept, Accept, Accept, Accept, Continue, Accept, Accept, Accept,
        ]);
        self.tell(Event::Meet(meeting))
    }

    /// Chapter 3, Johanna willing; `days` before her result the symptoms began.
    fn warn(&mut self, days: usize) -> Follow {
        self.tell_all([Continue, Event::Code(CodeKind::Short)]);
        let onset = self.story().onset_choices()[days];
        self.tell_all([Event::Onset(onset), Accept])
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.story().server.table(name)
    }

    fn labels(&self, name: &str) -> Vec<Option<Person>> {
        let rows = self
            .table(name)
            .map(|table| table.rows.iter().map(|row| row.label));
        let mut labels: Vec<_> = rows.into_iter().flatten().collect();
        labels.sort();
        labels
    }
}

/// Everything that this machine waits for is there when asked.
fn finish<F: Future>(work: F) -> F::Output {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("this machine never waits"),
    }
}

#[test]
fn three_phones_meet_and_two_are_warned() {
    let mut visit = Visit::new();
    let everybody = [Some(Sylvie), Some(Justin), Some(Johanna)];

    // 1. Each registration is one account more, and the label finds it.
    visit.tell(Accept);
    assert_eq!(visit.tell(Accept), Follow::Registered(Sylvie));
    assert_eq!(visit.labels("account"), [Some(Sylvie)]);
    visit.tell_all([Accept, Accept]);
    assert_eq!(visit.labels("account"), everybody);
    assert!(visit.story().people.iter().all(|(_, character)| {
        character
            .phone
            .as_ref()
            .is_some_and(|phone| phone.pseudonyms > 288 && phone.keys)
    }));

    // 2. Twenty minutes at 80 cm: 120 HELLOs from each of three to each of two, and nothing at the server.
    visit.tell_all([Continue, Accept, Accept, Accept]);
    let before = visit.story().server.clone();
    let meeting = Meeting::new(20, 8);
    assert_eq!(visit.tell(Event::Meet(meeting)), Follow::Met(720));
    for table in ["account", "exposure", "code", "outbox"] {
        let rows = |view: &workshop::server_state::ServerView| {
            view.table(table).map_or(0, |table| table.rows.len())
        };
        assert_eq!(rows(&visit.story().server), rows(&before), "{table}");
    }
    let start = visit.story().meeting.unwrap().start;
    assert!(predict(meeting, start).at_risk);

    // 3. Two days before the result: the window reaches back to the meeting. Two people, two quarters of an hour.
    visit.tell_all([Continue, Event::Code(CodeKind::Long)]);
    assert_eq!(visit.table("code").unwrap().rows.len(), 1);
    let onset = visit.story().onset_choices()[1];
    visit.tell(Event::Onset(onset));
    assert_eq!(
        visit
            .story()
            .draft
            .iter()
            .filter(|drafted| drafted.hellos > 0)
            .count(),
        4
    );
    assert_eq!(visit.tell(Accept), Follow::Reported);
    assert!(matches!(
        visit.story().report,
        Report::Accepted {
            contacts: 4,
            hellos: 240,
            ..
        }
    ));
    assert_eq!(visit.table("code").unwrap().rows.len(), 0, "used up");
    let exposed = [Some(Sylvie), Some(Sylvie), Some(Justin), Some(Justin)];
    assert_eq!(visit.labels("exposure"), exposed);
    let exposures = visit.table("exposure").unwrap();
    assert_eq!(exposures.fresh, 4);
    let due = article_3::day_key_destroyed_at(start.day());
    assert!(
        exposures
            .rows
            .iter()
            .all(|row| row.forgotten_at == Some(due))
    );

    // The scores that the server computed are those that the page predicted.
    let predicted: Vec<_> = predict(meeting, start)
        .quarters
        .iter()
        .map(|quarter| quarter.score)
        .collect();
    let opened = exposures
        .columns
        .iter()
        .rposition(|column| column.opened)
        .unwrap();
    for row in &exposures.rows {
        let Cell::Members(members) = &row.cells[opened] else {
            panic!("not opened")
        };
        let score = members.iter().find(|(name, _)| name == "score").unwrap();
        let Cell::Real(score) = score.1 else {
            panic!("{score:?}")
        };
        assert!(
            predicted.contains(&score),
            "{score} is not one of {predicted:?}"
        );
    }

    // 4. One bit each; the reporter gets the other one, in a reply of the same length.
    visit.tell(Continue);
    assert_eq!(visit.story().step, Step::Ask(Justin));
    assert_eq!(visit.tell(Accept), Follow::AtRisk(Justin));
    assert_eq!(visit.tell(Accept), Follow::AtRisk(Sylvie));
    assert_eq!(
        visit.tell(Event::Ask(Johanna)),
        Follow::NothingToReport(Johanna)
    );
    let replies: Vec<_> = visit
        .story()
        .messages
        .iter()
        .filter(|message| message.kind == MessageKind::StatusReply)
        .map(|message| message.bytes.len())
        .collect();
    assert_eq!(replies.len(), 3);
    assert_eq!(visit.tell(Event::Ask(Johanna)), Follow::TooSoon(Johanna));

    // 5. Fifteen days: the exposures are gone with the key of their day.
    visit.tell(Continue);
    let forgetting = visit.story().forgetting().unwrap();
    assert_eq!(forgetting, due);
    visit.tell(Event::GoTo(forgetting));
    assert_eq!(visit.story().step, Step::End(Chapter::Fortnight));
    assert_eq!(visit.labels("exposure"), []);
    let receipt = visit
        .story()
        .receipts
        .iter()
        .find(|receipt| receipt.day == start.day());
    let receipt = receipt.expect("a receipt of the day of the meeting");
    let sealed = receipt.sealed.expect("what the key had sealed");
    assert_eq!((sealed.exposures, receipt.due), (4, due));
    assert!(sealed.verdicts >= 2, "two alerts: {sealed:?}");
    assert!(receipt.destroyed >= due);

    // Meanwhile each phone sent decoys. That none did would be one visit in ten thousand: one in a million to the end.
    let end = visit.story().reach().unwrap();
    visit.tell(Event::GoTo(end));
    let decoys = visit
        .story()
        .messages
        .iter()
        .filter(|message| message.kind == MessageKind::DecoyReply);
    let answers: Vec<_> = decoys
        .map(|message| message.http.as_ref().unwrap().status)
        .collect();
    assert!(!answers.is_empty());
    assert!(answers.iter().all(|status| *status == Some(200)));
    assert_eq!(visit.labels("exposure"), []);

    // 6. The demo realm is erased.
    visit.tell_all([Continue, Accept]);
    assert_eq!(visit.story().realm, Realm::Ended);

    // Whatever passed can be read to the last byte.
    for message in &visit.story().messages {
        let anatomy = anatomy::dissect(message);
        let covered: usize = anatomy.fields.iter().map(|field| field.range.len()).sum();
        assert_eq!(covered, message.bytes.len(), "{:?}", message.kind);
        let unknown = anatomy
            .fields
            .iter()
            .find(|field| field.name == FieldName::Other);
        assert_eq!(unknown, None, "{:?}", message.kind);
    }
}

/// Many wrong codes came to this realm's intake: the phone does the work that it is asked for.
#[test]
fn where_codes_are_guessed_the_phone_proves_some_work() {
    let mut visit = Visit::new();
    visit.meet(Meeting::new(20, 8));
    let path = visit.story().messages.iter().find_map(|message| {
        let (session, _) = message.http.as_ref()?.path.split_once("/api/")?;
        Some(format!("{session}/api/v6/report"))
    });
    let path = path.expect("a message to the server");
    let machine = Machine(http_tests::shared().url());
    visit.tell_all([Continue, Event::Code(CodeKind::Short)]);
    let onset = visit.story().onset_choices()[1];
    visit.tell(Event::Onset(onset));
    for number in 0..50 {
        let code = wire::code::Code::short([number; 9]).to_string();
        let guess = serde_json::json!({ "token": code, "contacts": [] }).to_string();
        let refused = finish(machine.exchange(Method::Post, &path, Some(guess.as_bytes())));
        assert_eq!(refused.unwrap().status, 401);
    }
    assert_eq!(visit.tell(Accept), Follow::Reported);
    let replies = visit.story().messages.iter();
    let replies = replies.filter(|message| message.kind == MessageKind::ReportReply);
    let statuses: Vec<_> = replies
        .map(|message| message.http.as_ref().unwrap().status)
        .collect();
    assert_eq!(statuses, [Some(429), Some(200)]);
}

#[test]
fn fifteen_minutes_or_five_metres_warn_nobody() {
    for (meeting, contacts) in [(Meeting::new(15, 8), 2), (Meeting::new(20, 50), 4)] {
        let mut visit = Visit::new();
        visit.meet(meeting);
        let start = visit.story().meeting.unwrap().start;
        assert!(!predict(meeting, start).at_risk);
        assert_eq!(visit.warn(1), Follow::Reported);
        assert!(
            matches!(visit.story().report, Report::Accepted { contacts: n, .. } if n == contacts)
        );
        assert_eq!(
            visit.tell_all([Continue, Accept]),
            Follow::NothingToReport(Justin)
        );
        assert_eq!(visit.tell(Accept), Follow::NothingToReport(Sylvie));
    }
}

#[test]
fn symptoms_too_late_leave_the_meeting_out() {
    let mut visit = Visit::new();
    visit.meet(Meeting::new(20, 8));
    assert_eq!(visit.warn(0), Follow::Reported);
    assert!(matches!(
        visit.story().report,
        Report::Accepted { contacts: 0, .. }
    ));
    assert_eq!(
        visit.tell_all([Continue, Accept]),
        Follow::NothingToReport(Justin)
    );
}

#[test]
fn a_phone_that_is_silent_or_gone_is_not_exposed() {
    let mut visit = Visit::new();
    visit.tell_all([Accept, Refuse, Accept, Accept, Continue]);
    assert_eq!(visit.tell(Refuse), Follow::BluetoothOff(Justin));
    visit.tell(Accept);
    assert_eq!(visit.tell(Event::Meet(Meeting::new(30, 8))), Follow::Met(0));
    assert_eq!(visit.warn(1), Follow::Reported);
    assert_eq!(visit.labels("exposure"), []);
    visit.tell(Continue);
    assert_eq!(
        visit.tell(Event::Uninstall(Justin)),
        Follow::Uninstalled(Justin)
    );
    assert_eq!(visit.labels("account"), [Some(Johanna)]);
}

#[test]
fn a_chapter_is_told_again_on_a_new_server() {
    let mut visit = Visit::new();
    visit.meet(Meeting::new(20, 8));
    visit.warn(1);
    finish(visit.stage.replay(Chapter::Warn, &mut |_| {}));
    assert_eq!(
        (visit.story().step, visit.story().trouble),
        (Step::TakeCode, None)
    );
    assert_eq!(visit.labels("account").len(), 3);
    assert_eq!(visit.labels("exposure"), []);
    assert_eq!(visit.tell(Refuse), Follow::KeptToHerself);
}
