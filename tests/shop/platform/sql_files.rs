//! The files of SQL in the sources, which the shop includes and psql can run.

use diesel::connection::SimpleConnection;
use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::Database;

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sql_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files
}

/// The values of `-v name=value` and `-v name="value"` in the call of psql that a file begins with.
fn variables(file: &str) -> Vec<(&str, &str)> {
    let call = file.lines().find(|line| line.starts_with("-- psql ")).unwrap_or_default();
    let mut variables = Vec::new();
    for option in call.split(" -v ").skip(1) {
        let (name, rest) = option.split_once('=').unwrap();
        let value = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap(),
            None => rest.split(' ').next().unwrap(),
        };
        variables.push((name, value));
    }
    variables
}

#[test]
fn every_file_of_sql_runs_with_the_values_that_it_names() {
    let database = Database::migrated();
    let files = sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.len() > 20, "{files:?}");
    for path in files {
        let file = fs::read_to_string(&path).unwrap();
        let mut statement = file.replace("::", "\0");
        for (name, value) in variables(&file) {
            statement = statement.replace(&format!(":{name}"), value);
        }
        let statement = statement.replace('\0', "::");
        assert!(statement.trim_end().ends_with(';'), "{}", path.display());
        let ran = database.connect().batch_execute(&statement);
        assert!(ran.is_ok(), "{}: {ran:?}", path.display());
    }
}
