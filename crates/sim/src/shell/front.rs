//! The front's calls, each a task of its own.

use std::cell::RefCell;
use std::rc::Rc;

use decree::Moment;
use objects::RealmClient;
use objects::front::{issuer, phone};
use rand_core::Rng;
use robert::auth::AuthRequest;
use robert::bundle::{self, Tuple};
use robert::keys::ClientPublic;
use robert::{AuthKey, Ebid, Epoch, Id, Time32};
use service::desk::Holder;
use service::registry::Register;
use wire::Refusal;
use wire::api::{Authenticated, OpenedReport, RegisterReply, StatusReply};
use wire::code::{Code, Kind};

use super::Shell;
use crate::kernel::{Plant, SimHost, TRUSTED, TaskId};
use crate::people::PRICE;

const CHALLENGE_SECONDS: u64 = 600;

/// Whoever registered, with all that their phone got: they can ask as they please.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) id: Id,
    pub(crate) auth_key: AuthKey,
    /// Days of them, past and to come.
    pub(crate) pseudonyms: Vec<Tuple>,
}

/// What a caller is told.
pub(crate) enum Answer {
    /// An account was opened.
    Registered(AuthKey, Vec<Tuple>, Box<RegisterReply>),
    /// A code, as a person reads it, and from when it is refused.
    HandedOut(String, Moment),
    /// A status.
    Told(StatusReply),
    /// Visits are over, in each of which somebody was told whether they are at risk.
    Visited(bool),
    /// A visitor found rows in a realm of which nothing had been asked.
    Haunted,
    /// A visitor found no seat: somebody sits there, or may.
    TurnedAway,
    /// What was asked for is done.
    Done,
}

/// Where the answer will be, once there is one.
pub(crate) type Answered = Rc<RefCell<Option<Result<Answer, Refusal>>>>;

impl Shell {
    /// Makes one call of the front.
    pub(super) fn call(
        &self,
        work: impl AsyncFnOnce(SimHost) -> Result<Answer, Refusal> + 'static,
    ) -> (TaskId, Answered) {
        self.kernel.pass_by();
        let (host, answered) = (self.kernel.host(), Answered::default());
        let kept = Rc::clone(&answered);
        let task = self.kernel.start(Box::pin(async move {
            let answer = work(host).await;
            kept.replace(Some(answer));
            Vec::new()
        }));
        (task, answered)
    }

    /// Registers a phone.
    pub(crate) fn register(&self, client: &ClientPublic) -> (TaskId, Answered) {
        let front = self.front();
        let (auth_key, tuple_key) = front.registration.oldest(self.now()).secret.agree(client);
        self.call(async move |host| {
            let realm = RealmClient::national(&host)?;
            let mut challenge = [0; 16];
            objects::Host::rng(&host).fill_bytes(&mut challenge);
            let request = Register {
                challenge,
                until: realm.now.unix() + CHALLENGE_SECONDS,
                level: 0,
                auth_key: *auth_key.as_bytes(),
                tuple_key: *tuple_key.as_bytes(),
            };
            let reply = phone::open_account(realm, &front, request, 0).await?;
            let pseudonyms = bundle::open(&tuple_key, &reply.tuples);
            let pseudonyms = pseudonyms.map_err(|_| Refusal::NotFound)?;
            Ok(Answer::Registered(auth_key, pseudonyms, Box::new(reply)))
        })
    }

    /// Answers whether the sender is at risk.
    pub(crate) fn status(&self, request: AuthRequest) -> (TaskId, Answered) {
        let front = self.front();
        self.call(async move |host| {
            let realm = RealmClient::national(&host)?;
            let told = phone::status(realm, &front, Authenticated(request)).await?;
            Ok(Answer::Told(told))
        })
    }

    /// Somebody asks whom nobody knows: keys are fetched, and nothing else is done.
    pub(crate) fn ask_as_nobody(&self) {
        let now = self.now();
        let request = AuthRequest {
            ebid: Ebid([0; 8]),
            epoch: Epoch::at(now).map_or(0, Epoch::number),
            time: Time32([0; 4]),
            mac: [0; 32],
        };
        drop(self.status(request));
    }

    /// Closes the sender's account.
    pub(crate) fn unregister(&self, request: AuthRequest) -> (TaskId, Answered) {
        self.call(async move |host| {
            let realm = RealmClient::national(&host)?;
            phone::unregister(realm, Authenticated(request)).await?;
            Ok(Answer::Done)
        })
    }

    /// Deletes what the sender was exposed to.
    pub(crate) fn delete_history(&self, request: AuthRequest) -> (TaskId, Answered) {
        self.call(async move |host| {
            let realm = RealmClient::national(&host)?;
            phone::delete_exposure_history(realm, Authenticated(request)).await?;
            Ok(Answer::Done)
        })
    }

    /// Hands out a one-time code. An issuer whose request fails makes it once more.
    pub(crate) fn hand_out(&self, kind: Kind) -> (TaskId, Answered) {
        self.call(async move |host| {
            let mut random = [0; 16];
            objects::Host::rng(&host).fill_bytes(&mut random);
            let id = format!("{:032x}", u128::from_be_bytes(random));
            let hand_out = async || {
                let realm = RealmClient::national(&host)?;
                issuer::hand_out(realm, Holder::Root([7; 32]), kind, 1, Some(id.clone())).await
            };
            let batch = match hand_out().await {
                Err(Refusal::Unavailable) => hand_out().await?,
                answer => answer?,
            };
            let code = batch.codes.first().ok_or(Refusal::NotFound)?;
            Ok(Answer::HandedOut(code.to_string(), batch.until))
        })
    }

    /// Takes a report, byte for byte, or a decoy.
    pub(crate) fn report(&self, body: &[u8], is_decoy: bool) -> (TaskId, Answered) {
        let (front, body, plant) = (self.front(), body.to_vec(), self.plant);
        self.call(async move |host| {
            let realm = RealmClient::national(&host)?;
            let mut asked = OpenedReport::read(&body)?;
            if plant == Some(Plant::TrustedDecoy) && is_decoy {
                asked.token = Code::long(TRUSTED).to_string();
            }
            phone::take_report((realm, PRICE), &front, &asked, &body).await?;
            Ok(Answer::Done)
        })
    }
}
