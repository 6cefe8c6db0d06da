//! One server's run: reports go in while it is killed, until everything has come to rest.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use decree::Day;
use harness::{Server, Settings};
use http_tests::{Person, Realm};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use crate::deck::Deck;
use crate::files::{self, Fault, Planter, Travelling};
use crate::life::{Aim, Errand, Life, live};
use crate::plan::{self, Placed, Report};
use crate::tally::Tally;
use crate::term::{Before, LONG_TERM, Left, TERM};
use crate::upgrade::{self, Earlier, Upgrade};
use crate::verdict::{Answer, OK, Observations, Reported, Somebody};

/// How one server is treated.
#[derive(Clone, Debug)]
pub struct Treatment {
    /// Everything drawn comes from it, but for keys and the platform's own scheduling.
    pub seed: u64,
    /// How often the server is killed.
    pub kills: usize,
    /// How many reports there are, about.
    pub reports: usize,
    /// How many people they name.
    pub met: usize,
    /// What is done to the files.
    pub fault: Option<Fault>,
    /// Whether to let the words be said as well by which registries forget deliveries.
    pub until_forgotten: bool,
    /// An earlier build: everything begins with it, and the current one takes its place on the way.
    pub from: Option<Earlier>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What was seen.
    pub seen: Observations,
    /// How much was done.
    pub tally: Tally,
}

/// People who are registered and never met.
const NEVER_MET: usize = 2;
/// A report is answered again for ten minutes; this client stays well within.
const REPEATABLE: Duration = Duration::from_mins(9);
/// Kills that are kept for when every report is in, of all; and of these, for when every contact is.
const KEPT: (usize, usize) = (2, 50);
const KEPT_FOR_WORDS: usize = 5;
/// How long they are spread over: a contact waits for a minute at the most, the word about it for two more.
const CONTACTS_REST: Duration = Duration::from_secs(55);
const WORDS_REST: Duration = Duration::from_secs(60);
/// When these kills are over the clock moves on, in seconds: what is due in two minutes is due at once.
const WORDS_DUE: u64 = 180;
/// Longest time from the last report to the end.
const PATIENCE: Duration = Duration::from_mins(6);
/// Requests in one life at the most: a busy machine catches up later.
const MOST_ERRANDS: usize = 24;
/// Longest that an answer is thought to take.
const LONGEST_PACE: Duration = Duration::from_secs(5);
/// How often it is looked whether all is at rest.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Over how long the requests of one life are spread, in microseconds.
const SPREAD: u64 = 120_000;

/// Runs one server, and looks at it at the end. `say` is told how far it has come.
pub fn run(treatment: Treatment, say: &(dyn Fn(&str) + Sync)) -> Outcome {
    let since = Instant::now();
    let mut rng = StdRng::seed_from_u64(treatment.seed);
    let mut settings = Settings::of_tests(harness::new_folder().expect("a folder"));
    // Nobody visits.
    settings.demo = None;
    if let Some(earlier) = &treatment.from {
        settings.build.clone_from(&earlier.build);
    }
    let server = Server::start_disposable(settings).expect("a server");
    let realm = Realm::national(&server);
    let since_day = realm.now().day();
    let never_met = match treatment.from {
        Some(_) => upgrade::NEVER_MET,
        None => NEVER_MET,
    };
    let mut people = register(&realm, &Placed::everybody(treatment.met, never_met));
    let reports = plan::draw(
        &mut rng,
        &mut people,
        treatment.reports,
        realm.now(),
        |kind| realm.code(kind),
    );
    let contacts = reports.iter().map(|report| report.names.len());
    say(&format!(
        "{} people, {} reports, {} contacts",
        people.len(),
        reports.len(),
        contacts.sum::<usize>(),
    ));
    let mut run = Run {
        rng,
        planter: treatment.fault.map(|fault| Planter::new(fault, &server)),
        treatment,
        server,
        realm: &realm,
        reports: reports.into_iter().map(Sent::new).collect(),
        begun: 0,
        aims: Aim::deck(),
        repeats: Deck::new([true, false]),
        pace: Duration::from_millis(100),
        tally: Tally::default(),
        say,
        since,
        since_day,
        upgrade: None,
    };
    if let Some(earlier) = run.treatment.from.clone() {
        run.begin_with(earlier, &mut people);
    }
    run.send_all();
    run.put_back();
    run.rest();
    run.look(&mut people)
}

/// All at once: each of them solves a challenge.
fn register<'r>(realm: &'r Realm, placed: &[Placed]) -> Vec<(Placed, Person<'r>)> {
    thread::scope(|scope| {
        let registering: Vec<_> = placed
            .iter()
            .map(|placed| (*placed, scope.spawn(|| Person::register(realm))))
            .collect();
        let registered = registering.into_iter();
        registered
            .map(|(placed, person)| (placed, person.join().expect("a registration")))
            .collect()
    })
}

pub(crate) struct Run<'a> {
    pub(crate) treatment: Treatment,
    pub(crate) rng: StdRng,
    planter: Option<Planter>,
    pub(crate) server: Server,
    pub(crate) realm: &'a Realm,
    pub(crate) reports: Vec<Sent>,
    /// How many reports have been sent, or tried.
    begun: usize,
    /// What the kills aim at.
    aims: Deck<u8>,
    /// Whether a life repeats what was accepted.
    repeats: Deck<bool>,
    /// How long an answer takes.
    pace: Duration,
    tally: Tally,
    say: &'a (dyn Fn(&str) + Sync),
    since: Instant,
    since_day: Day,
    pub(crate) upgrade: Option<Upgrade<'a>>,
}

/// A report, and what came of it so far.
pub(crate) struct Sent {
    report: Report,
    answers: Vec<Vec<Answer>>,
    /// The body that was accepted.
    accepted: Option<usize>,
    first_sent: Option<Instant>,
}

impl Sent {
    fn new(report: Report) -> Self {
        Self {
            answers: vec![Vec::new(); report.bodies.len()],
            report,
            accepted: None,
            first_sent: None,
        }
    }

    /// The bodies that were not answered for good.
    fn unanswered(&self) -> impl Iterator<Item = usize> {
        let answers = self.answers.iter().enumerate();
        answers
            .filter(|(_, got)| !got.last().is_some_and(|last| last.is_final()))
            .map(|(body, _)| body)
    }

    /// The accepted body, as long as it is answered again.
    fn repeatable(&self) -> Option<usize> {
        let sent = self.first_sent?;
        self.accepted.filter(|_| sent.elapsed() < REPEATABLE)
    }
}

impl Run<'_> {
    /// Sends every report until it is answered, and kills the server meanwhile.
    fn send_all(&mut self) {
        let (part, most) = KEPT;
        let kills = self.treatment.kills;
        let lives = kills - (kills / part).min(most);
        for life in 0..lives {
            let left = self.reports.len() - self.begun;
            let aim = self.aim();
            self.live(left.div_ceil(lives - life), Some(aim));
        }
        let until = Instant::now() + PATIENCE;
        let is_unanswered = |sent: &Sent| sent.unanswered().count() > 0;
        while (self.reports.iter().any(is_unanswered)
            || self.upgrade.as_ref().is_some_and(Upgrade::has_errands))
            && Instant::now() < until
        {
            self.live(MOST_ERRANDS, None);
        }
        self.say("every report is answered");
    }

    fn aim(&mut self) -> Aim {
        Aim::draw(&mut self.aims, &mut self.rng, self.pace)
    }

    /// Waits until nothing is on its way, and kills the server meanwhile.
    fn rest(&mut self) {
        let contacts_due = match self.upgrade {
            // What is not due by then is made so.
            Some(_) => upgrade::CONTACTS_REST,
            None => CONTACTS_REST,
        };
        let begun = Instant::now();
        let mut moved_on = false;
        while begun.elapsed() < PATIENCE {
            let travelling = Travelling::look(&self.server);
            let contacts_rest = travelling.contacts.is_empty();
            let words_rest = travelling.words + travelling.applied.len() == 0;
            let at_rest = contacts_rest && (words_rest || !self.treatment.until_forgotten);
            let kills_left = self.treatment.kills - self.tally.kills;
            if at_rest && kills_left == 0 {
                break;
            }
            if contacts_rest && kills_left == 0 && !moved_on && self.upgrade.is_none() {
                self.server.restart_ahead(WORDS_DUE).expect("a restart");
                self.realm.follow_clock(WORDS_DUE);
                moved_on = true;
            }
            let kept = match contacts_rest || !self.treatment.until_forgotten {
                true => 0,
                false => KEPT_FOR_WORDS.min(self.treatment.kills / 10),
            };
            if kills_left == 0 && self.upgrade.is_some() {
                self.deliver_all();
            } else if kills_left > kept {
                let end = if contacts_rest {
                    contacts_due + WORDS_REST
                } else {
                    contacts_due
                };
                let left = end.saturating_sub(begun.elapsed()) / (kills_left - kept) as u32;
                let aim = match self.rng.random_bool(0.5) {
                    true if !contacts_rest => self.aim(),
                    _ => Aim::After(left.mul_f64(2.0 * self.rng.random::<f64>())),
                };
                self.live(0, Some(aim));
            } else {
                thread::sleep(LOOK_EVERY);
            }
        }
        self.say("all is at rest");
    }

    /// One life of the server: it is asked what it has not answered, new reports, and now and then one again that it
    /// has accepted. Killed, it is looked into and started again.
    pub(crate) fn live(&mut self, new: usize, aim: Option<Aim>) {
        let asked = self.choose(new);
        let others = match &mut self.upgrade {
            Some(upgrade) => upgrade.errands(self.realm.now()),
            None => Vec::new(),
        };
        let reports = asked.iter().map(|(report, body)| {
            let body = self.reports[*report].report.bodies[*body].as_slice();
            ("report", body)
        });
        let others = others.iter().map(|(call, body)| (*call, body.as_slice()));
        let errands: Vec<_> = reports
            .chain(others)
            .map(|(call, body)| Errand {
                call,
                body,
                delay: Duration::from_micros(self.rng.random_range(0..SPREAD)),
            })
            .collect();
        let life = live(&mut self.server, self.realm, &errands, aim);
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.record(&life.answers[asked.len()..]);
        }
        for ((report, body), answer) in asked.into_iter().zip(&life.answers) {
            if let Some(answer) = *answer {
                self.record(report, body, answer);
            }
        }
        self.pace = match life.pace {
            Some(pace) => (3 * self.pace + pace) / 4,
            // It was too short for an answer.
            None if life.answers.contains(&Some(Answer::Cut)) => self.pace * 9 / 8,
            None => self.pace,
        };
        self.pace = self.pace.min(LONGEST_PACE);
        if let Some(aim) = aim {
            self.look_and_restart(aim, &life);
        }
    }

    /// Reports and which of their bodies, in no order.
    fn choose(&mut self, new: usize) -> Vec<(usize, usize)> {
        let unanswered = |begun: usize| {
            let begun = self.reports[..begun].iter().enumerate();
            begun.flat_map(|(report, sent)| sent.unanswered().map(move |body| (report, body)))
        };
        let room = MOST_ERRANDS.saturating_sub(unanswered(self.begun).count());
        let begun = (self.begun + new.min(room)).min(self.reports.len());
        let mut asked: Vec<_> = unanswered(begun).collect();
        self.begun = begun;
        if self.repeats.draw(&mut self.rng) {
            let accepted = self.reports.iter().enumerate();
            let accepted: Vec<_> = accepted
                .filter_map(|(report, sent)| Some((report, sent.repeatable()?)))
                .collect();
            asked.extend(accepted.choose(&mut self.rng));
        }
        asked.shuffle(&mut self.rng);
        asked.truncate(MOST_ERRANDS);
        asked
    }

    fn record(&mut self, report: usize, body: usize, answer: Answer) {
        let sent = &mut self.reports[report];
        self.tally.requests += 1;
        self.tally.retries += usize::from(!sent.answers[body].is_empty());
        self.tally.repeats += usize::from(sent.accepted == Some(body));
        sent.first_sent.get_or_insert_with(Instant::now);
        sent.answers[body].push(answer);
        match answer {
            OK if sent.accepted.is_none() => {
                sent.accepted = Some(body);
                self.tally.accepted += 1;
            }
            Answer::Cut => self.tally.cut += 1,
            Answer::Status(503) => self.tally.put_off += 1,
            Answer::Status(_) => {}
        }
    }

    /// What the kill hit, as the files show it.
    fn look_and_restart(&mut self, aim: Aim, life: &Life) {
        let travelling = Travelling::look(&self.server);
        self.tally.kills += 1;
        self.tally.in_flight += usize::from(life.answers.contains(&Some(Answer::Cut)));
        self.tally.after_answer += usize::from(life.aim_met && matches!(aim, Aim::Answered(_)));
        self.tally.waiting += usize::from(!travelling.contacts.is_empty());
        self.tally.delivering += usize::from(life.aim_met && matches!(aim, Aim::Delivering(_)));
        self.tally.unacknowledged += usize::from(travelling.unacknowledged() > 0);
        self.tally.words += usize::from(travelling.words > 0);
        if let Some(planter) = &mut self.planter {
            planter.plant(&self.server, &travelling);
        }
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.replace(&mut self.server);
        }
        self.server.restart().expect("a restart");
        if self.tally.kills.is_multiple_of(25) {
            self.say(&format!("{} contacts wait", travelling.contacts.len()));
        }
    }

    /// Everything that can be seen at the end.
    fn look(mut self, people: &mut [(Placed, Person<'_>)]) -> Outcome {
        if let Some(planter) = &self.planter {
            assert!(planter.is_done, "the fault could not be planted");
        }
        self.let_all_ask();
        let ask = |(placed, person): &mut (Placed, Person<'_>)| Somebody {
            placed: *placed,
            level: person.ask(),
        };
        let people = people.iter_mut().map(ask).collect();
        let reports = self.reports.iter().map(|sent| Reported {
            names: sent.report.names.clone(),
            answers: sent.answers.clone(),
            other: self
                .realm
                .post_bytes("/api/v6/report", &sent.report.other)
                .status,
        });
        let reports = reports.collect();
        let travelling = Travelling::look(&self.server);
        let words = travelling.words + travelling.applied.len();
        let rows = files::exposures(&self.server);
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.look(self.realm);
        }
        let left = self.forget();
        self.retire_old_root();
        let seen = Observations {
            people,
            reports,
            rows,
            contacts_left: travelling.contacts.len(),
            words_left: self.treatment.until_forgotten.then_some(words),
            rows_left: left.rows,
            opens: left.opens,
            log: self.words(),
        };
        self.tally.took = self.since.elapsed();
        Outcome {
            seen,
            tally: self.tally,
        }
    }

    /// What the server wrote, but for what the earlier build did that was put back.
    fn words(&self) -> String {
        let words = self.server.own_words();
        match &self.upgrade {
            Some(upgrade) => upgrade.without_refusals(&words),
            None => words,
        }
    }

    /// The term passes.
    fn forget(&mut self) -> Left {
        let term = match self.upgrade {
            Some(_) => LONG_TERM,
            None => TERM,
        };
        let until = self.realm.now().day();
        let before = Before::take(&mut self.server, self.since_day, until, term);
        self.tally.forgotten = before.opened.len();
        before.pass(&mut self.server);
        if self.treatment.fault == Some(Fault::LatePurge) {
            before.put_back(&self.server);
        }
        self.say(&format!("{} days have passed", term / 86_400));
        before.left(&self.server)
    }

    pub(crate) fn say(&self, what: &str) {
        let Tally {
            kills,
            accepted,
            retries,
            ..
        } = self.tally;
        let (seconds, of) = (self.since.elapsed().as_secs(), self.reports.len());
        (self.say)(&format!(
            "{seconds} s: {kills} kills, {accepted} of {of} reports accepted, {retries} retries; {what}"
        ));
    }
}
