//! What `wrangler.toml` says, as far as a bare `workerd` needs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Table;

/// The deployed shape of the server: its code, its objects, its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the Worker; the first half of each object class's unique key.
    pub name: String,
    /// The Worker's main module; the wasm module lies beside it.
    pub main: PathBuf,
    /// The day whose runtime behaviour is asked for.
    pub compatibility_date: String,
    /// The folder of the page's files.
    pub assets: PathBuf,
    /// The binding under which the Worker reads them.
    pub assets_binding: String,
    /// Plain variables, by name.
    pub vars: Vec<(String, String)>,
    /// Object classes, in the order of their bindings.
    pub objects: Vec<Object>,
}

/// A class of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The binding under which the Worker finds its namespace.
    pub binding: String,
    /// The exported class.
    pub class: String,
    /// SQL, or key-value only.
    pub sql: bool,
}

impl Manifest {
    /// Reads `wrangler.toml` in the folder `root`.
    ///
    /// # Errors
    /// When the file is missing, is not TOML, or lacks what is needed here.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("wrangler.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Self::parse(&text, root).with_context(|| path.display().to_string())
    }

    fn parse(text: &str, root: &Path) -> Result<Self> {
        let table: Table = text.parse()?;
        let assets = part(&table, "assets")?;
        let mut sql_classes = Vec::new();
        let mut plain_classes = Vec::new();
        for migration in list(&table, "migrations")? {
            sql_classes.extend(texts(migration, "new_sqlite_classes"));
            plain_classes.extend(texts(migration, "new_classes"));
        }
        let mut objects = Vec::new();
        for bound in list(part(&table, "durable_objects")?, "bindings")? {
            let class = text_of(bound, "class_name")?;
            let sql = sql_classes.contains(&class);
            if sql == plain_classes.contains(&class) {
                bail!("class {class} must appear in exactly one kind of migration");
            }
            objects.push(Object {
                binding: text_of(bound, "name")?,
                class,
                sql,
            });
        }
        let mut vars = Vec::new();
        for (name, value) in part(&table, "vars")? {
            let value = value
                .as_str()
                .with_context(|| format!("vars.{name} is not a text"))?;
            vars.push((name.clone(), value.to_owned()));
        }
        Ok(Self {
            name: text_of(&table, "name")?,
            main: root.join(text_of(&table, "main")?),
            compatibility_date: text_of(&table, "compatibility_date")?,
            assets: root.join(text_of(assets, "directory")?),
            assets_binding: text_of(assets, "binding")?,
            vars,
            objects,
        })
    }
}

fn part<'a>(table: &'a Table, name: &str) -> Result<&'a Table> {
    table
        .get(name)
        .and_then(|value| value.as_table())
        .with_context(|| format!("no [{name}]"))
}

fn list<'a>(table: &'a Table, name: &str) -> Result<Vec<&'a Table>> {
    let list = table.get(name).and_then(|value| value.as_array());
    let list = list.with_context(|| format!("no [[{name}]]"))?;
    Ok(list.iter().filter_map(|value| value.as_table()).collect())
}

fn text_of(table: &Table, name: &str) -> Result<String> {
    let text = table.get(name).and_then(|value| value.as_str());
    Ok(text.with_context(|| format!("no {name}"))?.to_owned())
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    let list = table.get(name).and_then(|value| value.as_array());
    list.into_iter()
        .flatten()
        .filter_map(|value| value.as_str())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_rolled_back_is_key_value() {
        let manifest = Manifest::read(&crate::root()).unwrap();
        let plain: Vec<_> = manifest
            .objects
            .iter()
            .filter(|object| !object.sql)
            .collect();
        assert_eq!(
            plain
                .iter()
                .map(|object| object.class.as_str())
                .collect::<Vec<_>>(),
            ["Vault", "Safe", "Timekeeper", "Secrets"]
        );
    }

    #[test]
    fn a_class_without_a_migration_is_refused() {
        let text = fs::read_to_string(crate::root().join("wrangler.toml")).unwrap();
        let text = text.replace(r#"new_classes = ["Vault"]"#, "");
        let error = Manifest::parse(&text, Path::new(".")).unwrap_err();
        assert!(error.to_string().contains("class Vault"), "{error}");
    }
}
