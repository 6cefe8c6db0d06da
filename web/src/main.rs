//! The program of the workshop's page; natively it does nothing.

fn main() {
    #[cfg(target_arch = "wasm32")]
    limpide_web::mount();
}
