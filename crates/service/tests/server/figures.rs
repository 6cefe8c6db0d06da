//! Counting, collecting and publishing: from what people do to what everybody may read.

mod collecting;
mod counting;
mod publishing;

use std::time::Duration;

use crate::common::{SHARDS, World, rng};
use decree::Day;
use service::figures::{self, IntakeFigures, RegistryFigures};
use service::tally::{self, Collected};
use service::{Class, registry};
use store::Native;

impl World {
    /// What all registries counted on the day of `now`.
    fn counted(&mut self) -> RegistryFigures {
        let (mut sum, today) = (RegistryFigures::default(), self.now.day());
        for (_, day) in self.pull(today, today).registries {
            sum.registrations += day.registrations;
            sum.unregistrations += day.unregistrations;
            sum.status_checks += day.status_checks;
            sum.contacts_notified += day.contacts_notified;
            sum.above_threshold_too_old += day.above_threshold_too_old;
        }
        sum
    }

    fn counted_by_intake(&self) -> IntakeFigures {
        let place = Self::place(Class::Intake, 0);
        let today = self.now.day();
        let days = figures::of_intake(&self.intake, &place, today, today).unwrap();
        days.first().map_or_else(Default::default, |(_, day)| *day)
    }

    fn pull(&mut self, from: Day, to: Day) -> Collected {
        let mut collected = Collected::default();
        for index in 0..SHARDS.registries {
            let days = self.at_registry(index, |sql, context| {
                let counted = figures::has_days(sql, &context.place, from, to)?;
                let days = figures::of_registry(sql, context, from, to)?;
                assert_eq!(counted, !days.is_empty());
                Ok(days)
            });
            collected.registries.extend(days.unwrap());
        }
        let place = Self::place(Class::Intake, 0);
        let days = figures::of_intake(&self.intake, &place, from, to);
        collected.intakes.extend(days.unwrap());
        collected
    }

    /// As the tally's object does.
    pub(crate) fn collect(&mut self, tally: &Native) {
        let place = Self::place(Class::Tally, 0);
        if let Some(days) = tally::due(tally, &place, self.now).unwrap() {
            let (from, to) = (*days.start(), *days.end());
            let collected = self.pull(Day::from_number(from), Day::from_number(to));
            tally::store(tally, &place, days, &collected).unwrap();
        }
    }

    fn pass(&mut self, days: u64) {
        self.now = self.now + Duration::from_hours(24 * days);
    }

    /// So many people, of whom only the accounts matter.
    fn register_strangers(&mut self, people: u32) {
        for _ in 0..people {
            let mut challenge = [0; 16];
            rand_core::Rng::fill_bytes(&mut rng(), &mut challenge);
            let request = registry::Register {
                challenge,
                until: self.now.unix() + 600,
                level: 0,
                auth_key: challenge.repeat(2).try_into().unwrap(),
                tuple_key: [7; 32],
            };
            let index = SHARDS.registry_of(challenge[0]);
            self.open_account(index, &request).unwrap();
        }
    }
}
