//! What lies in the objects' files, demo realms' among them, read without asking the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io};

use harness::Server;
use store::{Fault, Native, Row, Sql};

/// The files of the objects of a class (`Registry`, …), or of all classes for `""`. The platform's own
/// `metadata.sqlite` is not an object's.
pub fn objects(server: &Server, class: &str) -> Vec<PathBuf> {
    let is_object = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.len() == 64);
    databases(server, class)
        .into_iter()
        .filter(is_object)
        .collect()
}

/// [`objects`], and the platform's own files beside them.
pub fn databases(server: &Server, class: &str) -> Vec<PathBuf> {
    let is_database = |path: &PathBuf| path.extension().is_some_and(|ends| ends == "sqlite");
    let mut found: Vec<_> = folders(server, class)
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(is_database)
        .collect();
    found.sort();
    found
}

/// Every byte of every file of the objects, journals included. A running server makes and removes some of its journals
/// meanwhile: then all is read again, so that nothing is left out.
pub fn bytes(server: &Server) -> Vec<(PathBuf, Vec<u8>)> {
    const TRIES: u32 = 50;
    let read_all = || -> io::Result<Vec<_>> {
        folders(server, "")
            .flat_map(|folder| fs::read_dir(folder).unwrap())
            .map(|entry| {
                let path = entry?.path();
                let bytes = fs::read(&path)?;
                Ok((path, bytes))
            })
            .collect()
    };
    for _ in 0..TRIES {
        match read_all() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read.unwrap(),
        }
    }
    panic!("the files never stay as they are")
}

/// Every page of a database by its number, in each version that lies on the disk: as it is in the file, and as it is
/// or once was in the journal. Pages that are free are there too, with what they held.
pub fn pages(file: &Path) -> BTreeMap<u32, BTreeSet<Vec<u8>>> {
    let (main, journal) = (fs::read(file).unwrap(), fs::read(journal(file)));
    let journal = journal.unwrap_or_default();
    let size = match (journal.get(8..12), main.get(16..18)) {
        (Some(size), _) => u32::from_be_bytes(size.try_into().unwrap()) as usize,
        (None, Some(size)) => u16::from_be_bytes(size.try_into().unwrap()).into(),
        (None, None) => return BTreeMap::new(),
    };
    let mut pages = BTreeMap::<u32, BTreeSet<_>>::new();
    for (number, page) in (1..).zip(main.chunks(size)) {
        pages.entry(number).or_default().insert(page.to_vec());
    }
    // After 32 bytes: frames of 24 bytes, of which the first four are the number, and a page.
    let frames = journal.get(32..).unwrap_or_default();
    for frame in frames.chunks(24 + size) {
        if let Some((number, page)) = frame.split_first_chunk().zip(frame.get(24..)) {
            let number = u32::from_be_bytes(*number.0);
            pages.entry(number).or_default().insert(page.to_vec());
        }
    }
    pages
}

/// Runs one statement on a copy of an object's database, journal included, so that a running server does not
/// notice. No rows when the table does not exist.
pub fn query(file: &Path, table: &str, statement: &str) -> Vec<Row> {
    on_copy(file, |sql| {
        const EXISTS: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
        if sql.query(EXISTS, &[table.into()])?.is_empty() {
            return Ok(Vec::new());
        }
        sql.query(statement, &[])
    })
}

/// Every row of every object, as text, by file and table. Files without a table do not appear, nor does the runtime's own
/// table, which says when an alarm rings: a wake-up that comes by arms it.
pub fn dump(server: &Server) -> BTreeMap<(PathBuf, String), Vec<String>> {
    let mut all = BTreeMap::new();
    for file in objects(server, "") {
        let text = |rows: Vec<Row>| rows.iter().map(|row| format!("{row:?}")).collect();
        let tables = tables(&file).into_iter();
        all.extend(tables.map(|(table, rows)| ((file.clone(), table), text(rows))));
    }
    all
}

/// Every row of every table of an object, but the runtime's own of alarms, from one copy.
pub fn tables(file: &Path) -> Vec<(String, Vec<Row>)> {
    const TABLES: &str =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_cf_METADATA'";
    on_copy(file, |sql| {
        let names = sql.query(TABLES, &[])?;
        let table = |name: &Row| {
            let name = name.text(0)?.to_owned();
            let rows = sql.query(&format!("SELECT * FROM \"{name}\""), &[])?;
            Ok((name, rows))
        };
        names.iter().map(table).collect()
    })
}

/// [`dump`], and of each object what its tables are made of.
pub fn stored(server: &Server) -> BTreeMap<(PathBuf, String), Vec<String>> {
    const SHAPE: &str = "SELECT type, name, sql FROM sqlite_master WHERE name <> '_cf_METADATA'";
    let mut stored = dump(server);
    let of_each: BTreeMap<_, _> = stored.keys().cloned().collect();
    for (file, table) in of_each {
        let shape = query(&file, &table, SHAPE);
        let shape = shape.iter().map(|row| format!("{row:?}")).collect();
        stored.insert((file, "sqlite_master".to_owned()), shape);
    }
    stored
}

/// How many files the objects have, journals aside.
pub fn count(server: &Server) -> usize {
    objects(server, "").len()
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn folders(server: &Server, class: &str) -> impl Iterator<Item = PathBuf> {
    let suffix = match class {
        "" => String::new(),
        class => format!("-{class}"),
    };
    let storages = [server.storage()].into_iter();
    let storages = storages.chain(server.demo_storage().map(Path::to_owned));
    storages
        .flat_map(|storage| fs::read_dir(storage).expect("the server's storage"))
        .map(|entry| entry.unwrap().path())
        .filter(move |path| path.is_dir() && path.to_string_lossy().ends_with(&suffix))
}

fn journal(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

/// A copy taken while the server writes can be torn: then it is taken again. So it is when the server has written its
/// journal into the file and begun another meanwhile: the copy would be of an earlier state than the last one.
fn on_copy<T>(file: &Path, read: impl Fn(&dyn Sql) -> Result<T, Fault>) -> T {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    for _ in 0..20 {
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("limpide-copy-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let copy = folder.join("copy.sqlite");
        let written = || fs::metadata(file).and_then(|file| file.modified());
        // An object that is emptied just now has no file for a moment.
        let before = written().and_then(|before| fs::copy(file, &copy).map(|_| before));
        // Without a journal everything is in the file itself.
        let _ = fs::copy(journal(file), folder.join("copy.sqlite-wal"));
        let is_whole = before.is_ok_and(|before| written().is_ok_and(|after| after == before));
        let found = is_whole.then(|| Native::open(&copy).and_then(|sql| read(&sql)));
        fs::remove_dir_all(&folder).unwrap();
        if let Some(Ok(found)) = found {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{} cannot be read", file.display());
}
