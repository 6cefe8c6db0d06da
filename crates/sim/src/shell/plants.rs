//! Faults that cannot be planted by a statement: what is sealed is bound to its row, so a copied or renamed row opens no
//! more. These do what a program would that has the fault.

use core::convert::Infallible;

use rand_core::{Rng, TryCryptoRng, TryRng};
use robert::Id;
use service::Failure;
use service::vault::OfRecord;
use store::{Fault, Sql};

use super::{Shell, engine};

impl Shell {
    /// Stores an exposure of this registry once more, under another id.
    pub(super) fn plant_double(&mut self, registry: u16) -> Result<(), Failure> {
        let keys = self.keys(self.now)?;
        let mut copy = [0; 16];
        self.rng.fill_bytes(&mut copy);
        let engine = engine(&self.registries, registry)?;
        let read = "SELECT account, id, day, sealed FROM exposure LIMIT 1";
        let rows = engine.inner().query(read, &[])?;
        let row = rows.first().ok_or(Fault::Shape)?;
        let (from, day): ([u8; 16], _) = (row.array(1)?, decree::Day::from_number(row.small(2)?));
        for account in engine.inner().query("SELECT id, safe FROM account", &[])? {
            let id = Id(account.array(0)?);
            let context = |row: &[u8]| {
                let day = day.number().to_be_bytes();
                [b"exposure.sealed", id.0.as_slice(), row, &day].concat()
            };
            let record = self.stored_record(account.array(1)?);
            let key = record.and_then(|record| keys.of_record(day, OfRecord::Exposure, &record));
            let Some((key, plain)) = key.and_then(|key| {
                let plain = key.open(&context(&from), row.blob(3).ok()?)?;
                Some((key, plain))
            }) else {
                continue;
            };
            let sealed = key.seal(&mut self.rng, &context(&copy), &plain);
            let write = "INSERT INTO exposure (account, id, day, sealed) VALUES (?1, ?2, ?3, ?4)";
            let tag: [u8; 16] = row.array(0)?;
            let values = [tag.into(), copy.into(), day.number().into(), sealed.into()];
            engine.inner().exec(write, &values)?;
        }
        Ok(())
    }
}

/// Whatever is drawn of sixteen bytes, as ids are, begins alike.
pub(super) struct Alike<'a, R>(pub(super) &'a mut R);

impl<R: Rng> TryRng for Alike<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        if let Ok(id) = <&mut [u8; 16]>::try_from(bytes) {
            let [a, b, c, d, ..] = id;
            [*a, *b, *c, *d] = *b"same";
        }
        Ok(())
    }
}

impl<R: Rng> TryCryptoRng for Alike<'_, R> {}
