//! What `wrangler.toml` says, as far as a bare `workerd` needs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Table;

/// The national server with a server of demo realms behind it.
const WITH_DEMO: &str = "with-demo";
/// The server of demo realms.
const DEMO: &str = "demo";

/// The deployed shape of a server: its code, its objects, its variables.
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
    /// Other servers, in the order of their bindings.
    pub services: Vec<Service>,
}

/// Another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The binding under which the Worker finds it.
    pub binding: String,
    /// Its name, as its own manifest says it.
    pub name: String,
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
    /// Reads `wrangler.toml` in the folder `root`: the server as it is deployed where nothing else is asked for, which is the
    /// national one alone. Up to 0.2.0 it served demo realms too.
    ///
    /// # Errors
    /// When the file is missing, is not TOML, or lacks what is needed here.
    pub fn read(root: &Path) -> Result<Self> {
        let [alone, _, _] = Self::read_all(root)?;
        alone.context("there is no server")
    }

    /// The national server with one of demo realms behind it, and that one; nothing of a release that has one role.
    ///
    /// # Errors
    /// As [`Manifest::read`].
    pub fn read_roles(root: &Path) -> Result<Option<(Self, Self)>> {
        let [_, national, demo] = Self::read_all(root)?;
        Ok(national.zip(demo))
    }

    /// Alone, with demo realms behind it, and that which serves them.
    fn read_all(root: &Path) -> Result<[Option<Self>; 3]> {
        let path = root.join("wrangler.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let read = |environment| {
            let read = Self::parse(&text, root, environment);
            read.with_context(|| path.display().to_string())
        };
        Ok([read(None)?, read(Some(WITH_DEMO))?, read(Some(DEMO))?])
    }

    /// What stands at the top, or in this environment, if there is one. Of what stands at the top an environment has the
    /// code, the migrations and the page, as on the platform, and nothing else.
    fn parse(text: &str, root: &Path, environment: Option<&str>) -> Result<Option<Self>> {
        let top: Table = text.parse()?;
        let own = match environment {
            None => &top,
            Some(name) => {
                let all = top.get("env").and_then(|all| all.as_table());
                match all.and_then(|all| all.get(name)?.as_table()) {
                    Some(own) => own,
                    None => return Ok(None),
                }
            }
        };
        let inherited = |name: &str| if own.contains_key(name) { own } else { &top };
        let assets = part(inherited("assets"), "assets")?;
        let mut sql_classes = Vec::new();
        let mut plain_classes = Vec::new();
        for migration in list(inherited("migrations"), "migrations")? {
            sql_classes.extend(texts(migration, "new_sqlite_classes"));
            plain_classes.extend(texts(migration, "new_classes"));
        }
        let mut objects = Vec::new();
        for bound in list(part(own, "durable_objects")?, "bindings")? {
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
        for (name, value) in part(own, "vars")? {
            let value = value
                .as_str()
                .with_context(|| format!("vars.{name} is not a text"))?;
            vars.push((name.clone(), value.to_owned()));
        }
        let mut services = Vec::new();
        if own.contains_key("services") {
            for bound in list(own, "services")? {
                services.push(Service {
                    binding: text_of(bound, "binding")?,
                    name: text_of(bound, "service")?,
                });
            }
        }
        Ok(Some(Self {
            name: text_of(own, "name")?,
            main: root.join(text_of(&top, "main")?),
            compatibility_date: text_of(&top, "compatibility_date")?,
            assets: root.join(text_of(assets, "directory")?),
            assets_binding: text_of(assets, "binding")?,
            vars,
            objects,
            services,
        }))
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

    /// The two national ones are one server, and the other serves nothing national.
    #[test]
    fn the_roles_differ_in_what_they_must() {
        let alone = Manifest::read(&crate::root()).unwrap();
        let (national, demo) = Manifest::read_roles(&crate::root()).unwrap().unwrap();
        assert_eq!(alone.services, []);
        let behind = Service {
            binding: "DEMO".to_owned(),
            name: demo.name.clone(),
        };
        assert_eq!(national.services, [behind]);
        let without = Manifest {
            services: Vec::new(),
            ..national
        };
        assert_eq!(without, alone);

        assert_ne!(demo.name, alone.name);
        assert_eq!(demo.vars, [("ROLE".to_owned(), "demo".to_owned())]);
        let of_nation = ["Desk", "Timekeeper", "Secrets"];
        let mut objects = alone.objects;
        objects.retain(|object| !of_nation.contains(&object.class.as_str()));
        assert_eq!((demo.objects, demo.services), (objects, Vec::new()));
    }

    #[test]
    fn a_class_without_a_migration_is_refused() {
        let text = fs::read_to_string(crate::root().join("wrangler.toml")).unwrap();
        let text = text.replace(r#"new_classes = ["Vault"]"#, "");
        let error = Manifest::parse(&text, Path::new("."), None).unwrap_err();
        assert!(error.to_string().contains("class Vault"), "{error}");
    }
}
