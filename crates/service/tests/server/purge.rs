//! A day of many exposures goes in slices, and who asks meanwhile is answered.

use decree::article_3;
use service::{Class, registry};
use store::{Fault, Sql, transact};

use crate::common::{SHARDS, World, changes, count};

/// Exposures of one day.
const ROWS: u64 = 100_000;
/// Most rows that one transaction writes: a slice of exposures, and what else is due.
const SLICE: u64 = 500 + 10;

#[test]
fn a_day_of_many_exposures_goes_in_slices_and_questions_are_answered_between() {
    let (mut world, mut sylvie) = World::reported();
    world.deliver_all();
    let request = sylvie.ask(world.now).unwrap();
    let asks = world.sender(request).unwrap();
    let index = SHARDS.registry_of(asks.id.0[0]);
    let place = World::place(Class::Registry, index);
    // This account's exposures live on; those of the day that is over today go, whose keys are gone already.
    let kept = count(world.at(index).0, "exposure");
    assert!(kept > 0);
    let day = world.now.day().minus_days(article_3::DAYS_KEPT).number();
    let fill = format!(
        "INSERT INTO exposure (id, sealed) \
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {ROWS}) \
         SELECT ({day} << 38) + i * 680000, randomblob(221) FROM n"
    );
    world.at(index).0.exec(&fill, &[]).unwrap();
    assert_eq!(count(world.at(index).0, "exposure"), kept + ROWS);

    let (mut slices, mut answered) = (0, 0);
    loop {
        let sql = world.at(index).0;
        let (written, stored) = (changes(sql), count(sql, "exposure"));
        if slices == 77 {
            // Killed in the middle of a slice, it is done again.
            let killed: Result<(), Fault> = transact(sql, |sql| {
                registry::tick(sql, &place, world.now).unwrap();
                Err(Fault::Engine)
            });
            assert_eq!(killed, Err(Fault::Engine));
            assert_eq!(count(sql, "exposure"), stored);
        }
        let written = if slices == 77 { changes(sql) } else { written };
        let are_left = registry::tick(sql, &place, world.now).unwrap();
        let deleted = changes(sql) - written;
        assert!(deleted <= SLICE, "{deleted} rows in one transaction");
        slices += 1;
        if slices % 50 == 0 {
            assert!(world.at_risk(&mut sylvie));
            answered += 1;
        }
        if !are_left {
            break;
        }
        assert!(deleted > 0, "it goes on");
    }
    assert_eq!((slices, answered), (200, 4));
    assert_eq!(count(world.at(index).0, "exposure"), kept);
}
