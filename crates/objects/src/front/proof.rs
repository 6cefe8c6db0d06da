//! Proofs of work, checked where that is cheapest: what can be compared was compared before, then the object of the
//! challenge is asked whether it was tried, and then the one derivation is made.

use service::captcha::Claim;
use wire::Refusal;

use crate::tried::{Known, Shown};
use crate::{Host, RealmClient};

/// Checks a proof of work. `ask` asks the object that the challenge belongs to what is known of it; `None` when that is of a
/// release which does not know the question.
///
/// A derivation is made within what the isolate may spend on them, and one at a time: nothing is awaited in it. One that
/// costs less than the question, in a demo realm, is made at once.
///
/// # Errors
/// [`Refusal::WrongCaptcha`]; [`Refusal::Unavailable`] when no derivation can be made now, and then the challenge is as
/// good as before; whatever the object refuses.
pub(super) async fn check<H: Host>(
    realm: RealmClient<'_, H>,
    claim: &Claim<'_>,
    ask: impl AsyncFnOnce(Shown) -> Result<Option<Known>, Refusal>,
) -> Result<(), Refusal> {
    if claim.is_dear() {
        let may_derive = take(realm);
        let shown = Shown {
            challenge: claim.id.0,
            until: claim.until.unix(),
            is_tried: may_derive,
        };
        let known = ask(shown).await;
        let is_needed = matches!(known, Ok(None | Some(Known::Nothing)));
        if may_derive && !is_needed {
            put_back(realm);
        }
        match known? {
            Some(Known::Right) => return Ok(()),
            // An object of that release knows of no line, and forgets what was spent.
            None if claim.until <= realm.now => return Err(Refusal::WrongCaptcha),
            Some(Known::Nothing) | None => {}
        }
        if !may_derive {
            return Err(Refusal::Unavailable);
        }
    }
    if claim.is_right() {
        Ok(())
    } else {
        Err(Refusal::WrongCaptcha)
    }
}

fn take<H: Host>(realm: RealmClient<'_, H>) -> bool {
    let left = &realm.host.memory().work;
    let mut budget = left.get();
    // The host's clock: a demo realm's moves as its visitor likes.
    let has_taken = budget.take(realm.host.now());
    left.set(budget);
    has_taken
}

fn put_back<H: Host>(realm: RealmClient<'_, H>) {
    let left = &realm.host.memory().work;
    let mut budget = left.get();
    budget.put_back();
    left.set(budget);
}

#[cfg(test)]
mod tests {
    use core::cell::{Cell, RefCell};
    use core::convert::Infallible;
    use core::time::Duration;
    use std::rc::Rc;

    use altcha::{Challenge, Payload, Solution, SolveChallengeOptions, solve_challenge};
    use base64ct::{Base64, Encoding};
    use decree::Moment;
    use futures_util::FutureExt;
    use operator_log::Event;
    use rand_core::{TryCryptoRng, TryRng};
    use service::captcha::{self, Purpose};
    use service::keyring::KeyRing;
    use service::place::Shards;
    use service::{Realm, work};

    use super::*;
    use crate::{ClassName, Memory, Settings, Unanswered};

    const ROOT: &str = "9d0f4ad37f8b1f1c2f3c36c7b1ee0ad4b6c1f9a3f2b1c0d9e8f7a6b5c4d3e2f1";
    const DRAWN: Moment = Moment::from_unix(1_592_654_280);
    const UNTIL: Moment = Moment::from_unix(1_592_654_880);

    /// A front alone.
    #[derive(Default)]
    struct Front(Memory);

    struct Sevens;

    impl TryRng for Sevens {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(7)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(7)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(7);
            Ok(())
        }
    }

    impl TryCryptoRng for Sevens {}

    impl Host for Front {
        type Rng = Sevens;

        fn milliseconds(&self) -> u64 {
            DRAWN.unix() * 1_000
        }

        fn rng(&self) -> Sevens {
            Sevens
        }

        fn settings(&self) -> Result<Rc<Settings>, Refusal> {
            Err(Refusal::Unavailable)
        }

        fn memory(&self) -> &Memory {
            &self.0
        }

        fn log(&self, _: Event, _: ClassName) {}

        async fn send(&self, _: ClassName, _: &str, _: Vec<u8>) -> Result<Vec<u8>, Unanswered> {
            Err(Unanswered)
        }

        async fn wait(&self, _: Duration) {}
    }

    /// A key that begins as asked, and that nobody derived.
    fn pretend(challenge: &Challenge) -> Solution {
        Solution {
            counter: 7,
            derived_key: format!("{:7<64}", challenge.parameters.key_prefix),
            time: None,
        }
    }

    fn solve(challenge: &Challenge) -> Solution {
        let solved = solve_challenge(SolveChallengeOptions::new(challenge));
        solved.unwrap().unwrap()
    }

    /// Shows this as the solution: what the object is asked, and the outcome, when it answers so.
    fn check_shown(
        front: &Front,
        now: Moment,
        solution: fn(&Challenge) -> Solution,
        answer: Result<Option<Known>, Refusal>,
    ) -> (Shown, Result<(), Refusal>) {
        let keys = KeyRing::from_text(Some(ROOT), false)
            .unwrap()
            .front(Realm::National);
        let (id, realm) = (captcha::draw_id(&mut Sevens), Realm::National);
        let (purpose, asked) = (Purpose::Register, work::asked(realm));
        let drawn = captcha::draw(&keys.captcha, realm, purpose, id, asked, &mut Sevens, DRAWN);
        let challenge = drawn.unwrap().challenge;
        let payload = Payload {
            solution: solution(&challenge),
            challenge,
        };
        let solution = Base64::encode_string(&serde_json::to_vec(&payload).unwrap());
        let claim = captcha::read(&keys.captcha, realm, purpose, id, &solution, now).unwrap();
        let client = RealmClient {
            host: front,
            realm,
            shards: Shards::DEMO,
            since: DRAWN.day(),
            now,
        };
        let shown = Cell::new(None);
        let answer = RefCell::new(Some(answer));
        let ask = async |asked| {
            shown.set(Some(asked));
            answer.take().unwrap()
        };
        let checked = check(client, &claim, ask).now_or_never().unwrap();
        (shown.take().unwrap(), checked)
    }

    /// Derivations that the front could still make now.
    fn left(front: &Front) -> usize {
        let mut budget = front.0.work.get();
        (0..1_000).take_while(|_| budget.take(DRAWN)).count()
    }

    #[test]
    fn one_derivation_is_made_if_nothing_is_known_and_none_otherwise() {
        let front = Front::default();
        let all = left(&front);
        let (shown, checked) = check_shown(&front, DRAWN, pretend, Ok(Some(Known::Nothing)));
        assert!(shown.is_tried && shown.until == UNTIL.unix());
        assert_eq!(checked, Err(Refusal::WrongCaptcha));
        assert_eq!(left(&front), all - 1);
        for (answer, outcome) in [
            // Were it derived, it would be found out.
            (Ok(Some(Known::Right)), Ok(())),
            (Err(Refusal::WrongCaptcha), Err(Refusal::WrongCaptcha)),
            (Err(Refusal::TooMany(9)), Err(Refusal::TooMany(9))),
        ] {
            assert_eq!(check_shown(&front, DRAWN, pretend, answer).1, outcome);
            assert_eq!(left(&front), all - 1);
        }
    }

    /// What was found right before, and waited, does not depend on it.
    #[test]
    fn beyond_a_fifth_of_a_core_nothing_is_tried() {
        let front = Front::default();
        let mut budget = front.0.work.get();
        while budget.take(DRAWN) {}
        front.0.work.set(budget);
        let (shown, checked) = check_shown(&front, DRAWN, pretend, Ok(Some(Known::Nothing)));
        assert!(!shown.is_tried);
        assert_eq!(checked, Err(Refusal::Unavailable));
        let (_, checked) = check_shown(&front, DRAWN, pretend, Ok(Some(Known::Right)));
        assert_eq!(checked, Ok(()));
    }

    /// It forgets what was spent after ten minutes, and knows of no line.
    #[test]
    fn a_registry_of_the_release_before_is_shown_no_challenge_that_is_over() {
        let front = Front::default();
        let check = |now| check_shown(&front, now, solve, Ok(None)).1;
        assert_eq!(check(DRAWN), Ok(()));
        assert_eq!(check(UNTIL), Err(Refusal::WrongCaptcha));
    }
}
