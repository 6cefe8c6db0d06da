//! The front's calls, as `worker::front` makes them.

use decree::Moment;
use rand_core::Rng;
use robert::auth::AuthRequest;
use robert::bundle::{self, Tuple};
use robert::keys::ClientPublic;
use robert::{AuthKey, Id};
use service::front::ReportScope;
use service::intake::{Received, Token};
use service::registry::{self, Register, Signed};
use service::{codes, front, intake};
use store::Sql;
use wire::Refusal;
use wire::api::{Authenticated, RegisterReply, ReportRequest, StatusReply};
use wire::code::{Code, Kind};

use super::{Answered, Plant, REALM, SHARDS, Shell, engine};

const CHALLENGE_SECONDS: u64 = 600;

/// Whoever registered, with all that their phone got: they can ask as they please.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) id: Id,
    pub(crate) auth_key: AuthKey,
    /// Days of them, past and to come.
    pub(crate) pseudonyms: Vec<Tuple>,
}

impl Shell {
    /// Registers a phone. Who it is and its keys are told to the simulation alone.
    pub(crate) fn register(&mut self, client: &ClientPublic) -> Answered<(Owner, RegisterReply)> {
        self.call(|shell| {
            let now = shell.now;
            let mut challenge = [0; 16];
            shell.rng.fill_bytes(&mut challenge);
            let key = shell.front.registration.oldest(now);
            let (auth_key, tuple_key) = key.secret.agree(client);
            let request = Register {
                challenge,
                until: now.unix() + CHALLENGE_SECONDS,
                level: 0,
                auth_key: *auth_key.as_bytes(),
                tuple_key: *tuple_key.as_bytes(),
            };
            let days = shell.keys(now)?;
            let [first, ..] = challenge;
            let id = shell.open_account(SHARDS.registry_of(first), &request)?;
            let (front, rng) = (&shell.front, &mut shell.rng);
            let secret = tuple_key.as_bytes();
            let reply = front::answer_registration(front, &days, rng, now, id, secret)?;
            let pseudonyms = bundle::open(&tuple_key, &reply.tuples);
            let owner = Owner {
                id,
                auth_key,
                pseudonyms: pseudonyms.map_err(|_| Refusal::Unavailable)?,
            };
            Ok((owner, reply))
        })
    }

    /// Answers whether the sender is at risk.
    pub(crate) fn status(&mut self, request: AuthRequest) -> Answered<StatusReply> {
        self.call(|shell| {
            let now = shell.now;
            let days = shell.keys(now)?;
            let (signed, status) = shell.ask_sender(request, |shell, signed| {
                shell.for_account(signed.id, now, |sql, context, rng| {
                    registry::status(sql, context, rng, signed)
                })
            })?;
            if shell.plant == Some(Plant::ClaimedEpoch) {
                shell.plant_claim(signed.id, request.epoch);
            }
            let (front, rng) = (&shell.front, &mut shell.rng);
            front::answer_status(front, &days, rng, now, signed.id, &status)
        })
    }

    /// Closes the sender's account.
    pub(crate) fn unregister(&mut self, request: AuthRequest) -> Answered<()> {
        self.call(|shell| {
            let left = shell.ask_sender(request, Self::close_account);
            left.map(drop)
        })
    }

    /// Deletes what the sender was exposed to.
    pub(crate) fn delete_history(&mut self, request: AuthRequest) -> Answered<()> {
        self.call(|shell| {
            let deleted = shell.ask_sender(request, Self::move_account);
            deleted.map(drop)
        })
    }

    /// Hands out a one-time code: as a person reads it, and from when it is refused. An issuer whose request fails makes
    /// it once more.
    pub(crate) fn hand_out(&mut self, kind: Kind) -> Answered<(String, Moment)> {
        self.call(|shell| {
            let now = shell.now;
            let pepper = shell.front.peppers.newest();
            let (code, stored) = codes::draw(pepper, &mut shell.rng, kind, now);
            let mut mark = [0; 32];
            shell.rng.fill_bytes(&mut mark);
            let index = shell.intake_of(&code);
            let add = |shell: &mut Self| {
                shell.at_intake(index, |sql, place, _| {
                    intake::add_codes(sql, place, now, Some(mark), kind, &[stored])
                })
            };
            if add(shell).is_err() {
                let done = shell.done;
                let again = add(shell);
                shell.done |= done;
                again?;
            }
            Ok((code.to_string(), Moment::from_unix(stored.until)))
        })
    }

    /// The intake that a code belongs to.
    pub(crate) fn intake_of(&self, code: &Code) -> u16 {
        codes::intake_of(&self.front, code, SHARDS)
    }

    /// Takes a report, byte for byte.
    pub(crate) fn report(&mut self, body: &[u8]) -> Answered<()> {
        self.call(|shell| {
            let now = shell.now;
            let mut asked = ReportRequest::read(body)?;
            let days = shell.keys(now)?;
            let is_trusted = shell.plant == Some(Plant::TrustedDecoy) && asked.code()?.is_decoy();
            if is_trusted {
                asked.token = Code::long([7; 16]).to_string();
            }
            let scope = ReportScope {
                keys: &shell.front,
                days: &days,
                realm: REALM,
                shards: SHARDS,
                now,
            };
            let mut prepared = front::prepare_report(&scope, &mut shell.rng, body, &asked)?;
            if is_trusted {
                prepared.token = Token::Decoy;
            }
            let index = SHARDS.intake_of(prepared.route);
            let hash = prepared.marks.newest.code;
            if shell.plant == Some(Plant::EndlessGuesses) {
                let engine = engine(&shell.intakes, index)?.inner();
                // Before its first write an intake has no tables.
                let _: Result<(), store::Fault> = engine.exec("DELETE FROM recent", &[]);
            }
            let received = shell.keep_report(index, now, &prepared)?;
            match shell.plant {
                Some(Plant::CodeTwice) => shell.plant_code(index, hash),
                Some(Plant::LostFigures) => shell.lose_figures(index),
                Some(Plant::SharedDue) => {
                    shell.plant_in_outbox(index, "due = (SELECT MIN(due) FROM outbox)");
                }
                _ => {}
            }
            match received {
                Received::Accepted => Ok(()),
                Received::WorkNeeded => {
                    let (front, rng) = (&shell.front, &mut shell.rng);
                    Err(front::ask_for_work(front, REALM, rng, now, &asked))
                }
            }
        })
    }
}

impl Shell {
    /// Makes one call of the front, and says how it went.
    fn call<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Answered<T> {
        // What struck by itself before is no excuse for this call.
        self.note_failures();
        (self.struck, self.done) = (false, false);
        let answer = work(self);
        self.note_failures();
        Answered {
            answer,
            done: self.done,
            struck: self.struck,
        }
    }

    fn note_failures(&mut self) {
        for engine in self.registries.iter().chain(&self.intakes) {
            self.struck |= engine.has_struck();
            engine.has_kept();
        }
    }

    /// Asks the registry of whoever sent this; without a sender, one drawn at random, for the work.
    fn ask_sender<T>(
        &mut self,
        request: AuthRequest,
        work: impl FnOnce(&mut Self, &Signed) -> Result<T, Refusal>,
    ) -> Result<(Signed, T), Refusal> {
        let days = self.keys(self.now)?;
        let asked = Authenticated(request);
        let found = front::find_sender(&days, asked);
        let signed = match &found {
            Ok(signed) => *signed,
            Err(_) => front::decoy(&mut self.rng, asked),
        };
        let answer = work(self, &signed);
        found.and_then(|signed| Ok((signed, answer?)))
    }
}
