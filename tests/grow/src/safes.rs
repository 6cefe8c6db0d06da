//! The safes of groups, written as the server's own: a file each, in the form of one that the server wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use harness::{Result, Server};
use hmac::{Hmac, KeyInit, Mac};
use http_tests::hex;
use service::form::{Form, Version};
use service::group::{Group, GroupKeys};
use service::keyring::{KeyRing, WrappingKey};
use service::record::SafeName;
use service::{Realm, place};
use sha2::{Digest, Sha256};
use store::{Native, Sql};

/// The folder of a killed server's safes.
pub(crate) struct Safes {
    folder: PathBuf,
    wrapping: WrappingKey,
    /// The file of a safe that the server filled.
    model: Option<PathBuf>,
    /// What the runtime writes before a group and after it.
    frame: (Vec<u8>, Vec<u8>),
    /// The names of all files of groups.
    pub(crate) files: BTreeSet<String>,
}

impl Safes {
    pub(crate) fn of(server: &Server, ring: &KeyRing) -> Self {
        Self {
            folder: server.storage().join(FOLDER),
            wrapping: ring.groups(Realm::National),
            model: None,
            frame: Default::default(),
            files: BTreeSet::new(),
        }
    }

    /// The keys of a group that the server made. The next groups are written as it wrote this one.
    pub(crate) fn read(&mut self, group: Group) -> Result<GroupKeys> {
        let file = self.add(group.safe());
        let sql = Native::open(&file)?;
        let rows = sql.query("SELECT value FROM _cf_KV WHERE key = 'group'", &[])?;
        let value = rows.first().expect("a group in its safe").blob(0)?;
        let [.., length] = *Form::Group.lengths(Version::Current) else {
            panic!("no length");
        };
        let open = |at: &usize| {
            let held = value.get(*at..at + length)?;
            group.open(&self.wrapping, held).ok()?
        };
        let at = (0..value.len()).find(|at| open(at).is_some());
        let at = at.expect("the group's keys");
        self.frame = (value[..at].to_vec(), value[at + length..].to_vec());
        self.model = Some(file);
        Ok(open(&at).expect("as before"))
    }

    /// Makes the file of this safe, which holds this wrapped group.
    pub(crate) fn write(&mut self, safe: SafeName, wrapped: &[u8]) -> Result<()> {
        let file = self.add(safe);
        let model = self.model.as_ref().expect("a group that the server made");
        fs::copy(model, &file)?;
        let sql = Native::open(&file)?;
        sql.exec("PRAGMA synchronous = OFF", &[])?;
        sql.exec("DELETE FROM _cf_KV WHERE key = 'group'", &[])?;
        let value = [self.frame.0.as_slice(), wrapped, &self.frame.1].concat();
        sql.exec(
            "INSERT INTO _cf_KV (key, value) VALUES ('group', ?1)",
            &[value.into()],
        )?;
        Ok(())
    }

    fn add(&mut self, safe: SafeName) -> PathBuf {
        let name = format!("{}.sqlite", object_id(&safe_object(safe)));
        let file = self.folder.join(&name);
        self.files.insert(name);
        file
    }
}

/// The folder of safes, which is also what the runtime calls their class.
const FOLDER: &str = "limpide-Safe";

fn safe_object(safe: SafeName) -> String {
    place::safe_name(Realm::National, safe)
}

/// The id that the runtime gives to the safe of this name: sixteen bytes of a hash of the name, and sixteen of a hash of
/// those, under a key that is the hash of the class.
fn object_id(name: &str) -> String {
    let key = Sha256::digest(FOLDER.as_bytes());
    let hash = |bytes: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
        mac.update(bytes);
        mac.finalize().into_bytes()[..16].to_vec()
    };
    let first = hash(name.as_bytes());
    hex(&[first.clone(), hash(&first)].concat())
}
