//! The bytes of every letter and reply, pinned: code of another release reads them.
//!
//! A line that changes means that old and new code would misread each other while a release is rolled out. Give the
//! call a new number instead, and add its line.

use std::collections::BTreeSet;

use decree::Moment;
use robert::auth::AuthRequest;
use robert::{Ebid, Id, Time32};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::desk::{Holder, Order};
use service::gate::{Admitted, Visitor, Work};
use service::intake::{self, AllMarks, Marks, StoredCode, Token};
use service::keyring::PerRoot;
use service::place::Seat;
use service::registry::{Register, Signed};
use service::visit::{Entered, Usage};
use service::work::Load;
use service::{Class as PlaceClass, Failure, Place, Realm, registry};
use wire::Refusal;
use wire::code::Kind;
use wire::issuer::Role;
use wire::statistics::{Forgotten, Range};

use crate::calls::*;
use crate::letter::{self, Call, Class, Opened, To};
use crate::tried;

const PINNED: &str = include_str!("../tests/letters.txt");
const NOW: Moment = Moment::from_unix(1_592_654_280);
const DEMO: Realm = Realm::Demo([0xd0; 16]);

fn place(realm: Realm, class: PlaceClass) -> Place {
    Place {
        realm,
        class,
        index: 1,
        of: 4,
        since: 18_414,
    }
}

/// A value whose bytes are these: for types that only draw themselves.
fn made_of<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).unwrap()
}

fn signed() -> Signed {
    Signed {
        id: Id([1, 2, 3, 4, 5]),
        request: AuthRequest {
            ebid: Ebid([6; 8]),
            epoch: 1_234,
            time: Time32([7; 4]),
            mac: [8; 32],
        },
    }
}

/// Every letter: what it is called, and its bytes.
fn letters() -> Vec<(String, Vec<u8>)> {
    let mut letters = Vec::new();
    fn add<C: Call>(
        letters: &mut Vec<(String, Vec<u8>)>,
        place: &<C::To as Class>::Place,
        call: C,
    ) {
        let name = core::any::type_name::<C>();
        let name = name.rsplit("::").next().unwrap();
        let bytes = letter::write(place, NOW, NOW, &call).unwrap();
        // What is written is read.
        assert!(matches!(letter::open::<C::To>(&bytes), Opened::Call(..)));
        letters.push((format!("{} {name}", C::To::NAME.text()), bytes));
    }
    let to = &mut letters;

    let at = &place(Realm::National, PlaceClass::Registry);
    add(to, at, registry_calls::Load);
    let asked = Register {
        challenge: [9; 16],
        until: 1_592_654_880,
        level: 2,
        auth_key: [10; 32],
        tuple_key: [11; 32],
    };
    add(to, at, registry_calls::Register(asked));
    add(to, at, registry_calls::Status(signed()));
    add(to, at, registry_calls::Unregister(signed()));
    add(to, at, registry_calls::DeleteExposureHistory(signed()));
    let (delivery, body) = ([12; 16], vec![1, 2, 3]);
    add(to, at, registry_calls::Apply { delivery, body });
    let (from, last) = (18_420, 18_433);
    add(to, at, registry_calls::Figures { from, to: last });
    add(to, at, registry_calls::Forgotten { from, to: last });
    add(to, at, registry_calls::Tick);
    add(to, at, registry_calls::Wake);
    add(to, at, registry_calls::CheckNumbers);
    add(to, at, registry_calls::IsMade);
    add(to, at, registry_calls::Progress);
    let of = |id, body: &[u8]| registry_calls::Delivery {
        id: [id; 16],
        body: body.to_vec(),
    };
    let all = vec![of(12, &[1, 2, 3]), of(28, &[4])];
    add(to, at, registry_calls::ApplyAll(all));
    let tried = tried::Shown {
        challenge: [9; 16],
        until: 1_592_654_880,
        is_tried: true,
    };
    add(to, at, registry_calls::Try(tried));
    let at = &place(DEMO, PlaceClass::Registry);
    add(to, at, registry_calls::CountDying(18_420));
    add(to, at, registry_calls::State);
    add(to, at, registry_calls::Safes);
    add(to, at, registry_calls::End);

    let at = &place(Realm::National, PlaceClass::Intake);
    let (mark, kind) = (Some([13; 32]), Kind::Short);
    let codes = vec![StoredCode {
        hash: [14; 32],
        until: 1_592_657_880,
    }];
    let codes = intake_calls::AddCodes { mark, kind, codes };
    add(to, at, codes.clone());
    add(to, at, intake_calls::AddCodesOf(codes, [31; 16]));
    let marks = [[31; 16], [32; 16]].into();
    add(to, at, intake_calls::VoidCodes(marks));
    let shown = intake::Shown {
        token: Token::Short,
        marks: AllMarks {
            newest: Marks {
                code: [15; 32],
                body: [16; 32],
            },
            older: vec![Marks {
                code: [26; 32],
                body: [27; 32],
            }],
        },
        work: Some(intake::Work {
            challenge: [17; 16],
            until: 1_592_654_880,
        }),
        route: 0,
        zeros: 0,
    };
    add(to, at, intake_calls::GiveBack(shown.marks.newest));
    add(to, at, intake_calls::Reserve(shown.clone()));
    add(to, at, intake_calls::ReserveFormer(shown.clone()));
    add(to, at, intake_calls::Try(tried));
    let contacts = vec![(3, vec![4, 5, 6])];
    let report = intake::Report { shown, contacts };
    add(to, at, intake_calls::Report(report));
    add(to, at, intake_calls::Figures { from, to: last });
    add(to, at, intake_calls::Tick);
    add(to, at, intake_calls::Wake);
    add(to, at, intake_calls::CheckNumbers);
    let at = &place(DEMO, PlaceClass::Intake);
    add(to, at, intake_calls::DeliverAll);
    add(to, at, intake_calls::State);
    add(to, at, intake_calls::Safes);
    add(to, at, intake_calls::End);

    let at = &place(Realm::National, PlaceClass::Tally);
    add(to, at, tally_calls::Collect);
    add(to, at, tally_calls::CollectForgotten);
    add(to, at, tally_calls::Publish);
    add(to, at, tally_calls::PublishForgotten);
    let at = &place(DEMO, PlaceClass::Tally);
    add(to, at, tally_calls::State);
    add(to, at, tally_calls::End);

    let at = &place(Realm::National, PlaceClass::Desk);
    let (root, key) = (Holder::Root([18; 32]), Holder::Key([19; 32]));
    add(to, at, desk_calls::Admit(root));
    let order = Order {
        kind: Kind::Long,
        count: 7,
        marks: PerRoot::new(([28; 4], [20; 32]), [([29; 4], [30; 32])]),
    };
    add(to, at, desk_calls::HandOut(key, order));
    let made = desk_calls::MakeKey {
        holder: root,
        role: Role::Doctor,
        quota: 300,
        hash: [21; 32],
    };
    add(to, at, made);
    add(to, at, desk_calls::RevokeKey(root, "ab12".to_owned()));
    add(to, at, desk_calls::VoidCodes(root, "ab12".to_owned()));
    add(to, at, desk_calls::ListKeys(root, Some("ab12".to_owned())));
    add(to, at, desk_calls::ListActs(root, None));
    add(to, at, desk_calls::Wake);
    add(to, at, desk_calls::ConfirmClock(root));
    add(to, at, desk_calls::AdmitOperator(root));
    let (holder, until) = (key, 1_600_000_000);
    add(to, at, desk_calls::AskRegistrationKey { holder, until });

    let (realm, day) = (Realm::National, 18_433);
    let at = &VaultPlace { realm, day };
    add(to, at, vault_calls::Keys);
    add(to, at, vault_calls::Tick);
    let at = &VaultPlace { realm: DEMO, day };
    add(to, at, vault_calls::State);
    add(to, at, vault_calls::End);

    let safe = [22; 16];
    let at = &SafePlace { realm, safe };
    add(to, at, safe_calls::Fill(made_of(&[23; 32])));
    add(to, at, safe_calls::FillIfEmpty(made_of(&[24; 32])));
    add(to, at, safe_calls::Key);
    add(to, at, safe_calls::Empty);
    add(to, at, safe_calls::Rewrap);
    add(to, &SafePlace { realm: DEMO, safe }, safe_calls::State);
    add(to, at, safe_calls::Hold(vec![0x20; 9]));
    add(to, at, safe_calls::Held);
    add(to, at, safe_calls::Discard(7));

    let at = &RealmPlace(DEMO);
    let (id, expires) = ([0xd0; 16], NOW.unix());
    add(to, at, realm_calls::Open { id, expires });
    let usage = Usage {
        registrations: 1,
        reports: 0,
        bytes: 915,
    };
    add(to, at, realm_calls::Enter(usage));
    add(to, at, realm_calls::Count(usage));
    add(to, at, realm_calls::Advance(86_400));
    add(to, at, realm_calls::Move(86_400));
    add(to, at, realm_calls::Delivered);
    add(to, at, realm_calls::DoneUntil(NOW.unix()));
    add(to, at, realm_calls::State);
    add(to, at, realm_calls::End);
    let seat = Seat {
        number: 7,
        turn: 1_592_654_280,
    };
    let at = &RealmPlace(Realm::Seated(seat, id));
    add(to, at, realm_calls::OpenSeat(expires));
    add(to, at, realm_calls::Reserve(usage));
    add(to, at, realm_calls::GiveBack(usage));

    add(to, &GatePlace, gate_calls::Admit { id, expires });
    add(to, &GatePlace, gate_calls::Leave([0xd0; 16]));
    let visitor = Visitor {
        id,
        until: expires,
        work: Some(Work {
            challenge: [32; 16],
            until: 1_592_654_880,
        }),
    };
    add(to, &GatePlace, gate_calls::Seat(visitor));
    add(to, &GatePlace, gate_calls::See(id));

    add(to, &TimekeeperPlace, timekeeper_calls::Read);
    add(to, &TimekeeperPlace, timekeeper_calls::Confirm);

    add(to, &SecretsPlace, secrets_calls::Read);
    add(to, &SecretsPlace, secrets_calls::AddRegistration { until });
    letters
}

/// One reply of each type, and every refusal.
fn replies() -> Vec<(String, Vec<u8>)> {
    fn reply<R: Serialize>(name: &str, value: R) -> (String, Vec<u8>) {
        let to: To<R> = To::new();
        (format!("reply {name}"), to.answer(Ok(value)).bytes)
    }
    let refusals = [
        Refusal::malformed("why"),
        Refusal::Unauthenticated,
        Refusal::WrongCaptcha,
        Refusal::UnknownCode,
        Refusal::UnknownIssuer,
        Refusal::forbidden("why"),
        Refusal::NotFound,
        Refusal::WrongMethod(wire::route::Methods::only(wire::Method::Get)),
        Refusal::Ended,
        Refusal::Conflict,
        Refusal::TooLarge,
        Refusal::NotJson,
        Refusal::UnknownIdentity,
        Refusal::WorkNeeded("challenge".to_owned()),
        Refusal::TooMany(60),
        Refusal::Unavailable,
        Refusal::SeatsScarce("challenge".to_owned(), 60),
        Refusal::NoMoreToday(43_200),
        Refusal::Encoded,
    ];
    let mut replies = vec![
        reply("()", ()),
        reply("Load", Load { spent: 5, wait: 0 }),
        reply("Id", Id([1, 2, 3, 4, 5])),
        reply(
            "Status",
            registry::Status {
                at_risk: true,
                tuple_key: [25; 32],
            },
        ),
        reply("Accepted", intake::Received::Accepted),
        reply("WorkNeeded", intake::Received::WorkNeeded),
        reply("Decoy", intake::Received::Decoy),
        reply("Former", intake::Received::Former),
        reply("bool", true),
        reply("Nothing", tried::Known::Nothing),
        reply("Right", tried::Known::Right),
        reply("ApplyAll", vec![true, false]),
        reply("String", "{}".to_owned()),
        reply("u64", NOW.unix()),
        reply("Safes", vec![[22_u8; 16]]),
        reply(
            "Entered",
            Entered {
                now: 1,
                settled: 2,
                opened: 3,
                expires: 4,
            },
        ),
        reply(
            "At",
            Admitted::At(Seat {
                number: 7,
                turn: 1_592_654_280,
            }),
        ),
        reply("Scarce", Admitted::WorkNeeded(60)),
        reply("Empty", registry::Progress::Empty),
        reply("Walks", registry::Progress::Walks(42)),
        reply("Done", registry::Progress::Done { since: NOW.unix() }),
        reply(
            "Counted",
            Some(registry::Counted {
                until: 18_421,
                days: vec![(
                    18_420,
                    registry::Sealed {
                        exposures: 2,
                        verdicts: Some(3),
                        figures: 1,
                    },
                )],
            }),
        ),
        reply(
            "Forgotten",
            vec![Forgotten {
                day: "2020-06-07".to_owned(),
                exposures: Range {
                    from: 0,
                    to: Some(999),
                },
                verdicts: Range { from: 0, to: None },
                figures: Range {
                    from: 0,
                    to: Some(999),
                },
            }],
        ),
        reply(
            "Rewrapped",
            Some(safe_calls::Rewrapped {
                root: [31; 4],
                key: made_of(&[23; 32]),
            }),
        ),
    ];
    for refusal in refusals {
        let name = format!("reply {refusal:?}");
        let to: To<()> = To::new();
        replies.push((name, to.answer(Err(Failure::Refused(refusal))).bytes));
    }
    replies.push(("reply try later".to_owned(), letter::try_later()));
    replies
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn letters_and_replies_are_what_they_were() {
    let written = letters().into_iter().chain(replies());
    let written: String = written
        .map(|(name, bytes)| format!("{name}: {}\n", hexadecimal(&bytes)))
        .collect();
    assert!(
        written == PINNED,
        "tests/letters.txt is not what is written now:\n{written}"
    );
}

/// The token of a report is the first that its letter says; 0.2.0 knows the first three.
#[test]
fn tokens_keep_their_places() {
    for (token, bytes) in [
        (Token::Long, &[0][..]),
        (Token::Short, &[1]),
        (Token::Decoy, &[2]),
        (Token::Stamp { until: 300 }, &[3, 172, 2]),
    ] {
        assert_eq!(postcard::to_stdvec(&token).unwrap(), bytes);
    }
}

#[test]
fn every_number_has_its_letter() {
    let letters = letters();
    for (class, numbers) in [
        ("Registry", registry_calls::NUMBERS),
        ("Intake", intake_calls::NUMBERS),
        ("Tally", tally_calls::NUMBERS),
        ("Desk", desk_calls::NUMBERS),
        ("Vault", vault_calls::NUMBERS),
        ("Safe", safe_calls::NUMBERS),
        ("Realm", realm_calls::NUMBERS),
        ("Gate", gate_calls::NUMBERS),
        ("Timekeeper", timekeeper_calls::NUMBERS),
        ("Secrets", secrets_calls::NUMBERS),
    ] {
        for (number, name) in numbers {
            let name = format!("{class} {name}");
            assert!(
                letters.iter().any(|(of, _)| *of == name),
                "{number}: {name} is not pinned"
            );
        }
    }
}

/// Whatever follows: the letter is not read on.
#[test]
fn no_letter_removes_an_object_of_the_national_realm() {
    let national = place(Realm::National, PlaceClass::Registry);
    let end = letter::write(&national, NOW, NOW, &registry_calls::End).unwrap();
    let cut = end.get(..end.len() - 4).unwrap();
    for letter in [end.as_slice(), cut] {
        let opened = letter::open::<registry_calls::Registry>(letter);
        assert!(matches!(opened, Opened::Forbidden));
    }
    let vault = VaultPlace {
        realm: Realm::National,
        day: 18_433,
    };
    let end = letter::write(&vault, NOW, NOW, &vault_calls::End).unwrap();
    let opened = letter::open::<vault_calls::Vault>(&end);
    assert!(matches!(opened, Opened::Forbidden));
}

/// The realm in front and the realm of the place must be one: else the first could say "demo", and the second not.
#[test]
fn the_place_stands_in_the_realm_that_the_letter_names() {
    let demo = place(DEMO, PlaceClass::Registry);
    let letter = letter::write(&demo, NOW, NOW, &registry_calls::End).unwrap();
    let national = place(Realm::National, PlaceClass::Registry);
    let (_, rest) = letter::Head::read(&letter).unwrap();
    let head = letter.get(..letter.len() - rest.len()).unwrap();
    let forged = [head, &postcard::to_stdvec(&national).unwrap()].concat();
    let opened = letter::open::<registry_calls::Registry>(&forged);
    assert!(matches!(opened, Opened::Unknown));
}

#[test]
fn what_is_not_known_is_not_opened() {
    let at = place(Realm::National, PlaceClass::Registry);
    let letter = letter::write(&at, NOW, NOW, &registry_calls::Load).unwrap();
    let is_unknown = |letter: &[u8]| {
        let opened = letter::open::<registry_calls::Registry>(letter);
        matches!(opened, Opened::Unknown)
    };
    assert!(!is_unknown(&letter));
    // Another version, another number, bytes left over, bytes missing.
    let mut other = letter.clone();
    *other.get_mut(10).unwrap() = 2;
    assert!(is_unknown(&other));
    let mut other = letter.clone();
    *other.get_mut(12).unwrap() = 99;
    assert!(is_unknown(&other));
    assert!(is_unknown(&[letter.as_slice(), &[0]].concat()));
    assert!(is_unknown(letter.get(..letter.len() - 1).unwrap()));
    assert!(is_unknown(&[]));
}

/// What release 0.1.0 sent between its objects: in each line the bytes come last.
const LETTERS_0_1_0: &str = include_str!("../../../tests/releases/0.1.0/letters.txt");
const REPLIES_0_1_0: &str = include_str!("../../../tests/releases/0.1.0/replies.txt");

fn kept(text: &str) -> impl Iterator<Item = (&str, Vec<u8>)> {
    text.lines().map(|line| {
        let (what, digits) = line.rsplit_once(' ').unwrap();
        let pairs = digits.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
        (what, pairs.map(byte).collect())
    })
}

#[test]
fn no_letter_of_an_earlier_release_is_opened() {
    assert!(kept(LETTERS_0_1_0).count() > 80);
    for (what, letter) in kept(LETTERS_0_1_0) {
        assert!(letter::Head::read(&letter).is_none(), "{what}");
    }
}

/// Nor the other way round: 0.1.0 reads a reply as a `postcard` result.
#[test]
fn no_reply_is_taken_for_one_of_the_other_release() {
    assert!(kept(REPLIES_0_1_0).count() > 60);
    for (what, reply) in kept(REPLIES_0_1_0) {
        assert_ne!(reply.first(), letter::try_later().first(), "{what}");
    }
    for (what, reply) in replies() {
        let read: Result<(Result<(), ()>, &[u8]), _> = postcard::take_from_bytes(&reply);
        assert!(read.is_err(), "{what}");
    }
}

/// What release 0.2.0 sent and answered, in today's version.
const LETTERS_0_2_0: &str = include_str!("../../../tests/releases/0.2.0/letters.txt");
const REPLIES_0_2_0: &str = include_str!("../../../tests/releases/0.2.0/replies.txt");

/// Each letter is read as it was meant, since what it says is still said in these bytes.
#[test]
fn what_a_release_of_this_version_sent_is_sent_still() {
    let today = letters().into_iter().chain(replies());
    let today: BTreeSet<_> = today.map(|(_, bytes)| bytes).collect();
    let sent: Vec<_> = kept(LETTERS_0_2_0).chain(kept(REPLIES_0_2_0)).collect();
    assert!(sent.len() > 90);
    for (what, bytes) in sent {
        assert!(today.contains(&bytes), "{what}");
    }
}
