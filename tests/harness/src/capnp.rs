//! The runtime's own configuration language, written from manifests.

use std::path::Path;

use crate::Manifest;
use crate::manifest::Service;

/// What a configuration is written from.
pub(crate) struct Parts<'a> {
    /// The build whose objects store.
    pub(crate) manifest: &'a Manifest,
    /// What answers outside.
    pub(crate) front: &'a Front,
    /// Secrets are named only: the runtime takes their values from its environment, so they are never written to
    /// disk here.
    pub(crate) secrets: &'a [&'a str],
    pub(crate) vars: &'a [(String, String)],
    pub(crate) address: &'a str,
    pub(crate) storage: &'a Path,
    /// Whether the page is served, and traffic wakes the national objects.
    pub(crate) is_national: bool,
    /// Where the other servers listen that a build names in its manifest.
    pub(crate) others: &'a [(String, String)],
    /// Objects of this class are another program's, and take every call without ever answering.
    pub(crate) asleep: Option<&'a str>,
}

/// What answers outside, and reaches the objects.
pub(crate) enum Front {
    /// The build whose objects they are.
    Own,
    /// Another build.
    Build(Manifest),
    /// A module that has nothing but the namespaces.
    Module(String),
}

/// The service that has the objects, and its constant.
const OBJECTS: &str = "main";
/// The same of another front.
const FRONT: &str = "front";

/// Where another program listens, by the name of its server.
fn external((name, address): &(String, String)) -> String {
    let (name, address) = (quote(name), quote(address));
    format!("\n    (name = {name}, external = (address = {address}, http = ())),")
}

/// The whole text.
pub(crate) fn config(parts: &Parts<'_>) -> String {
    let Manifest { name, objects, .. } = parts.manifest;
    let mut bindings = settings(parts, parts.manifest);
    for object in objects {
        let (binding, class) = (quote(&object.binding), quote(&object.class));
        let namespace = if parts.asleep == Some(object.class.as_str()) {
            format!("(className = {class}, serviceName = \"asleep\")")
        } else {
            class
        };
        bindings.push(format!(
            "(name = {binding}, durableObjectNamespace = {namespace})"
        ));
    }
    let classes: Vec<String> = objects
        .iter()
        .map(|object| {
            let key = quote(&format!("{name}-{}", object.class));
            let (class, sql) = (quote(&object.class), object.sql);
            format!("(className = {class}, uniqueKey = {key}, enableSql = {sql})")
        })
        .collect();
    let mut workers = vec![(OBJECTS, worker(parts.manifest, &bindings, Some(&classes)))];
    match parts.front {
        Front::Own => {}
        Front::Build(manifest) => {
            let bindings = [settings(parts, manifest), reached(parts.manifest, manifest)].concat();
            workers.push((FRONT, worker(manifest, &bindings, None)));
        }
        Front::Module(script) => {
            let bindings = reached(parts.manifest, parts.manifest).join(",\n    ");
            let (script, date) = (quote(script), quote(&parts.manifest.compatibility_date));
            let worker = format!(
                "(\n  modules = [(name = \"front.js\", esModule = {script})],\n  \
                 compatibilityDate = {date},\n  bindings = [\n    {bindings},\n  ],\n)"
            );
            workers.push((FRONT, worker));
        }
    }
    if let Some(class) = parts.asleep {
        workers.push(("asleep", sleeper(class)));
    }
    let outside = match parts.front {
        Front::Own => OBJECTS,
        Front::Build(_) | Front::Module(_) => FRONT,
    };
    let services: String = workers
        .iter()
        .map(|(name, _)| format!("\n    (name = \"{name}\", worker = .{name}),"))
        .chain(parts.others.iter().map(external))
        .chain(parts.is_national.then(|| {
            let page = quote_path(&parts.manifest.assets);
            format!("\n    (name = \"assets\", disk = (path = {page})),")
        }))
        .collect();
    let constants: String = workers
        .iter()
        .map(|(name, worker)| format!("\nconst {name} :Workerd.Worker = {worker};\n"))
        .collect();
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [{services}
    (name = "storage", disk = (path = {storage}, writable = true)),
  ],
  sockets = [(name = "http", address = {address}, http = (), service = "{outside}")],
);
{constants}"#,
        storage = quote_path(parts.storage),
        address = quote(parts.address),
    )
}

/// A build's program, with its objects when they are its own.
fn worker(manifest: &Manifest, bindings: &[String], classes: Option<&[String]>) -> String {
    let modules = manifest.main.parent().unwrap_or(Path::new("."));
    let objects = classes.map_or(String::new(), |classes| {
        format!(
            "\n  durableObjectNamespaces = [\n    {},\n  ],\n  durableObjectStorage = (localDisk = \"storage\"),",
            classes.join(",\n    ")
        )
    });
    format!(
        r#"(
  modules = [
    (name = "index.js", esModule = embed {script}),
    (name = "index_bg.wasm", wasm = embed {wasm}),
  ],
  compatibilityDate = {date},
  bindings = [
    {bindings},
  ],{objects}
)"#,
        script = quote_path(&manifest.main),
        wasm = quote_path(&modules.join("index_bg.wasm")),
        date = quote(&manifest.compatibility_date),
        bindings = bindings.join(",\n    "),
    )
}

/// Bindings of everything that is no object, for this build.
fn settings(parts: &Parts<'_>, manifest: &Manifest) -> Vec<String> {
    let mut bindings = Vec::new();
    if parts.is_national {
        let assets = quote(&manifest.assets_binding);
        bindings.push(format!("(name = {assets}, service = \"assets\")"));
        // The bare runtime has no cron trigger: traffic wakes what an alarm may have lost.
        bindings.push("(name = \"WAKE\", text = \"traffic\")".to_owned());
    }
    for Service { binding, name } in &manifest.services {
        let (binding, name) = (quote(binding), quote(name));
        bindings.push(format!("(name = {binding}, service = {name})"));
    }
    for (name, value) in parts.vars {
        bindings.push(format!("(name = {}, text = {})", quote(name), quote(value)));
    }
    for secret in parts.secrets {
        bindings.push(format!(
            "(name = {0}, fromEnvironment = {0})",
            quote(secret)
        ));
    }
    bindings
}

/// Bindings by which another front reaches the objects: those that both know.
fn reached(of: &Manifest, front: &Manifest) -> Vec<String> {
    let known = front.objects.iter().filter(|object| {
        let mut classes = of.objects.iter().map(|of| &of.class);
        classes.any(|class| *class == object.class)
    });
    known
        .map(|object| {
            let (binding, class) = (quote(&object.binding), quote(&object.class));
            format!(
                "(name = {binding}, durableObjectNamespace = (className = {class}, serviceName = \"{OBJECTS}\"))"
            )
        })
        .collect()
}

/// A program whose objects wait: for something, since the runtime ends at once what waits for nothing.
fn sleeper(class: &str) -> String {
    let script = format!(
        "export class {class} {{\n  async fetch() {{\n    await scheduler.wait(86400000);\n    \
         return new Response();\n  }}\n}}\nexport default {{\n  fetch: () => new Response()\n}};\n"
    );
    format!(
        r#"(
  modules = [(name = "asleep.js", esModule = {script})],
  compatibilityDate = "2026-01-01",
  durableObjectNamespaces = [(className = {class}, uniqueKey = "asleep", enableSql = false)],
  durableObjectStorage = (inMemory = void),
)"#,
        script = quote(&script),
        class = quote(class),
    )
}

fn quote(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    )
}

fn quote_path(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(quote("a\"b\\c"), r#""a\"b\\c""#);
    }

    #[test]
    fn secrets_are_named_and_vars_are_written() {
        let manifest = Manifest::read(&crate::root()).unwrap();
        let vars = [("ORIGIN".to_owned(), "off".to_owned())];
        let of = |front: &Front| {
            config(&Parts {
                manifest: &manifest,
                front,
                secrets: &["ROOT_SECRET"],
                vars: &vars,
                address: "127.0.0.1:1",
                storage: Path::new("/s"),
                is_national: true,
                others: &[],
                asleep: None,
            })
        };
        let text = of(&Front::Own);
        assert!(!text.contains("asleep") && !text.contains("front"));
        assert!(text.contains(r#"(name = "ROOT_SECRET", fromEnvironment = "ROOT_SECRET")"#));
        assert!(text.contains(r#"(name = "ORIGIN", text = "off")"#));
        assert!(
            text.contains(r#"className = "Vault", uniqueKey = "limpide-Vault", enableSql = false"#)
        );
        // Another front has no objects and no secrets of its own, but for those of a build.
        let module = of(&Front::Module("export default {}".to_owned()));
        assert!(module.contains(r#"service = "front")"#));
        let (_, front) = module.split_once("const front").unwrap();
        assert!(front.contains(r#"(className = "Vault", serviceName = "main")"#));
        assert!(!front.contains("ROOT_SECRET") && !front.contains("uniqueKey"));
        let build = of(&Front::Build(manifest.clone()));
        let (_, front) = build.split_once("const front").unwrap();
        assert!(front.contains("ROOT_SECRET") && !front.contains("uniqueKey"));
    }

    #[test]
    fn a_server_of_demo_realms_stands_behind_the_national_one_and_knows_nothing_of_it() {
        let (national, demo) = Manifest::read_roles(&crate::root()).unwrap().unwrap();
        let others = [("limpide-demo".to_owned(), "127.0.0.1:2".to_owned())];
        let of = |manifest: &Manifest, is_national: bool| {
            config(&Parts {
                manifest,
                front: &Front::Own,
                secrets: &["ROOT_SECRET"],
                vars: &manifest.vars,
                address: "127.0.0.1:1",
                storage: Path::new("/s"),
                is_national,
                others: if is_national { &others } else { &[] },
                asleep: None,
            })
        };
        let behind = r#"(name = "limpide-demo", external = (address = "127.0.0.1:2", http = ()))"#;
        let bound = r#"(name = "DEMO", service = "limpide-demo")"#;
        let page = "assets";
        for what in [behind, bound, page, "WAKE", "Timekeeper"] {
            assert!(of(&national, true).contains(what), "{what}");
        }
        let demo = of(&demo, false);
        for what in [
            "external",
            "DEMO",
            page,
            "WAKE",
            "Timekeeper",
            "SHARDS",
            "Desk",
        ] {
            assert!(!demo.contains(what), "{what}");
        }
        assert!(demo.contains(r#"(name = "ROLE", text = "demo")"#));
        assert!(demo.contains(r#"uniqueKey = "limpide-demo-Vault", enableSql = false"#));
    }
}
