//! A run that begins with an earlier release: its server is killed in the midst of deliveries, the current build takes
//! its place on the same folder and goes on under kills, and the earlier build is put back once in between.
//!
//! Besides those who are met there are two who were told before the upgrade. One of them leaves afterwards, one deletes
//! the history: while the server is killed, and again until each is answered. Some of those who were never met ask
//! meanwhile.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use decree::Moment;
use harness::{Secrets, Server, Settings};
use http_tests::{Person, Realm, authenticated, disk, report};
use minreq::Method;
use robert::phone::Phone;
use service::form::Form;
use service::keyring::{KeyId, wrapper};

use crate::files::Travelling;
use crate::life::Aim;
use crate::plan::{self, Placed};
use crate::run::Run;
use crate::verdict::Answer;

/// People who are registered and never met, besides the two.
pub(crate) const NEVER_MET: usize = 12;
/// How long the kills are spread over that come once every report is in.
pub(crate) const CONTACTS_REST: Duration = Duration::from_secs(10);
/// In so many seconds everything is due that waits.
const DUE: u32 = 61;
/// Reports that the earlier build takes, of all: one in so many.
const EARLIER: usize = 3;
/// Longest time until everything has arrived, and until it is made due again.
const PATIENCE: Duration = Duration::from_mins(2);
const PASS: Duration = Duration::from_secs(10);
/// In so many seconds everybody may ask again.
const ASKED_AGAIN: u32 = 31 * 60;
/// What 0.1.0, which knows of no version, says of newer tables, and what releases since then say.
const FAILED: &str = "storage failed";
const NEWER: &str = "its tables are a newer version's";
/// Objects with tables, by their names, and where they lie.
const OBJECTS: [(&str, &str); 4] = [
    ("registry", "limpide-Registry"),
    ("intake", "limpide-Intake"),
    ("tally", "limpide-Tally"),
    ("desk", "limpide-Desk"),
];
/// How long the earlier build is given to do what is due.
const PUT_BACK: Duration = Duration::from_secs(2);

/// The build that a run begins with.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Its folder.
    pub build: PathBuf,
    /// Whether what the current build stores is newer than it knows: then it refuses to be put back.
    pub is_refused: bool,
}

/// What an upgrade needs to know.
pub(crate) struct Upgrade<'r> {
    earlier: Earlier,
    /// Whether the current build is in its place.
    is_done: bool,
    leaver: Told<'r>,
    deleter: Told<'r>,
    /// Phones of those who ask, as they were saved.
    asking: Vec<Vec<u8>>,
    /// Codes of the earlier build, which nobody uses before the end.
    codes: [String; 2],
    /// What the earlier build wrote when it was put back.
    refusals: String,
}

/// Somebody who was told on the earlier build, and has something to ask of the current one.
struct Told<'r> {
    person: Person<'r>,
    is_answered: bool,
}

impl<'r> Run<'r> {
    /// What happens on the earlier build, and its end.
    pub(crate) fn begin_with(&mut self, earlier: Earlier, people: &mut [(Placed, Person<'r>)]) {
        let realm = self.realm;
        let mut told = [(); 2].map(|()| Person::register(realm));
        let contacts = told
            .each_mut()
            .map(|person| plan::alerting(&mut person.phone, realm.now()))
            .concat();
        let body = report(&realm.code("long"), &contacts);
        realm.post("/api/v6/report", &body).is(200);
        self.deliver_all();
        for person in &mut told {
            assert_eq!(person.ask(), Placed::Alerted.level());
        }
        let [leaver, deleter] = told.map(|person| Told {
            person,
            is_answered: false,
        });
        let never_met = people
            .iter_mut()
            .filter(|(placed, _)| *placed == Placed::NeverMet);
        let saved = never_met.map(|(_, person)| person.phone.save(realm.now()).to_vec());
        self.upgrade = Some(Upgrade {
            earlier,
            is_done: false,
            leaver,
            deleter,
            asking: saved.collect(),
            codes: ["long", "short"].map(|kind| realm.code(kind)),
            refusals: String::new(),
        });
        self.live(self.reports.len() / EARLIER, None);
        self.make_due();
        self.live(0, Some(Aim::Delivering(Duration::from_millis(2))));
        self.say("upgraded");
    }

    /// The earlier build on what the current one has stored. Where that is newer than it knows, it answers nothing, and
    /// changes nothing; else it goes on, if the roots are listed for it.
    pub(crate) fn put_back(&mut self) {
        let Some(upgrade) = &mut self.upgrade else {
            return;
        };
        let (realm, server) = (self.realm, &mut self.server);
        let folder = upgrade.earlier.build.clone();
        if !upgrade.earlier.is_refused {
            server
                .change(|settings| settings.build = folder)
                .expect("a kill");
            server.restart().expect("a restart");
            Person::register(realm).ask();
            thread::sleep(PUT_BACK);
            server.change(current).expect("a kill");
            server.restart().expect("a restart");
            self.say("the earlier build went on");
            return;
        }
        server
            .change(|settings| earlier(settings, folder))
            .expect("a kill");
        let mut before = rows(server);
        let wrote = server.own_words().len();
        server.restart().expect("a restart");
        realm
            .post("/api/v6/captcha", &serde_json::json!({}))
            .is(503);
        for body in [
            report(&upgrade.codes[0], &[]),
            report(&upgrade.codes[1], &[]),
        ] {
            realm.post("/api/v6/report", &body).is(503);
        }
        upgrade.deleter.person.delete_exposures().is(503);
        upgrade.deleter.person.unregister().is(503);
        let key = server.issuer_key().expect("a key").to_owned();
        realm
            .issue(&key, &serde_json::json!({ "kind": "long" }))
            .is(503);
        thread::sleep(PUT_BACK);
        server.change(current).expect("a kill");
        upgrade.refusals = server.own_words().split_off(wrote);
        // Not for another reason, such as its settings.
        let refused = &upgrade.refusals;
        let mut after = rows(server);
        if refused.contains(NEWER) {
            // Objects whose tables are as they were go on.
            let has_refused = |file: &Path| {
                let mut objects = OBJECTS.iter();
                objects.any(|(name, folder)| {
                    let line = format!("{NEWER}; run that version again: national/{name}/");
                    refused.contains(&line)
                        && file.components().any(|part| part.as_os_str() == *folder)
                })
            };
            // 0.2.0 puts the walk of its newest root off, whatever the tables.
            let stays = |file: &Path, table: &str| has_refused(file) && table != "rewrapping";
            before.retain(|(file, table), _| stays(file, table));
            after.retain(|(file, table), _| stays(file, table));
        } else {
            assert!(refused.contains(FAILED), "{refused}");
        }
        assert!(!before.is_empty(), "{refused}");
        let changed: Vec<_> = before
            .iter()
            .filter(|(at, rows)| after.get(*at) != Some(rows))
            .map(|(at, _)| at)
            .collect();
        assert!(
            changed.is_empty() && before.len() == after.len(),
            "{changed:?}"
        );
        server.restart().expect("a restart");
        self.say("the earlier build refused");
    }

    /// The clock goes on, until everybody may ask again.
    pub(crate) fn let_all_ask(&mut self) {
        if self.upgrade.is_some() {
            self.server.restart_later(ASKED_AGAIN).expect("a restart");
            self.realm.follow(&self.server);
        }
    }

    /// Days later the old root leaves the list, once the server says that it may. Who was registered under it still is,
    /// and what phones have built in is as it was.
    pub(crate) fn retire_old_root(&mut self) {
        if self.upgrade.is_none() {
            return;
        }
        let (realm, server) = (self.realm, &mut self.server);
        server.restart().expect("a restart");
        realm.follow(server);
        let keys = realm.get("/api/keys").is(200);
        let accounts = wrappers(server).len();
        let begun = Instant::now();
        while stays(realm, server).len() != 1 {
            assert!(begun.elapsed() < PATIENCE, "{:?}", stays(realm, server));
            thread::sleep(Duration::from_millis(200));
        }
        server
            .change(|settings| settings.secrets.drop_old_roots())
            .expect("a kill");
        server.restart().expect("a restart");
        assert_eq!(stays(realm, server), ["newest"]);
        assert_eq!(realm.get("/api/keys").is(200).body, keys.body);
        Person::register(realm).ask();
        let wrappers = wrappers(server);
        assert!(
            wrappers.iter().all(|by| by.is_some() && *by == wrappers[0]),
            "{wrappers:?}"
        );
        assert_eq!(wrappers.len(), accounts + 1);
        self.say("the old root has left");
    }

    /// The clock goes on: what waits is due.
    fn make_due(&mut self) {
        self.server.restart_later(DUE).expect("a restart");
        self.realm.follow(&self.server);
    }

    /// Makes everything due until it has arrived: what a registry did not answer, since it was killed, was put off.
    pub(crate) fn deliver_all(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.make_due();
            let begun = Instant::now();
            while begun.elapsed() < PASS {
                if Travelling::look(&self.server).contacts.is_empty() {
                    return;
                }
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

impl Upgrade<'_> {
    /// Puts the current build in the place of the earlier one, once.
    pub(crate) fn replace(&mut self, server: &mut Server) {
        if !self.is_done {
            server.change(current).expect("a kill");
            self.is_done = true;
        }
    }

    /// Whether anybody has not been answered.
    pub(crate) fn has_errands(&self) -> bool {
        !self.leaver.is_answered || !self.deleter.is_answered || !self.asking.is_empty()
    }

    /// What is asked besides reports: of the current build alone.
    pub(crate) fn errands(&mut self, now: Moment) -> Vec<(&'static str, Vec<u8>)> {
        if !self.is_done {
            return Vec::new();
        }
        let mut errands = Vec::new();
        for (told, call) in [
            (&mut self.leaver, "unregister"),
            (&mut self.deleter, "deleteExposureHistory"),
        ] {
            if !told.is_answered {
                let phone = &mut told.person.phone;
                let request = match call {
                    "unregister" => phone.unregister(now),
                    _ => phone.delete_exposures(now),
                };
                errands.push((call, request.expect("an account")));
            }
        }
        if let Some(saved) = self.asking.last() {
            let mut phone = Phone::restore(saved, now).expect("a phone");
            errands.push(("status", phone.ask(now).expect("the gap is over")));
        }
        let written = errands.into_iter();
        written
            .map(|(call, request)| (call, authenticated(&request).to_string().into_bytes()))
            .collect()
    }

    /// What came of [`Upgrade::errands`], in their order.
    pub(crate) fn record(&mut self, answers: &[Option<Answer>]) {
        let mut answers = answers.iter();
        let mut is_answered = |gone: &[u16]| match answers.next().copied().flatten() {
            None => false,
            Some(Answer::Status(status)) if status == 200 || gone.contains(&status) => true,
            Some(answer) => {
                assert!(!answer.is_final(), "{answer:?}");
                false
            }
        };
        if !self.is_done {
            return;
        }
        if !self.leaver.is_answered {
            // Asked again by somebody who has left already.
            self.leaver.is_answered = is_answered(&[430]);
        }
        if !self.deleter.is_answered {
            self.deleter.is_answered = is_answered(&[]);
        }
        // Asked again too early by somebody whose answer was cut off.
        if !self.asking.is_empty() && is_answered(&[400]) {
            self.asking.pop();
        }
    }

    /// Everything that is seen of them at the end.
    pub(crate) fn look(&mut self, realm: &Realm) {
        assert!(!self.has_errands(), "somebody was never answered");
        self.leaver.person.ask_status().is(430);
        assert_eq!(self.deleter.person.ask(), Placed::Alerted.level());
        let new = realm.code("long");
        for code in self.codes.iter().chain([&new]) {
            realm.post("/api/v6/report", &report(code, &[])).is(200);
            let other = serde_json::json!({ "token": code, "contacts": [], "other": 1 });
            realm.post("/api/v6/report", &other).is(401);
        }
    }

    /// What the server wrote without the refusals of the earlier build.
    pub(crate) fn without_refusals(&self, words: &str) -> String {
        words.replacen(&self.refusals, "", 1)
    }
}

/// What the current build is started with: a new root before the one that the earlier build knows.
fn current(settings: &mut Settings) {
    settings.build = harness::root();
    settings.secrets = Secrets::of_tests();
    settings.secrets.add_root();
}

/// What the earlier build is started with, which knows one root.
fn earlier(settings: &mut Settings, folder: PathBuf) {
    settings.build = folder;
    settings.secrets = Secrets::of_tests();
}

/// Why each of the listed roots must stay, each in the words of one of its reasons.
fn stays(realm: &Realm, server: &Server) -> Vec<String> {
    let key = server.issuer_key().expect("a key");
    let listed = realm.at_desk(Method::Get, "roots", key, None).is(200);
    let listed = listed.json();
    let roots = listed["roots"].as_array().expect("roots").iter();
    let reasons = roots.flat_map(|root| root["stays"].as_array().expect("reasons"));
    reasons
        .map(|reason| reason["kind"].as_str().expect("a kind").to_owned())
        .collect()
}

/// The root under which the key of each account is wrapped; none is named in the forms of 0.1.0.
fn wrappers(server: &Server) -> Vec<Option<KeyId>> {
    const KEYS: &str = "SELECT key_for_mac FROM account";
    let files = disk::objects(server, "Registry").into_iter();
    files
        .flat_map(|file| disk::query(&file, "account", KEYS))
        .map(|row| wrapper(Form::AccountKey, row.blob(0).unwrap()).expect("a known form"))
        .collect()
}

/// Every row of the objects, and what their tables are made of; not the platform's own notes, such as when it rings.
fn rows(server: &Server) -> BTreeMap<(PathBuf, String), Vec<String>> {
    let mut rows = disk::stored(server);
    rows.retain(|(_, table), _| table != "_cf_METADATA" && table != "_cf_ALARM");
    rows
}
