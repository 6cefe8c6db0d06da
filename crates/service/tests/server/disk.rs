//! What exposures take of the disk, against what is sealed in them.

use std::path::PathBuf;

use decree::{Day, article_3};
use service::schema;
use service::seal::{EXPOSURE_CLASSES, OVERHEAD};
use service::{Class, registry};
use store::{Native, Sql, transact};

use crate::common::{World, changes, count};

/// What the table may take of the disk: so many tenths of what is sealed in it.
const MOST_TENTHS: u64 = 13;
/// A page, on the platform as here.
const PAGE: u64 = 4_096;
/// Rows that come on a day, as in one registry of a few million phones: of fewer, pages that are not full count for more.
const A_DAY: u32 = 1_500;
/// Two weeks of what a phone reports, and twice as long until what is stored is as much on each day.
const DAYS: u32 = 30;

/// A registry in a file, which is removed at the end.
struct File {
    path: PathBuf,
    sql: Native,
    drawn: u64,
}

impl Drop for File {
    fn drop(&mut self) {
        let _: std::io::Result<()> = std::fs::remove_file(&self.path);
    }
}

impl File {
    fn make(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("limpide-{}-{name}", std::process::id()));
        let sql = Native::open(&path).unwrap();
        for pragma in ["PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY"] {
            sql.query(pragma, &[]).unwrap();
        }
        let place = World::place(Class::Registry, 0);
        transact(&sql, |sql| schema::ensure_tables(sql, &place)).unwrap();
        let drawn = 0;
        let made = Self { path, sql, drawn };
        assert_eq!(made.pragma("page_size"), PAGE);
        made
    }

    fn pragma(&self, name: &str) -> u64 {
        let rows = self.sql.query(&format!("PRAGMA {name}"), &[]).unwrap();
        rows[0].integer(0).unwrap()
    }

    /// Numbers that are spread as random ones, and the same each time.
    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.drawn ^ (self.drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A row of this day and size class, of a tag of its own.
    fn insert(&mut self, day: Day, class: usize) {
        let id = u64::from(day.number()) << 38 | self.draw() >> 26;
        let sealed = u32::try_from(EXPOSURE_CLASSES[class] + OVERHEAD).unwrap();
        let insert = "INSERT INTO exposure (id, sealed) VALUES (?1, randomblob(?2))";
        self.sql.exec(insert, &[id.into(), sealed.into()]).unwrap();
    }

    /// What is sealed, and what the file takes, in bytes: pages that are free at the moment count as well.
    fn sizes(&self) -> [u64; 2] {
        let sum = "SELECT SUM(length(sealed)) FROM exposure";
        let sealed = self.sql.query(sum, &[]).unwrap()[0].integer(0).unwrap();
        [sealed, self.pragma("page_count") * PAGE]
    }
}

/// One size alone, and several together: of people who pass by, of those who stay, and a few that are longer.
const MIXES: [&[usize]; 8] = [
    &[0],
    &[1],
    &[2],
    &[3],
    &[0, 0, 0, 0, 1],
    &[0, 1],
    &[0, 1, 1, 1, 1],
    &[0, 0, 0, 0, 1, 1, 1, 1, 1, 2],
];

/// Contacts of the last two weeks come on each day, most of them of its last days, and at midnight a day goes. Once as
/// much comes as goes, the file of the whole registry is measured at its fullest.
#[test]
fn exposures_take_at_most_1_3_times_the_disk_of_what_is_sealed_in_them() {
    for (number, mix) in MIXES.iter().enumerate() {
        let mut file = File::make(&format!("disk-{number}"));
        let place = World::place(Class::Registry, 0);
        let empty = file.pragma("page_count") * PAGE;
        let mut today = Day::from_number(20_000);
        let mut most = (0.0_f64, 0);
        for passed in 0..DAYS {
            file.sql.exec("BEGIN", &[]).unwrap();
            for _ in 0..A_DAY {
                let ago = (file.draw() % 14).min(file.draw() % 14) as u32;
                let class = mix[usize::try_from(file.draw()).unwrap() % mix.len()];
                file.insert(today.minus_days(ago), class);
            }
            file.sql.exec("COMMIT", &[]).unwrap();
            let [sealed, takes] = file.sizes();
            let takes = takes - empty;
            if passed >= article_3::DAYS_KEPT {
                let each = takes / count(&file.sql, "exposure");
                let times = takes as f64 / sealed as f64;
                if times > most.0 {
                    most = (times, each);
                }
                assert!(
                    takes * 10 <= sealed * MOST_TENTHS,
                    "{mix:?}: {takes} of {sealed}"
                );
            }
            today = today.plus_days(1);
            while registry::tick(&file.sql, &place, today.start()).unwrap() {}
        }
        let (times, each) = most;
        println!("{mix:?}: {each} bytes a row, {times:.2} times what is sealed, at the most");
    }
}

/// What is measured above is what an account's row looks like: day, tag, number; and it is written once.
#[test]
fn a_contact_writes_one_row_whose_id_tells_of_its_day_alone() {
    let (mut world, _) = World::reported();
    let owed = world.owed();
    let before: Vec<_> = world.registries.iter().map(|sql| changes(sql)).collect();
    for delivery in &owed {
        world.apply(delivery);
    }
    let rows = world
        .registries
        .iter()
        .zip(before)
        .find_map(|(sql, before)| {
            let select = "SELECT id, day, account, length(sealed) FROM exposure";
            let rows = sql.query(select, &[]).unwrap_or_default();
            (!rows.is_empty()).then(|| (rows, changes(sql) - before))
        });
    let (rows, written) = rows.unwrap();
    // Of each contact: its delivery, its row, the account, and the figures of the day.
    assert_eq!(written, 4 * owed.len() as u64);
    let today = u64::from(world.now.day().number());
    let mut numbers = Vec::new();
    for row in &rows {
        let [id, day, account, length] = [0, 1, 2, 3].map(|column| row.integer(column).unwrap());
        assert_eq!((id >> 38, day), (today, today));
        assert_eq!(length as usize, EXPOSURE_CLASSES[1] + OVERHEAD);
        assert_eq!(id >> 14 & 0xff_ffff, account);
        numbers.push(id & 0x3fff);
    }
    assert_eq!(rows.len(), 2);
    assert_ne!(numbers[0], numbers[1]);
}
