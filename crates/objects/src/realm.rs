//! A realm as one request finds it: its name, its time, and the places of its objects.

use decree::{Day, Moment};
use robert::parameters::SERVICE_START;
use service::place::{Shards, VAULTS};
use service::vault::{DAYS_AHEAD, Keys};
use service::visit::Entered;
use service::{Class, Place, Realm};
use wire::Refusal;

use crate::calls::{
    RealmPlace, VaultPlace, desk_calls, intake_calls, realm_calls, registry_calls, tally_calls,
    vault_calls,
};
use crate::front::keys;
use crate::letter::{self, Call};
use crate::memory::Numbers;
use crate::{Host, days};

/// Where and when a request is served, and on which platform.
pub struct RealmClient<'h, H> {
    /// The platform.
    pub host: &'h H,
    /// The realm.
    pub realm: Realm,
    /// How many registries and intakes it has.
    pub shards: Shards,
    /// The realm's first day.
    pub since: Day,
    /// The realm's time.
    pub now: Moment,
}

impl<H> Clone for RealmClient<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for RealmClient<'_, H> {}

impl<'h, H: Host> RealmClient<'h, H> {
    /// The national realm, in real time.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when the configuration is not usable, and where there is none.
    pub fn national(host: &'h H) -> Result<Self, Refusal> {
        Ok(Self {
            host,
            realm: Realm::National,
            shards: host.settings()?.shards(Realm::National)?,
            since: SERVICE_START.day(),
            now: host.now(),
        })
    }

    /// A demo realm, in its own time.
    pub(crate) fn demo(host: &'h H, realm: Realm, entered: Entered) -> Self {
        Self {
            host,
            realm,
            shards: Shards::DEMO,
            since: Moment::from_unix(entered.opened).day(),
            now: Moment::from_unix(entered.now),
        }
    }

    /// The realm that one of its objects stands in.
    pub(crate) fn around(host: &'h H, place: Place, now: Moment) -> Result<Self, Refusal> {
        Ok(Self {
            host,
            realm: place.realm,
            shards: host.settings()?.shards(place.realm)?,
            since: Day::from_number(place.since),
            now,
        })
    }

    /// Refuses to serve with other numbers of shards than the realm was made with: the objects that are there know
    /// theirs, and new ones must not be made beside them.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn check_numbers(self) -> Result<(), Refusal> {
        let numbers = &self.host.memory().numbers;
        if numbers.get() == Numbers::Right {
            return Ok(());
        }
        let compared = self.compare_numbers().await;
        numbers.set(match compared {
            Ok(()) => Numbers::Right,
            Err(_) => Numbers::Wrong,
        });
        compared
    }

    async fn compare_numbers(self) -> Result<(), Refusal> {
        // Before the first table is made: the secrets look whether an earlier release made the realm.
        keys::read(self).await?;
        self.ask_registry(self.registry(0), registry_calls::CheckNumbers)
            .await?;
        self.ask_intake(self.intake(0), intake_calls::CheckNumbers)
            .await
    }

    /// The same realm at another moment.
    pub(crate) const fn at(self, now: Moment) -> Self {
        Self { now, ..self }
    }

    /// The places of all registries.
    pub(crate) fn registries(self) -> impl Iterator<Item = Place> {
        (0..self.shards.registries).map(move |index| self.registry(index))
    }

    /// The places of all intakes.
    pub(crate) fn intakes(self) -> impl Iterator<Item = Place> {
        (0..self.shards.intakes).map(move |index| self.intake(index))
    }

    /// The registry of an identity or a challenge.
    pub(crate) const fn registry_of(self, first_byte: u8) -> Place {
        self.registry(self.shards.registry_of(first_byte))
    }

    /// The intake of a code's hash.
    pub(crate) const fn intake_of(self, first_byte: u8) -> Place {
        self.intake(self.shards.intake_of(first_byte))
    }

    /// Every day of this realm whose vault may hold something.
    pub(crate) fn days(self) -> impl Iterator<Item = Day> {
        let all = self.since.number()..=self.now.day().number() + DAYS_AHEAD;
        // A realm that ends late has come to no more days than a seat has vaults.
        let most = self.realm.seat().map_or(u32::MAX, |_| VAULTS);
        all.take(most as usize).map(Day::from_number)
    }

    /// The day keys in force.
    pub(crate) async fn keys(self) -> Result<Keys, Refusal> {
        days::fetch(self.host, self.realm, self.since, self.now).await
    }

    pub(crate) async fn ask_registry<C: Call<To = registry_calls::Registry>>(
        self,
        place: Place,
        call: C,
    ) -> Result<C::Reply, Refusal> {
        letter::ask(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_registry_if_known<C: Call<To = registry_calls::Registry>>(
        self,
        place: Place,
        call: C,
    ) -> Result<Option<C::Reply>, Refusal> {
        letter::ask_if_known(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_intake<C: Call<To = intake_calls::Intake>>(
        self,
        place: Place,
        call: C,
    ) -> Result<C::Reply, Refusal> {
        letter::ask(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_intake_if_known<C: Call<To = intake_calls::Intake>>(
        self,
        place: Place,
        call: C,
    ) -> Result<Option<C::Reply>, Refusal> {
        letter::ask_if_known(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_tally<C: Call<To = tally_calls::Tally>>(
        self,
        call: C,
    ) -> Result<C::Reply, Refusal> {
        let place = self.place(Class::Tally, 0, 1);
        letter::ask(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_tally_if_known<C: Call<To = tally_calls::Tally>>(
        self,
        call: C,
    ) -> Result<Option<C::Reply>, Refusal> {
        let place = self.place(Class::Tally, 0, 1);
        letter::ask_if_known(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_desk<C: Call<To = desk_calls::Desk>>(
        self,
        call: C,
    ) -> Result<C::Reply, Refusal> {
        let place = self.place(Class::Desk, 0, 1);
        letter::ask(self.host, &place, self.now, &call).await
    }

    pub(crate) async fn ask_vault<C: Call<To = vault_calls::Vault>>(
        self,
        day: Day,
        call: C,
    ) -> Result<C::Reply, Refusal> {
        let place = VaultPlace {
            realm: self.realm,
            day: day.number(),
        };
        letter::ask(self.host, &place, self.now, &call).await
    }

    const fn registry(self, index: u16) -> Place {
        self.place(Class::Registry, index, self.shards.registries)
    }

    pub(crate) const fn intake(self, index: u16) -> Place {
        self.place(Class::Intake, index, self.shards.intakes)
    }

    const fn place(self, class: Class, index: u16, of: u16) -> Place {
        Place {
            realm: self.realm,
            class,
            index,
            of,
            since: self.since.number(),
        }
    }
}

/// Asks a demo realm's own object, which lives in real time.
pub(crate) async fn ask_realm<C: Call<To = realm_calls::Realm>>(
    host: &impl Host,
    realm: Realm,
    call: C,
) -> Result<C::Reply, Refusal> {
    letter::ask(host, &RealmPlace(realm), host.now(), &call).await
}
