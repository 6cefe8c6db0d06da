//! Compiles the texts of `locales/` into the module `i18n`; a text missing in one language fails the build.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use leptos_i18n_parser::parse_locales::options::Config;
use leptos_i18n_parser::parse_locales::parse_locales;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    let texts = parse_locales(None, Config::new("fr")?.add_locale("en")?)?;
    let mut complete = true;
    for warning in texts.diag.warnings().iter() {
        complete = false;
        println!("cargo::error={warning}");
    }
    if !complete {
        return Err("locales/fr.json and locales/en.json do not say the same things".into());
    }
    let code = leptos_i18n_codegen::gen_code(&texts, None, false, None, false)?;
    let file = Path::new(&env::var("OUT_DIR")?).join("i18n.rs");
    Ok(fs::write(file, code.to_string())?)
}
