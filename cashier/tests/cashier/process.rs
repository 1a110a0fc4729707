//! Starts and stops the program for tests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub const APP_ID: &str = "2021000000000001";
pub const SELLER_ID: &str = "2088000000000002";

pub fn vector(name: &str) -> String {
    format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub fn read_vector(name: &str) -> String {
    std::fs::read_to_string(vector(name)).unwrap()
}

/// Returns the command that runs the program with valid settings, on a free port.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cashier"));
    command
        .env("CASHIER_ADDRESS", "127.0.0.1:0")
        .env("CASHIER_APP_ID", APP_ID)
        .env("CASHIER_SELLER_ID", SELLER_ID)
        .env("CASHIER_PRIVATE_KEY_FILE", vector("test_gateway_private_key.pem"))
        .env("CASHIER_APP_PUBLIC_KEY_FILE", vector("test_app_public_key.pem"))
        .env("CASHIER_NOTIFY_INTERVALS", "0.05,0.05,0.05,0.05,0.05,0.05,0.05");
    command
}

pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    pub fn start() -> Self {
        Self::start_with(&mut command())
    }

    pub fn start_with(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{line}");
        Self { child, url }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
