//! Prints the description of the API. `cargo xtask openapi` writes it into `openapi.json`.

fn main() {
    print!("{}", openapi::text());
}
