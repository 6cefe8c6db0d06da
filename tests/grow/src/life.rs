//! A national realm that has lived for eighteen days when accounts are added to it: its vaults hold as many days' keys as
//! those of a server that runs for years.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use decree::{Day, Moment};
use harness::{Result, Server, Settings, new_folder};
use http_tests::{Person, Realm, disk};
use robert::parameters::SERVICE_START;
use service::Realm as Name;
use service::form::{Form, Version};
use service::keyring::KeyRing;
use service::vault::{self, DayKeys, Keys};

/// Days on which the server runs, counted from the real one: keys are made four days ahead, and none is left out.
const RUNS_ON: [u32; 6] = [1, 5, 9, 13, 17, 19];
/// People with a phone.
const PEOPLE: usize = 3;

/// What is left of that life.
pub(crate) struct Lived {
    /// The last of its days, on which accounts are asked for.
    pub(crate) today: Day,
    /// What opens all that it stores.
    pub(crate) ring: KeyRing,
    /// The keys of each day, those of days that are forgotten by now included.
    days: BTreeMap<Day, DayKeys>,
    /// The phones of people who have registered and asked over HTTP, as they were saved.
    pub(crate) phones: Vec<Vec<u8>>,
    /// A copy of all that the server stored.
    folder: PathBuf,
}

/// A server with one registry, and without demo realms.
///
/// # Errors
/// Of the server.
pub(crate) fn start() -> Result<Server> {
    let mut settings = Settings::of_tests(new_folder()?);
    settings.demo = None;
    settings.vars = [("REGISTRY_SHARDS", "1"), ("INTAKE_SHARDS", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    Server::start_disposable(settings)
}

/// Has this server live for eighteen days, and kills it.
///
/// # Errors
/// Of the server.
pub(crate) fn lead(server: &mut Server, realm: &Realm) -> Result<Lived> {
    let ring = KeyRing::from_text(Some(server.roots()), true).expect("the roots of tests");
    let first = realm.now().day();
    let (mut days, mut people) = (BTreeMap::new(), Vec::new());
    for number in RUNS_ON {
        go_to(server, realm, noon(first.plus_days(number)))?;
        if people.is_empty() {
            people.extend((0..PEOPLE).map(|_| Person::register(realm)));
        }
        for person in &mut people {
            assert_eq!(person.ask(), 0, "nobody was met");
        }
        server.kill()?;
        days.extend(stored_keys(server, &ring));
    }
    let folder = server.storage().with_file_name("lived");
    disk::copy_folder(&server.storage(), &folder);
    let today = first.plus_days(RUNS_ON[RUNS_ON.len() - 1]);
    let save = |person: &mut Person<'_>| person.phone.save(noon(today)).to_vec();
    Ok(Lived {
        today,
        ring,
        days,
        phones: people.iter_mut().map(save).collect(),
        folder,
    })
}

/// Starts this server, or starts it again, at this moment by its clock, which is confirmed.
///
/// # Errors
/// Of the server.
pub(crate) fn go_to(server: &mut Server, realm: &Realm, moment: Moment) -> Result<()> {
    let real = realm.now().unix().checked_add_signed(-realm.moved());
    let ahead = moment.since(Moment::from_unix(real.expect("a time")));
    server.restart_ahead(ahead.as_secs())?;
    realm.follow(server);
    Ok(())
}

/// 12:00 UTC of this day.
pub(crate) fn noon(day: Day) -> Moment {
    day.start() + Duration::from_hours(12)
}

impl Lived {
    /// Puts back what the killed server stored at the end of that life.
    ///
    /// # Errors
    /// Of the file system.
    pub(crate) fn put_back(&self, server: &Server) -> Result<()> {
        fs::remove_dir_all(server.storage())?;
        disk::copy_folder(&self.folder, &server.storage());
        Ok(())
    }

    /// The keys that the server had, or has, at this moment.
    pub(crate) fn keys_at(&self, now: Moment) -> Keys {
        let living = vault::living_days(SERVICE_START.day(), now);
        let known = living.filter_map(|day| Some((day, self.days.get(&day)?.clone())));
        Keys::in_force(known, now)
    }
}

/// The keys that lie in the vaults of a killed server.
fn stored_keys(server: &Server, ring: &KeyRing) -> BTreeMap<Day, DayKeys> {
    const KEYS: &str = "SELECT value FROM _cf_KV WHERE key = 'keys'";
    let wrapping = ring.vault(Name::National);
    let length = Form::DayKeys.lengths(Version::Current)[0];
    // The runtime writes something of its own before them and after them.
    let open = |window: &[u8]| {
        let day = vault::stored_day(window).ok()?;
        Some((day, DayKeys::unwrap(&wrapping, day, window).ok()??))
    };
    let files = disk::objects(server, "Vault");
    let rows = files
        .iter()
        .flat_map(|file| disk::query(file, "_cf_KV", KEYS));
    rows.filter_map(|row| row.blob(0).ok()?.windows(length).find_map(open))
        .collect()
}
