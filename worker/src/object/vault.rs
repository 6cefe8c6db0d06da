//! The vault of one day: a key-value object, since a SQLite one can be rolled back by thirty days
//! on the platform. It holds that day's keys, wrapped, and after them the receipt of their end.

use decree::{Day, Moment};
use service::vault::{self, DayKeys, Decision};
use service::{Failure, Realm, place, state};
use wasm_bindgen::JsCast;
use wire::Refusal;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{Failures, fault};
use crate::letter::{self, Letter, VaultCall, VaultPlace};
use crate::{configuration, system};

/// The keys of one day.
#[durable_object]
pub struct Vault {
    state: State,
    env: Env,
    failures: Failures,
}

/// Names of the stored values.
const KEYS: &str = "keys";
const DAY: &str = "day";
const RECEIPT: &str = "receipt";
impl DurableObject for Vault {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter { place, now, call } = letter::receive::<VaultPlace, _>(request).await?;
        let now = Moment::from_unix(now);
        let day = Day::from_number(place.day);
        let name = place::vault_name(place.realm, day);
        match call {
            VaultCall::Keys => letter::answer(&name, self.keys(place.realm, day, now).await),
            VaultCall::Tick => letter::answer(&name, self.tick(day, now).await),
            VaultCall::State => letter::answer(&name, self.show(place.realm, day).await),
            VaultCall::End => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }

    /// Destroys the keys at their moment. Never fails: the platform gives up an alarm that does.
    async fn alarm(&self) -> Result<Response> {
        let now = system::now();
        let stored = self.state.storage().get::<u32>(DAY).await;
        let done = match stored.map(|day| day.map(Day::from_number)) {
            Ok(Some(day)) if now < vault::destroyed_at(day) => {
                let wait = vault::destroyed_at(day).since(now);
                self.state.storage().set_alarm(wait).await.map_err(fault)
            }
            Ok(Some(day)) => self.tick(day, now).await,
            Ok(None) => Ok(()),
            Err(error) => Err(fault(error)),
        };
        if done.is_err() {
            self.failures.retry(&self.state.storage(), "vault").await;
        }
        Response::empty()
    }
}

impl Vault {
    /// The keys of this day, made if they may be; `None` for a destroyed day.
    async fn keys(&self, realm: Realm, day: Day, now: Moment) -> Result<Option<DayKeys>, Failure> {
        let ring = configuration::keyring(&self.env)?;
        let wrapping = ring.vault(realm);
        let stored = self.stored().await?;
        match vault::decide(stored.is_some(), day, now) {
            Decision::HandOut => {
                let keys = stored.and_then(|wrapped| DayKeys::unwrap(&wrapping, day, &wrapped));
                keys.map(Some).ok_or(Failure::Misplaced)
            }
            Decision::Make => {
                let mut rng = system::rng();
                let keys = DayKeys::draw(&mut rng);
                let wrapped = keys.wrap(&wrapping, &mut rng, day);
                let storage = self.state.storage();
                let bytes = js_sys::Uint8Array::from(wrapped.as_slice());
                storage.put_raw(KEYS, bytes).await.map_err(fault)?;
                storage.put(DAY, day.number()).await.map_err(fault)?;
                if realm == Realm::National {
                    let wait = vault::destroyed_at(day).since(now);
                    storage.set_alarm(wait).await.map_err(fault)?;
                }
                Ok(Some(keys))
            }
            Decision::Gone => {
                self.tick(day, now).await?;
                Ok(None)
            }
            Decision::TooSoon => Err(Refusal::Unavailable.into()),
        }
    }

    /// Destroys the keys if their time has come: `deleteAll` alone removes bytes from the disk.
    async fn tick(&self, day: Day, now: Moment) -> Result<(), Failure> {
        let storage = self.state.storage();
        if decree::article_3::day_is_forgotten(day, now) && self.stored().await?.is_some() {
            storage.delete_all().await.map_err(fault)?;
            storage.put(RECEIPT, now.unix()).await.map_err(fault)?;
        }
        Ok(())
    }

    async fn show(&self, realm: Realm, day: Day) -> Result<String, Failure> {
        let wrapping = configuration::keyring(&self.env)?.vault(realm);
        let stored = self.stored().await?;
        let opened = stored
            .as_ref()
            .and_then(|bytes| DayKeys::unwrap(&wrapping, day, bytes));
        let wrapped = stored.as_deref().zip(opened.as_ref());
        let destroyed = self
            .state
            .storage()
            .get::<u64>(RECEIPT)
            .await
            .map_err(fault)?;
        let shown = state::vault(day, wrapped, destroyed);
        serde_json::to_string(&shown).map_err(|_| store::Fault::Shape.into())
    }

    async fn stored(&self) -> Result<Option<Vec<u8>>, Failure> {
        let found = self
            .state
            .storage()
            .get_multiple(vec![KEYS])
            .await
            .map_err(fault)?;
        let bytes = found.get(&KEYS.into()).dyn_into::<js_sys::Uint8Array>();
        Ok(bytes.ok().map(|bytes| bytes.to_vec()))
    }
}
