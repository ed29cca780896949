//! Hands the name of the destination that is wanted over to the compiler.

fn main() {
    let kind = std::env::var("SELVEDGE_KIND").unwrap_or_else(|_| "webhook".to_owned());
    println!("cargo::rustc-env=SELVEDGE_KIND={kind}");
    println!("cargo::rerun-if-env-changed=SELVEDGE_KIND");
}
