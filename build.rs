//! New migrations and new static files are part of the program, too.

fn main() {
    for folder in ["migrations", "static"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
