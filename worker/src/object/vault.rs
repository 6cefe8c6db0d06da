//! The vault of one day: a key-value object, since a SQLite one can be rolled back by thirty days
//! on the platform. It holds that day's keys, wrapped, and after them the receipt of their end.

use decree::{Day, Moment};
use futures_util::future::join;
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
const RECEIPT: &str = "receipt";

/// What the vault stores. Keys are preceded by their day, which an alarm is not told.
#[derive(Default)]
struct Stored {
    keys: Option<(Day, Vec<u8>)>,
    receipt: Option<u64>,
}

impl DurableObject for Vault {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            failures: Failures::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place, now, call, ..
        } = letter::receive::<VaultPlace, _>(request).await?;
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
        let done = match self.stored().await {
            Ok(Stored {
                keys: Some((day, _)),
                ..
            }) if now < vault::destroyed_at(day) => self.arm(day, now).await,
            Ok(Stored {
                keys: Some((day, _)),
                ..
            }) => self.tick(day, now).await,
            Ok(_) => Ok(()),
            Err(failure) => Err(failure),
        };
        if done.is_err() {
            self.failures.retry(&self.state.storage(), "vault").await;
        }
        Response::empty()
    }
}

impl Vault {
    /// The keys of this day, made if they may be; `None` for a destroyed day.
    async fn keys(
        &self,
        realm: Realm,
        day: Day,
        now: Moment,
    ) -> std::result::Result<Option<DayKeys>, Failure> {
        let wrapping = configuration::keyring(&self.env)?.vault(realm);
        let stored = self.stored().await?;
        if stored.receipt.is_some() {
            return Ok(None);
        }
        match vault::decide(stored.keys.is_some(), day, now) {
            Decision::HandOut => {
                if realm == Realm::National {
                    self.arm_if_lost(day, now).await?;
                }
                let wrapped = stored.keys.map(|(_, wrapped)| wrapped).unwrap_or_default();
                let keys = DayKeys::unwrap(&wrapping, day, &wrapped);
                keys.map(Some).ok_or(Failure::Misplaced)
            }
            Decision::Make => {
                let mut rng = system::rng();
                let keys = DayKeys::draw(&mut rng);
                let wrapped = keys.wrap(&wrapping, &mut rng, day);
                let bytes = [day.number().to_be_bytes().as_slice(), &wrapped].concat();
                let storage = self.state.storage();
                let put = storage.put_raw(KEYS, js_sys::Uint8Array::from(bytes.as_slice()));
                // Keys never stand without the alarm that ends them: both are begun together.
                if realm == Realm::National {
                    let (put, armed) = join(put, self.arm(day, now)).await;
                    put.map_err(fault).and(armed)?;
                } else {
                    put.await.map_err(fault)?;
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

    /// Destroys the keys if their time has come: `deleteAll` alone removes bytes from the disk. The
    /// receipt is begun together with it.
    async fn tick(&self, day: Day, now: Moment) -> std::result::Result<(), Failure> {
        let stored = self.stored().await?;
        if decree::article_3::day_is_forgotten(day, now) && stored.keys.is_some() {
            let storage = self.state.storage();
            let emptied = storage.delete_all();
            let (emptied, kept) = join(emptied, storage.put(RECEIPT, now.unix())).await;
            emptied.and(kept).map_err(fault)?;
        }
        Ok(())
    }

    async fn arm(&self, day: Day, now: Moment) -> std::result::Result<(), Failure> {
        let wait = vault::destroyed_at(day).since(now);
        self.state.storage().set_alarm(wait).await.map_err(fault)
    }

    async fn arm_if_lost(&self, day: Day, now: Moment) -> std::result::Result<(), Failure> {
        match self.state.storage().get_alarm().await.map_err(fault)? {
            Some(_) => Ok(()),
            None => self.arm(day, now).await,
        }
    }

    async fn show(&self, realm: Realm, day: Day) -> std::result::Result<String, Failure> {
        let wrapping = configuration::keyring(&self.env)?.vault(realm);
        let stored = self.stored().await?;
        let wrapped = stored.keys.map(|(_, wrapped)| wrapped);
        let opened = wrapped
            .as_ref()
            .and_then(|bytes| DayKeys::unwrap(&wrapping, day, bytes));
        let shown = state::vault(day, wrapped.as_deref().zip(opened.as_ref()), stored.receipt);
        letter::write(&shown)
    }

    async fn stored(&self) -> std::result::Result<Stored, Failure> {
        let found = self
            .state
            .storage()
            .get_multiple(vec![KEYS])
            .await
            .map_err(fault)?;
        let bytes = found
            .get(&KEYS.into())
            .dyn_into::<js_sys::Uint8Array>()
            .ok();
        let keys = bytes.and_then(|bytes| {
            let bytes = bytes.to_vec();
            let (day, wrapped) = bytes.split_first_chunk::<4>()?;
            Some((Day::from_number(u32::from_be_bytes(*day)), wrapped.to_vec()))
        });
        let receipt = self
            .state
            .storage()
            .get::<u64>(RECEIPT)
            .await
            .map_err(fault)?;
        Ok(Stored { keys, receipt })
    }
}
