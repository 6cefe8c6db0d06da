//! The safe of one account, or of what waits in an intake: a key-value object, since what is deleted from a SQLite one stays in
//! its file and can be rolled back. It holds that key, wrapped.

use js_sys::Uint8Array;
use service::record::{RecordKey, SafeName};
use service::{Failure, Realm, place, state};
use wasm_bindgen::JsCast;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::fault;
use crate::configuration;
use crate::letter::{self, Letter, SafeCall, SafePlace};

/// One key.
#[durable_object]
pub struct Safe {
    state: State,
    env: Env,
}

/// Name of the stored value.
const RECORD: &str = "record";

impl DurableObject for Safe {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let Letter {
            place: SafePlace { realm, safe },
            call,
            ..
        } = letter::receive::<SafePlace, _>(request).await?;
        let name = place::safe_name(realm, safe);
        match call {
            SafeCall::Fill(key) => letter::answer(&name, self.fill(realm, safe, &key).await),
            SafeCall::Settle(key) => letter::answer(&name, self.settle(realm, safe, key).await),
            SafeCall::Key => letter::answer(&name, self.key(realm, safe).await),
            SafeCall::State => letter::answer(&name, self.show(realm, safe).await),
            SafeCall::Empty => letter::answer(
                &name,
                self.state.storage().delete_all().await.map_err(fault),
            ),
        }
    }
}

impl Safe {
    async fn fill(
        &self,
        realm: Realm,
        safe: SafeName,
        key: &RecordKey,
    ) -> core::result::Result<(), Failure> {
        let wrapping = configuration::keyring(&self.env)?.safes(realm);
        let wrapped = key.wrap(&wrapping, &mut crate::system::rng(), safe);
        let storage = self.state.storage();
        let put = storage.put_raw(RECORD, Uint8Array::from(wrapped.as_slice()));
        put.await.map_err(fault)
    }

    /// Nothing comes between the look and the putting: both are storage's.
    async fn settle(
        &self,
        realm: Realm,
        safe: SafeName,
        drawn: RecordKey,
    ) -> core::result::Result<RecordKey, Failure> {
        if let Some(key) = self.key(realm, safe).await? {
            return Ok(key);
        }
        self.fill(realm, safe, &drawn).await?;
        Ok(drawn)
    }

    /// The key, or nothing in a safe that was emptied or never filled.
    async fn key(
        &self,
        realm: Realm,
        safe: SafeName,
    ) -> core::result::Result<Option<RecordKey>, Failure> {
        let Some(wrapped) = self.stored().await? else {
            return Ok(None);
        };
        let wrapping = configuration::keyring(&self.env)?.safes(realm);
        let key = RecordKey::unwrap(&wrapping, safe, &wrapped);
        key.map(Some).ok_or(Failure::Misplaced)
    }

    async fn show(&self, realm: Realm, safe: SafeName) -> core::result::Result<String, Failure> {
        let (wrapped, key) = (self.stored().await?, self.key(realm, safe).await?);
        let shown = state::safe(safe, wrapped.as_deref().zip(key.as_ref()));
        letter::write(&shown)
    }

    async fn stored(&self) -> core::result::Result<Option<Vec<u8>>, Failure> {
        let storage = self.state.storage();
        let found = storage.get_multiple(vec![RECORD]).await.map_err(fault)?;
        let bytes = found.get(&RECORD.into()).dyn_into::<Uint8Array>().ok();
        Ok(bytes.map(|bytes| bytes.to_vec()))
    }
}
