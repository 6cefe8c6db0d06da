//! The front's calls, as `worker::front` makes them.

use chacha20::ChaCha20Rng;
use decree::Moment;
use rand_core::Rng;
use robert::Id;
use robert::auth::AuthRequest;
use robert::keys::ClientPublic;
use service::registry::{self, Context, Register, Signed};
use service::{Failure, codes, front, intake};
use store::Sql;
use wire::Refusal;
use wire::api::{Authenticated, RegisterReply, ReportRequest, StatusReply};
use wire::code::Kind;

use super::{Answered, Plant, SHARDS, Shell};

const CHALLENGE_SECONDS: u64 = 600;

impl Shell {
    /// Registers a phone. The identity is told to the simulation alone.
    pub(crate) fn register(&mut self, client: &ClientPublic) -> Answered<(Id, RegisterReply)> {
        self.call(|shell| {
            let now = shell.now;
            let mut challenge = [0; 16];
            shell.rng.fill_bytes(&mut challenge);
            let (auth_key, tuple_key) = shell.front.registration.agree(client);
            let request = Register {
                challenge,
                until: now.unix() + CHALLENGE_SECONDS,
                auth_key: *auth_key.as_bytes(),
                tuple_key: *tuple_key.as_bytes(),
            };
            let days = shell.keys(now)?;
            let [first, ..] = challenge;
            let id = shell.at_registry(SHARDS.registry_of(first), now, |sql, context, rng| {
                registry::register(sql, context, rng, &request)
            })?;
            let tuple_key = tuple_key.as_bytes();
            let (front, rng) = (&shell.front, &mut shell.rng);
            let reply = front::answer_registration(front, &days, rng, now, id, tuple_key)?;
            Ok((id, reply))
        })
    }

    /// Answers whether the sender is at risk.
    pub(crate) fn status(&mut self, request: AuthRequest) -> Answered<StatusReply> {
        self.call(|shell| {
            let now = shell.now;
            let days = shell.keys(now)?;
            let (signed, status) = shell.ask_sender(request, |sql, context, rng, signed| {
                registry::status(sql, context, rng, signed)
            })?;
            let (front, rng) = (&shell.front, &mut shell.rng);
            front::answer_status(front, &days, rng, now, signed.id, &status)
        })
    }

    /// Closes the sender's account.
    pub(crate) fn unregister(&mut self, request: AuthRequest) -> Answered<()> {
        self.call(|shell| {
            let left = shell.ask_sender(request, |sql, context, _, signed| {
                registry::unregister(sql, context, signed)
            });
            left.map(drop)
        })
    }

    /// Deletes what the sender was exposed to.
    pub(crate) fn delete_history(&mut self, request: AuthRequest) -> Answered<()> {
        self.call(|shell| {
            let deleted = shell.ask_sender(request, |sql, context, _, signed| {
                registry::delete_exposure_history(sql, context, signed)
            });
            deleted.map(drop)
        })
    }

    /// Hands out a one-time code: as a person reads it, and from when it is refused.
    pub(crate) fn hand_out(&mut self, kind: Kind) -> Answered<(String, Moment)> {
        self.call(|shell| {
            let now = shell.now;
            let (code, stored) = codes::draw(&shell.front.pepper, &mut shell.rng, kind, now);
            let [first, ..] = stored.hash;
            shell.at_intake(SHARDS.intake_of(first), |sql, place, _| {
                intake::add_code(sql, place, kind, &stored)
            })?;
            Ok((code.to_string(), Moment::from_unix(stored.until)))
        })
    }

    /// Takes a report, byte for byte.
    pub(crate) fn report(&mut self, body: &[u8]) -> Answered<()> {
        self.call(|shell| {
            let now = shell.now;
            let asked = ReportRequest::read(body)?;
            let days = shell.keys(now)?;
            let (front, rng) = (&shell.front, &mut shell.rng);
            let prepared = front::prepare_report(front, &days, SHARDS, rng, now, body, &asked)?;
            let [first, ..] = prepared.code;
            let (index, hash) = (SHARDS.intake_of(first), prepared.code);
            shell.at_intake(index, |sql, place, rng| {
                intake::report(sql, place, rng, now, prepared)
            })?;
            if shell.plant == Some(Plant::CodeTwice) {
                shell.plant_code(index, hash);
            }
            Ok(())
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
        work: impl Fn(&dyn Sql, &Context<'_>, &mut ChaCha20Rng, &Signed) -> Result<T, Failure>,
    ) -> Result<(Signed, T), Refusal> {
        let now = self.now;
        let days = self.keys(now)?;
        let asked = Authenticated(request);
        let found = front::find_sender(&days, asked);
        let signed = match &found {
            Ok(signed) => *signed,
            Err(_) => front::decoy(&mut self.rng, asked),
        };
        let [first, ..] = signed.id.0;
        let answer = self.at_registry(SHARDS.registry_of(first), now, |sql, context, rng| {
            work(sql, context, rng, &signed)
        });
        found.and_then(|signed| Ok((signed, answer?)))
    }
}
