//! What people do with their phones, and what leaves them.

use core::time::Duration;
use std::collections::BTreeSet;

use decree::article_2::Onset;
use http_tests::{authenticated, base64, level};
use minreq::Method;
use robert::phone::{Phone, ReportState};
use robert::{AuthKey, Epoch, Ntp};
use serde_json::{Value, json};

use super::{column, fields};
use crate::forger::Forger;
use crate::story::{Answer, Story};
use crate::words::Words;

/// Closer than a metre, as the press kit draws it.
const NEAR: f64 = 0.8;
const HOUR: Duration = Duration::from_hours(1);

pub(super) fn install(story: &mut Story, words: &Words) {
    for who in words.names(1) {
        story.install(who);
    }
}

pub(super) fn installed(story: &mut Story, words: &Words) {
    install(story, words);
    story.set_today(words.duration(2));
}

pub(super) fn crowd(story: &mut Story, words: &Words) {
    story.install_at_once(words.count(1));
}

pub(super) fn meet(story: &mut Story, words: &Words) {
    let metres = match words.text(3) {
        "" => NEAR,
        _ => words.decimal(3),
    };
    let start = match (words.text(4), words.text(5)) {
        ("", _) => story.now(),
        (_, "") => story.today() - words.duration(4),
        // The hour in Paris in winter: one more than in universal time.
        (_, hour) => {
            let (hours, minutes) = hour.split_once(':').expect("une heure");
            let [hours, minutes] = [hours, minutes].map(|digits| digits.parse().unwrap());
            let midnight = (story.today() - words.duration(4)).day().start();
            midnight + Duration::from_hours(hours) + Duration::from_mins(minutes) - HOUR
        }
    };
    story.meet(&words.names(1), words.duration(2), metres, start);
}

pub(super) fn meet_each_second(story: &mut Story, words: &Words) {
    let (who, length) = (words.names(1), words.duration(2));
    let start = story.today() - words.duration(3);
    story.meet_every(Duration::from_secs(1), &who, length, NEAR, start);
}

/// The lower 16 bits of NTP time come to 0 in the middle of the meeting.
pub(super) fn meet_around_zero(story: &mut Story, words: &Words) {
    let (who, length) = (words.names(1), words.duration(2));
    let soon = Ntp::from(story.now() + length).0;
    let zero = Ntp(soon.next_multiple_of(1 << 16)).moment();
    story.meet(&who, length, NEAR, zero - length / 2);
}

pub(super) fn set_clock(story: &mut Story, words: &Words) {
    let fast = words.duration(2);
    story.fast.insert(words.text(1).to_owned(), fast);
}

pub(super) fn switch_off(story: &mut Story, words: &Words) {
    story.phone(words.text(1)).switch_bluetooth(false);
}

pub(super) fn come_to_today(story: &mut Story, _: &Words) {
    story.go(story.today());
}

pub(super) fn let_pass(story: &mut Story, words: &Words) {
    story.go(story.now() + words.duration(1));
}

pub(super) fn let_pass_in_silence(story: &mut Story, words: &Words) {
    story.realm.advance(words.duration(1).as_secs());
}

pub(super) fn report(story: &mut Story, words: &Words) {
    send_report(story, words);
    story.deliver();
}

pub(super) fn send_report(story: &mut Story, words: &Words) {
    story.send_report(words.text(1), Onset::Unknown, |_| {});
}

pub(super) fn report_with_onset(story: &mut Story, words: &Words) {
    let onset = story.today() - words.duration(2);
    story.send_report(words.text(1), Onset::Known(onset), |_| {});
    story.deliver();
}

pub(super) fn report_forged(story: &mut Story, words: &Words) {
    story.send_report(words.text(1), Onset::Unknown, |contact| {
        for heard in &mut contact.hellos {
            heard.mac.0[0] ^= 1;
        }
    });
    assert!(!contacts(story).is_empty());
    story.deliver();
}

pub(super) fn report_foreign(story: &mut Story, words: &Words) {
    story.send_report(words.text(1), Onset::Unknown, |contact| contact.ecc.0 ^= 1);
    assert!(!contacts(story).is_empty());
    story.deliver();
}

pub(super) fn discard_report(story: &mut Story, words: &Words) {
    let (now, phone) = (story.now(), story.phone(words.text(1)));
    let selection = phone.draft(Onset::Unknown, now).expect("un brouillon");
    assert!(
        selection
            .meetings
            .iter()
            .any(|meeting| meeting.leaving() > 0)
    );
    phone.discard_draft();
    assert_eq!(phone.report_state(), ReportState::None);
}

pub(super) fn receive_code(story: &mut Story, words: &Words) {
    let kind = match words.text(2) {
        "court" => "short",
        _ => "long",
    };
    story.code = story.realm.code(kind);
}

pub(super) fn use_code(story: &mut Story, words: &Words) {
    let code = story.code.clone();
    story.use_code(words.text(1), &code);
}

pub(super) fn report_under_an_invented_code(story: &mut Story, words: &Words) {
    // A UUID of version 4, as long codes are.
    let code = "3f2504e0-4f89-4d3a-9a0c-0305e82c3301".to_owned();
    let who = words.text(1);
    story.report_under(code, who, Onset::Unknown, |_| {});
    story.phone(who).refused().expect("un signalement refusé");
    assert!(!contacts(story).is_empty());
}

pub(super) fn ask(story: &mut Story, words: &Words) {
    story.ask(words.text(1));
}

pub(super) fn ask_in_vain(story: &mut Story, words: &Words) {
    story.ask_without_learning(words.text(1)).is(200);
}

/// All that a phone, a browser or a network adds, with a mark that must be found nowhere.
pub(super) fn ask_with_mark(story: &mut Story, words: &Words) {
    let (who, mark) = (words.text(1), words.text(2));
    let now = story.now();
    let request = story.phone(who).ask(now).expect("une question");
    let mut body = authenticated(&request);
    body["pushInfo"] = json!({ "token": mark, "locale": mark, "timezone": mark });
    body["deviceId"] = json!(mark);
    let headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", mark),
        ("Accept-Language", mark),
        ("Cookie", mark),
        ("X-Forwarded-For", mark),
        ("CF-Connecting-IP", mark),
    ];
    let path = format!("/api/v6/status?{}", mark.replace('/', "%2F"));
    let bytes = body.to_string().into_bytes();
    let reply = story
        .realm
        .send(Method::Post, &path, &headers, Some(&bytes));
    story.answers.push(Answer {
        who: who.to_owned(),
        call: "status",
        reply,
    });
}

pub(super) fn ask_together(story: &mut Story, words: &Words) {
    // Whoever asked a moment ago may ask again, and nobody's quarter of an hour ends meanwhile.
    story.go(story.now() + HOUR);
    story.go(story.realm.next_epoch() + Duration::from_secs(60));
    for who in words.names(1) {
        story.ask(who);
    }
}

pub(super) fn delete_history(story: &mut Story, words: &Words) {
    let reply = story.request(
        words.text(1),
        "deleteExposureHistory",
        Phone::delete_exposures,
    );
    reply.is(200);
}

pub(super) fn unregister(story: &mut Story, words: &Words) {
    let who = words.text(1);
    let now = story.now();
    let before = story.phone(who).save(now);
    story.request(who, "unregister", Phone::unregister).is(200);
    story.phone(who).erase_all();
    story.gone = Phone::restore(&before, now).ok();
}

pub(super) fn forge(story: &mut Story, _: &Words) {
    story.forger = Some(Forger::register(story.realm));
}

pub(super) fn forger_asks(story: &mut Story, words: &Words) {
    forged(story, words, Duration::ZERO, None);
}

pub(super) fn forger_steals(story: &mut Story, words: &Words) {
    forged(
        story,
        words,
        Duration::ZERO,
        Some(&AuthKey::from_bytes(&[7; 32])),
    );
}

pub(super) fn forger_is_fast(story: &mut Story, words: &Words) {
    forged(story, words, words.duration(2), None);
}

fn forged(story: &mut Story, words: &Words, fast: Duration, key: Option<&AuthKey>) {
    let now = Ntp::from(story.now() + fast);
    let forger = story.forger.as_mut().expect("Mallory");
    let request = forger.ask(words.count(1), now, key).clone();
    story.post("Mallory", "status", &request);
}

/// Mallory's HELLOs are sealed by the right key, whatever country they name.
pub(super) fn hear_forger(story: &mut Story, words: &Words) {
    let (who, length) = (words.text(1), words.duration(2));
    let mask = u8::from(words.text(3) != "de ce pays");
    let start = story.now();
    for second in (0..length.as_secs()).step_by(10) {
        let now = start + Duration::from_secs(second);
        let hello = story.forger.as_ref().expect("Mallory").emit(now, mask);
        story.hear(who, Some(&hello), level(NEAR), now);
    }
    story.go(start + length);
}

pub(super) fn replay(story: &mut Story, _: &Words) {
    let request = story.forger.as_ref().expect("Mallory").last.clone();
    story.post("Mallory", "status", &request);
}

/// The contacts of the last report.
fn contacts(story: &Story) -> &[Value] {
    let report = story.report.as_ref().expect("un signalement");
    report["contacts"].as_array().expect("une liste")
}

/// The messages of the last report.
pub(super) fn messages(story: &Story) -> impl Iterator<Item = &Value> {
    let contacts = contacts(story).iter();
    contacts.flat_map(|contact| contact["ids"].as_array().expect("une liste"))
}

pub(super) fn report_holds(story: &mut Story, words: &Words) {
    assert_eq!(messages(story).count(), words.count(1));
}

/// However many messages were heard: those of each pseudonym are there, from the first to the last, and fewer of them.
pub(super) fn report_is_spread(story: &mut Story, _: &Words) {
    let body = story.report.as_ref().expect("un signalement").to_string();
    assert!(body.len() <= 4 << 20, "{}", body.len());
    let (sent, of) = (messages(story).count(), contacts(story).len());
    assert!((34_000..40_000).contains(&sent), "{sent}");
    // Of 48 hours, whether or not they began with a quarter of an hour.
    assert!((192..=193).contains(&of), "{of}");
    for contact in contacts(story) {
        let heard = contact["ids"].as_array().unwrap();
        let at = |message: &Value| message["timeCollectedOnDevice"].as_u64().unwrap();
        let span = at(heard.last().unwrap()) - at(&heard[0]);
        assert!(span > 890 || of == 193 && heard.len() < 200, "{span}");
    }
}

pub(super) fn report_does_not_name(story: &mut Story, words: &Words) {
    let own: BTreeSet<_> = story.pseudonyms[words.text(1)]
        .iter()
        .map(|ebid| base64(ebid))
        .collect();
    let named = contacts(story)
        .iter()
        .map(|contact| contact["ebid"].as_str().unwrap());
    let named: Vec<_> = named.filter(|ebid| own.contains(*ebid)).collect();
    assert_eq!(named, [""; 0], "parmi {} pseudonymes", own.len());
}

pub(super) fn report_fields(story: &mut Story, _: &Words) {
    assert_eq!(
        fields(story.report.as_ref().unwrap()),
        ["contacts", "token"]
    );
    assert!(!contacts(story).is_empty());
    for contact in contacts(story) {
        assert_eq!(fields(contact), ["ebid", "ecc", "ids"]);
    }
}

pub(super) fn message_fields(story: &mut Story, words: &Words) {
    assert!(messages(story).count() > 0);
    for message in messages(story) {
        assert_eq!(fields(message), column(words));
    }
}

pub(super) fn registration_fields(story: &mut Story, words: &Words) {
    let forger = story.forger.as_ref().expect("Mallory");
    assert_eq!(fields(&forger.registration), column(words));
}

pub(super) fn heard(story: &mut Story, words: &Words) {
    let now = story.now();
    let kept = story.phone(words.text(1)).history(now).count();
    assert_eq!(kept, words.count(2));
}

/// Counted from the first message, which is as old as the meeting.
pub(super) fn heard_later(story: &mut Story, words: &Words) {
    let now = story.now();
    let phone = story.phone(words.text(2));
    let first = phone.history(now).next().expect("un message").at;
    let kept = phone.history(first + words.duration(1)).count();
    assert_eq!(kept, words.count(3));
}

pub(super) fn heard_of(story: &mut Story, words: &Words) {
    let now = story.now();
    let theirs = story.pseudonyms[words.text(2)].clone();
    let phone = story.phone(words.text(1));
    assert!(phone.history(now).count() > 0);
    for heard in phone.history(now) {
        assert_eq!(heard.hello.to_bytes().len(), 16);
        assert!(theirs.contains(&heard.hello.ebid.0));
    }
}

pub(super) fn bundle(story: &mut Story, words: &Words) {
    let now = Epoch::at(story.now()).unwrap();
    let expected: Vec<_> = now.until_day(4).collect();
    let phone = story.phone(words.text(1));
    let held: Vec<_> = phone.pseudonyms().map(|tuple| tuple.epoch).collect();
    assert_eq!(held, expected);
}

pub(super) fn pseudonyms_differ(story: &mut Story, _: &Words) {
    let all: Vec<_> = story.pseudonyms_held().collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert!(!all.is_empty());
    assert_eq!(distinct.len(), all.len());
}

pub(super) fn emits(story: &mut Story, words: &Words) {
    let (start, length) = (story.now(), words.duration(3).as_secs());
    let phone = story.phone(words.text(1));
    let emitted = (0..length).step_by(10).map(|second| {
        let hello = phone
            .emit(start + Duration::from_secs(second))
            .expect("un HELLO");
        hello.ebid.0
    });
    let pseudonyms: BTreeSet<_> = emitted.collect();
    assert_eq!(pseudonyms.len(), words.count(2));
}
