//! The worker: `worker/build/index.js` and `index_bg.wasm`.

use anyhow::Result;
use std::process::Command;

use crate::run::run;
use crate::tools;

/// The Worker SDK's own builder, told where its three tools are so that it fetches none.
pub(crate) fn build() -> Result<()> {
    let mut command = Command::new(tools::program("worker-build"));
    command
        .current_dir(harness::root().join("worker"))
        .args(["--release", "--", "--locked"])
        .args(super::without_paths()?);
    command.env("WASM_BINDGEN_BIN", tools::program("wasm-bindgen"));
    command.env("WASM_OPT_BIN", tools::wasm_opt());
    command.env("ESBUILD_BIN", tools::esbuild()?);
    run(&mut command)
}
