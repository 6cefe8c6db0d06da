//! What an operator configures, read once per isolate.

use decree::{Day, Moment, Regime, article_3};
use operator_log::Notice;
use regimes::compare::is_voluntary;
use service::intake::Ceiling;
use service::keyring::{KeyRing, operator_key_hash};
use service::place::Shards;
use service::{Realm, gate};
use wire::{Door, Refusal};

/// The configuration of one server.
pub struct Settings {
    /// The root secrets, the newest first, and all that comes from them.
    pub ring: KeyRing,
    /// What this server is.
    pub role: Role,
    /// When the state of emergency ended; `None` while it lasts.
    pub emergency_ended: Option<Day>,
    /// How many demo realms can be open at one time: [`gate::SEATS`], and fewer in the simulation alone.
    pub seats: u8,
    /// Groups of record keys that a registry keeps with a free place, and makes in one go: 64, or what the
    /// variable of that name says.
    pub open_groups: u16,
    /// SHA-256 of the operator's key; without it the issuers' door is shut.
    pub issuer_key_hash: Option<[u8; 32]>,
    /// How many reports and decoys are taken in a day; `None` without a ceiling.
    pub reports_a_day: Option<Ceiling>,
    /// Whether only traffic wakes the national objects: a bare runtime has no cron trigger.
    pub is_woken_by_traffic: bool,
    /// The address of this server as the world knows it, when that is not the one that requests name.
    pub origin: Option<String>,
    /// Whether a published root secret is allowed: the harness of the tests writes it, and nobody else.
    pub allows_test_root: bool,
    /// What the operator should know of variables that have no effect.
    pub notices: Vec<Notice>,
}

/// Groups that a registry of the national realm makes in one go: whoever reads the dates of files learns of an account no
/// more than between which two of these batches it registered, and 64 groups have 16,384 places.
const OPEN_GROUPS: u16 = 64;

/// What a server is: nothing of a demo realm shares a thread, a root, a folder or a file with the national realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The national realm, which has so many registries and intakes. It has no demo realm, and may know a server that has.
    National(Shards),
    /// Demo realms, and nothing else.
    Demo,
}

/// Where an address leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// This server answers.
    Here,
    /// The server of demo realms answers, if there is one.
    ToDemo,
    /// Nothing is there.
    Nowhere,
}

impl Settings {
    /// Reads the variables and secrets that `wrangler.toml` names.
    ///
    /// # Errors
    /// The notice of the variable that is not usable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Notice> {
        let mut notices = Vec::new();
        let named = variable("REGIME").filter(|name| !name.is_empty());
        let named = named.map_or(Ok(Regime::Decree2020650), |name| name.parse());
        if !is_voluntary(named.map_err(|_| Notice::Regime)?) {
            return Err(Notice::NotVoluntary);
        }
        let is_demo = match variable("ROLE").as_deref() {
            None | Some("" | "national") => false,
            Some("demo") => true,
            Some(_) => return Err(Notice::Role),
        };
        if is_demo && variable("ISSUER_KEY_SHA256").is_some() {
            return Err(Notice::OperatorOfDemo);
        }
        // The service of that name is no text.
        if variable("DEMO").is_some() {
            notices.push(Notice::DemoIsNoVariable);
        }
        let key = variable("ISSUER_KEY_SHA256").map(|hash| operator_key_hash(&hash));
        if let Some(Err(refused)) = &key {
            notices.push(*refused);
        }
        let variable = |name| variable(name).filter(|value: &String| !value.is_empty());
        let number = |name| variable(name)?.parse::<u16>().ok();
        let allows_test_root = variable("ALLOW_TEST_ROOT").is_some_and(|value| value == "1");
        let ring = KeyRing::from_text(variable("ROOT_SECRET").as_deref(), allows_test_root);
        let shards = || Shards::new(number("REGISTRY_SHARDS")?, number("INTAKE_SHARDS")?);
        let reports_a_day = variable("REPORTS_A_DAY").filter(|_| !is_demo);
        let reports_a_day =
            reports_a_day.map(|text| Ceiling::read(&text).ok_or(Notice::ReportsADay));
        let (ended, repeated) = (
            read_day(variable("EMERGENCY_ENDED"))?,
            read_day(variable("EMERGENCY_ENDED_AGAIN"))?,
        );
        if ended != repeated {
            notices.push(Notice::EndNotRepeated);
        }
        let open_groups = match variable("OPEN_GROUPS").map(|text| text.parse::<u16>()) {
            _ if is_demo => 1,
            None => OPEN_GROUPS,
            Some(Ok(open @ 1..=1_024)) => open,
            Some(_) => return Err(Notice::Groups),
        };
        let ring = ring?;
        let role = if is_demo {
            Role::Demo
        } else {
            Role::National(shards().ok_or(Notice::Shards)?)
        };
        Ok(Self {
            ring,
            role,
            emergency_ended: ended.filter(|_| ended == repeated),
            seats: gate::SEATS,
            open_groups,
            issuer_key_hash: key.and_then(Result::ok),
            reports_a_day: reports_a_day.transpose()?,
            is_woken_by_traffic: variable("WAKE").is_some(),
            origin: variable("ORIGIN"),
            allows_test_root,
            notices,
        })
    }

    /// How many registries and intakes this realm has.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] for the national realm where it is not: so no object of it is ever named there.
    pub const fn shards(&self, realm: Realm) -> Result<Shards, Refusal> {
        match (realm, self.role) {
            (Realm::National, Role::National(shards)) => Ok(shards),
            (Realm::National, Role::Demo) => Err(Refusal::Unavailable),
            (Realm::Demo(_) | Realm::Seated(..), _) => Ok(Shards::DEMO),
        }
    }

    /// Where an address behind this door leads.
    #[must_use]
    pub const fn leads(&self, door: Option<Door>) -> Leads {
        match (self.role, door) {
            (Role::Demo, Some(Door::Demo)) => Leads::Here,
            (Role::Demo, _) => Leads::Nowhere,
            (Role::National(_), Some(Door::Demo)) => Leads::ToDemo,
            (Role::National(_), Some(Door::Issuer)) if self.issuer_key_hash.is_none() => {
                Leads::Nowhere
            }
            (Role::National(_), _) => Leads::Here,
        }
    }

    /// When the record of administrators' acts must be gone: never, while no end of the state of emergency is
    /// configured.
    #[must_use]
    pub fn record_ends(&self) -> Option<Moment> {
        article_3::record_of_acts_forgotten_at(self.emergency_ended)
    }

    /// Whether the whole processing must be over, with the same exception.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> bool {
        article_3::processing_ends(self.emergency_ended).is_some_and(|end| end <= now)
    }
}

/// The day on which the state of emergency ended deletes everybody's data: so it is written twice, and a slip of the
/// pen deletes nothing.
fn read_day(text: Option<String>) -> Result<Option<Day>, Notice> {
    let day = text.map(|text| text.parse::<Day>());
    day.transpose().map_err(|_| Notice::EndMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] = [
        (
            "ROOT_SECRET",
            "9d0f4ad37f8b1f1c2f3c36c7b1ee0ad4b6c1f9a3f2b1c0d9e8f7a6b5c4d3e2f1",
        ),
        ("REGISTRY_SHARDS", "4"),
        ("INTAKE_SHARDS", "2"),
    ];

    fn read(changed: &[(&str, &str)]) -> Result<Settings, Notice> {
        let find = |of: &[(&str, &str)], name: &str| {
            let found = of.iter().find(|(of, _)| *of == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::read(|name| find(changed, name).or_else(|| find(&GOOD, name)))
    }

    #[test]
    fn what_is_not_usable_is_said_and_stops_the_server() {
        for (name, value) in [
            ("REGIME", "loudest-safe"),
            ("REGIME", "decree"),
            ("ROLE", "Demo"),
            ("ROLE", "on"),
            ("ROOT_SECRET", ""),
            ("ROOT_SECRET", "12"),
            ("REGISTRY_SHARDS", "3"),
            ("INTAKE_SHARDS", "0"),
            ("OPEN_GROUPS", "0"),
            ("OPEN_GROUPS", "many"),
            ("EMERGENCY_ENDED", "10 July 2020"),
            ("EMERGENCY_ENDED_AGAIN", "10 July 2020"),
            ("REPORTS_A_DAY", "0"),
            ("REPORTS_A_DAY", "10,000,000"),
            ("REPORTS_A_DAY", "4294967296"),
        ] {
            let said = read(&[(name, value)]).err();
            assert!(
                said.is_some_and(|said| said.to_string().contains(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_absent_is_off() {
        let settings = read(&[]).unwrap();
        assert!(matches!(settings.role, Role::National(_)) && !settings.is_woken_by_traffic);
        assert!(settings.issuer_key_hash.is_none() && settings.origin.is_none());
        assert_eq!(settings.open_groups, OPEN_GROUPS);
        assert!(settings.reports_a_day.is_none());
        assert!(!settings.is_over(Moment::from_unix(u64::MAX / 2)));
        assert!(settings.notices.is_empty());
        for regime in ["", "decree-2020-650"] {
            assert!(read(&[("REGIME", regime)]).is_ok());
        }
    }

    #[test]
    fn each_role_has_its_own_doors_and_realms() {
        let doors = [
            None,
            Some(Door::Api),
            Some(Door::Demo),
            Some(Door::Issuer),
            Some(Door::Log),
        ];
        let leads = |settings: &Settings| doors.map(|door| settings.leads(door));
        let visitor = Realm::Demo([7; 16]);

        let national = read(&[("ROLE", "national")]).unwrap();
        let (here, nowhere) = (Leads::Here, Leads::Nowhere);
        assert_eq!(leads(&national), [here, here, Leads::ToDemo, nowhere, here]);
        let hash = "9d".repeat(32);
        let with_issuer = read(&[("ISSUER_KEY_SHA256", &hash)]).unwrap();
        assert_eq!(leads(&with_issuer), [here, here, Leads::ToDemo, here, here]);
        assert_eq!(national.shards(Realm::National).ok(), Shards::new(4, 2));

        // Without the numbers of the national realm too.
        let demo = read(&[("ROLE", "demo"), ("REGISTRY_SHARDS", "")]).unwrap();
        assert_eq!(leads(&demo), [nowhere, nowhere, here, nowhere, nowhere]);
        assert!(demo.shards(Realm::National).is_err());
        for settings in [national, demo] {
            assert_eq!(settings.shards(visitor).ok(), Some(Shards::DEMO));
            assert!(settings.notices.is_empty());
        }
    }

    #[test]
    fn who_serves_demo_realms_knows_no_operator() {
        for hash in ["", "secret", &"9d".repeat(32)] {
            let refused = read(&[("ROLE", "demo"), ("ISSUER_KEY_SHA256", hash)]);
            assert_eq!(refused.err(), Some(Notice::OperatorOfDemo), "{hash}");
        }
    }

    #[test]
    fn a_ceiling_is_the_national_realms() {
        let ten = [("REPORTS_A_DAY", "10")];
        assert_eq!(read(&ten).unwrap().reports_a_day, Ceiling::read("10"));
        for text in ["10", "many"] {
            let demo = read(&[("ROLE", "demo"), ("REPORTS_A_DAY", text)]).unwrap();
            assert!(demo.reports_a_day.is_none() && demo.notices.is_empty());
        }
    }

    /// Up to 0.2.0 a variable said whether demo realms could be opened, in the same process.
    #[test]
    fn the_variable_of_earlier_releases_has_no_effect_and_is_said() {
        for value in ["on", "off"] {
            let settings = read(&[("DEMO", value)]).unwrap();
            assert_eq!(settings.leads(Some(Door::Demo)), Leads::ToDemo);
            assert_eq!(settings.notices, [Notice::DemoIsNoVariable]);
        }
    }

    #[test]
    fn a_hash_that_is_none_shuts_the_door_and_is_said() {
        for hash in ["", "secret"] {
            let settings = read(&[("ISSUER_KEY_SHA256", hash)]).unwrap();
            assert!(settings.issuer_key_hash.is_none(), "{hash}");
            assert_eq!(settings.notices.len(), 1, "{hash}");
        }
    }

    #[test]
    fn the_end_takes_effect_when_it_is_written_twice() {
        let (once, again) = ("EMERGENCY_ENDED", "EMERGENCY_ENDED_AGAIN");
        let over = "2021-01-10".parse::<Day>().unwrap().start();
        let both = read(&[(once, "2020-07-10"), (again, "2020-07-10")]).unwrap();
        assert!(both.is_over(over) && both.notices.is_empty());
        for other in [
            &[(once, "2020-07-10")][..],
            &[(again, "2020-07-10")],
            &[(once, "2020-07-10"), (again, "2020-07-01")],
        ] {
            let settings = read(other).unwrap();
            assert!(!settings.is_over(over), "{other:?}");
            assert_eq!(settings.notices.len(), 1, "{other:?}");
        }
    }
}
