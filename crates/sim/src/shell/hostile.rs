//! Letters that nobody should send: what they ask for is not done.

use decree::Day;
use objects::calls::VaultPlace;
use objects::calls::{intake_calls, registry_calls, tally_calls, vault_calls};
use objects::{Class as _, ClassName, Head, Host};
use serde::Serialize;
use service::Class;

use super::{REALM, SHARDS, Shell, name, place};
use crate::kernel::Name;

/// How a letter begins, and its version.
const BEGINS: [u8; 11] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
];

impl Shell {
    /// Asks every national object to remove itself.
    pub(crate) fn ask_for_the_end(&self) {
        let classes = [
            (
                Class::Registry,
                SHARDS.registries,
                registry_calls::Registry::END,
            ),
            (Class::Intake, SHARDS.intakes, intake_calls::Intake::END),
            (Class::Tally, 1, tally_calls::Tally::END),
        ];
        for (class, number, end) in classes {
            for index in 0..number {
                self.ask_to_end(&name(class, index), end, &place(class, index));
            }
        }
        for (name, _) in self.national(ClassName::Vault) {
            let day = name
                .rsplit('/')
                .next()
                .and_then(|day| day.parse::<Day>().ok());
            let Some(day) = day.map(Day::number) else {
                continue;
            };
            let (class, realm) = (ClassName::Vault, REALM);
            let place = VaultPlace { realm, day };
            self.ask_to_end(&Name { class, name }, vault_calls::Vault::END, &place);
        }
    }

    fn ask_to_end(&self, object: &Name, end: Option<u8>, place: &impl Serialize) {
        let now = self.kernel.host_time().unix();
        let head = end.map(|number| Head {
            realm: REALM,
            number,
            now,
            sent: now,
        });
        let parts = [postcard::to_stdvec(&head), postcard::to_stdvec(place)];
        let [Ok(head), Ok(place)] = &parts else {
            return;
        };
        // The first byte says that there is a head.
        let head = head.get(1..).unwrap_or_default();
        let letter = [&BEGINS, head, place.as_slice()].concat();
        let (host, object) = (self.kernel.host(), object.clone());
        self.kernel.start(Box::pin(async move {
            let answer = host.send(object.class, &object.name, letter).await;
            answer.unwrap_or_default()
        }));
    }
}
