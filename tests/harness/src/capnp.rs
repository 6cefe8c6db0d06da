//! The runtime's own configuration language, written from the manifest.

use std::path::Path;

use crate::Manifest;

/// The whole text. Secrets are named only: the runtime takes their values from its environment, so they
/// are never written to disk here.
///
/// Objects of the class `asleep` are another program's, and take every call without ever answering.
pub(crate) fn config(
    manifest: &Manifest,
    secrets: &[&str],
    vars: &[(String, String)],
    address: &str,
    storage: &Path,
    asleep: Option<&str>,
) -> String {
    let Manifest {
        name,
        compatibility_date,
        assets_binding,
        objects,
        ..
    } = manifest;
    let modules = manifest.main.parent().unwrap_or(Path::new("."));
    let mut bindings = vec![format!(
        "(name = {}, service = \"assets\")",
        quote(assets_binding)
    )];
    for object in objects {
        let (binding, class) = (quote(&object.binding), quote(&object.class));
        let namespace = if asleep == Some(object.class.as_str()) {
            format!("(className = {class}, serviceName = \"asleep\")")
        } else {
            class
        };
        bindings.push(format!(
            "(name = {binding}, durableObjectNamespace = {namespace})"
        ));
    }
    // The bare runtime has no cron trigger: traffic wakes what an alarm may have lost.
    bindings.push("(name = \"WAKE\", text = \"traffic\")".to_owned());
    for (name, value) in vars {
        bindings.push(format!("(name = {}, text = {})", quote(name), quote(value)));
    }
    for secret in secrets {
        bindings.push(format!(
            "(name = {0}, fromEnvironment = {0})",
            quote(secret)
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
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "assets", disk = (path = {assets})),
    (name = "storage", disk = (path = {storage}, writable = true)),{sleeper}
  ],
  sockets = [(name = "http", address = {address}, http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed {script}),
    (name = "index_bg.wasm", wasm = embed {wasm}),
  ],
  compatibilityDate = {date},
  bindings = [
    {bindings},
  ],
  durableObjectNamespaces = [
    {classes},
  ],
  durableObjectStorage = (localDisk = "storage"),
);
{asleep}"#,
        sleeper = asleep.map_or("", |_| "\n    (name = \"asleep\", worker = .asleep),"),
        asleep = asleep.map(sleeper).unwrap_or_default(),
        assets = quote_path(&manifest.assets),
        storage = quote_path(storage),
        address = quote(address),
        script = quote_path(&manifest.main),
        wasm = quote_path(&modules.join("index_bg.wasm")),
        date = quote(compatibility_date),
        bindings = bindings.join(",\n    "),
        classes = classes.join(",\n    "),
    )
}

/// A program whose objects wait: for something, since the runtime ends at once what waits for nothing.
fn sleeper(class: &str) -> String {
    let script = format!(
        "export class {class} {{\n  async fetch() {{\n    await scheduler.wait(86400000);\n    \
         return new Response();\n  }}\n}}\nexport default {{\n  fetch: () => new Response()\n}};\n"
    );
    format!(
        r#"
const asleep :Workerd.Worker = (
  modules = [(name = "asleep.js", esModule = {script})],
  compatibilityDate = "2026-01-01",
  durableObjectNamespaces = [(className = {class}, uniqueKey = "asleep", enableSql = false)],
  durableObjectStorage = (inMemory = void),
);
"#,
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
        let vars = [("DEMO".to_owned(), "off".to_owned())];
        let text = config(
            &manifest,
            &["ROOT_SECRET"],
            &vars,
            "127.0.0.1:1",
            Path::new("/s"),
            None,
        );
        assert!(!text.contains("asleep"));
        assert!(text.contains(r#"(name = "ROOT_SECRET", fromEnvironment = "ROOT_SECRET")"#));
        assert!(text.contains(r#"(name = "DEMO", text = "off")"#));
        assert!(
            text.contains(r#"className = "Vault", uniqueKey = "limpide-Vault", enableSql = false"#)
        );
    }
}
