//! How demo realms find a seat, and how they end: its phases are stored, so that each step can be taken again.

use core::time::Duration;

use decree::Moment;
use service::gate::{self, Admitted, IDLE, SEATS, Visitor, Work};
use service::group;
use service::place::Seat;
use service::session::LIFETIME_SECONDS;
use service::visit::{self, Usage};
use service::{Failure, Place, Realm, registry};
use store::{Native, Sql};
use wire::Refusal;

use crate::common::{NOON, rng};

const SEAT: u8 = 5;

fn realm(turn: u32) -> Realm {
    let seat = Seat { number: SEAT, turn };
    Realm::Seated(seat, [u8::try_from(turn).unwrap(); 16])
}

const END: Moment = Moment::from_unix(NOON.unix() + LIFETIME_SECONDS);
const AGAIN: Moment = Moment::from_unix(NOON.unix() + 180);
const GONE: Result<visit::Entered, Failure> = Err(Failure::Refused(Refusal::NotFound));

fn enter(sql: &Native, realm: Realm) -> Result<visit::Entered, Failure> {
    visit::enter(sql, realm, NOON, Usage::default())
}

#[test]
fn a_realm_that_is_shut_is_not_emptied_until_it_is_said() {
    let sql = Native::in_memory().unwrap();
    let realm = realm(7);
    assert_eq!(visit::ending(&sql, realm, NOON), Ok(None));
    visit::open(&sql, realm, END, NOON).unwrap();
    assert_eq!(visit::next_due(&sql), Ok(Some(END)));
    let entered = enter(&sql, realm).unwrap();
    let is_emptied = || {
        let ending = visit::ending(&sql, realm, NOON).unwrap().unwrap();
        assert_eq!(ending.entered.opened, entered.opened);
        ending.is_emptied
    };
    assert!(!is_emptied());
    // However often the first pass has to begin again, it stays the first.
    for _ in 0..3 {
        visit::shut(&sql, realm, AGAIN).unwrap();
        assert!(!is_emptied());
    }
    assert_eq!(visit::next_due(&sql), Ok(Some(AGAIN)));
    assert_eq!(enter(&sql, realm), GONE);
    visit::emptied(&sql, realm, AGAIN).unwrap();
    assert!(is_emptied());
    assert_eq!(enter(&sql, realm), GONE);
    assert_eq!(visit::due(&sql, AGAIN), Ok(vec![realm]));
    assert_eq!(visit::remove(&sql, realm), Ok(true));
    assert_eq!(visit::due(&sql, END), Ok(Vec::new()));
}

/// A move that takes several calls delivers at one time, the one before it, until that is said to be done.
#[test]
fn a_move_goes_on_where_it_stopped() {
    let sql = Native::in_memory().unwrap();
    let (realm, day) = (realm(1), 86_400);
    visit::open(&sql, realm, END, NOON).unwrap();
    let go_on = |later: u64, seconds| {
        let real = NOON + Duration::from_secs(later);
        let moving = visit::begin_move(&sql, realm, real, seconds).unwrap();
        let noon = NOON.unix();
        (
            moving.entered.now - noon,
            moving.deliver_at.map(|at| at - noon),
        )
    };
    // Whoever only looks moves nothing.
    assert_eq!(go_on(10, 0), (10, None));
    assert_eq!(go_on(20, 86_400), (20 + day, Some(20)));
    assert_eq!(go_on(40, 0), (40 + day, Some(20)));
    // Nor does who moves on meanwhile move what waits.
    assert_eq!(go_on(50, 60), (110 + day, Some(20)));
    visit::delivered(&sql, realm).unwrap();
    assert_eq!(go_on(60, 0), (120 + day, None));
    assert_eq!(go_on(60, 60), (180 + day, Some(120 + day)));
    let too_far = visit::begin_move(&sql, realm, NOON, 60 * 86_400);
    assert!(matches!(
        too_far,
        Err(Failure::Refused(Refusal::Malformed(_)))
    ));
}

/// Whoever sits down next shuts out who was there; each ends by itself, and the earlier one never comes back.
#[test]
fn one_visit_follows_another_on_a_seat() {
    let sql = Native::in_memory().unwrap();
    let (one, other) = (realm(1), realm(2));
    visit::open(&sql, one, END, NOON).unwrap();
    visit::advance(&sql, one, NOON, 86_400).unwrap();
    visit::reserve(&sql, one, NOON, REGISTRATION).unwrap();
    visit::open(&sql, other, END, NOON).unwrap();
    assert_eq!(enter(&sql, one), GONE);
    assert_eq!(enter(&sql, other).unwrap().now, NOON.unix());
    assert_eq!(visit::due(&sql, NOON), Ok(vec![one]));
    // Letters of the first that come late change nothing.
    let before = rows(&sql);
    assert_eq!(visit::advance(&sql, one, NOON, 60), GONE);
    assert_eq!(visit::reserve(&sql, one, NOON, REGISTRATION), GONE);
    let gone = Err(Failure::Refused(Refusal::NotFound));
    assert_eq!(visit::open(&sql, one, END, NOON), gone);
    assert_eq!(rows(&sql), before);
    visit::emptied(&sql, one, AGAIN).unwrap();
    assert_eq!(visit::remove(&sql, one), Ok(false));
    assert_eq!(visit::due(&sql, END), Ok(vec![other]));
    visit::settled(&sql, one, END).unwrap();
    assert_eq!(enter(&sql, other).unwrap().settled, NOON.unix());
}

fn rows(sql: &Native) -> Vec<store::Row> {
    sql.query("SELECT * FROM visit ORDER BY realm", &[])
        .unwrap()
}

const REGISTRATION: Usage = Usage {
    registrations: 1,
    reports: 0,
    bytes: 1_000,
};

#[test]
fn what_is_reserved_counts_at_once_and_can_be_given_back() {
    let sql = Native::in_memory().unwrap();
    let realm = realm(1);
    visit::open(&sql, realm, END, NOON).unwrap();
    let reserve = |usage| visit::reserve(&sql, realm, NOON, usage);
    for _ in 0..visit::MOST_REGISTRATIONS {
        reserve(REGISTRATION).unwrap();
    }
    let full = Err(Failure::Refused(Refusal::TooMany(LIFETIME_SECONDS)));
    assert_eq!(reserve(REGISTRATION), full);
    // Others are served.
    assert!(enter(&sql, realm).is_ok());
    visit::give_back(&sql, realm, REGISTRATION).unwrap();
    reserve(REGISTRATION).unwrap();
    assert_eq!(reserve(REGISTRATION), full);
    let report = |bytes| Usage {
        registrations: 0,
        reports: 1,
        bytes,
    };
    let left = visit::MOST_BYTES - visit::MOST_REGISTRATIONS * REGISTRATION.bytes;
    assert_eq!(reserve(report(left + 1)), full);
    reserve(report(left)).unwrap();
    assert_eq!(reserve(report(1)), full);
    // What was never taken makes no more room than there was.
    for _ in 0..3 {
        visit::give_back(&sql, realm, report(left)).unwrap();
    }
    assert_eq!(reserve(report(visit::MOST_BYTES + 1)), full);
}

/// A gate with so many seats.
struct Gate(Native, u8);

impl Gate {
    fn with(seats: u8) -> Self {
        Self(Native::in_memory().unwrap(), seats)
    }

    fn ask(&self, id: u8, now: Moment, work: Option<u8>) -> Result<Admitted, Failure> {
        let visitor = Visitor {
            id: [id; 16],
            until: now.unix() + LIFETIME_SECONDS,
            work: work.map(|challenge| Work {
                challenge: [challenge; 16],
                until: now.unix() + 600,
            }),
        };
        gate::admit(&self.0, self.1, &visitor, now)
    }

    fn seat(&self, id: u8, now: Moment, work: Option<u8>) -> Seat {
        match self.ask(id, now, work) {
            Ok(Admitted::At(seat)) => seat,
            other => panic!("{id}: {other:?}"),
        }
    }

    fn leave(&self, id: u8, now: Moment) {
        gate::leave(&self.0, [id; 16], now).unwrap();
    }
}

fn after(seconds: u64) -> Moment {
    NOON + Duration::from_secs(seconds)
}

#[test]
fn two_thirds_of_the_seats_are_given_without_work() {
    let gate = Gate::with(SEATS);
    let numbers: Vec<_> = (0..134)
        .map(|id| gate.seat(id, after(id.into()), None).number)
        .collect();
    assert_eq!(numbers, (0..134).collect::<Vec<_>>());
    // The first of them ends an hour after it began, and then a third is free again.
    let wait = LIFETIME_SECONDS - 200;
    let asked = || gate.ask(134, after(200), None);
    assert_eq!(asked(), Ok(Admitted::WorkNeeded(wait)));
    assert_eq!(gate.seat(134, after(200), Some(1)).number, 134);
    // Now two must end, of which the second began a second later.
    assert_eq!(asked(), Ok(Admitted::WorkNeeded(wait + 1)));
    for id in [3, 4] {
        gate.leave(id, after(201));
    }
    assert_eq!(gate.seat(135, after(201), None).number, 135);
}

#[test]
fn a_challenge_opens_one_realm() {
    let gate = Gate::with(3);
    for id in 0..3 {
        gate.seat(id, NOON, None);
    }
    gate.leave(0, NOON);
    gate.leave(1, NOON);
    gate.seat(3, NOON, None);
    gate.seat(4, NOON, None);
    // None is free, and none is idle: no work helps, so that none is asked for.
    let full = Err(Failure::Refused(Refusal::TooMany(IDLE.as_secs())));
    assert_eq!(gate.ask(5, NOON, None), full);
    assert_eq!(gate.ask(5, NOON, Some(1)), full);
    // What was not taken is as good as before; what was is good no more.
    let later = NOON + IDLE;
    assert!(matches!(
        gate.ask(5, later, None),
        Ok(Admitted::WorkNeeded(_))
    ));
    gate.seat(5, later, Some(1));
    let used = Err(Failure::Refused(Refusal::WrongCaptcha));
    assert_eq!(gate.ask(6, later, Some(1)), used);
    gate.seat(6, later, Some(2));
}

#[test]
fn who_is_idle_for_the_longest_makes_room_and_only_when_there_is_none() {
    let gate = Gate::with(4);
    let seats: Vec<_> = (0..4)
        .map(|id| gate.seat(id, after(id.into()), Some(id)))
        .collect();
    for (id, at) in [(0, 800), (2, 100), (3, 60)] {
        gate::see(&gate.0, [id; 16], after(at)).unwrap();
    }
    // A quarter of an hour after its last use, and not before.
    let (idle, wait) = (IDLE.as_secs(), |seconds| {
        Err(Failure::Refused(Refusal::TooMany(seconds)))
    });
    assert_eq!(gate.ask(4, after(idle), Some(4)), wait(1));
    let taken = gate.seat(4, after(idle + 1), Some(4));
    assert_eq!(taken.number, seats[1].number);
    assert!(seats.iter().all(|seat| seat.turn < taken.turn));
    assert_eq!(gate.ask(5, after(idle + 1), Some(5)), wait(59));
    assert_eq!(
        gate.seat(5, after(idle + 60), Some(5)).number,
        seats[3].number
    );
    // While there is a free seat nobody makes room, however idle.
    gate.leave(2, after(idle + 200));
    let taken = gate.seat(6, after(idle + 300), Some(6));
    assert_eq!(taken.number, seats[2].number);
    // Whoever was put out leaves nothing free.
    gate.leave(1, after(idle + 300));
    assert_eq!(gate.ask(7, after(idle + 300), Some(7)), wait(500));
}

#[test]
fn the_seat_that_is_free_for_the_longest_is_given_and_every_turn_is_higher() {
    let gate = Gate::with(SEATS);
    let mut last = 0;
    let mut next = |id, now| {
        let Seat { number, turn } = gate.seat(id, now, None);
        assert!(turn > last);
        last = turn;
        number
    };
    for round in 0..3_u64 {
        for number in 0..SEATS {
            let now = after(1_000 * round + u64::from(number));
            assert_eq!(next(number, now), number);
            gate.leave(number, now);
        }
    }
    // By a clock that was put back too.
    next(1, NOON);
    // And when the gate has forgotten all: by the clock.
    let anew = Gate::with(SEATS);
    let later = NOON + Duration::from_hours(24);
    assert!(anew.seat(1, later, None).turn > last);
}

/// Every pass says it, and whoever left already changes nothing for the others.
#[test]
fn leaving_twice_is_leaving_once() {
    let gate = Gate::with(3);
    for id in 0..3 {
        gate.seat(id, NOON, None);
    }
    for _ in 0..2 {
        gate.leave(1, NOON);
    }
    gate.seat(3, NOON, None);
    gate.leave(1, NOON);
    let full = Err(Failure::Refused(Refusal::TooMany(IDLE.as_secs())));
    assert_eq!(gate.ask(4, NOON, Some(1)), full);
}

#[test]
fn an_hour_ends_whether_or_not_it_is_said() {
    let gate = Gate::with(3);
    for id in 0..3 {
        gate.seat(id, NOON, None);
        gate::see(&gate.0, [id; 16], END).unwrap();
    }
    let last = Moment::from_unix(END.unix() - 1);
    let full = Err(Failure::Refused(Refusal::TooMany(1)));
    assert_eq!(gate.ask(3, last, Some(1)), full);
    gate.seat(3, END, None);
}

/// On a seat each registry has one group, in two safes behind those of the intake, and never a second.
#[test]
fn a_registry_of_a_seat_has_one_group() {
    let sql = Native::in_memory().unwrap();
    for index in 0..2 {
        let sql = Native::in_memory().unwrap();
        let place = Place { index, ..seat() };
        let names = registry::found(&sql, &place, &mut rng(), 1).unwrap();
        let number = |version| {
            let [.., number] = group::safe_of(names[0], version);
            u16::from(number)
        };
        assert_eq!(
            (names.len(), number(2), number(1)),
            (1, 4 + 2 * index, 5 + 2 * index)
        );
    }
    let [name] = registry::found(&sql, &seat(), &mut rng(), 1).unwrap()[..] else {
        panic!("one group");
    };
    // Cut short, it is made by the next call.
    assert_eq!(
        registry::found(&sql, &seat(), &mut rng(), 1),
        Ok(vec![name])
    );
    let writing = registry::begin_writing(&sql, name).unwrap().unwrap();
    registry::written(&sql, &mut rng(), NOON, &writing, [4; 4]).unwrap();
    let group = registry::open_group(&sql, &seat(), &mut rng()).unwrap();
    assert_eq!(group.map(|group| group.name), Some(name));
    // Each place is taken: no second group can come.
    sql.exec("UPDATE record_group SET free = 0", &[]).unwrap();
    assert_eq!(registry::found(&sql, &seat(), &mut rng(), 1), Ok(vec![]));
    assert_eq!(registry::open_group(&sql, &seat(), &mut rng()), Ok(None));
}

fn seat() -> Place {
    Place {
        realm: realm(1),
        class: service::Class::Registry,
        index: 0,
        of: 2,
        since: NOON.day().number(),
    }
}
