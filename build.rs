//! Prepares the files of `static/` for `web::assets`, which embeds them: joins the style sheets into one file, compresses
//! texts with gzip and brotli at their highest levels, and writes a table of all files. New migrations are part of the
//! program, too.

use flate2::{Compression, write::GzEncoder};
use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The path of the one style sheet that pages load: all files of `css/`, concatenated in the order of their names.
/// A function that compresses the content of a file.
type Compressor = fn(&[u8]) -> io::Result<Vec<u8>>;

const STYLES: &str = "app.css";
/// Files of these kinds are compressed already.
const COMPRESSED: [&str; 2] = ["webp", "png"];

fn main() -> Result<(), Box<dyn Error>> {
    for folder in ["migrations", "static"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("static");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let (mut styles, mut table) = (String::new(), String::from("[\n"));
    for file in files {
        let path = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        let body = fs::read(&file)?;
        if path.starts_with("css/") {
            push_styles(&mut styles, &String::from_utf8(body)?);
        } else {
            table.push_str(&entry(&out, &path, &body)?);
        }
    }
    table.push_str(&entry(&out, STYLES, styles.as_bytes())?);
    table.push(']');
    fs::write(out.join("static_files.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Appends a style sheet without comments, indentation and empty lines. No string in it may contain `/*`.
fn push_styles(styles: &mut String, sheet: &str) {
    let parts = sheet.split("/*").enumerate();
    let code = parts.map(|(n, part)| if n == 0 { part } else { part.split_once("*/").map_or("", |(_, code)| code) });
    for line in code.collect::<String>().lines().map(str::trim).filter(|line| !line.is_empty()) {
        styles.push_str(line);
        styles.push('\n');
    }
}

/// Writes a file and its compressed forms into `out`, and returns the Rust expression that embeds them. A compressed form
/// that is not smaller is left out.
fn entry(out: &Path, path: &str, body: &[u8]) -> Result<String, Box<dyn Error>> {
    let is_text = !COMPRESSED.iter().any(|kind| path.ends_with(kind));
    let name = path.replace('/', "+");
    let mut line = format!("StaticFile {{ path: {path:?}, plain: {}", embed(out, &name, body)?);
    let encodings: [(&str, &str, Compressor); 2] = [("gzip", "gz", gzipped), ("brotli", "br", brotlied)];
    for (field, end, compress) in encodings {
        let compressed = if is_text { Some(compress(body)?) } else { None };
        match compressed.filter(|compressed| compressed.len() < body.len()) {
            Some(smaller) => write!(line, ", {field}: Some({})", embed(out, &format!("{name}.{end}"), &smaller)?)?,
            None => write!(line, ", {field}: None")?,
        }
    }
    line.push_str(" },\n");
    Ok(line)
}

/// Writes a file, and returns the expression that embeds it.
fn embed(out: &Path, name: &str, body: &[u8]) -> io::Result<String> {
    let file = out.join(name);
    fs::write(&file, body)?;
    Ok(format!("include_bytes!({:?})", file.to_string_lossy()))
}

fn gzipped(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body)?;
    encoder.finish()
}

fn brotlied(mut body: &[u8]) -> io::Result<Vec<u8>> {
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut body, &mut compressed, &settings)?;
    Ok(compressed)
}
