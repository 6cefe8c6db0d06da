//! Contacts that wait together give the same verdict, whatever the order and the grouping in which they come.

use core::ops::RangeInclusive;

use decree::Moment;
use robert::risk::AppliedContact;

use super::risk::{Judged, Verdict, judge};
use crate::Finding;

/// What newcomers make of an account, and how often they may have been counted as too old on the way: judged together, and
/// one by one in many orders.
pub(super) fn judge_newcomers(
    before: Verdict,
    known: &[AppliedContact],
    newcomers: &[AppliedContact],
    now: Moment,
) -> Result<(Verdict, RangeInclusive<u32>), Finding> {
    let (known, newcomers): (Vec<_>, Vec<_>) = (known.iter().collect(), newcomers.iter().collect());
    let all = [known.as_slice(), &newcomers].concat();
    let Judged { verdict, .. } = judge(before, &all, now);
    let mut too_old = Vec::new();
    for order in orders(&newcomers) {
        let (mut one_by_one, mut contacts, mut count) = (before, known.clone(), 0);
        for newcomer in order {
            let was = judge(one_by_one, &contacts, now).too_old;
            contacts.push(newcomer);
            let judged = judge(one_by_one, &contacts, now);
            count += u32::from(judged.too_old && !was);
            one_by_one = judged.verdict;
        }
        if one_by_one != verdict {
            return Err(Finding::new(
                "the order of contacts that wait together changes the verdict",
            ));
        }
        too_old.push(count);
    }
    let too_old = match newcomers.len() {
        ..=ALL => too_old.iter().min().copied()..=too_old.iter().max().copied(),
        // Not every order was tried.
        many => Some(0)..=u32::try_from(many).ok(),
    };
    let (least, most) = too_old.into_inner();
    Ok((verdict, least.unwrap_or(0)..=most.unwrap_or(u32::MAX)))
}

/// Of so many contacts every order is tried.
const ALL: usize = 4;

/// Every order of a few; of more, each beginning with another, forwards and backwards.
fn orders<'a>(contacts: &[&'a AppliedContact]) -> Vec<Vec<&'a AppliedContact>> {
    if contacts.len() > ALL {
        let turned = |first: usize| {
            let mut order = contacts.to_vec();
            order.rotate_left(first);
            order
        };
        let forwards: Vec<_> = (0..contacts.len()).map(turned).collect();
        let backwards = forwards
            .iter()
            .map(|order| order.iter().rev().copied().collect());
        return backwards.chain(forwards.clone()).collect();
    }
    let Some((first, rest)) = contacts.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for order in orders(rest) {
        for at in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(at, first);
            all.push(longer);
        }
    }
    all
}
