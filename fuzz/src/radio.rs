//! What comes in by radio, and what a report says of it.

use robert::parameters::COUNTRY;
use robert::phone::Phone;
use robert::validate::DayKeys as _;
use robert::validate::{self, Located};
use robert::{
    AuthKey, Contact, CountryCode, Ebid, Ecc, Epoch, HeardHello, Hello, Id, Mac40, Ntp, Time16,
};

use crate::{DAYS, FRONT, NOW, take};

/// A message heard: sixteen bytes are a HELLO, which is genuine if its owner would have made the same.
pub fn hello(bytes: &[u8]) {
    let mut phone = Phone::new();
    phone.switch_bluetooth(true);
    let heard = phone.hear(bytes, -45, NOW);
    assert_eq!(heard.is_ok(), bytes.len() == Hello::LENGTH);
    assert_eq!(phone.history(NOW).count(), usize::from(heard.is_ok()));
    let Ok(sixteen) = <[u8; Hello::LENGTH]>::try_from(bytes) else {
        return;
    };
    let read = Hello::from_bytes(sixteen);
    assert_eq!(read.to_bytes(), sixteen);
    let sent = read.to_ble_payload(-5);
    assert_eq!(
        (&sent[..16], sent[16..].to_vec()),
        (&sixteen[..], vec![1, 0xfb])
    );

    let key = AuthKey::from_bytes(&[7; 32]);
    let at = Ntp(read.time.seconds().into());
    let genuine = Hello::seal(&key, read.ecc, read.ebid, at);
    assert!(genuine.verify(&key));
    assert_eq!(read.verify(&key), genuine.to_bytes() == sixteen);
    // One bit of it, chosen by its content, is enough.
    let mut bent = genuine.to_bytes();
    bent[usize::from(sixteen[0] % 16)] ^= 1 << (sixteen[1] % 8);
    assert!(!Hello::from_bytes(bent).verify(&key));
}

/// A contact as reported: what is believed of it is part of it, and all of it when it is genuine.
pub fn contact(bytes: &[u8]) {
    let mut rest = bytes;
    let [mode, back] = take(&mut rest);
    // Some epoch of the last fifteen days and the next four, and somebody.
    let back: u32 = u32::from(back) + 256 * u32::from(mode >> 6);
    let now = Epoch::at(NOW).map_or(0, Epoch::number);
    let epoch = Epoch::new(now.saturating_sub(back % 1_500)).unwrap_or(Epoch::FIRST);
    let id = Id(take(&mut rest));
    let key = AuthKey::from_bytes(&[id.0[0]; 32]);

    let is_genuine = mode & 1 == 1;
    let is_foreign = mode & 2 == 2;
    let ebid = DAYS
        .server_key(epoch.day())
        .filter(|_| is_genuine)
        .map(|key| key.encrypt(epoch, id));
    let ebid = ebid.unwrap_or_else(|| Ebid(take(&mut rest)));
    let ecc = if is_genuine {
        let country = CountryCode(COUNTRY.0 + u8::from(is_foreign));
        FRONT.federation.encode(ebid, country)
    } else {
        Ecc(take::<1>(&mut rest)[0])
    };
    let mut hellos = Vec::new();
    while !rest.is_empty() && hellos.len() < wire::MAX_HELLOS_PER_CONTACT {
        let [kind, rssi, second, late] = take(&mut rest);
        let rssi = rssi.cast_signed();
        hellos.push(if kind & 1 == 1 {
            // Really sent in that epoch, and heard up to 127 s off.
            let sent = Ntp::from(epoch.start()).0 + u64::from(second) * 3;
            let heard = sent.saturating_add_signed(i64::from(late.cast_signed()));
            HeardHello::new(&Hello::seal(&key, ecc, ebid, Ntp(sent)), Ntp(heard), rssi)
        } else {
            let time = Time16(take(&mut rest));
            HeardHello {
                collected: u32::from_be_bytes(take(&mut rest)),
                time,
                mac: Mac40(take(&mut rest)),
                rssi,
            }
        });
    }
    let contact = Contact { ebid, ecc, hellos };
    let owner = (is_genuine && !is_foreign).then_some((epoch, id));
    judge(&contact, &key, owner);
}

fn judge(contact: &Contact, key: &AuthKey, owner: Option<(Epoch, Id)>) {
    let located = match validate::locate(&*DAYS, &FRONT.federation, COUNTRY, contact, NOW) {
        Ok(located) => located,
        Err(refused) => {
            let foreign = matches!(refused, validate::Dropped::Foreign(_));
            assert!(!foreign || owner.is_none(), "{refused}");
            return;
        }
    };
    let Located {
        id,
        epoch,
        ref hellos,
        ..
    } = located;
    assert!(!hellos.is_empty() && hellos.len() <= contact.hellos.len());
    assert_eq!((located.ecc, located.ebid), (contact.ecc, contact.ebid));
    assert_eq!(located.day(), epoch.day());
    let country = FRONT.federation.decode(contact.ebid, contact.ecc);
    assert_eq!(country, COUNTRY);
    let day_key = DAYS.server_key(epoch.day());
    assert!(day_key.is_some_and(|key| key.encrypt(epoch, id) == contact.ebid));
    if let Some(owner) = owner {
        assert_eq!((epoch, id), owner);
    }
    let believed = validate::authenticate(key, &located, NOW);
    assert!(believed.len() <= hellos.len());
    for heard in &believed {
        let said = hellos.iter().find(|said| {
            said.time == heard.time && said.collected == heard.collected && said.rssi == heard.rssi
        });
        assert!(said.is_some_and(|said| said.hello(located.ecc, located.ebid).verify(key)));
        assert!(said.is_some_and(|said| said.time.distance(said.collected().time16()) <= 180));
    }
    // Nobody else's key confirms any of it.
    let other = AuthKey::from_bytes(&[0xa5; 32]);
    assert!(
        key.as_bytes() == other.as_bytes()
            || validate::authenticate(&other, &located, NOW).is_empty()
    );
}
