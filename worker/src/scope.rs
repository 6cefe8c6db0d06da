//! A realm as one request finds it: its name, its time, and the places of its objects.

use core::cell::Cell;

use decree::{Day, Moment};
use robert::parameters::SERVICE_START;
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::place::{self, Shards};
use service::vault::{DAYS_AHEAD, Keys};
use service::visit::Entered;
use service::{Class, Place, Realm};
use wire::Refusal;
use worker::Env;

use crate::configuration::{self, binding};
use crate::letter::{
    self, DeskCall, IntakeCall, Letter, RegistryCall, TallyCall, VaultCall, VaultPlace,
};
use crate::{days, system};

/// Where and when a request is served.
#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) realm: Realm,
    pub(crate) shards: Shards,
    /// The realm's first day.
    pub(crate) since: Day,
    pub(crate) now: Moment,
}

impl Scope {
    /// The national realm, in real time.
    pub(crate) fn national(env: &Env) -> Result<Self, Refusal> {
        let realm = Realm::National;
        let shards = configuration::shards(env, realm)?;
        Ok(Self {
            realm,
            shards,
            since: SERVICE_START.day(),
            now: system::now(),
        })
    }

    /// Refuses to serve with other numbers of shards than the realm was made with: the objects that
    /// are there know theirs, and new ones must not be made beside them.
    pub(crate) async fn check_numbers(self, env: &Env) -> Result<(), Refusal> {
        thread_local! {
            static CHECKED: Cell<bool> = const { Cell::new(false) };
        }
        if !CHECKED.get() {
            let _: () = self
                .ask_registry(env, self.registry(0), RegistryCall::Settle)
                .await?;
            let _: () = self
                .ask_intake(env, self.intake(0), IntakeCall::Settle)
                .await?;
            CHECKED.set(true);
        }
        Ok(())
    }

    /// A demo realm, in its own time.
    pub(crate) fn demo(realm: Realm, entered: Entered) -> Self {
        let since = Moment::from_unix(entered.opened).day();
        Self {
            realm,
            shards: Shards::DEMO,
            since,
            now: Moment::from_unix(entered.now),
        }
    }

    /// The realm that one of its objects stands in.
    pub(crate) fn around(env: &Env, place: Place, now: Moment) -> Result<Self, Refusal> {
        Ok(Self {
            realm: place.realm,
            shards: configuration::shards(env, place.realm)?,
            since: Day::from_number(place.since),
            now,
        })
    }

    /// The same realm at another moment.
    pub(crate) const fn at(self, now: Moment) -> Self {
        Self { now, ..self }
    }

    pub(crate) fn registries(self) -> impl Iterator<Item = Place> {
        (0..self.shards.registries).map(move |index| self.registry(index))
    }

    pub(crate) fn intakes(self) -> impl Iterator<Item = Place> {
        (0..self.shards.intakes).map(move |index| self.intake(index))
    }

    /// The registry of an identity or a challenge.
    pub(crate) fn registry_of(self, first_byte: u8) -> Place {
        self.registry(self.shards.registry_of(first_byte))
    }

    /// The intake of a code's hash.
    pub(crate) fn intake_of(self, first_byte: u8) -> Place {
        self.intake(self.shards.intake_of(first_byte))
    }

    /// Every day of this realm whose vault may hold something.
    pub(crate) fn days(self) -> impl Iterator<Item = Day> {
        (self.since.number()..=self.now.day().number() + DAYS_AHEAD).map(Day::from_number)
    }

    /// The day keys in force.
    pub(crate) async fn keys(self, env: &Env) -> Result<Keys, Refusal> {
        days::fetch(env, self.realm, self.since, self.now).await
    }

    pub(crate) async fn ask_registry<R: DeserializeOwned>(
        self,
        env: &Env,
        place: Place,
        call: RegistryCall,
    ) -> Result<R, Refusal> {
        self.ask(env, binding::REGISTRY, place, call).await
    }

    pub(crate) async fn ask_intake<R: DeserializeOwned>(
        self,
        env: &Env,
        place: Place,
        call: IntakeCall,
    ) -> Result<R, Refusal> {
        self.ask(env, binding::INTAKE, place, call).await
    }

    pub(crate) async fn ask_tally<R: DeserializeOwned>(
        self,
        env: &Env,
        call: TallyCall,
    ) -> Result<R, Refusal> {
        let place = self.place(Class::Tally, 0, 1);
        self.ask(env, binding::TALLY, place, call).await
    }

    pub(crate) async fn ask_desk<R: DeserializeOwned>(
        self,
        env: &Env,
        call: DeskCall,
    ) -> Result<R, Refusal> {
        self.ask(env, binding::DESK, self.place(Class::Desk, 0, 1), call)
            .await
    }

    pub(crate) async fn ask_vault<R: DeserializeOwned>(
        self,
        env: &Env,
        day: Day,
        call: VaultCall,
    ) -> Result<R, Refusal> {
        let place = VaultPlace {
            realm: self.realm,
            day: day.number(),
        };
        let letter = Letter::new(place, self.now, call);
        letter::send(
            env,
            binding::VAULT,
            &place::vault_name(self.realm, day),
            &letter,
        )
        .await
    }

    async fn ask<C: Serialize, R: DeserializeOwned>(
        self,
        env: &Env,
        binding: &str,
        place: Place,
        call: C,
    ) -> Result<R, Refusal> {
        letter::send(
            env,
            binding,
            &place.name(),
            &Letter::new(place, self.now, call),
        )
        .await
    }

    fn registry(self, index: u16) -> Place {
        self.place(Class::Registry, index, self.shards.registries)
    }

    fn intake(self, index: u16) -> Place {
        self.place(Class::Intake, index, self.shards.intakes)
    }

    fn place(self, class: Class, index: u16, of: u16) -> Place {
        Place {
            realm: self.realm,
            class,
            index,
            of,
            since: self.since.number(),
        }
    }
}
