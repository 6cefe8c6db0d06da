//! A meeting is forgotten with its day, whatever was written of it since: in what is stored, and in every copy that a
//! file may still hold.

use core::time::Duration;
use std::collections::BTreeSet;

use decree::{Day, Moment};
use robert::Id;
use robert::phone::Phone;
use robert::risk::Verdict;
use service::record::RecordKey;
use service::seal::SealingKey;
use service::vault::{Keys, OfRecord};
use store::{Sql, Value};

use crate::common::{SHARDS, World, rng};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);
/// What a sealed verdict is bound to, before its account: today, and by 0.2.0, which sealed it under the day of writing.
const BOUND: [&[u8]; 2] = [b"account.verdict.exposed", b"account.verdict"];

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Every value that ever stood in a column of bytes: a file keeps deleted ones until it writes over them.
#[derive(Default)]
struct Copies {
    cells: BTreeSet<Vec<u8>>,
    exposures: BTreeSet<[u8; 8]>,
    records: Vec<RecordKey>,
}

impl Copies {
    fn take(&mut self, world: &World) {
        for sql in world.registries.iter().chain([&world.intake]) {
            let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
            for table in sql.query(tables, &[]).unwrap() {
                let select = format!("SELECT * FROM \"{}\"", table.text(0).unwrap());
                for row in sql.query(&select, &[]).unwrap() {
                    self.cells
                        .extend(row.0.into_iter().filter_map(|cell| match cell {
                            Value::Blob(bytes) => Some(bytes),
                            _ => None,
                        }));
                }
            }
        }
        for sql in &world.registries {
            let ids = sql
                .query("SELECT id FROM exposure", &[])
                .unwrap_or_default();
            let ids = ids.iter().map(|row| row.integer(0).unwrap().to_be_bytes());
            self.exposures.extend(ids);
        }
        self.records = world.keys_of_accounts().into_values().collect();
    }

    /// What of it opens with these keys and tells of a meeting: a verdict that says something, an exposure, a contact.
    fn tell(&self, keys: &Keys) -> Vec<Vec<u8>> {
        let with_length = |length: usize| {
            let cells = self.cells.iter();
            cells.filter(move |cell| cell.len() == length)
        };
        let ids: Vec<_> = with_length(5).collect();
        let nothing = Verdict::default().to_bytes();
        let mut told = Vec::new();
        let mut open = |key: &SealingKey, bound: &[u8], sealed: &[u8]| {
            let opened = key.open(bound, sealed).map(|plain| plain.to_vec());
            told.extend(opened.filter(|plain| *plain != nothing));
        };
        for of in keys.days() {
            for registry in 0..SHARDS.registries {
                let key = keys.of_contacts(of, registry).unwrap();
                let bound = [
                    b"contact".as_slice(),
                    &of.number().to_be_bytes(),
                    &registry.to_be_bytes(),
                ]
                .concat();
                // While it waits it is sealed once more, under a key of its minute that is gone by now.
                for cell in self.cells.iter().filter(|cell| cell.len() > 100) {
                    open(&key, &bound, cell);
                    open(&key, &bound, &cell[6..]);
                }
            }
            for record in &self.records {
                let key = keys.of_record(of, OfRecord::Verdict, record).unwrap();
                for (bound, id) in BOUND
                    .iter()
                    .flat_map(|bound| ids.iter().map(move |id| (bound, id)))
                {
                    let bound = [bound, id.as_slice()].concat();
                    with_length(39).for_each(|cell| open(&key, &bound, cell));
                }
                let key = keys.of_record(of, OfRecord::Exposure, record).unwrap();
                for (id, row) in ids
                    .iter()
                    .flat_map(|id| self.exposures.iter().map(move |row| (id, row)))
                {
                    let bound = [b"exposure.sealed", id.as_slice(), row].concat();
                    with_length(224 + 29).for_each(|cell| open(&key, &bound, cell));
                }
            }
        }
        told
    }
}

/// One who was met, one who reports at once, and one who reports after the flag has fallen; and when they parted.
fn three_met(begins: Moment) -> (World, [Phone; 3], Moment) {
    let mut world = World::new();
    world.now = begins;
    let [mut sylvie, mut johanna, mut justin] = [(); 3].map(|()| world.register());
    world.meet(&mut [&mut sylvie, &mut johanna, &mut justin], 20, -43);
    let parted = world.now;
    (world, [sylvie, johanna, justin], parted)
}

fn report(world: &mut World, phone: &mut Phone) {
    let code = world.code();
    let body = world.draft(phone, &code);
    world.report(&body).unwrap();
    world.deliver_all();
    world.retire();
}

/// Of everybody who says something, the epoch of the last alert.
fn alerts(world: &mut World) -> Vec<u64> {
    let verdicts = world.verdicts().into_iter().flatten();
    verdicts
        .filter_map(|verdict| verdict["latestRiskEpoch"].as_u64())
        .collect()
}

/// At each hour, and across each: reported up to six days later, asked for every day, and written once more by a contact
/// that comes after the flag has fallen.
#[test]
fn sixteen_days_after_a_meeting_nothing_that_was_ever_stored_tells_of_it() {
    for hour in 0..24_u32 {
        let begins =
            day("2020-06-20").start() + Duration::from_mins(u64::from(60 * hour + 50 * (hour % 2)));
        let (mut world, [mut sylvie, mut johanna, mut justin], parted) = three_met(begins);
        let met = (parted - SECOND).day();
        let mut copies = Copies::default();
        world.now = world.now + (hour % 7) * DAY;
        report(&mut world, &mut johanna);
        copies.take(&world);
        assert!(world.at_risk(&mut sylvie), "{hour}");
        copies.take(&world);
        let keys = world.day_keys();
        assert!(!copies.tell(&keys).is_empty());
        let mut late = Some(&mut justin);
        for days in 1..16 {
            let now = met.plus_days(days).start() + Duration::from_hours(1);
            if now <= world.now {
                continue;
            }
            world.now = now;
            world.tick();
            if let Some(justin) = late.take_if(|_| days >= 10) {
                report(&mut world, justin);
                copies.take(&world);
            }
            // The whole flag is told, and no second alert comes for one meeting.
            assert_eq!(world.at_risk(&mut sylvie), days < 8, "{hour}: day {days}");
            copies.take(&world);
            assert_eq!(
                alerts(&mut world).is_empty(),
                days >= 15,
                "{hour}: day {days}"
            );
        }
        world.now = parted + 16 * DAY;
        world.tick();
        copies.take(&world);
        let keys = world.day_keys();
        assert!(keys.days().count() > 15);
        let told = copies.tell(&keys);
        assert!(told.is_empty(), "met at {hour}, told by {told:?}");
    }
}

#[test]
fn the_last_alert_is_read_to_the_end_of_its_term_and_no_longer() {
    let (mut world, [mut sylvie, mut johanna, _], _) = three_met(day("2020-06-20").start());
    world.now = world.now + 5 * DAY;
    report(&mut world, &mut johanna);
    assert!(world.at_risk(&mut sylvie));
    let told = world.now;
    world.now = day("2020-06-28").start();
    assert!(!world.at_risk(&mut sylvie));
    let midnight = day("2020-07-05").start();
    world.now = midnight - SECOND;
    let epoch = u64::from(
        robert::Epoch::at(told - Duration::from_mins(31))
            .unwrap()
            .number(),
    );
    assert_eq!(alerts(&mut world), [epoch; 2], "Sylvie's and Justin's");
    world.now = midnight;
    assert_eq!(alerts(&mut world), [0; 0]);
}

/// Seals the verdict of this account as 0.2.0 did, under the key of this day.
fn seal_as_0_2_0(world: &mut World, of: Day) {
    let keys = world.day_keys();
    let records = world.keys_of_accounts();
    for sql in &world.registries {
        for row in sql.query("SELECT id, verdict FROM account", &[]).unwrap() {
            let id = row.array::<5>(0).unwrap();
            let record = &records[&Id(id)];
            let (_, plain) = sealed_under(&keys, record, id, row.blob(1).unwrap());
            let key = keys.of_record(of, OfRecord::Verdict, record).unwrap();
            let sealed = key.seal(&mut rng(), &[BOUND[1], &id].concat(), &plain);
            let set = "UPDATE account SET verdict = ?2 WHERE id = ?1";
            sql.exec(set, &[id.into(), sealed.into()]).unwrap();
        }
    }
}

/// The day whose key opens it as it is sealed today, and what it says.
fn sealed_under(keys: &Keys, record: &RecordKey, id: [u8; 5], sealed: &[u8]) -> (Day, Vec<u8>) {
    let bound = [BOUND[0], &id].concat();
    let open = |day| {
        let key = keys.of_record(day, OfRecord::Verdict, record).unwrap();
        Some((day, key.open(&bound, sealed)?.to_vec()))
    };
    keys.days().find_map(open).unwrap()
}

/// The days under whose keys the verdicts are sealed that say something.
fn days_of_verdicts(world: &mut World) -> Vec<Day> {
    let keys = world.day_keys();
    let records = world.keys_of_accounts();
    let mut days = Vec::new();
    for sql in &world.registries {
        for row in sql.query("SELECT id, verdict FROM account", &[]).unwrap() {
            let id = row.array(0).unwrap();
            let (day, plain) = sealed_under(&keys, &records[&Id(id)], id, row.blob(1).unwrap());
            days.extend((plain != Verdict::default().to_bytes()).then_some(day));
        }
    }
    days
}

#[test]
fn what_0_2_0_sealed_under_the_day_of_writing_is_told_and_then_sealed_under_that_of_the_meeting() {
    let (mut world, [mut sylvie, mut johanna, _], _) = three_met(day("2020-06-20").start());
    world.now = world.now + 3 * DAY;
    report(&mut world, &mut johanna);
    let met = day("2020-06-20");
    assert_eq!(
        days_of_verdicts(&mut world),
        [met, met],
        "Sylvie's and Justin's"
    );
    let today = world.now.day();
    seal_as_0_2_0(&mut world, today);
    assert!(world.at_risk(&mut sylvie));
    let of_sylvie = |world: &World| {
        let sql = &world.registries[1];
        sql.query("SELECT id, verdict FROM account", &[]).unwrap()
    };
    let keys = world.day_keys();
    let records = world.keys_of_accounts();
    let opened = of_sylvie(&world).into_iter().filter_map(|row| {
        let id = row.array::<5>(0).unwrap();
        let key = keys.of_record(met, OfRecord::Verdict, &records[&Id(id)])?;
        key.open(&[BOUND[0], &id].concat(), row.blob(1).unwrap())
    });
    assert_eq!(
        opened.count(),
        1,
        "of the two in this registry Sylvie asked"
    );
    // After the flag, written ten days later, it ends at the latest when the alert's day does.
    world.now = met.plus_days(13).start();
    assert!(!world.at_risk(&mut sylvie));
    let today = world.now.day();
    let keys = world.day_keys();
    let row = of_sylvie(&world).into_iter().find_map(|row| {
        let id = row.array::<5>(0).unwrap();
        let record = records[&Id(id)].clone();
        let key = keys.of_record(met, OfRecord::Verdict, &record)?;
        let plain = key.open(&[BOUND[0], &id].concat(), row.blob(1).unwrap())?;
        Some((Id(id), record, plain.to_vec()))
    });
    let (id, record, plain) = row.unwrap();
    let key = keys.of_record(today, OfRecord::Verdict, &record).unwrap();
    let sealed = key.seal(&mut rng(), &[BOUND[1], &id.0].concat(), &plain);
    let set = "UPDATE account SET verdict = ?2 WHERE id = ?1";
    world.registries[1]
        .exec(set, &[id.0.into(), sealed.into()])
        .unwrap();
    let alert = met.plus_days(3);
    for (now, is_read) in [
        (alert.plus_days(15).start() - SECOND, true),
        (alert.plus_days(15).start(), false),
    ] {
        world.now = now;
        assert_eq!(!alerts(&mut world).is_empty(), is_read, "{now:?}");
    }
}

/// Told and untold, exposed or not.
#[test]
fn every_verdict_has_one_size() {
    let (mut world, [mut sylvie, mut johanna, _], _) = three_met(day("2020-06-20").start());
    report(&mut world, &mut johanna);
    world.at_risk(&mut sylvie);
    let rows = world.registries.iter();
    let rows = rows.flat_map(|sql| sql.query("SELECT verdict FROM account", &[]).unwrap());
    let lengths: Vec<_> = rows.map(|row| row.blob(0).unwrap().len()).collect();
    assert_eq!(lengths, [39; 3]);
}
