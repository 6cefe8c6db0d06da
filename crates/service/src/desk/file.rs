//! A batch as files: a table of codes, and a picture of each.

use std::fmt::Write;

use decree::Moment;
use tar::{Builder, Header};
use wire::Refusal;
use wire::code::{Code, Kind};
use wire::issuer::Image;

use super::picture;
use crate::front;

/// Codes that were handed out together.
pub struct Batch {
    /// Their kind.
    pub kind: Kind,
    /// From when they are refused.
    pub until: Moment,
    /// The codes, in the order of the table.
    pub codes: Vec<Code>,
}

impl Batch {
    /// A file name that says what these codes are and until which day they are good. It is the same
    /// when the same batch is asked for again.
    #[must_use]
    pub fn name(&self, extension: &str) -> String {
        let (kind, day) = (self.kind.name(), self.until.day());
        format!("codes-{kind}-until-{day}.{extension}")
    }

    /// The table, as RFC 4180 writes one.
    #[must_use]
    pub fn csv(&self, origin: &str) -> String {
        let (kind, until) = (self.kind.name(), front::write_time(self.until));
        let mut table = "code,kind,expires_at,link\r\n".to_owned();
        for code in &self.codes {
            let link = picture::link(origin, code);
            // Writing to a string cannot fail.
            let _ = write!(table, "{code},{kind},{until},{link}\r\n");
        }
        table
    }

    /// The table as `codes.csv`, and a picture of the code of each of its rows: `0001.svg`, … So a
    /// printer's log of file names holds no code.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when it cannot be written.
    pub fn tar(&self, origin: &str, image: Image) -> Result<Vec<u8>, Refusal> {
        let mut archive = Builder::new(Vec::new());
        append(&mut archive, "codes.csv", self.csv(origin).as_bytes())?;
        for (row, code) in (1..).zip(&self.codes) {
            let name = format!("{row:04}.{}", image.name());
            append(&mut archive, &name, &picture::draw(origin, code, image)?)?;
        }
        archive.into_inner().map_err(|_| Refusal::Unavailable)
    }
}

/// Without a date: the same batch asked for again is the same file.
fn append(archive: &mut Builder<Vec<u8>>, name: &str, bytes: &[u8]) -> Result<(), Refusal> {
    let mut header = Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive
        .append_data(&mut header, name, bytes)
        .map_err(|_| Refusal::Unavailable)
}
